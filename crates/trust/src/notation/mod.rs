//! notation's signatures, in JWS and in COSE (notaryproject/specifications `signature-specification.md`,
//! `signature-envelope-jws.md`, `signature-envelope-cose.md`, `trust-store-trust-policy.md`), as strictly as its level `strict` but
//! without revocation lists and timestamps, for which others would have to be asked.

mod cose;
mod envelope;
mod jws;

use oci::Digest;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::{
    attached::{Kind, Refused, Subject, Trusted, Verified, signer},
    x509::{Chain, Name, NameError},
};

use envelope::Envelope;

/// How many identities a trust store may have.
pub const MAX_IDENTITIES: usize = 100;

/// For what a chain of certificates vouches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `notary.x509`: the signer's own certificate, which has to be valid when the signature arrives.
    X509,
    /// `notary.x509.signingAuthority`: a service that signs for others, and is trusted with the time.
    SigningAuthority,
}

/// Whose certificates are trusted, of those that a trust store vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identities {
    /// `*`
    Any,
    /// Those whose subject has all attributes of one of these names.
    These(Vec<Name>),
}

impl Identities {
    /// Reads `*`, or `x509.subject:` with a name, as in a trust policy of notation.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, NameError> {
        let texts: Vec<&str> = texts.into_iter().collect();
        if texts == ["*"] {
            return Ok(Self::Any);
        }
        if texts.is_empty() || texts.len() > MAX_IDENTITIES {
            return Err(NameError::Malformed);
        }
        let names = texts.iter().map(|text| {
            let name = text.strip_prefix("x509.subject:");
            Name::parse(name.ok_or(NameError::Malformed)?)
        });
        names.collect::<Result<_, _>>().map(Self::These)
    }

    pub(crate) fn has(&self, name: Option<&Name>) -> bool {
        match self {
            Self::Any => true,
            Self::These(names) => {
                name.is_some_and(|subject| names.iter().any(|name| name.covers(subject)))
            }
        }
    }
}

/// Decides about a layer in JWS.
pub(crate) fn jws(
    content: &[u8],
    subject: &Subject,
    trusted: &Trusted,
    arrived: OffsetDateTime,
) -> Result<Verified, Refused> {
    decide(&jws::read(content)?, subject, trusted, arrived)
}

/// Decides about a layer in COSE.
pub(crate) fn cose(
    content: &[u8],
    subject: &Subject,
    trusted: &Trusted,
    arrived: OffsetDateTime,
) -> Result<Verified, Refused> {
    decide(&cose::read(content)?, subject, trusted, arrived)
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "targetArtifact")]
    target: Target,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    media_type: String,
    digest: String,
    size: u64,
}

impl Payload {
    fn check(&self, subject: &Subject) -> Result<(), Refused> {
        let target = &self.target;
        if target.digest.parse::<Digest>().ok() != Some(subject.digest) {
            return Err(Refused::OtherImage(target.digest.clone()));
        }
        if target.media_type != subject.media_type || target.size != subject.size {
            return Err(Refused::OtherDescriptor);
        }
        Ok(())
    }
}

/// Integrity, then authenticity, then time, in notation's order.
fn decide(
    envelope: &Envelope,
    subject: &Subject,
    trusted: &Trusted,
    arrived: OffsetDateTime,
) -> Result<Verified, Refused> {
    let time = envelope.check()?;
    let chain = Chain::read(&envelope.chain)?;
    if chain.key.notation_algorithm() != Some(envelope.algorithm.as_str()) {
        return Err(Refused::Algorithm);
    }
    if !chain
        .key
        .verifies_notation(&envelope.signed, &envelope.signature)
    {
        return Err(Refused::Signature);
    }
    let payload: Payload = serde_json::from_slice(&envelope.payload).map_err(Refused::malformed)?;
    payload.check(subject)?;
    let certificates: Vec<&[u8]> = envelope.chain.iter().map(Vec::as_slice).collect();
    let signer = signer(&chain, &certificates, trusted, (time.scheme, arrived))?;
    if time.expiry.is_some_and(|expiry| arrived >= expiry) {
        return Err(Refused::Expired);
    }
    let at = match time.scheme {
        Scheme::X509 => arrived,
        Scheme::SigningAuthority => time.signed,
    };
    if !chain.is_valid(at) {
        return Err(Refused::CertificateExpired);
    }
    let certificates = matches!(time.scheme, Scheme::X509).then_some(chain.not_after);
    Ok(Verified {
        signer,
        kind: Kind::Notation,
        predicate_type: None,
        until: time.expiry,
        certificates_until: certificates,
    })
}
