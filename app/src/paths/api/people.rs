//! Addresses of accounts in the API: users, organizations, teams, and what belongs to them.

use super::{PAGE_SIZE, filtered, page_of};
use crate::paths::{escape, with_query};

/// Access tokens.
const TOKENS: &str = "/api/v0/api_tokens";

/// Where accounts are created.
pub const ACCOUNTS: &str = "/enzi/v0/accounts";

/// The first thousand results of one of eNZi's lists, which do not count.
#[must_use]
pub fn up_to_a_thousand(path: &str) -> String {
    with_query(path, [("limit", "1000")])
}

/// A page of users of a kind, in an order, whose name contains `filter`; what is empty is as the API has it.
#[must_use]
pub fn users(kind: &str, order: &str, filter: &str, start: &str) -> String {
    with_query(
        ACCOUNTS,
        [
            ("filter", if kind.is_empty() { "users" } else { kind }),
            ("order", order),
            ("contains", filter),
            ("start", start),
            ("limit", PAGE_SIZE),
        ],
    )
}

/// A page of organizations whose name contains `filter`.
#[must_use]
pub fn organizations(filter: &str, start: &str) -> String {
    with_query(
        ACCOUNTS,
        [
            ("filter", "orgs"),
            ("contains", filter),
            ("start", start),
            ("limit", PAGE_SIZE),
        ],
    )
}

/// The first accounts of all kinds whose name contains `text`.
#[must_use]
pub fn some_accounts(text: &str) -> String {
    with_query(ACCOUNTS, [("contains", text), ("limit", PAGE_SIZE)])
}

/// A user's second factor.
#[must_use]
pub fn second_factor(user: &str) -> String {
    format!("{}/secondFactor", account(user))
}

/// A user's sessions.
#[must_use]
pub fn sessions(user: &str) -> String {
    format!("{}/sessions", account(user))
}

/// A page of a user's sessions whose device or address contains `filter`.
#[must_use]
pub fn sessions_page(user: &str, filter: &str, start: &str) -> String {
    page_of(&sessions(user), filter, start)
}

/// One session of a user.
#[must_use]
pub fn session(user: &str, id: &str) -> String {
    format!("{}/{}", sessions(user), escape(id))
}

/// A page of the organizations that a user is in.
#[must_use]
pub fn organizations_of(user: &str, filter: &str, start: &str) -> String {
    let path = format!("{}/organizations", account(user));
    page_of(&path, filter, start)
}

/// A page of the teams that a user is in, and whose name or organization contains `filter`.
#[must_use]
pub fn teams_of(user: &str, filter: &str, start: &str) -> String {
    page_of(&format!("{}/memberTeams", account(user)), filter, start)
}

/// The first organizations that a user is in, to choose one of.
#[must_use]
pub fn all_organizations_of(user: &str) -> String {
    up_to_a_thousand(&format!("{}/organizations", account(user)))
}

/// An account with every repository of it: what is deleted there goes whole.
#[must_use]
pub fn account_with_repositories(name: &str) -> String {
    format!("/api/v0/accounts/{}", escape(name))
}

/// Every repository of an account.
#[must_use]
pub fn all_repositories_of(name: &str) -> String {
    format!("{}/repositories", account_with_repositories(name))
}

/// An organization's members.
#[must_use]
pub fn members(org: &str) -> String {
    format!("{}/members", account(org))
}

/// A page of them.
#[must_use]
pub fn members_page(org: &str, filter: &str, start: &str) -> String {
    page_of(&members(org), filter, start)
}

/// One member of an organization.
#[must_use]
pub fn member(org: &str, user: &str) -> String {
    format!("{}/{}", members(org), escape(user))
}

/// Where an organization's teams are made.
#[must_use]
pub fn teams(org: &str) -> String {
    format!("{}/teams", account(org))
}

/// A page of an organization's teams.
#[must_use]
pub fn teams_page(org: &str, filter: &str, start: &str) -> String {
    page_of(&teams(org), filter, start)
}

/// One team.
#[must_use]
pub fn team(org: &str, team: &str) -> String {
    format!("{}/{}", teams(org), escape(team))
}

/// A team's members.
#[must_use]
pub fn team_members(org: &str, name: &str) -> String {
    format!("{}/members", team(org, name))
}

/// A page of them.
#[must_use]
pub fn team_members_page(org: &str, name: &str, filter: &str, start: &str) -> String {
    page_of(&team_members(org, name), filter, start)
}

/// One member of a team.
#[must_use]
pub fn team_member(org: &str, name: &str, user: &str) -> String {
    format!("{}/{}", team_members(org, name), escape(user))
}

/// The repositories that a team has a right of its own in.
#[must_use]
pub fn all_team_repositories(org: &str, team: &str) -> String {
    format!(
        "/api/v0/accounts/{}/teams/{}/repositoryAccess",
        escape(org),
        escape(team)
    )
}

/// A page of those whose name contains `filter`.
#[must_use]
pub fn team_repositories(org: &str, team: &str, filter: &str, start: &str) -> String {
    filtered(&all_team_repositories(org, team), filter, start)
}

/// The teams with a right in an organization's whole namespace.
#[must_use]
pub fn namespace_teams(org: &str) -> String {
    format!("/api/v0/repositoryNamespaces/{}/teamAccess", escape(org))
}

/// One of them.
#[must_use]
pub fn namespace_team(org: &str, team: &str) -> String {
    format!("{}/{}", namespace_teams(org), escape(team))
}

/// The trusts of an organization in CI jobs.
#[must_use]
pub fn trusts(org: &str) -> String {
    format!("/api/v0/accounts/{}/workloadTrusts", escape(org))
}

/// A page of them whose name or issuer contains `filter`.
#[must_use]
pub fn trusts_page(org: &str, filter: &str, start: &str) -> String {
    filtered(&trusts(org), filter, start)
}

/// One of them.
#[must_use]
pub fn trust(org: &str, name: &str) -> String {
    format!("{}/{}", trusts(org), escape(name))
}

/// Who a user is at identity providers.
#[must_use]
pub fn identities(name: &str) -> String {
    format!("{}/identities", account(name))
}

/// Who a user is at one of them.
#[must_use]
pub fn identity(name: &str, id: &str) -> String {
    format!("{}/{}", identities(name), escape(id))
}

/// One account.
#[must_use]
pub fn account(name: &str) -> String {
    format!("{ACCOUNTS}/{}", escape(name))
}

/// A page of a user's access tokens whose description contains `filter`.
#[must_use]
pub fn tokens(name: &str, filter: &str, start: &str) -> String {
    with_query(
        TOKENS,
        [
            ("username", name),
            ("filter", filter),
            ("pageStart", start),
            ("pageSize", PAGE_SIZE),
            ("count", "true"),
        ],
    )
}

/// Where a user's access tokens are made.
#[must_use]
pub fn new_token(name: &str) -> String {
    with_query(TOKENS, [("username", name)])
}

/// One access token.
#[must_use]
pub fn token(id: &str) -> String {
    format!("{TOKENS}/{}", escape(id))
}

/// A page of a user's keys with `filter` in their label or id: `show` is `revoked`, or empty for those in use.
#[must_use]
pub fn keys(name: &str, show: &str, filter: &str, start: &str) -> String {
    with_query(
        &new_key(name),
        [
            ("filter", show),
            ("contains", filter),
            ("start", start),
            ("limit", PAGE_SIZE),
        ],
    )
}

/// Where a user's public keys are uploaded.
#[must_use]
pub fn new_key(name: &str) -> String {
    format!("{}/publicKeys", account(name))
}

/// One key.
#[must_use]
pub fn key(name: &str, id: &str) -> String {
    format!("{}/{}", new_key(name), escape(id))
}

/// Where a user's client bundles are made.
#[must_use]
pub fn new_bundle(name: &str) -> String {
    format!("/api/v0/accounts/{}/clientBundles", escape(name))
}

/// Where its password is changed.
#[must_use]
pub fn change_password(name: &str) -> String {
    format!("{}/changePassword", account(name))
}

/// Lets a team follow the LDAP directory; with `Config` behind it, which part.
#[must_use]
pub fn member_sync(org: &str, name: &str) -> String {
    format!("{}/memberSync", team(org, name))
}

/// The same for the owners of an organization.
#[must_use]
pub fn owner_sync(org: &str) -> String {
    format!("{}/adminMemberSync", account(org))
}
