//! Findings that are set aside (DTR's `responses.LayerVulnOverride`), and the forms that do it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A finding that is set aside. DTR's `responses.LayerVulnOverride`, and ours beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LayerOverride {
    /// Its id.
    pub pk: String,
    /// The layer; empty where it holds for a repository or an organization.
    pub digest: String,
    /// The component.
    pub component: String,
    /// Its version; empty for any.
    pub component_version: String,
    /// The flaw.
    pub cve: String,
    /// Why.
    pub notes: String,
    /// Ours: one of VEX's justifications, or empty.
    #[serde(default)]
    pub justification: String,
    /// Ours: the repository it holds in, as `namespace/name`; empty for all.
    #[serde(default)]
    pub repository: String,
    /// Ours: the account whose repositories it holds in; empty for all.
    #[serde(default)]
    pub namespace: String,
    /// Ours: who set it aside.
    #[serde(default)]
    pub author: String,
    /// Ours: when.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at: Option<OffsetDateTime>,
    /// Ours: until when.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires_at: Option<OffsetDateTime>,
}

/// VEX's justifications: why a component is not affected by a flaw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Justification {
    /// The component is not there.
    ComponentNotPresent,
    /// It is there without the vulnerable code.
    VulnerableCodeNotPresent,
    /// The code is there and is never run.
    VulnerableCodeNotInExecutePath,
    /// The code is run, and never with what an attacker gives.
    VulnerableCodeCannotBeControlledByAdversary,
    /// Something else prevents the exploit.
    InlineMitigationsAlreadyExist,
}

impl Justification {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::ComponentNotPresent,
        Self::VulnerableCodeNotPresent,
        Self::VulnerableCodeNotInExecutePath,
        Self::VulnerableCodeCannotBeControlledByAdversary,
        Self::InlineMitigationsAlreadyExist,
    ];

    /// As the API and VEX write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ComponentNotPresent => "component_not_present",
            Self::VulnerableCodeNotPresent => "vulnerable_code_not_present",
            Self::VulnerableCodeNotInExecutePath => "vulnerable_code_not_in_execute_path",
            Self::VulnerableCodeCannotBeControlledByAdversary => {
                "vulnerable_code_cannot_be_controlled_by_adversary"
            }
            Self::InlineMitigationsAlreadyExist => "inline_mitigations_already_exist",
        }
    }
}

/// Body of `POST /api/v0/imagescan/layeroverride/{layerid}` (DTR's `forms.VulnOverrideOption`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OverrideForm {
    /// The component.
    pub component: String,
    /// Its version; absent or empty for any.
    #[serde(default)]
    pub component_version: String,
    /// The flaw.
    pub cve: String,
    /// Why, in words.
    #[serde(default)]
    pub notes: String,
    /// Ours: why, in VEX's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<Justification>,
    /// Ours: until when; for ever where it is absent.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires_at: Option<OffsetDateTime>,
}

/// Where an override holds. Ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum OverrideScope {
    /// In this repository.
    #[default]
    Repository,
    /// In all repositories of its owner.
    Namespace,
}

/// Body of `POST /api/v0/repositories/{namespace}/{reponame}/overrides`. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScopedOverrideForm {
    /// The component.
    pub component: String,
    /// Its version; absent or empty for any.
    #[serde(default)]
    pub component_version: String,
    /// The flaw.
    pub cve: String,
    /// Why, in words.
    #[serde(default)]
    pub notes: String,
    /// Why, in VEX's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<Justification>,
    /// Until when; for ever where it is absent.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires_at: Option<OffsetDateTime>,
    /// Where it holds.
    #[serde(default)]
    pub scope: OverrideScope,
}

/// Answer of `POST /api/v0/repositories/{namespace}/{reponame}/overrides/import`. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImportedVex {
    /// The overrides that were made of it.
    pub overrides: Vec<LayerOverride>,
    /// Statements that set nothing aside: other states than *not affected*, and software that no version of a component names.
    pub passed_over: u64,
}
