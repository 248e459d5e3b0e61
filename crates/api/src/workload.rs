//! Workload identity: which CI jobs an organization trusts, and with what. Ours: `/api/v0/accounts/{account}/workloadTrusts…`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Whose ID tokens they are, and with it which claims they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum WorkloadKind {
    /// GitLab CI, on gitlab.com or anywhere else.
    GitLab,
    /// GitHub Actions, on github.com or an enterprise server.
    GitHub,
}

/// How much a job may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadAccess {
    /// Pull.
    ReadOnly,
    /// Also push, and delete tags and manifests.
    ReadWrite,
}

/// What a job may do in one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadGrant {
    /// Name of a repository of the organization, without the namespace.
    pub repository: String,
    /// How much.
    pub access_level: WorkloadAccess,
}

/// What jobs may do: never outside of the organization that trusts them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkloadRights {
    /// In every repository of the organization, also later ones; absent where nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<WorkloadAccess>,
    /// In single repositories, by name; at most 200.
    #[serde(default)]
    pub repositories: Vec<WorkloadGrant>,
}

/// A trust: jobs whose ID tokens meet its conditions are given registry tokens of a few minutes, with its rights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkloadTrust {
    /// Its name in the organization. `organization/name` is the username of `docker login`.
    pub name: String,
    /// Whose tokens.
    pub kind: WorkloadKind,
    /// Who signs them, to the letter: `https://gitlab.com`, `https://token.actions.githubusercontent.com`.
    pub issuer: String,
    /// For whom the tokens must be made (`aud`).
    pub audience: String,
    /// A pattern for each claim that matters; all must fit. `*` stands for characters without `/`, `**` for any. One must say whose
    /// project it is.
    pub conditions: BTreeMap<String, String>,
    /// What its jobs may do.
    pub rights: WorkloadRights,
    /// It can be switched off and on again.
    pub is_active: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When a job came with it last, to the minute; absent where none did.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub last_used: Option<OffsetDateTime>,
    /// Which job it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_job: Option<String>,
    /// When a token of its issuer was refused last; absent where none was.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub last_refused: Option<OffsetDateTime>,
    /// Why it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_refusal: Option<String>,
}

/// Body of `POST /api/v0/accounts/{account}/workloadTrusts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateWorkloadTrust {
    /// See [`WorkloadTrust::name`]: as an account's name, at most 64 characters.
    pub name: String,
    /// See [`WorkloadTrust::kind`].
    pub kind: WorkloadKind,
    /// See [`WorkloadTrust::issuer`].
    pub issuer: String,
    /// See [`WorkloadTrust::audience`]; this registry's address where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// See [`WorkloadTrust::conditions`].
    pub conditions: BTreeMap<String, String>,
    /// See [`WorkloadTrust::rights`].
    pub rights: WorkloadRights,
    /// True where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
}

/// Body of `PATCH /api/v0/accounts/{account}/workloadTrusts/{trust}`: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateWorkloadTrust {
    /// See [`WorkloadTrust::kind`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<WorkloadKind>,
    /// See [`WorkloadTrust::issuer`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// See [`WorkloadTrust::audience`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// All conditions, in the place of those of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<BTreeMap<String, String>>,
    /// All rights, in the place of those of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<WorkloadRights>,
    /// See [`WorkloadTrust::is_active`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
}
