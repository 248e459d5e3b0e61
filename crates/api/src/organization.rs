//! Organizations: `/enzi/v0/accounts/{org}/members…` and `…/teams…` (eNZi's shapes, as UCP 3.0's Swagger has them).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::account::Account;

/// A member of an organization or of a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Who.
    pub member: Account,
    /// Of an organization: owns it. Of a team: always `false`, as teams have no administrators of their own.
    pub is_admin: bool,
    /// Ours: has a signing key that is neither revoked nor ended. Of an organization only, and only for its owners and site
    /// administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_sign: Option<bool>,
}

/// One page of members, by name in ascending order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Members {
    /// This page.
    pub members: Vec<Member>,
    /// `start` of the next page; empty on the last one.
    pub next_page_start: String,
}

/// Body of `PUT …/members/{member}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutMember {
    /// Owns the organization. Absent, a member stays what it is, and a new one does not own it. A team takes `false` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_admin: Option<bool>,
}

/// An organization that an account is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MemberOrg {
    /// The organization.
    pub org: Account,
    /// The account owns it.
    pub is_admin: bool,
}

/// One page of the organizations that an account is in, by name in ascending order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MemberOrgs {
    /// This page.
    pub member_orgs: Vec<MemberOrg>,
    /// `start` of the next page; empty on the last one.
    pub next_page_start: String,
}

/// A team of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// Stays the same when the team is renamed.
    pub id: Uuid,
    /// The organization.
    #[serde(rename = "orgID")]
    pub org_id: Uuid,
    /// Its name within the organization.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// How many are in it.
    pub members_count: u64,
    /// The caller is in it.
    pub client_user_is_member: bool,
}

/// One page of teams, by name in ascending order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Teams {
    /// This page.
    pub teams: Vec<Team>,
    /// `start` of the next page; empty on the last one.
    pub next_page_start: String,
}

/// A team that a user is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MemberTeam {
    /// Whose team it is.
    pub org: Account,
    /// The team.
    pub team: Team,
}

/// One page of the teams that a user is in, in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MemberTeams {
    /// This page.
    pub member_teams: Vec<MemberTeam>,
    /// `start` of the next page; empty on the last one.
    pub next_page_start: String,
}

/// Body of `POST …/teams`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateTeam {
    /// As an account's name: lowercase letters, digits, `_`, `-` and `.`; at most 64 characters.
    pub name: String,
    /// Free text, at most 140 characters.
    #[serde(default)]
    pub description: String,
}

/// Body of `PATCH …/teams/{team}`: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateTeam {
    /// See [`CreateTeam`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// See [`CreateTeam`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
