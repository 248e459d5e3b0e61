//! Accounts and signing in: `/enzi/v0/accounts…` and `/enzi/v0/id/…` (eNZi's shapes, as UCP 3.0's Swagger has them).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A user or an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "eNZi's wire format: one flag per property"
)]
pub struct Account {
    /// Stays the same for the account's life.
    pub id: Uuid,
    /// Name to sign in with; also the namespace it owns.
    pub name: String,
    /// Free text; may be empty.
    pub full_name: String,
    /// An organization, not a person.
    pub is_org: bool,
    /// Administers the whole registry.
    pub is_admin: bool,
    /// May sign in.
    pub is_active: bool,
    /// A person of the LDAP directory, whose password is there.
    pub is_imported: bool,
    /// How many are in an organization; absent for users, and where accounts are only named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members_count: Option<u64>,
    /// How many teams an organization has; absent for users, and where accounts are only named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teams_count: Option<u64>,
}

/// One page of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Accounts {
    /// Users that there are, whatever is listed.
    pub users_count: u64,
    /// Organizations that there are.
    pub orgs_count: u64,
    /// Accounts that the filter lets through, on all pages.
    pub resource_count: u64,
    /// `start` of the next page; empty on the last one.
    pub next_page_start: String,
    /// This page.
    pub accounts: Vec<Account>,
}

/// Body of `POST /enzi/v0/accounts`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "eNZi's wire format: one flag per property"
)]
pub struct CreateAccount {
    /// Lowercase letters, digits, `_` and `-`, beginning and ending with a letter or digit; at most 64 characters.
    pub name: String,
    /// Free text, at most 100 characters.
    #[serde(default)]
    pub full_name: String,
    /// At least 8 characters; for users.
    #[serde(default)]
    pub password: String,
    /// An organization; it has no password.
    #[serde(default)]
    pub is_org: bool,
    /// Administers the whole registry.
    #[serde(default)]
    pub is_admin: bool,
    /// May sign in; `true` where absent.
    #[serde(default = "yes")]
    pub is_active: bool,
    /// The user is looked for in the LDAP directory, and signs in with the password there; every other field is left aside.
    #[serde(default, rename = "searchLDAP")]
    pub search_ldap: bool,
}

/// Body of `PATCH /enzi/v0/accounts/{nameOrId}`: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateAccount {
    /// Ours: another name, and so another namespace for its repositories; only an administrator may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Free text, at most 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// May sign in; only an administrator may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// Administers the whole registry; only an administrator may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_admin: Option<bool>,
}

/// Body of `POST /enzi/v0/accounts/{user}/changePassword`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePassword {
    /// Needed when the caller changes the own password; an administrator who changes another's leaves it out.
    #[serde(default)]
    pub old_password: String,
    /// At least 8 characters.
    pub new_password: String,
}

/// Body of `POST /enzi/v0/id/login`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Name of the account.
    pub username: String,
    /// Its password.
    pub password: String,
    /// Ours: a code of its second factor, or one of its recovery codes; for an account that has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
}

/// Answer of `POST /enzi/v0/id/login`; the session is also in the cookie that comes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoginAnswer {
    /// The session, for programs: `Authorization: SessionToken …`. It ends as the session does.
    pub session_token: String,
    /// Who is signed in now.
    pub account: Account,
}

fn yes() -> bool {
    true
}
