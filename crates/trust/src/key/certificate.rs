//! X.509 certificates inside of keys, as far as Notary looks at them (notary `tuf/utils/x509.go`, `trustpinning/certs.go`).

use pem::{EncodeConfig, LineEnding, Pem};
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;

use crate::Gun;

/// The least bits of an RSA key.
const MIN_RSA_BITS: usize = 2048;
/// Clocks of those who issue certificates may be ahead by so much.
const LEEWAY: Duration = Duration::days(1);
/// Signature algorithms over MD2, MD5 and SHA-1: RSA (RFC 3279, section 2.2.1), DSA (2.2.2), ECDSA (2.2.3).
const WEAK: [&str; 5] = [
    "1.2.840.113549.1.1.2",
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.2.840.10040.4.3",
    "1.2.840.10045.4.1",
];

/// Why a certificate may not be used, in Notary's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum CertificateError {
    #[error("certificate validity window is invalid")]
    Window,
    #[error("certificate with CN {0} uses invalid SHA1 signature algorithm")]
    Weak(String),
    #[error("RSA bit length is too short")]
    ShortRsa,
    #[error("certificate with CN {0} is expired")]
    Expired(String),
}

/// What a certificate says. Nobody has verified who issued it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    spki: Vec<u8>,
    /// The common name, where there is exactly one.
    common_name: Option<String>,
    is_ca: bool,
    is_weak: bool,
    rsa_bits: Option<usize>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

impl Certificate {
    /// Certificates, PEM, written as Go writes them and in no other way. `None` where one is not readable, or there is none.
    pub(super) fn chain(pem: &[u8]) -> Option<Vec<Self>> {
        let blocks = pem::parse_many(pem).ok()?;
        let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
        let again: String = blocks
            .iter()
            .map(|block| pem::encode_config(&Pem::new("CERTIFICATE", block.contents()), config))
            .collect();
        if blocks.is_empty() || again.as_bytes() != pem {
            return None;
        }
        blocks
            .iter()
            .map(|block| Self::from_der(block.contents()))
            .collect()
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, parsed) = x509_parser::parse_x509_certificate(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let algorithm = parsed.signature_algorithm.algorithm.to_id_string();
        Some(Self {
            spki: parsed.public_key().raw.to_vec(),
            common_name: common_name(&parsed),
            is_ca: parsed.is_ca(),
            is_weak: WEAK.contains(&algorithm.as_str()),
            rsa_bits: super::verify::rsa_bits(parsed.public_key()),
            not_before: parsed.validity().not_before.to_datetime(),
            not_after: parsed.validity().not_after.to_datetime(),
        })
    }

    /// The key, `SubjectPublicKeyInfo`, DER.
    pub(super) fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// Whether it may issue others.
    pub(crate) fn is_ca(&self) -> bool {
        self.is_ca
    }

    /// Whether its common name is the GUN, or ends in `*` and the GUN starts with what is before that.
    pub(crate) fn is_for(&self, gun: &Gun) -> bool {
        let Some(name) = &self.common_name else {
            return false;
        };
        let gun = gun.to_string();
        match name.strip_suffix('*') {
            Some(prefix) => gun.starts_with(prefix.trim_end_matches('*')),
            None => *name == gun,
        }
    }

    /// Whether Notary would use it at all. Only with a time its validity counts: of delegations the role's own expiry does.
    pub(crate) fn check(&self, now: Option<OffsetDateTime>) -> Result<(), CertificateError> {
        let name = || self.common_name.clone().unwrap_or_default();
        if self.not_before > self.not_after {
            return Err(CertificateError::Window);
        }
        if self.is_weak {
            return Err(CertificateError::Weak(name()));
        }
        if self.rsa_bits.is_some_and(|bits| bits < MIN_RSA_BITS) {
            return Err(CertificateError::ShortRsa);
        }
        let valid = |now: OffsetDateTime| {
            self.not_before.saturating_sub(LEEWAY) <= now && now <= self.not_after
        };
        if now.is_none_or(valid) {
            Ok(())
        } else {
            Err(CertificateError::Expired(name()))
        }
    }
}

fn common_name(certificate: &X509Certificate<'_>) -> Option<String> {
    let mut names = certificate.subject().iter_common_name();
    let name = names.next()?.as_str().ok()?;
    names.next().is_none().then(|| name.to_owned())
}
