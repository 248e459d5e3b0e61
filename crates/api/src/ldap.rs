//! The LDAP directory: `/enzi/v0/config/auth/ldap…` (ours, in eNZi's style) and `…/teams/{team}/memberSyncConfig` and
//! `…/adminMemberSyncConfig` (eNZi's).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// How to reach the directory, and how to find people in it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that do not depend on each other"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LdapSettings {
    /// People of the directory may sign in.
    pub enabled: bool,
    /// `ldap://host[:port]` or `ldaps://host[:port]`.
    pub url: String,
    /// An `ldap://` connection is encrypted before anything is said on it.
    pub start_tls: bool,
    /// The certificate authorities to trust, PEM; empty for those of the system.
    pub ca_pem: String,
    /// The account that searches; empty to search as nobody.
    #[serde(rename = "readerDN")]
    pub reader_dn: String,
    /// Its password. It is never answered; absent, the one of before stays, as long as it goes to the same `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader_password: Option<String>,
    /// Where people are.
    #[serde(rename = "baseDN")]
    pub base_dn: String,
    /// Only the base's own children, not the whole tree.
    pub one_level: bool,
    /// Finds a person by name, with `{username}` where the name goes.
    pub user_filter: String,
    /// The attribute with the user's name.
    pub username_attribute: String,
    /// The attribute with the full name.
    pub full_name_attribute: String,
    /// How many seconds a sign-in may take, from 1 to 300.
    pub timeout_seconds: u16,
    /// Who signs in for the first time gets an account; else an administrator makes it, with `searchLDAP`.
    pub create_users: bool,
    /// The hourly sync switches off accounts whose people are gone from the directory.
    pub switch_off_missing: bool,
}

impl Default for LdapSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            url: String::new(),
            start_tls: false,
            ca_pem: String::new(),
            reader_dn: String::new(),
            reader_password: None,
            base_dn: String::new(),
            one_level: false,
            user_filter: "(&(objectClass=person)(uid={username}))".to_owned(),
            username_attribute: "uid".to_owned(),
            full_name_attribute: "cn".to_owned(),
            timeout_seconds: 10,
            create_users: true,
            switch_off_missing: true,
        }
    }
}

/// How far a test came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LdapTest {
    /// The steps, as far as the first that failed.
    pub steps: Vec<LdapStep>,
}

/// One step of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LdapStep {
    /// `settings`, `connect`, `encrypt`, `bind` or `search`.
    pub stage: String,
    /// It went well.
    pub ok: bool,
    /// What to know about it.
    pub detail: String,
}

/// Which part of the directory a team follows, or the owners of an organization (eNZi's `memberSyncConfig`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MemberSyncConfig {
    /// It follows it at all.
    pub enable_sync: bool,
    /// The members of a group (`true`), or whoever a search finds.
    pub select_group_members: bool,
    /// The group.
    #[serde(rename = "groupDN")]
    pub group_dn: String,
    /// The group's attribute with its members: `member`, `uniqueMember` or `memberUid`.
    pub group_member_attr: String,
    /// Where to search; empty for where people are.
    #[serde(rename = "searchBaseDN")]
    pub search_base_dn: String,
    /// The whole tree, or the base's own children.
    pub search_scope_subtree: bool,
    /// What to search for, besides what the user filter asks.
    pub search_filter: String,
}

/// What is followed, and how that went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MemberSync {
    /// Which part of the directory.
    #[serde(flatten)]
    pub config: MemberSyncConfig,
    /// Ours: when it was made what the directory says.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub last_synced_at: Option<OffsetDateTime>,
    /// Ours: why that failed the last time.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_error: String,
}

/// What following the directory does to a team or to the owners of an organization, or would do. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TeamSync {
    /// The organization.
    pub organization: String,
    /// The team; empty for the organization's owners.
    pub team: String,
    /// Users who come into it.
    pub added: Vec<String>,
    /// Users who go out of it.
    pub removed: Vec<String>,
    /// How many stay.
    pub unchanged: u64,
    /// People of the directory who have no account here.
    pub without_account: Vec<String>,
    /// Why it could not be done; empty where it could.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

/// What a sync of everything does, or would do. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LdapSync {
    /// Every team that follows the directory.
    pub teams: Vec<TeamSync>,
    /// Users who are switched off, because they are gone from the directory.
    pub switched_off: Vec<String>,
    /// Why nobody could be switched off; empty where that went well.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}
