//! X.509 certificates of public keys: what they say, without asking who issued them.

use data_encoding::HEXLOWER;
use time::OffsetDateTime;

use super::{Algorithm, MAX_PEM, PublicKey, PublicKeyError, encode_pem, sha256_hex, tuf_key_id};

/// The longest common name: `ub-common-name` of RFC 5280, appendix A.1.
const MAX_COMMON_NAME: usize = 64;

/// A certificate of a key of an accepted kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    key: PublicKey,
    serial: String,
    common_name: Option<String>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

impl Certificate {
    /// What a certificate says, DER. Its signature is not verified, nor its validity.
    pub fn from_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        if der.len() > MAX_PEM {
            return Err(PublicKeyError::TooLong);
        }
        let (rest, parsed) =
            x509_parser::parse_x509_certificate(der).map_err(|_| PublicKeyError::Certificate)?;
        if !rest.is_empty() {
            return Err(PublicKeyError::Certificate);
        }
        let common_name = parsed.subject().iter_common_name().next();
        Ok(Self {
            key: PublicKey::from_spki_der(parsed.public_key().raw)?,
            serial: HEXLOWER.encode(&parsed.tbs_certificate.serial.to_bytes_be()),
            common_name: common_name
                .and_then(|name| name.as_str().ok())
                .filter(|name| name.chars().count() <= MAX_COMMON_NAME)
                .filter(|name| !name.chars().any(char::is_control))
                .map(str::to_owned),
            not_before: parsed.validity().not_before.to_datetime(),
            not_after: parsed.validity().not_after.to_datetime(),
            der: der.to_vec(),
        })
    }

    /// The certificate, DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate, PEM.
    pub fn pem(&self) -> String {
        encode_pem("CERTIFICATE", &self.der)
    }

    /// The key that it certifies.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The serial number, lower-case hexadecimal without leading zero bytes. Unique for one issuer only.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The common name of its subject, as the issuer wrote it. `None` where there is none, or it has control characters or
    /// more than 64 characters. It proves nothing.
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// It is valid from this moment on.
    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// It is valid up to and including this moment (RFC 5280, section 4.1.2.5).
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// The SHA-256 of its DER, 64 lower-case hexadecimal digits, as `openssl x509 -fingerprint -sha256` shows it with colons.
    pub fn fingerprint(&self) -> String {
        sha256_hex(&self.der)
    }

    /// The id that Notary gives this certificate as a key (types `ecdsa-x509` and `rsa-x509`), which is what metadata with
    /// such keys carries; [`PublicKey::tuf_key_id`] is the canonical one. `None` for Ed25519: Notary has no type for that.
    pub fn tuf_key_id(&self) -> Option<String> {
        let keytype = match self.key.algorithm() {
            Algorithm::EcdsaP256 | Algorithm::EcdsaP384 => "ecdsa-x509",
            Algorithm::Rsa(_) => "rsa-x509",
            Algorithm::Ed25519 => return None,
        };
        Some(tuf_key_id(keytype, self.pem().as_bytes()))
    }
}
