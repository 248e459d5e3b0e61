//! Repositories: `/api/v0/repositories…` (DTR's `responses.Repository`, `forms.CreateRepo`, `forms.UpdateRepo`).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// Who may see and pull from a repository without a grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone, without an account.
    Public,
    /// Only those who have a right to it; for others it does not exist.
    #[default]
    Private,
}

/// What kind of account owns a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum NamespaceType {
    /// A person's or program's own account.
    User,
    /// An organization.
    Organization,
}

/// What someone may do with a repository; each level includes the one before it. The order is the order of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AccessLevel {
    /// View and pull.
    ReadOnly,
    /// Also push, and delete tags.
    ReadWrite,
    /// Also change its settings, and delete it.
    Admin,
}

/// A repository, as the caller sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// Stays the same for the repository's life; a deleted and newly created one has another.
    pub id: Uuid,
    /// Name of the account that owns it.
    pub namespace: String,
    /// Kind of that account.
    pub namespace_type: NamespaceType,
    /// Second part of `namespace/name`.
    pub name: String,
    /// One line.
    pub short_description: String,
    /// README in Markdown; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_description: Option<String>,
    /// Who sees it without a grant.
    pub visibility: Visibility,
    /// Images are scanned when they arrive, once scanning is enabled (`/api/v0/meta/features`).
    pub scan_on_push: bool,
    /// A tag that exists cannot be pushed again with other content.
    pub immutable_tags: bool,
    /// Ours: patterns of tags that can neither be pushed again with other content nor deleted, as `v*`, and behind `!` exceptions, as
    /// `!latest`, which alone mean all other tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub immutable_tag_patterns: Vec<String>,
    /// Always `false`: a pushed tag never extends an existing index (DTR dropped this in 2.7).
    pub enable_manifest_lists: bool,
    /// Always 0, no limit, in this version.
    pub tag_limit: u32,
    /// Manifests pulled so far.
    pub pulls: u64,
    /// Manifests pushed so far.
    pub pushes: u64,
    /// Ours: the caller's effective access.
    pub permission: AccessLevel,
    /// Ours: number of tags.
    pub tag_count: u64,
    /// Ours: bytes of all blobs linked to the repository, each digest counted once. Another repository may share them.
    pub size: u64,
    /// Ours: when it was created.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Ours: when a tag was last pushed; absent when none ever was.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_pushed_at: Option<OffsetDateTime>,
}

/// One page of repositories, by full name in ascending order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Repositories {
    /// Those that the caller may see.
    pub repositories: Vec<Repository>,
}

/// Body of `POST /api/v0/repositories/{namespace}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateRepository {
    /// Lowercase letters, digits, `.`, `_` and `-`, beginning and ending with a letter or digit.
    pub name: String,
    /// One line, at most 140 characters.
    #[serde(default)]
    pub short_description: String,
    /// README in Markdown, at most 100 000 bytes.
    #[serde(default)]
    pub long_description: String,
    /// Private where absent.
    #[serde(default)]
    pub visibility: Visibility,
    /// Images are scanned when they arrive, once scanning is enabled; `true` where absent.
    #[serde(default = "yes")]
    pub scan_on_push: bool,
    /// A tag that exists cannot be pushed again with other content.
    #[serde(default)]
    pub immutable_tags: bool,
    /// Ours: see the repository; at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub immutable_tag_patterns: Vec<String>,
    /// DTR's field; `true` is refused.
    #[serde(default)]
    pub enable_manifest_lists: bool,
    /// DTR's field; anything but 0 is refused in this version.
    #[serde(default)]
    pub tag_limit: u32,
}

/// Body of `PATCH /api/v0/repositories/{namespace}/{reponame}`: what is absent stays as it is. A repository cannot be renamed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateRepository {
    /// One line, at most 140 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_description: Option<String>,
    /// README in Markdown, at most 100 000 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_description: Option<String>,
    /// Who sees it without a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Images are scanned when they arrive, once scanning is enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan_on_push: Option<bool>,
    /// A tag that exists cannot be pushed again with other content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub immutable_tags: Option<bool>,
    /// Ours: see the repository; at most 50, and none of them to have no patterns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub immutable_tag_patterns: Option<Vec<String>>,
    /// DTR's field; `true` is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_manifest_lists: Option<bool>,
    /// DTR's field; anything but 0 is refused in this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_limit: Option<u32>,
}

/// Ours: the repository's README as HTML that is safe to put into a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Readme {
    /// Sanitised on the server; empty when there is no README.
    pub html: String,
}

fn yes() -> bool {
    true
}
