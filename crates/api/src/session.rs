//! Sessions: `/enzi/v0/accounts/{nameOrId}/sessions` (ours, in eNZi's style).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// Where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Names the session in addresses; nothing can be done with it.
    pub id: Uuid,
    /// What it is used with, in a few words, as far as the browser says.
    pub device: String,
    /// From which address it was used last.
    pub address: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub signed_in_at: OffsetDateTime,
    /// When it was used last, to the minute.
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen_at: OffsetDateTime,
    /// When it ends, unless it is used again before.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// It is the one that this request came with.
    pub is_current: bool,
}

/// One page of sessions, the latest sign-in first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Sessions {
    /// This page.
    pub sessions: Vec<Session>,
    /// `start` of the next page; empty on the last one.
    pub next_page_start: String,
}
