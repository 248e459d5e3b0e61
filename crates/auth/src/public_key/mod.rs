//! Public keys that people register: what they sign images with, and what their client certificates are made for.
//!
//! [`parse`] reads what somebody uploads, a PEM `PUBLIC KEY` (as from `openssl`, `cosign generate-key-pair` or
//! `docker trust key generate`) or a PEM `CERTIFICATE`. A key is known by its encoding as `SubjectPublicKeyInfo` (RFC 5280,
//! section 4.1), and only the one encoding of it that DER allows is accepted: or else one key would have several
//! fingerprints, and could be registered by two people, or again after it was revoked.

mod certificate;
#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer as _,
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, ParsedPublicKey,
        RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
    },
};
use data_encoding::{BASE64, HEXLOWER};
use pem::{EncodeConfig, LineEnding, Pem};
use sha2::{Digest as _, Sha256};
use x509_parser::{
    asn1_rs::{Oid, Tag},
    prelude::FromDer as _,
    public_key,
    x509::SubjectPublicKeyInfo,
};

pub use certificate::Certificate;

/// The longest upload that is looked at, in bytes. A certificate chain with RSA keys has some 8 KiB.
pub const MAX_PEM: usize = 32 * 1024;
/// Bits of an RSA key: the least that Notary, cosign and NIST SP 800-131A accept, and the most that our library verifies.
const RSA_BITS: std::ops::RangeInclusive<u32> = 2048..=8192;

/// Why an upload is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum PublicKeyError {
    #[error("the upload is longer than {MAX_PEM} bytes")]
    TooLong,
    #[error(
        "this is a private key; keep it to yourself, and upload the public key or a certificate of it"
    )]
    PrivateKey,
    #[error(
        "this is not a public key; accepted is a PEM block PUBLIC KEY or CERTIFICATE, which begins with -----BEGIN"
    )]
    NotPem,
    #[error("there is more than one public key; upload one at a time")]
    Several,
    #[error("the PEM block is not readable as a public key in the one form that DER allows")]
    Malformed,
    #[error("the PEM block is not readable as an X.509 certificate")]
    Certificate,
    #[error(
        "the key is {0}; accepted are ECDSA on P-256 or P-384, Ed25519, and RSA with 2048 to 8192 bits"
    )]
    Unsupported(String),
}

/// What kind of key it is. Its text is a name for people, such as `ECDSA P-256` or `RSA 3072`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Algorithm {
    EcdsaP256,
    EcdsaP384,
    Ed25519,
    /// With this many bits.
    Rsa(u32),
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EcdsaP256 => f.write_str("ECDSA P-256"),
            Self::EcdsaP384 => f.write_str("ECDSA P-384"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Rsa(bits) => write!(f, "RSA {bits}"),
        }
    }
}

impl Algorithm {
    /// Notary's name for keys of this kind.
    fn tuf_type(self) -> &'static str {
        match self {
            Self::EcdsaP256 | Self::EcdsaP384 => "ecdsa",
            Self::Ed25519 => "ed25519",
            Self::Rsa(_) => "rsa",
        }
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::EcdsaP256 => &ECDSA_P256_SHA256_ASN1,
            Self::EcdsaP384 => &ECDSA_P384_SHA384_ASN1,
            Self::Ed25519 => &ED25519,
            Self::Rsa(_) => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

/// A public key of an accepted kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: Algorithm,
    spki_der: Vec<u8>,
    /// The key without its wrapping: a point, 32 bytes of Ed25519, or an `RSAPublicKey`.
    bare: Vec<u8>,
}

impl PublicKey {
    /// A key from its `SubjectPublicKeyInfo`, DER.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        if der.len() > MAX_PEM {
            return Err(PublicKeyError::TooLong);
        }
        let (rest, spki) =
            SubjectPublicKeyInfo::from_der(der).map_err(|_| PublicKeyError::Malformed)?;
        let algorithm = algorithm(&spki)?;
        let parsed = ParsedPublicKey::new(algorithm.verification(), der)
            .map_err(|_| PublicKeyError::Malformed)?;
        let canonical = parsed.as_der().map_err(|_| PublicKeyError::Malformed)?;
        if !rest.is_empty() || canonical.as_ref() != der {
            return Err(PublicKeyError::Malformed);
        }
        Ok(Self {
            algorithm,
            spki_der: der.to_vec(),
            bare: spki.subject_public_key.data.to_vec(),
        })
    }

    /// What kind of key it is.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key as `SubjectPublicKeyInfo`, DER.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }

    /// The key as PEM, `PUBLIC KEY`.
    pub fn pem(&self) -> String {
        encode_pem("PUBLIC KEY", &self.spki_der)
    }

    /// The SHA-256 of [`Self::spki_der`], 64 lower-case hexadecimal digits: the id of the key in eNZi's API ("hash of public
    /// key DER").
    pub fn fingerprint(&self) -> String {
        sha256_hex(&self.spki_der)
    }

    /// The key's id in Notary: the SHA-256 of its canonical JSON, 64 lower-case hexadecimal digits. It is also the
    /// *canonical key id* of every certificate of this key, which `docker trust inspect` shows (notaryproject/notary,
    /// `tuf/data/keys.go` and `tuf/utils/x509.go`).
    pub fn tuf_key_id(&self) -> String {
        let public = match self.algorithm {
            Algorithm::Ed25519 => &self.bare,
            Algorithm::EcdsaP256 | Algorithm::EcdsaP384 | Algorithm::Rsa(_) => &self.spki_der,
        };
        tuf_key_id(self.algorithm.tuf_type(), public)
    }
}

/// What somebody uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uploaded {
    /// A bare public key.
    Key(PublicKey),
    /// A certificate; of a chain, the first one. Nobody has verified who issued it, or that it has not expired.
    Certificate(Certificate),
}

impl Uploaded {
    /// The key, with or without a certificate around it.
    pub fn key(&self) -> &PublicKey {
        match self {
            Self::Key(key) => key,
            Self::Certificate(certificate) => certificate.key(),
        }
    }
}

/// Reads one public key, or one certificate and perhaps the chain above it, which is ignored.
///
/// It is not proven that the uploader has the private key. The caller must refuse a key whose
/// [fingerprint](PublicKey::fingerprint) another account has registered, or what one person signs would count as signed by
/// another.
pub fn parse(text: &str) -> Result<Uploaded, PublicKeyError> {
    let blocks = read_blocks(text)?;
    let (first, others) = blocks.split_first().ok_or(PublicKeyError::NotPem)?;
    let chain = others.iter().all(|block| block.tag() == "CERTIFICATE");
    match first.tag() {
        "CERTIFICATE" if chain => {
            Certificate::from_der(first.contents()).map(Uploaded::Certificate)
        }
        "PUBLIC KEY" if others.is_empty() => {
            PublicKey::from_spki_der(first.contents()).map(Uploaded::Key)
        }
        "CERTIFICATE" | "PUBLIC KEY" => Err(PublicKeyError::Several),
        _ => Err(PublicKeyError::NotPem),
    }
}

/// The PEM blocks of an upload (RFC 7468; headers, which `docker trust key generate` writes, are skipped), unless one of them
/// is a private key.
pub(crate) fn read_blocks(text: &str) -> Result<Vec<Pem>, PublicKeyError> {
    if text.len() > MAX_PEM {
        return Err(PublicKeyError::TooLong);
    }
    if text.contains("PRIVATE KEY-----") {
        return Err(PublicKeyError::PrivateKey);
    }
    pem::parse_many(text).map_err(|_| PublicKeyError::NotPem)
}

/// PEM as OpenSSL and Go write it: lines of 64 characters that end in LF.
pub(crate) fn encode_pem(tag: &str, der: &[u8]) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(tag, der), config)
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The id that Notary gives a key: the SHA-256 of the canonical JSON of it, in which base64 needs no escaping.
fn tuf_key_id(keytype: &str, public: &[u8]) -> String {
    let public = BASE64.encode(public);
    let json =
        format!(r#"{{"keytype":"{keytype}","keyval":{{"private":null,"public":"{public}"}}}}"#);
    sha256_hex(json.as_bytes())
}

/// What kind of key it claims to be, if that kind is accepted.
fn algorithm(spki: &SubjectPublicKeyInfo<'_>) -> Result<Algorithm, PublicKeyError> {
    let unsupported = |what: String| Err(PublicKeyError::Unsupported(what));
    match oid(&spki.algorithm.algorithm).as_str() {
        // RFC 5480, section 2.1.1
        "1.2.840.10045.2.1" => {
            let curve = spki.algorithm.parameters.as_ref();
            let curve = curve.filter(|curve| curve.tag() == Tag::Oid);
            let curve = curve.and_then(|curve| curve.as_oid().ok());
            match curve.map(|curve| oid(&curve)).as_deref() {
                Some("1.2.840.10045.3.1.7") => Ok(Algorithm::EcdsaP256),
                Some("1.3.132.0.34") => Ok(Algorithm::EcdsaP384),
                Some("1.3.132.0.35") => unsupported("ECDSA on P-521".to_owned()),
                Some(other) => unsupported(format!("ECDSA on the curve {other}")),
                None => unsupported("ECDSA on a curve without a name".to_owned()),
            }
        }
        // RFC 8410, section 3
        "1.3.101.112" => Ok(Algorithm::Ed25519),
        // RFC 3279, section 2.3.1
        "1.2.840.113549.1.1.1" => match rsa_bits(spki).ok_or(PublicKeyError::Malformed)? {
            bits if RSA_BITS.contains(&bits) => Ok(Algorithm::Rsa(bits)),
            bits => unsupported(format!("RSA with {bits} bits")),
        },
        other => unsupported(format!("of the kind {other}")),
    }
}

/// The bits of an RSA key's modulus.
fn rsa_bits(spki: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    let (_, key) = public_key::RSAPublicKey::from_der(&spki.subject_public_key.data).ok()?;
    let first = key.modulus.iter().position(|&byte| byte != 0)?;
    let significant = key.modulus.get(first..)?;
    let bits = u32::try_from(significant.len()).ok()?.checked_mul(8)?;
    Some(bits - significant.first()?.leading_zeros())
}

/// An object identifier as text with dots, cut where an upload made it absurdly long.
fn oid(oid: &Oid<'_>) -> String {
    oid.to_id_string().chars().take(64).collect()
}
