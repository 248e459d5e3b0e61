//! What a policy of signed images would refuse of what was pulled lately: `…/trustPolicy/test`. Ours.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What would be refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrustTrial {
    /// Pulls since then were looked at: those of the last seven days.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// How many images were pulled, by their references, and are still there.
    pub pulled: u64,
    /// More was pulled than is looked at: the record has more than 20,000 pulls, or more than 200 images; those that were pulled most were.
    pub is_cut: bool,
    /// Those that would be refused, what was pulled most first.
    pub refused: Vec<TrialRefusal>,
}

/// An image that would be refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrialRefusal {
    /// As it was pulled: `namespace/repository:tag` or `namespace/repository@digest`.
    pub image: String,
    /// What it is now.
    pub digest: String,
    /// How often it was pulled, as far as it is recorded: of one account once in an hour.
    pub pulls: u64,
    /// When last.
    #[serde(with = "time::serde::rfc3339")]
    pub last_pulled_at: OffsetDateTime,
    /// What is missing, in words; one for each requirement that does not hold.
    pub missing: Vec<String>,
}
