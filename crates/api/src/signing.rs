//! The signing desk: the caller's keys and where they may sign, what waits for their signature, and what a key signed. Ours.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::public_key::PublicKey;

/// A key of the caller's, and the roles of trust data that it may sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SigningKey {
    /// The key.
    pub key: PublicKey,
    /// The roles that it may sign, in repositories that the caller sees; the first 1,000 of all keys together.
    pub roles: Vec<KeyRole>,
}

/// A role of trust data that a key may sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct KeyRole {
    /// Namespace of the repository.
    pub namespace: String,
    /// Name of the repository.
    pub repository: String,
    /// Name of the trust data: host, namespace and repository.
    pub gun: String,
    /// `root`, `targets`, or a delegation such as `targets/releases`.
    pub role: String,
    /// The key's id there, in the metadata; of a certificate it is the certificate's.
    #[serde(rename = "keyID")]
    pub key_id: String,
}

/// A tag that waits for the caller's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WaitingTag {
    /// Namespace of the repository.
    pub namespace: String,
    /// Name of the repository.
    pub repository: String,
    /// The tag.
    pub tag: String,
    /// The manifest that it is now, and that would be signed.
    pub digest: String,
    /// Bytes of that manifest, which Notary's client asks for.
    pub size: u64,
    /// Name of the trust data: host, namespace and repository.
    pub gun: String,
    /// The roles that the caller may sign there, and the keys for it.
    pub roles: Vec<WaitingRole>,
    /// The manifest that is released under this name; another one where the tag was moved since, and `digest` where others signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_digest: Option<String>,
    /// When the tag was set last.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// Who set it; absent where they are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The caller's teams of which trust policies ask for a signer, and that have none of this image yet.
    #[serde(default)]
    pub asked: Vec<AskedTeam>,
}

/// A team of the caller's that a trust policy asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AskedTeam {
    /// Whose policy asks: `registry`, `organization` or `repository`.
    pub level: String,
    /// `organization/team`.
    pub team: String,
}

/// A role in which the caller may sign a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WaitingRole {
    /// `targets`, or a delegation such as `targets/releases`.
    pub role: String,
    /// What the caller's key for it is called; its id in Notary where it has no label.
    pub key: String,
}

/// Something that a key signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignedTag {
    /// Namespace of the repository.
    pub namespace: String,
    /// Name of the repository.
    pub repository: String,
    /// The tag; absent where none points to the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The manifest that was signed.
    pub digest: String,
    /// By what.
    pub by: SignedBy,
    /// The tag is that manifest now.
    pub is_current: bool,
    /// When: published in Notary, or found on the image.
    #[serde(with = "time::serde::rfc3339")]
    pub signed_at: OffsetDateTime,
}

/// By what something was signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum SignedBy {
    /// `notary` or `docker trust`.
    #[default]
    Notary,
    /// cosign.
    Cosign,
    /// notation.
    Notation,
    /// An in-toto attestation, which says something about the image.
    Attestation,
}
