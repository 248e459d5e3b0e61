//! Which images may be pulled, by who signed them: `…/trustPolicy`, `/api/v0/trust/policy` and `/api/v0/trust/evaluate`. Ours.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What is done with an image that does not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TrustMode {
    /// Nothing is asked of images.
    #[default]
    Off,
    /// It is pulled, and that is recorded.
    Warn,
    /// It is refused.
    Enforce,
}

/// What the registry, an organization or a repository asks of images. Where several ask, each has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustPolicy {
    /// What is done with an image that does not hold.
    pub mode: TrustMode,
    /// Teams, as `organization/team`, of each of which a member has to have signed; one person counts for each of their teams. Without
    /// any, some user's registered signing key has to have signed.
    #[serde(default)]
    pub teams: Vec<String>,
    /// Images of which nothing is asked; 100 at most. What is pulled by digest is excepted where the exceptions cover every tag of it, and
    /// it has one.
    #[serde(default)]
    pub exceptions: Vec<TrustException>,
    /// Teams, as `organization/team`, whose members read what does not hold, in order to sign it; nobody else does. Each such read is
    /// recorded.
    #[serde(default)]
    pub signer_teams: Vec<String>,
}

/// Images of which nothing is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustException {
    /// What `namespace/repository:tag` fits; `*` is any run of characters.
    pub pattern: String,
    /// When it ends; without it, it lasts until it is taken out.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub until: Option<OffsetDateTime>,
    /// Why, for whoever reads it later; 500 characters at most.
    #[serde(default)]
    pub reason: String,
}

/// Images that are asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvaluateTrust {
    /// References: `namespace/repository:tag` or `namespace/repository@digest`, with or without this registry's host; 50 at most.
    pub images: Vec<String>,
}

/// Whether images may be pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrustVerdicts {
    /// Whether all of them may.
    pub admitted: bool,
    /// One for each reference, in its order.
    pub images: Vec<TrustVerdict>,
}

/// Whether an image may be pulled by who has nothing but the right to pull.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrustVerdict {
    /// The reference, as it was asked about.
    pub image: String,
    /// What it is now: deploy this, because a tag may move. Absent where there is no such image, or the caller may not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Whether it may be pulled.
    pub admitted: bool,
    /// One for each thing that is asked of it.
    pub reasons: Vec<TrustReason>,
}

/// How an image stands with one thing that is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrustReason {
    /// Who asks it: `registry`, `organization` or `repository`; empty where there is no such image.
    pub level: String,
    /// Whether it holds.
    pub holds: bool,
    /// What is done where it does not.
    pub mode: TrustMode,
    /// What is missing, or who signed, in words.
    pub reason: String,
}
