//! What happened: `/api/v0/events` (DTR's `responses.Events`, `schema.Event`).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// A page of events, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Events {
    /// The events.
    pub events: Vec<Event>,
}

/// Who did what to what, from where, when, and why they could or could not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its id.
    pub id: Uuid,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
    /// The name that the account had then; empty for who did not sign in.
    pub actor: String,
    /// Ours: the account's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<Uuid>,
    /// `user`, `system`, or `anonymous`.
    pub actor_type: String,
    /// Ours: what they proved with who they are: `session`, `password`, `access token` and its id, …
    pub credential: String,
    /// `CREATE`, `GET`, `UPDATE`, `DELETE` or `FAIL`.
    pub r#type: String,
    /// What it was done to.
    pub object: Object,
    /// What else took part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Object>,
    /// Ours: the client's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The id of the repository that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Ours: the request that did it, as the log and the answer's `x-request-id` name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Ours: why it was allowed, or refused.
    pub reason: String,
    /// Ours: what changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<HashMap<String, serde_json::Value>>))]
    pub detail: Option<serde_json::Value>,
}

/// A thing that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EventObject))]
pub struct Object {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What kind of thing.
    pub r#type: String,
    /// The name that it had then.
    pub name: String,
}
