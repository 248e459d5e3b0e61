//! Chain of custody: what is known of one digest, from the commit to who runs it. Ours: `…/manifests/{reference}/custody`.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// The line of stations of one digest in one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Custody {
    /// `namespace/name`.
    pub repository: String,
    /// The manifest.
    pub digest: String,
    /// Tags that point to it now: the first 20, by name.
    pub tags: Vec<String>,
    /// What is known, in the order in which it happened; what has no time of its own stands first.
    pub stations: Vec<Station>,
    /// Whether the caller may download it as evidence.
    pub may_download: bool,
}

/// The public key that verifies evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditKey {
    /// The SHA-256 of the key's `SubjectPublicKeyInfo`, in hex.
    pub id: String,
    /// The key: Ed25519, PEM.
    pub public_key: String,
}

/// The latest checkpoint of what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditCheckpoint {
    /// Its number.
    pub number: u64,
    /// Number and hash, as `plimsoll verify-evidence --checkpoint` takes them.
    pub note: String,
    /// How many events are sealed by it and all before it.
    pub events: u64,
    /// When, RFC 3339.
    pub sealed_at: String,
    /// The id of the key that signed it.
    pub key: String,
    /// The signature, base64.
    pub signature: String,
}

/// What a station is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum StationKind {
    /// The commit that it was built from.
    Source,
    /// How it was built.
    Build,
    /// What it is made of: layers, base, platforms.
    Content,
    /// It was pushed, or a tag was set to it.
    Push,
    /// What a scan, or new vulnerability data, found.
    Scan,
    /// It was promoted, or could not be.
    Promotion,
    /// It was signed.
    Signature,
    /// A policy looked at it when it was to be pulled or run.
    Admission,
    /// It was pulled.
    Pull,
    /// It was deleted.
    Deletion,
    /// More happened, or hangs on it, than is shown.
    More,
}

/// How well a station is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum StationStanding {
    /// The registry recorded it.
    Recorded,
    /// A signature says it, which was verified by somebody who is trusted; of how an image was built, one of a key or store that its
    /// organization or the registry trusts.
    Verified,
    /// The image says it of itself, or a user's own key of how it was built; nobody vouches for it.
    Claimed,
    /// It was tried, and refused or failed.
    Refused,
    /// A gap: it would stand here, and nobody knows it.
    Missing,
    /// It is known, and not told to this caller.
    Hidden,
}

/// One station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Station {
    /// What it is about.
    pub kind: StationKind,
    /// How well it is known.
    pub standing: StationStanding,
    /// When; of several that are told together, the first.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub at: Option<OffsetDateTime>,
    /// Of several that are told together, the last.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub until: Option<OffsetDateTime>,
    /// What is known, in words; of a gap, what is missing and how it would be there.
    pub what: String,
    /// Who: the name that the account had then; of a signature by a user's own key, its user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What they proved it with, for who administers the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// The address that it came from, for who administers the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Why it was allowed, or refused; and what contradicts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `namespace/name` of the repository where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The tag that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Another manifest that it is about: the signature, the base, the image of one platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Of a promotion by a policy: the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Uuid>,
    /// Of a promotion by a policy: its revision then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// Of new vulnerability data: the number of the update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// How many are told together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The event that recorded it; of several, the last: `eventId` of the repository's list of events shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Uuid>,
    /// `namespace/name` of the repository whose event it is, where that is another than `repository` or the one that is asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_repository: Option<String>,
    /// What the image's labels and annotations say, by their names; of an attestation of how it was built, what that says.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub labels: std::collections::BTreeMap<String, String>,
}
