//! Access tokens: `/api/v0/api_tokens…` (DTR's `responses.APIToken`, `forms.CreateAPIToken`, `forms.UpdateAPIToken`).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An access token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiToken {
    /// Names the token in addresses; nothing can be done with it.
    pub hashed_token: String,
    /// What it is for.
    pub token_label: String,
    /// It can be switched off and on again.
    pub is_active: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was used last, to the minute; absent where it never was.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub last_used: Option<OffsetDateTime>,
    /// Ours: from which address it was used last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_from: Option<String>,
    /// Ours: when it ends; absent where it does not.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub expires_at: Option<OffsetDateTime>,
    /// What the client that made it calls itself.
    pub creator_ua: String,
    /// Ours: the repositories that it is good for, and for nothing else; absent where it may do all that its user may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Vec<TokenScope>>,
    /// Always `manual`.
    pub generated_by: String,
    /// Ours: whose it is.
    pub username: String,
}

/// A token that was just made or rotated, with its secret, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewApiToken {
    /// The secret: the password of `docker login`, and the bearer of the API.
    pub token: String,
    /// The token.
    #[serde(flatten)]
    pub about: ApiToken,
}

/// Body of `POST /api/v0/api_tokens`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateApiToken {
    /// What it is for; at most 100 characters.
    #[serde(default)]
    pub token_label: String,
    /// Ours: when it ends, in the future; absent, it does not end by itself.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub expires_at: Option<OffsetDateTime>,
    /// Ours: the only repositories that it is good for, at most 100; absent, it may do all that its user may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Vec<TokenScope>>,
}

/// A repository that a token is good for. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenScope {
    /// `namespace/name`. The token follows the repository when it is renamed with its namespace, and loses it when it is deleted.
    pub repository: String,
    /// What the token may do there, as far as its user may. Whatever it is, it may pull.
    pub actions: Vec<TokenAction>,
}

/// What a token may do in a repository. Ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TokenAction {
    /// Read: pull, and everything that the API shows of it.
    Pull,
    /// Push.
    Push,
    /// Delete tags and manifests.
    Delete,
    /// Everything: also its settings, its teams, and the repository itself.
    Admin,
}

/// Body of `PATCH /api/v0/api_tokens/{hashedtoken}`: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateApiToken {
    /// Switched on or off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_label: Option<String>,
}

/// Body of `POST /api/v0/api_tokens/{hashedtoken}/rotate`. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateApiToken {
    /// For how many hours the secret of before goes on, from 0 to 720; 24 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_hours: Option<u16>,
}
