//! Trust data: who signed a tag, and `GET /api/v0/repositories/{namespace}/{reponame}/trust`. Ours.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What a tag is signed as, in the trust data under one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TagSignature {
    /// Name of the trust data: host, namespace and repository.
    pub gun: String,
    /// The role that releases it: `targets/releases`, or else `targets`.
    pub role: String,
    /// The manifest that is signed; the tag was moved since where that is not `digest`.
    pub released_digest: String,
    /// When the first of the files that say so expires.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Each signature on a role that says so, verified.
    pub signers: Vec<TagSigner>,
}

/// A key's signature on a role that says what a tag is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TagSigner {
    /// In which role. Its name proves nothing: the key does.
    pub role: String,
    /// The key's id in Notary, as `docker trust inspect` shows it.
    #[serde(rename = "keyID")]
    pub key_id: String,
    /// Whose signing key it is, for callers with an account; absent where it is nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The user's teams, as `organization/team`: those of the caller's organizations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// It is nobody's signing key: not registered, not designated, or revoked.
    #[serde(default)]
    pub is_unknown: bool,
    /// The key's certificate was good when it signed, and has ended since.
    #[serde(default)]
    pub certificate_ended: bool,
}

/// All trust data of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RepositoryTrust {
    /// One for each host under which something was published.
    pub collections: Vec<TrustCollection>,
}

/// The trust data under one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrustCollection {
    /// Its name: host, namespace and repository.
    pub gun: String,
    /// When something was published last.
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
    /// How many tags it signs.
    pub signed_tags: u64,
    /// The four roles, then the delegations, each after the one that declares it.
    pub roles: Vec<TrustRole>,
    /// The keys of all roles, by id.
    pub keys: Vec<TrustKey>,
    /// What is wrong with it, or will be; empty where it is well.
    pub problems: Vec<TrustProblem>,
}

/// How it stands with a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrustRole {
    /// `root`, `targets`, `snapshot`, `timestamp`, or a delegation such as `targets/releases`.
    pub name: String,
    /// The keys that may sign it.
    #[serde(rename = "keyIDs")]
    pub key_ids: Vec<String>,
    /// How many have to.
    pub threshold: u64,
    /// Those that signed its newest file.
    pub signed_by: Vec<String>,
    /// Of a delegation: what the tags start with that it may sign; an empty text is all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Version of its newest file; absent where there is none, or none that is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// When that expires.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub expires_at: Option<OffsetDateTime>,
}

/// A key of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrustKey {
    /// Its id in the metadata; of a certificate it is the certificate's.
    pub id: String,
    /// The id of the key itself, as `docker trust inspect` and the Keys page show it; absent where the certificate cannot be read.
    #[serde(default, rename = "keyID", skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Notary's word for what kind of key it is, such as `ecdsa` or `ecdsa-x509`.
    pub algorithm: String,
    /// Whose it is.
    pub holder: KeyHolder,
    /// The user, for callers with an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The user's teams, as `organization/team`: those of the caller's organizations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
}

/// Whose a key is, and whether what it signs counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum KeyHolder {
    /// This registry holds it, and signs with it by itself.
    Registry,
    /// A user's, who designated it as a signing key.
    Signer,
    /// A user's, who has not designated it as a signing key.
    NotDesignated,
    /// A signing key whose certificate has ended: what it signed before counts, unless the registry's `notaryCertificatesValidNow` is on.
    CertificateEnded,
    /// A user's, who may not sign in any more.
    Inactive,
    /// It was revoked: what it signed counts no more.
    Revoked,
    /// Nobody has registered it.
    #[default]
    Unknown,
}

/// Something that is wrong with trust data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrustProblem {
    /// What kind of problem.
    pub code: TrustProblemCode,
    /// What it is about: a role, a tag, or a key's id; empty where it is about all of it.
    pub subject: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Kinds of problems with trust data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TrustProblemCode {
    /// Clients believe nothing of it.
    Untrusted,
    /// It was not verified yet, after an upgrade.
    NotVerified,
    /// It is published under a host that is not this registry's any more.
    ForeignHost,
    /// A role's file has expired.
    Expired,
    /// A role's file expires within 30 days; one that only this registry signs, within 2.
    ExpiresSoon,
    /// A delegation does not count.
    InvalidRole,
    /// A delegation was declared, and nobody signed in it.
    NothingPublished,
    /// A tag is another manifest now than the one that was signed.
    HashMismatch,
    /// A key that may sign tags is nobody's signing key.
    UnknownKey,
}
