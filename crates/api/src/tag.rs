//! Tags: `/api/v0/repositories/{namespace}/{reponame}/tags…` (DTR's `responses.ListTag` and `responses.Tag`).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    manifest::{Manifest, PlatformManifest},
    promotion::Promotion,
    scan::ShortSummary,
    trust::TagSignature,
};

/// A tag and what it points at. Lists and details have the same shape; see [`Tag::manifest`] for the difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    /// The tag; empty where the details were asked for by digest.
    pub name: String,
    /// Digest that the tag points at: the index's for a multi-platform image.
    pub digest: String,
    /// Name of the account that pushed it last; empty when that account is gone.
    pub author: String,
    /// Ours: the CI job that pushed it last, for callers with an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<PushingJob>,
    /// When the tag was first pushed.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When the tag was last pushed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// It is signed: in the repository's trust data, `targets/releases` or else `targets` names it.
    pub in_notary: bool,
    /// It is signed, as another manifest than it is now.
    pub hash_mismatch: bool,
    /// Ours: as what it is signed, and by whom, for each host under which it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<TagSignature>,
    /// Ours: whose signatures of cosign and notation count for `digest`, each once, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached_signers: Vec<AttachedSigner>,
    /// In details: the manifest of one platform, with its Dockerfile lines and configuration. In lists: what the tag points at,
    /// and lines and configuration only with `includeManifests=true`.
    pub manifest: Manifest,
    /// Ours: media type of what the tag points at.
    pub media_type: String,
    /// Ours: compressed bytes of a pull: manifest, configuration and layers; for an index the sum over its manifests.
    pub size: u64,
    /// Ours: manifests of an index, by platform; for a single image the image itself; empty for an artifact.
    pub platforms: Vec<PlatformManifest>,
    /// Ours: number of manifests in this repository whose `subject` is `digest`.
    pub referrers: u64,
    /// The scan in short, of several platforms the worst; absent for an artifact.
    #[serde(
        default,
        rename = "vuln_summary",
        skip_serializing_if = "Option::is_none"
    )]
    pub vuln_summary: Option<ShortSummary>,
    /// Where it comes from, where a promotion set it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Promotion>,
}

/// With which program somebody signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AttachedTool {
    /// cosign.
    Cosign,
    /// notation.
    Notation,
}

/// Whose signature of cosign or notation counts for an image. Ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttachedSigner {
    /// With what it was made.
    pub tool: AttachedTool,
    /// The user who made it, for callers with an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The key or trust store of the organization, or of the registry, by which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
}

/// A CI job that pushed with its ID token. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushingJob {
    /// Project, branch or tag, and number, as the CI system says them.
    pub name: String,
    /// Where to look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
