//! Signatures of cosign and notation, and who is trusted to sign. Ours: `…/manifests/{reference}/signatures`,
//! `/api/v0/accounts/{account}/signatureTrusts…` and `/api/v0/signatureTrusts…`.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What a signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum SignatureKind {
    /// cosign: that an image is somebody's.
    Cosign,
    /// in-toto: something about an image, and no signature of it.
    Attestation,
    /// notation: that an image is somebody's.
    Notation,
    /// Nothing that is known.
    Unknown,
}

/// What a signature is worth now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum SignatureVerdict {
    /// Somebody who is trusted made it.
    Verified,
    /// It does not count; `reason` says why.
    Refused,
    /// It has not been looked at yet.
    Pending,
}

/// A signature or attestation that hangs on a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageSignature {
    /// The manifest that holds it.
    pub manifest: String,
    /// Which of its layers, from 0.
    pub layer: i32,
    /// The tag by which it hangs on the image; absent where it names the image as its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What it is, or, where it does not count, what it says that it is.
    pub kind: SignatureKind,
    /// What it is worth now.
    pub verdict: SignatureVerdict,
    /// Why it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The user who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The key or trust store of the organization, or of the registry, by which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
    /// SHA-256 of the key, or the subject of the certificate, that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// Of an attestation, what it says something about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate_type: Option<String>,
    /// When it was looked at.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub checked_at: Option<OffsetDateTime>,
    /// From when on it does not count any more, because a certificate or the signature itself expires.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub valid_until: Option<OffsetDateTime>,
}

/// What is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum SignatureTrustKind {
    /// A public key of cosign.
    CosignKey,
    /// Certificates, a trust store `ca` of notation, which counts for cosign as well: for cosign it has to hold those between the root and
    /// the certificate that signs, too.
    NotationStore,
    /// Certificates, a trust store `signingAuthority` of notation. It does not count for cosign.
    NotationAuthority,
}

/// Whose signatures count: in the repositories of an organization, or everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignatureTrust {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: SignatureTrustKind,
    /// What it is for, in words.
    pub name: String,
    /// The key, or the certificates, PEM.
    pub pem: String,
    /// SHA-256 of the key, or of the first certificate, in hex.
    pub fingerprint: String,
    /// Of a trust store, who may sign: `*`, or `x509.subject:` with a name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<String>,
    /// When it was registered.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A new trust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateSignatureTrust {
    /// What it is.
    pub kind: SignatureTrustKind,
    /// What it is for, in words; at most 100 characters.
    pub name: String,
    /// A public key (`cosign public-key`), or 1 to 20 certificates, PEM.
    pub pem: String,
    /// Of a trust store, who may sign: `["*"]`, or names like `x509.subject: C=US, ST=WA, O=Example`, which have to be part of the
    /// certificate's.
    #[serde(default)]
    pub identities: Vec<String>,
}
