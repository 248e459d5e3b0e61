//! Signatures and attestations that hang on an image: how they are recognised, and what verifying one of them says.
//!
//! [`found`] lists what a manifest has in the formats of cosign and notation; [`verify`] decides about one of them. What a manifest
//! calls itself (`artifactType`, its tag, its `subject`) only leads here, and proves nothing: an image that is typed as a signature
//! has no layer that verifies. Every signature is bound to the digest of its subject.

mod found;
mod key;
mod refused;
mod signer;

use oci::Digest;
use time::OffsetDateTime;

use crate::{
    cosign, notation,
    notation::{Identities, Scheme},
    x509::Certificate,
};

pub(crate) use found::is_bundle;
pub use found::{Format, Found, MAX_SIGNATURES, claims_to_be_one, found, subject_of};
pub(crate) use key::Message;
pub use key::{UnusableKey, VerifyingKey};
pub use refused::Refused;
pub(crate) use signer::signer;

/// The longest content of a signature or attestation that is read, in bytes. Bills of materials are the longest.
pub const MAX_CONTENT: u64 = 8 << 20;
/// How much is read of all signatures of one manifest, in bytes: each key that is tried goes over all of it.
pub const MAX_TOGETHER: u64 = 16 << 20;

/// What is signed.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its digest: the one thing by which it is known.
    pub digest: Digest,
    /// Its media type, as it was pushed.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// The manifest itself, if it is here: only `messageSignature` of a bundle is made over it.
    pub content: Option<Vec<u8>>,
}

/// What somebody signed with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// cosign: that the image is theirs.
    Cosign,
    /// in-toto: something about the image, such as how it was built. It is no signature of the image.
    Attestation,
    /// notation: that the image is theirs.
    Notation,
}

/// Who is trusted.
#[derive(Debug, Clone, Default)]
pub struct Trusted {
    /// Public keys, for cosign.
    pub keys: Vec<TrustedKey>,
    /// Stores of certificates, for notation, and those of scheme [`Scheme::X509`] for cosign.
    pub stores: Vec<TrustStore>,
    /// Certificates of which each is one signer's own, for both.
    pub certificates: Vec<TrustedCertificate>,
}

/// A certificate whose own signatures count, and not those of certificates that it issued.
#[derive(Debug, Clone)]
pub struct TrustedCertificate {
    /// By what the caller knows it.
    pub id: String,
    /// The certificate.
    pub certificate: Certificate,
    /// What arrives from then on does not count.
    pub until: Option<OffsetDateTime>,
}

/// A public key whose signatures count.
#[derive(Debug, Clone)]
pub struct TrustedKey {
    /// By what the caller knows it.
    pub id: String,
    /// The key.
    pub key: VerifyingKey,
    /// What arrives from then on does not count.
    pub until: Option<OffsetDateTime>,
}

/// Certificates, and whom they are trusted to speak for.
#[derive(Debug, Clone)]
pub struct TrustStore {
    /// By what the caller knows it.
    pub id: String,
    /// For signatures of which scheme it is.
    pub scheme: Scheme,
    /// One of them has to be in the chain, byte for byte.
    pub certificates: Vec<Certificate>,
    /// Who of those may sign.
    pub identities: Identities,
}

/// A signature that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whose it is.
    pub signer: Signer,
    /// What it is.
    pub kind: Kind,
    /// Of an attestation, what it says something about.
    pub predicate_type: Option<String>,
    /// From when on it does not count any more, because it says so itself.
    pub until: Option<OffsetDateTime>,
    /// When the first certificate of its chain ends; `None` where there is none, or where it is trusted whatever the time.
    pub certificates_until: Option<OffsetDateTime>,
}

/// Whose a signature is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// That of a [`TrustedKey`].
    Key {
        /// Its id.
        id: String,
    },
    /// That of a certificate which a [`TrustStore`] vouches for, or which is a [`TrustedCertificate`].
    Certificate {
        /// The id of either.
        store: String,
        /// The subject of the certificate that signed, like `CN=build,O=Example,ST=WA,C=US`.
        subject: String,
        /// The SHA-256 of its key, in hex: unlike the certificate's own, nobody can change it and leave the certificate good.
        fingerprint: String,
    },
}

/// Decides about one signature of a manifest. `content` is that of its layer. `arrived` is when the registry got it: keys and
/// certificates have to be good then, which no claim of the signature itself can show. Whether they still have to be is for the caller
/// to say, who is told when they end.
pub fn verify(
    found: &Found,
    content: &[u8],
    subject: &Subject,
    trusted: &Trusted,
    arrived: OffsetDateTime,
) -> Result<Verified, Refused> {
    let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
    if length > found.format.longest() {
        return Err(Refused::TooLong);
    }
    if length != found.size || Digest::of(found.digest.algorithm(), content) != found.digest {
        return Err(Refused::Content);
    }
    match found.format {
        Format::SimpleSigning => cosign::simple(found, content, subject, trusted, arrived),
        Format::Envelope => cosign::envelope(found, content, subject, trusted, arrived),
        Format::Bundle => cosign::bundle(content, subject, trusted, arrived),
        Format::Jws => notation::jws(content, subject, trusted, arrived),
        Format::Cose => notation::cose(content, subject, trusted, arrived),
    }
}

/// What a signature says it is, verified or not: for lists.
pub fn predicate_type(found: &Found, content: &[u8]) -> Option<String> {
    match found.format {
        Format::Envelope | Format::Bundle => cosign::claimed_predicate_type(content),
        Format::SimpleSigning | Format::Jws | Format::Cose => None,
    }
}

/// The in-toto statement that a signature is over: what it says, verified or not.
pub fn statement(found: &Found, content: &[u8]) -> Option<Vec<u8>> {
    match found.format {
        Format::Envelope | Format::Bundle => cosign::claimed_statement(content),
        Format::SimpleSigning | Format::Jws | Format::Cose => None,
    }
}
