//! Webhooks: who is told of what happens, and what became of it. DTR's shapes; what says "ours" is ours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// A webhook: DTR's `responses.Webhook`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "DTR's wire format: one flag per fact"
)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// The first of its types.
    pub r#type: String,
    /// Ours: all types of events that it takes, as `TAG_PUSH`.
    pub types: Vec<String>,
    /// Where it listens: `namespace/name`, `namespace`, or empty for the whole registry.
    pub key: String,
    /// Where requests go, with `•••` for what looks secret.
    pub endpoint: String,
    /// The account that made it; empty where there is none any more.
    #[serde(rename = "authorID")]
    pub author_id: String,
    /// Ours: the name that the account had.
    pub author: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When an event was delivered last; `0001-01-01T00:00:00Z` where none was.
    #[serde(with = "time::serde::rfc3339")]
    pub last_successful_at: OffsetDateTime,
    /// It is switched off, and told nothing.
    pub inactive: bool,
    /// PEM of certificates that are trusted besides the system's.
    pub tls_cert: String,
    /// The receiver's certificate is not checked: anybody on the way can read and change what is sent.
    #[serde(rename = "skipTLSVerification")]
    pub skip_tls_verification: bool,
    /// Ours: the tags that it takes, as patterns; without any, all.
    pub tag_patterns: Vec<String>,
    /// Ours: how an event is written.
    pub format: Format,
    /// Ours: names of the headers that are sent along. Their values are shown to nobody.
    pub headers: Vec<String>,
    /// Ours: requests are signed (Standard Webhooks, HMAC-SHA256).
    pub signed: bool,
    /// Ours: they are also signed with the secret before, until it is dropped.
    pub has_previous_secret: bool,
    /// Ours: the new secret, said once: in the answer to what made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Ours: why nothing is sent although it is active; what it has to tell waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// Ours: attempts that failed since one succeeded.
    pub failures: u32,
    /// Ours: deliveries that wait to be sent.
    pub waiting: u64,
}

/// How an event is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// As DTR wrote it: `{"type", "createdAt", "contents", "location"}`.
    #[default]
    Dtr,
    /// As `CloudEvents` 1.0 says, in JSON.
    CloudEvents,
}

/// A new webhook: DTR's `forms.Webhook`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateWebhook {
    /// The type of events that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// Ours: several types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// `namespace/name`, `namespace`, or, for site administrators, empty for the whole registry.
    #[serde(default)]
    pub key: String,
    /// `https://` or `http://`, with any path and query.
    pub endpoint: String,
    /// See [`Webhook::tls_cert`].
    #[serde(default)]
    pub tls_cert: String,
    /// See [`Webhook::skip_tls_verification`].
    #[serde(default, rename = "skipTLSVerification")]
    pub skip_tls_verification: bool,
    /// Ours: see [`Webhook::tag_patterns`]; `!` before a pattern makes an exception.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tag_patterns: Vec<String>,
    /// Ours: see [`Webhook::format`].
    #[serde(default)]
    pub format: Format,
    /// Ours: headers that are sent along.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Ours: requests are signed; the answer says the secret.
    #[serde(default)]
    pub signed: bool,
    /// Ours: the secret that they are signed with, where it is not to be made here: `whsec_` and Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A change of a webhook: DTR's `forms.WebhookUpdate`, and what is ours. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateWebhook {
    /// Its id.
    pub id: String,
    /// Off or on. What is switched on goes on where it was paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inactive: Option<bool>,
    /// See [`Webhook::tls_cert`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<String>,
    /// See [`Webhook::skip_tls_verification`].
    #[serde(
        default,
        rename = "skipTLSVerification",
        skip_serializing_if = "Option::is_none"
    )]
    pub skip_tls_verification: Option<bool>,
    /// Ours: another address, in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Ours: other types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<String>>,
    /// Ours: other patterns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_patterns: Option<Vec<String>>,
    /// Ours: another format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Ours: other headers, all of them, with their values. Where the address changes and these do not come along, there are none
    /// any more: they are shown to the receiver that they were given for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
}

/// Ours: another secret for a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetSecret {
    /// `whsec_` and Base64; absent to have one made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A receiver to be tried: DTR's `forms.WebhookTestPayload`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestWebhook {
    /// The type of event whose sample is sent.
    pub r#type: String,
    /// `https://` or `http://`, with any path and query.
    pub endpoint: String,
    /// See [`Webhook::tls_cert`].
    #[serde(default)]
    pub tls_cert: String,
    /// See [`Webhook::skip_tls_verification`].
    #[serde(default, rename = "skipTLSVerification")]
    pub skip_tls_verification: bool,
}

/// What a receiver made of a sample. Ours: DTR answered nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WebhookTested {
    /// The receiver took it.
    pub delivered: bool,
    /// What it answered, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Milliseconds that it took.
    pub took_ms: u32,
    /// The beginning of the answer's body; of a receiver inside a network that is not public, for site administrators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is still to be sent.
    Waiting,
    /// The receiver has it.
    Delivered,
    /// It was given up, a day after it was made. It can be sent again by hand.
    Dead,
}

/// Ours: something that a webhook has to tell, or told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its id.
    pub id: Uuid,
    /// The event, as the receiver sees it in `webhook-id`: the same when it is sent again.
    pub event: Uuid,
    /// Its type.
    pub r#type: String,
    /// What it is about, as `admin/flask:66`.
    pub subject: String,
    /// When it happened.
    #[serde(with = "time::serde::rfc3339")]
    pub made_at: OffsetDateTime,
    /// Somebody had it sent again.
    pub by_hand: bool,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub next_at: Option<OffsetDateTime>,
    /// When it was tried last.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub attempted_at: Option<OffsetDateTime>,
    /// The status of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Milliseconds until there was one, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u32>,
    /// Why there was none, or why it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was, or will be, sent; only where one delivery is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<DeliveryRequest>,
    /// The beginning of the answer's body, as [`WebhookTested::answer`]; only where one delivery is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// Ours: a request to a receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryRequest {
    /// Where it goes, with `•••` for what looks secret.
    pub endpoint: String,
    /// Its headers; values that are secret, or change with each attempt, are `•••`.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
}
