//! Who may do what in which repository: `…/teamAccess…`, `…/repositoryAccess…` (DTR's shapes) and `…/access/explain` (ours).

use serde::{Deserialize, Serialize};

use crate::{
    account::Account,
    organization::Team,
    repository::{AccessLevel, Repository},
};

/// Body of `PUT …/teamAccess/{teamname}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetAccess {
    /// How much the team may do; what it had before is replaced.
    pub access_level: AccessLevel,
}

/// What a team may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TeamAccess {
    /// How much.
    pub access_level: AccessLevel,
    /// The team.
    pub team: Team,
}

/// Teams with a right in a repository: one page, by the team's name, or the one whose right was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RepositoryTeams {
    /// The repository.
    pub repository: Repository,
    /// Its teams.
    pub team_access_list: Vec<TeamAccess>,
}

/// The teams with a right in a whole namespace: one page, by the team's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NamespaceTeams {
    /// The organization's name.
    pub namespace: String,
    /// Its teams.
    pub team_access_list: Vec<TeamAccess>,
}

/// What a team may do in a whole namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NamespaceTeam {
    /// How much.
    pub access_level: AccessLevel,
    /// The organization's name.
    pub namespace: String,
    /// The team.
    pub team: Team,
}

/// A repository, and what is allowed there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RepositoryAccess {
    /// How much.
    pub access_level: AccessLevel,
    /// Where.
    pub repository: Repository,
}

/// The repositories that a team has a right of its own in: one page, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TeamRepositories {
    /// The team.
    pub team: Team,
    /// Its repositories.
    pub repository_access_list: Vec<RepositoryAccess>,
}

/// What a user may do in a repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserAccess {
    /// How much.
    pub access_level: AccessLevel,
    /// Where.
    pub repository: Repository,
    /// Who.
    pub user: Account,
}

/// Why somebody may do something in a repository, or may not. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The user's name; empty for somebody without an account.
    pub user: String,
    /// `namespace/name`.
    pub repository: String,
    /// The highest right; absent where there is none at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_level: Option<AccessLevel>,
    /// The decision in one sentence.
    pub reason: String,
    /// Every right, the one that counts first.
    pub sources: Vec<Source>,
}

/// A right, and where it comes from. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// How much.
    pub access_level: AccessLevel,
    /// Where from.
    pub kind: SourceKind,
    /// The team, where it comes from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}

/// Where a right comes from. Ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// The user is a site administrator.
    SiteAdmin,
    /// The user owns the namespace.
    Owner,
    /// The user owns the organization.
    OrgOwner,
    /// The user is in a team with a right in this repository.
    Team,
    /// The user is in a team with a right in the whole namespace.
    NamespaceTeam,
    /// The repository is public.
    Public,
}
