//! The keys that sign registry tokens: ECDSA on P-256, each with a self-signed certificate, kept as DER in the database.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer as _,
    error::Unspecified,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, Signature},
};
use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD};
use rcgen::{CertificateParams, DnType, KeyPair, KeyUsagePurpose};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

/// How long the certificate beside a key says that it is good. Keys are replaced long before.
const CERTIFICATE_LIFE: Duration = Duration::days(3650);

/// A signing key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum KeyError {
    #[error("a token signing key could not be made: {0}")]
    Generate(#[from] rcgen::Error),
    #[error("a stored token signing key is not a PKCS #8 P-256 private key")]
    NotAKey,
    #[error("the certificate stored with a token signing key does not belong to it")]
    ForeignCertificate,
    #[error("a token could not be signed")]
    Sign,
}

/// A private key for registry tokens. It prints as its id only.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    id: String,
    pkcs8: Vec<u8>,
    certificate: Vec<u8>,
    /// The encoded JWS header of every token that this key signs.
    header: String,
}

impl SigningKey {
    /// A new key, with a certificate that is valid from an hour before `now`, for clocks that are behind.
    pub fn generate(now: OffsetDateTime) -> Result<Self, KeyError> {
        let pair = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Plimsoll token signing");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.not_before = now - Duration::hours(1);
        params.not_after = now + CERTIFICATE_LIFE;
        let certificate = params.self_signed(&pair)?;
        Self::from_pkcs8_der(&pair.serialize_der(), certificate.der())
    }

    /// A key as the database keeps it: its PKCS #8 DER and the certificate that was made with it.
    pub fn from_pkcs8_der(pkcs8: &[u8], certificate: &[u8]) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map_err(|_| KeyError::NotAKey)?;
        let spki = pair
            .public_key()
            .as_der()
            .map_err(|Unspecified| KeyError::NotAKey)?;
        let (_, parsed) = x509_parser::parse_x509_certificate(certificate)
            .map_err(|_| KeyError::ForeignCertificate)?;
        if parsed.public_key().raw != spki.as_ref() {
            return Err(KeyError::ForeignCertificate);
        }
        let id = libtrust_id(spki.as_ref());
        let header = serde_json::json!({ "typ": "JWT", "alg": "ES256", "kid": id, "x5c": [BASE64.encode(certificate)] });
        Ok(Self {
            pair,
            pkcs8: pkcs8.to_vec(),
            certificate: certificate.to_vec(),
            header: BASE64URL_NOPAD.encode(header.to_string().as_bytes()),
            id,
        })
    }

    /// The key's libtrust id, which tokens carry as `kid`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The private key for the database, PKCS #8 DER. Secret.
    pub fn pkcs8_der(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The self-signed certificate for the database and for other services that verify our tokens, DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// The public point, uncompressed.
    pub(super) fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub(super) fn signature(&self, message: &[u8]) -> Result<Signature, Unspecified> {
        self.pair.sign(&SystemRandom::new(), message)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The id that libtrust gives a key: base32 of the first 240 bits of the SHA-256 of its DER, in twelve groups of four.
fn libtrust_id(spki: &[u8]) -> String {
    let digest = Sha256::digest(spki);
    let mut id = String::with_capacity(59);
    for (at, c) in BASE32_NOPAD
        .encode(digest.get(..30).unwrap_or_default())
        .chars()
        .enumerate()
    {
        if at > 0 && at % 4 == 0 {
            id.push(':');
        }
        id.push(c);
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);

    #[test]
    fn survives_the_database() {
        let key = SigningKey::generate(NOW).expect("key");
        let again =
            SigningKey::from_pkcs8_der(key.pkcs8_der(), key.certificate_der()).expect("stored key");
        assert_eq!(key.id(), again.id());
        assert_eq!(key.header(), again.header());
        assert_ne!(key.id(), SigningKey::generate(NOW).expect("key").id());
    }

    #[test]
    fn ids_have_libtrusts_form() {
        let key = SigningKey::generate(NOW).expect("key");
        let groups: Vec<_> = key.id().split(':').collect();
        assert_eq!(groups.len(), 12);
        assert!(groups.iter().all(|group| group.len() == 4), "{}", key.id());
        // SHA-256 of nothing is e3b0c442 98fc1c14 9afbf4c8 996fb924 27ae41e4 649b934c a495991b 7852….
        assert_eq!(
            libtrust_id(b""),
            "4OYM:IQUY:7QOB:JGX3:6TEJ:S35Z:EQT2:4QPE:MSNZ:GTFE:SWMR:W6CS"
        );
    }

    #[test]
    fn refuses_what_is_not_a_key_or_not_its_certificate() {
        let (one, two) = (
            SigningKey::generate(NOW).expect("key"),
            SigningKey::generate(NOW).expect("key"),
        );
        let load = SigningKey::from_pkcs8_der;
        assert!(matches!(
            load(b"", one.certificate_der()),
            Err(KeyError::NotAKey)
        ));
        assert!(matches!(
            load(one.pkcs8_der(), two.certificate_der()),
            Err(KeyError::ForeignCertificate)
        ));
        assert!(matches!(
            load(one.pkcs8_der(), b"certificate"),
            Err(KeyError::ForeignCertificate)
        ));
        let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("key");
        assert!(matches!(
            load(&p384.serialize_der(), one.certificate_der()),
            Err(KeyError::NotAKey)
        ));
    }

    #[test]
    fn prints_no_secret() {
        let key = SigningKey::generate(NOW).expect("key");
        assert_eq!(
            format!("{key:?}"),
            format!("SigningKey {{ id: {:?}, .. }}", key.id())
        );
    }
}
