//! X.509 certificates of those who sign with notation and cosign: chains, what a certificate may be used for, and whose it is (notation's
//! "Signature Specification", "Certificate Requirements"; RFC 5280).

mod chain;
mod climb;
mod name;
mod usage;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use time::OffsetDateTime;

use crate::attached::VerifyingKey;

pub(crate) use chain::{Chain, MAX_CERTIFICATES};
pub(crate) use climb::{Step, climb};
pub use name::{Name, NameError};

/// The longest certificate, in bytes.
pub(crate) const MAX_CERTIFICATE: usize = 16 << 10;

/// A certificate is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum CertificateError {
    #[error("this is not PEM with nothing but blocks CERTIFICATE")]
    NotPem,
    #[error("there are more than {0} certificates")]
    TooMany(usize),
    #[error("a certificate is not readable, or has a key that is not accepted")]
    Malformed,
}

/// A certificate. Nobody has verified who issued it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    subject: String,
    /// The subject, DER: names are the same where their bytes are.
    name: Vec<u8>,
    /// The issuer's name, DER.
    issuer: Vec<u8>,
    not_after: OffsetDateTime,
}

impl Certificate {
    /// A certificate from its DER.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let malformed = CertificateError::Malformed;
        if der.len() > MAX_CERTIFICATE {
            return Err(malformed);
        }
        let (rest, parsed) =
            x509_parser::parse_x509_certificate(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() || VerifyingKey::of(parsed.public_key()).is_err() {
            return Err(malformed);
        }
        Ok(Self {
            der: der.to_vec(),
            subject: parsed.subject().to_string(),
            name: parsed.subject().as_raw().to_vec(),
            issuer: parsed.issuer().as_raw().to_vec(),
            not_after: parsed.validity().not_after.to_datetime(),
        })
    }

    /// One or more certificates, PEM.
    ///
    /// # Errors
    /// Where there are none, more than `max`, something else among them, or one that is not usable.
    pub fn from_pem(text: &str, max: usize) -> Result<Vec<Self>, CertificateError> {
        if text.matches("-----BEGIN ").count() > max {
            return Err(CertificateError::TooMany(max));
        }
        let blocks = pem::parse_many(text).map_err(|_| CertificateError::NotPem)?;
        if blocks.is_empty() || blocks.iter().any(|block| block.tag() != "CERTIFICATE") {
            return Err(CertificateError::NotPem);
        }
        blocks
            .iter()
            .map(|block| Self::from_der(block.contents()))
            .collect()
    }

    /// Its DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whose it is, for people.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// When it ends.
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// The SHA-256 of its DER, in hex.
    pub fn fingerprint(&self) -> String {
        HEXLOWER.encode(digest(&SHA256, &self.der).as_ref())
    }
}
