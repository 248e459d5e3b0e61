//! The shapes of contents, with the names and the order of fields that real DTR payloads have.
//!
//! Pushes, deletions and scans are as DTR sent them. DTR published no fields for pulls, promotion and mirroring: those have the shape of a
//! push and the names that its API has for the same things (`responses.Promotion`, `responses.Mirroring`).

use std::collections::BTreeMap;

use api::repository::{NamespaceType, Visibility};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// An image. What is not known is empty, as DTR has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The account that owns the repository.
    pub namespace: String,
    /// The repository's own name.
    pub repository: String,
    /// The tag. Always there but for manifests, which may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The manifest's digest: `sha256:…`.
    pub digest: String,
    /// By what it is pulled, with the registry's host: `dtr.example.com/foo/bar:latest`, or `…/bar@sha256:…` for a manifest.
    pub image_name: String,
    /// `linux`, `windows`; empty for an image of many platforms.
    pub os: String,
    /// `amd64`; empty for an image of many platforms.
    pub architecture: String,
    /// Who did it: the name of an account.
    pub author: String,
}

/// `TAG_PUSH`, `MANIFEST_PUSH`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImagePushed {
    /// What was pushed.
    #[serde(flatten)]
    pub image: Image,
    /// When.
    #[serde(with = "crate::stamp")]
    pub pushed_at: OffsetDateTime,
}

/// `TAG_PULL`, `MANIFEST_PULL`. The shape is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImagePulled {
    /// What was pulled.
    #[serde(flatten)]
    pub image: Image,
    /// When.
    #[serde(with = "crate::stamp")]
    pub pulled_at: OffsetDateTime,
}

/// `TAG_DELETE`, `MANIFEST_DELETE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageDeleted {
    /// What was deleted.
    #[serde(flatten)]
    pub image: Image,
    /// When.
    #[serde(with = "crate::stamp")]
    pub deleted_at: OffsetDateTime,
}

/// `PROMOTION`. The shape is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Promoted {
    /// The image as it now is in the target: what a pipeline pulls next.
    #[serde(flatten)]
    pub pushed: ImagePushed,
    /// Where it came from: `namespace/name`. The hooks of this repository hear of it.
    pub source_repository: String,
    /// Its tag there.
    pub source_tag: String,
    /// Where it is now: `namespace/name`.
    pub target_repository: String,
    /// Its tag there.
    pub target_tag: String,
    /// The policy that did it; empty where a person did.
    #[serde(rename = "promotionPolicyID")]
    pub promotion_policy_id: String,
}

/// `PUSH_MIRRORING`, `POLL_MIRRORING`. The shape is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mirrored {
    /// The image in this registry, and when it arrived where it was sent to.
    #[serde(flatten)]
    pub pushed: ImagePushed,
    /// The other registry.
    pub remote_host: String,
    /// The repository there.
    pub remote_repository: String,
    /// The tag there.
    pub remote_tag: String,
    /// The policy that did it; empty where a person did.
    #[serde(rename = "mirroringPolicyID")]
    pub mirroring_policy_id: String,
}

/// `SCAN_COMPLETED`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScanCompleted {
    /// The account that owns the repository.
    pub namespace: String,
    /// The repository's own name.
    pub repository: String,
    /// The tag.
    pub tag: String,
    /// By what it is pulled, with the registry's host.
    pub image_name: String,
    /// What was found.
    pub scan_summary: ScanSummary,
}

/// DTR's `responses.OldScanSummary`. Here the repository is `reponame`: DTR's documentation says otherwise, its payloads do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanSummary {
    /// The account that owns the repository.
    pub namespace: String,
    /// The repository's own name.
    pub reponame: String,
    /// The tag.
    pub tag: String,
    /// How many critical vulnerabilities.
    pub critical: u32,
    /// How many major ones.
    pub major: u32,
    /// How many minor ones.
    pub minor: u32,
    /// DTR's code: 6 is done.
    pub last_scan_status: i32,
    /// When it was last judged.
    #[serde(with = "crate::stamp")]
    pub check_completed_at: OffsetDateTime,
    /// Whether a new scan would know more.
    pub should_rescan: bool,
    /// Whether some layers are not in the registry, and were not read.
    pub has_foreign_layers: bool,
}

/// `SCAN_FAILED`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScanFailed {
    /// The account that owns the repository.
    pub namespace: String,
    /// The repository's own name.
    pub repository: String,
    /// The tag.
    pub tag: String,
    /// By what it is pulled, with the registry's host.
    pub image_name: String,
    /// Why, for people.
    pub error: String,
}

/// What happened to a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RepositoryChange {
    /// It was made.
    #[serde(rename = "REPO_CREATED")]
    Created,
    /// Its settings changed.
    #[serde(rename = "REPO_UPDATED")]
    Updated,
    /// It was deleted.
    #[serde(rename = "REPO_DELETED")]
    Deleted,
}

/// `REPO_EVENT`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryChanged {
    /// The account that owns it.
    pub namespace: String,
    /// Its own name.
    pub repository: String,
    /// What happened to it.
    pub event: RepositoryChange,
    /// Who did it: the name of an account.
    pub author: String,
    /// What it is after that, or was before it was deleted.
    pub data: RepositoryData,
}

/// DTR's `responses.Repository`: what does not depend on who looks, as it does in [`api::repository::Repository`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryData {
    /// Stays the same for the repository's life.
    pub id: Uuid,
    /// The account that owns it.
    pub namespace: String,
    /// Kind of that account.
    pub namespace_type: NamespaceType,
    /// Its own name.
    pub name: String,
    /// One line.
    pub short_description: String,
    /// README in Markdown; may be left out for its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_description: Option<String>,
    /// Who sees it without a grant.
    pub visibility: Visibility,
    /// Images are scanned when they arrive.
    pub scan_on_push: bool,
    /// A tag that exists cannot be pushed again with other content.
    pub immutable_tags: bool,
    /// Always `false`, as in DTR since 2.7.
    pub enable_manifest_lists: bool,
    /// 0 for no limit.
    pub tag_limit: u32,
    /// Manifests pulled so far.
    pub pulls: u64,
    /// Manifests pushed so far.
    pub pushes: u64,
}

/// `SCANNER_UPDATE_COMPLETED`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannerUpdated {
    /// The scanner's version.
    pub scanner_version: String,
    /// Since when it has that version.
    #[serde(with = "crate::stamp")]
    pub scanner_updated_at: OffsetDateTime,
    /// The number of the vulnerability data that counts now.
    pub db_version: i64,
    /// Since when it counts.
    #[serde(with = "crate::stamp")]
    pub db_updated_at: OffsetDateTime,
    /// Whether all went well.
    pub success: bool,
    /// The replicas of the registry, by their ids.
    pub replicas: BTreeMap<String, Replica>,
}

/// A replica of the registry, and the data that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// Since when it has it.
    #[serde(with = "crate::stamp")]
    pub db_updated_at: OffsetDateTime,
    /// The version of the data, as text.
    pub version: String,
    /// The replica's id again.
    pub replica_id: String,
}
