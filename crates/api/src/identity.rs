//! Signing in with identity providers. Ours, in the places where eNZi has its directory: `/enzi/v0/config/auth/oidc…`,
//! `/enzi/v0/id/providers` and `/enzi/v0/accounts/{nameOrId}/identities…`.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// Who is in a group at the provider, is in a team here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupRule {
    /// The group, to the letter as the provider says it.
    pub group: String,
    /// Name of an organization.
    pub organization: String,
    /// Name of one of its teams.
    pub team: String,
}

/// An `OpenID` Connect provider that people sign in with. Its client secret is never shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdentityProvider {
    /// Its name in addresses; it stays.
    pub name: String,
    /// What is written on its button.
    pub label: String,
    /// Its issuer's URL, to the letter.
    pub issuer: String,
    /// What it knows this registry as.
    pub client_id: String,
    /// A client secret is kept.
    pub has_client_secret: bool,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim with the name that a new account is given.
    pub username_claim: String,
    /// The claim with the groups.
    pub groups_claim: String,
    /// Certificate authorities to trust besides those of the system, PEM; empty where there are none.
    pub ca_certificates: String,
    /// Who signs in for the first time is given an account, if the name is free.
    pub creates_users: bool,
    /// It is on the sign-in page.
    pub is_active: bool,
    /// Which groups are which teams.
    pub group_rules: Vec<GroupRule>,
    /// Where the provider sends people back to: what it has to be told.
    pub redirect_uri: String,
    /// How many accounts can be signed in to with it.
    pub identities_count: u64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Body of `POST /enzi/v0/config/auth/oidc`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateIdentityProvider {
    /// See [`IdentityProvider::name`]: as an account's name, at most 64 characters.
    pub name: String,
    /// See [`IdentityProvider::issuer`].
    pub issuer: String,
    /// See [`IdentityProvider::client_id`].
    pub client_id: String,
    /// See [`IdentityProvider::label`]; the name where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The secret that the provider gave; absent for a public client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// `profile` and `email` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// `preferred_username` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_claim: Option<String>,
    /// `groups` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
    /// PEM; none where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificates: Option<String>,
    /// False where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creates_users: Option<bool>,
    /// True where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// None where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_rules: Option<Vec<GroupRule>>,
}

/// Body of `PATCH /enzi/v0/config/auth/oidc/{provider}`: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateIdentityProvider {
    /// See [`IdentityProvider::label`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// See [`IdentityProvider::issuer`]. When it changes, the client secret has to come with it, and who is linked to the one of
    /// before is not linked to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// See [`IdentityProvider::client_id`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// A new secret; empty for a public client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// See [`IdentityProvider::scopes`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// See [`IdentityProvider::username_claim`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_claim: Option<String>,
    /// See [`IdentityProvider::groups_claim`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
    /// See [`IdentityProvider::ca_certificates`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificates: Option<String>,
    /// See [`IdentityProvider::creates_users`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creates_users: Option<bool>,
    /// See [`IdentityProvider::is_active`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// All rules, in the place of those of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_rules: Option<Vec<GroupRule>>,
}

/// Answer of `POST /enzi/v0/config/auth/oidc/{provider}/test`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderTest {
    /// Its discovery document and its keys can be read.
    pub works: bool,
    /// What was found, or what failed.
    pub message: String,
}

/// A provider as the sign-in page needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInProvider {
    /// Its name in addresses.
    pub name: String,
    /// What is written on its button.
    pub label: String,
}

/// Who an account is at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Its id.
    pub id: Uuid,
    /// The provider.
    pub provider: SignInProvider,
    /// What the provider called the person last.
    pub username: String,
    /// When it was linked.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was signed in with last; absent where it never was.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub last_used: Option<OffsetDateTime>,
}

/// Body of `POST /enzi/v0/accounts/{nameOrId}/identities`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LinkIdentity {
    /// Name of a provider.
    pub provider: String,
}

/// Answer of `POST /enzi/v0/accounts/{nameOrId}/identities`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkAt {
    /// Where the browser goes now: the provider's page.
    pub location: String,
}
