//! Verifying signatures (notary `tuf/signed/verifiers.go`).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P521_SHA256_ASN1, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::{
    asn1_rs::Tag, prelude::FromDer as _, public_key::RSAPublicKey, x509::SubjectPublicKeyInfo,
};

use super::{KeyType, PublicKey};

/// How a signature was made, in Notary's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// `ecdsa`: r and s with the length of the curve's field, one after the other, over the SHA-256, whatever the curve.
    Ecdsa,
    /// `rsapss`: SHA-256, MGF1 with SHA-256, a salt of 32 bytes.
    RsaPss,
    /// `rsapkcs1v15`: SHA-256.
    RsaPkcs1v15,
    /// `eddsa`: Ed25519 over the message itself.
    Eddsa,
    /// Any other, which never verifies.
    Other(String),
}

impl Method {
    /// Case does not count.
    pub(crate) fn parse(text: &str) -> Self {
        match text.to_lowercase().as_str() {
            "ecdsa" => Self::Ecdsa,
            "rsapss" => Self::RsaPss,
            "rsapkcs1v15" => Self::RsaPkcs1v15,
            "eddsa" => Self::Eddsa,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// The curves that Notary's clients can make keys on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(crate) fn of(spki: &SubjectPublicKeyInfo<'_>) -> Option<Self> {
        // RFC 5480, section 2.1.1
        if spki.algorithm.algorithm.to_id_string() != "1.2.840.10045.2.1" {
            return None;
        }
        let curve = spki.algorithm.parameters.as_ref()?;
        let curve = Some(curve).filter(|curve| curve.tag() == Tag::Oid)?;
        match curve.as_oid().ok()?.to_id_string().as_str() {
            "1.2.840.10045.3.1.7" => Some(Self::P256),
            "1.3.132.0.34" => Some(Self::P384),
            "1.3.132.0.35" => Some(Self::P521),
            _ => None,
        }
    }

    /// Bytes of r, and of s.
    fn width(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    fn algorithm(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1,
            Self::P384 => &ECDSA_P384_SHA256_ASN1,
            Self::P521 => &ECDSA_P521_SHA256_ASN1,
        }
    }
}

impl PublicKey {
    /// Whether `signature` was made over `message` with this key. A method that does not fit the key verifies nothing.
    pub fn verifies(&self, method: &Method, message: &[u8], signature: &[u8]) -> bool {
        self.verify(method, message, signature).is_some()
    }

    fn verify(&self, method: &Method, message: &[u8], signature: &[u8]) -> Option<()> {
        match (self.keytype(), method) {
            (KeyType::Ecdsa, Method::Ecdsa) => ecdsa(self.public(), message, signature),
            (KeyType::EcdsaX509, Method::Ecdsa) => ecdsa(&self.leaf()?, message, signature),
            (KeyType::Rsa, Method::RsaPss | Method::RsaPkcs1v15) => {
                rsa(self.public(), method, message, signature)
            }
            (KeyType::RsaX509, Method::RsaPss | Method::RsaPkcs1v15) => {
                rsa(&self.leaf()?, method, message, signature)
            }
            // The library also takes longer encodings, which Notary does not know.
            (KeyType::Ed25519, Method::Eddsa) if self.public().len() == 32 => {
                check(&ED25519, self.public(), message, signature)
            }
            _ => None,
        }
    }

    /// The key of the first certificate, `SubjectPublicKeyInfo`, DER.
    fn leaf(&self) -> Option<Vec<u8>> {
        let chain = self.certificates()?;
        Some(chain.first()?.spki_der().to_vec())
    }
}

fn spki(der: &[u8]) -> Option<SubjectPublicKeyInfo<'_>> {
    let (rest, spki) = SubjectPublicKeyInfo::from_der(der).ok()?;
    rest.is_empty().then_some(spki)
}

fn ecdsa(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let curve = Curve::of(&spki(key)?)?;
    if signature.len() != 2 * curve.width() {
        return None;
    }
    let (r, s) = signature.split_at_checked(curve.width())?;
    check(curve.algorithm(), key, message, &der_signature(r, s)?)
}

fn rsa(key: &[u8], method: &Method, message: &[u8], signature: &[u8]) -> Option<()> {
    rsa_bits(&spki(key)?)?;
    let algorithm: &'static dyn VerificationAlgorithm = match method {
        Method::RsaPss => &RSA_PSS_2048_8192_SHA256,
        _ => &RSA_PKCS1_2048_8192_SHA256,
    };
    check(algorithm, key, message, signature)
}

fn check(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Option<()> {
    UnparsedPublicKey::new(algorithm, key)
        .verify(message, signature)
        .ok()
}

/// The bits of an RSA key's modulus. `None` for keys of other kinds.
pub(crate) fn rsa_bits(spki: &SubjectPublicKeyInfo<'_>) -> Option<usize> {
    // RFC 3279, section 2.3.1
    if spki.algorithm.algorithm.to_id_string() != "1.2.840.113549.1.1.1" {
        return None;
    }
    let (_, key) = RSAPublicKey::from_der(&spki.subject_public_key.data).ok()?;
    let first = key.modulus.iter().position(|byte| *byte != 0)?;
    let significant = key.modulus.get(first..)?;
    let unused = significant.first()?.leading_zeros();
    Some(significant.len() * 8 - usize::try_from(unused).ok()?)
}

/// `SEQUENCE { INTEGER r, INTEGER s }`, DER: what the library verifies on every curve.
fn der_signature(r: &[u8], s: &[u8]) -> Option<Vec<u8>> {
    let mut content = integer(r)?;
    content.extend(integer(s)?);
    let length = u8::try_from(content.len()).ok()?;
    let mut der = vec![0x30];
    if length >= 0x80 {
        der.push(0x81);
    }
    der.push(length);
    der.extend(content);
    Some(der)
}

/// A positive `INTEGER`, DER, of less than 127 bytes.
fn integer(bytes: &[u8]) -> Option<Vec<u8>> {
    let first = bytes.iter().position(|byte| *byte != 0);
    let significant = first.map_or(&[0][..], |first| bytes.get(first..).unwrap_or_default());
    let sign = significant.first().is_some_and(|byte| *byte >= 0x80);
    let length = u8::try_from(significant.len() + usize::from(sign)).ok()?;
    let mut der = vec![0x02, length];
    if sign {
        der.push(0);
    }
    der.extend_from_slice(significant);
    Some(der)
}
