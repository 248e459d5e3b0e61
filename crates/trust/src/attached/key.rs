//! Public keys that verify, of every kind that cosign and certificates have.

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA384_ASN1,
        ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
        ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1,
        ECDSA_P521_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_FIXED, ED25519,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
        RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
        UnparsedPublicKey, VerificationAlgorithm,
    },
};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha512};
use x509_parser::{prelude::FromDer as _, x509::SubjectPublicKeyInfo};

use crate::key::{Curve, rsa_bits};

/// The least bits of an RSA key.
const MIN_RSA_BITS: usize = 2048;

/// A key is not of a kind that is verified here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key is none of ECDSA on P-256, P-384 or P-521, Ed25519, and RSA of 2048 bits or more")]
pub struct UnusableKey;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyKind {
    Ec(Curve),
    Ed25519,
    /// With this many bits.
    Rsa(usize),
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    kind: KeyKind,
    spki: Vec<u8>,
    /// Without its wrapping, as the library reads Ed25519.
    bare: Vec<u8>,
}

impl VerifyingKey {
    /// A key from its `SubjectPublicKeyInfo`, DER.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, UnusableKey> {
        let (rest, spki) = SubjectPublicKeyInfo::from_der(der).map_err(|_| UnusableKey)?;
        if !rest.is_empty() {
            return Err(UnusableKey);
        }
        Self::of(&spki)
    }

    /// A key from PEM, `PUBLIC KEY`.
    pub fn from_pem(text: &str) -> Result<Self, UnusableKey> {
        let block = pem::parse(text).map_err(|_| UnusableKey)?;
        if block.tag() != "PUBLIC KEY" {
            return Err(UnusableKey);
        }
        Self::from_spki_der(block.contents())
    }

    pub(crate) fn of(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, UnusableKey> {
        let kind = if let Some(curve) = Curve::of(spki) {
            KeyKind::Ec(curve)
        } else if let Some(bits) = rsa_bits(spki) {
            KeyKind::Rsa(bits)
        // RFC 8410, section 3
        } else if spki.algorithm.algorithm.to_id_string() == "1.3.101.112"
            && spki.subject_public_key.data.len() == 32
        {
            KeyKind::Ed25519
        } else {
            return Err(UnusableKey);
        };
        if matches!(kind, KeyKind::Rsa(bits) if bits < MIN_RSA_BITS) {
            return Err(UnusableKey);
        }
        Ok(Self {
            kind,
            spki: spki.raw.to_vec(),
            bare: spki.subject_public_key.data.to_vec(),
        })
    }

    /// The SHA-256 of the key's `SubjectPublicKeyInfo`, in hex.
    pub fn fingerprint(&self) -> String {
        HEXLOWER.encode(digest(&SHA256, &self.spki).as_ref())
    }

    /// As cosign signs: ECDSA in ASN.1 with the hash that fits the curve, or SHA-256 as old clients do; RSA PKCS#1 v1.5 with SHA-256;
    /// Ed25519 over the message itself, or, as cosign 3 does whatever the specification of bundles says, over its SHA-512 (Ed25519ph).
    pub(crate) fn verifies_cosign(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithms: &[&'static dyn VerificationAlgorithm] = match self.kind {
            KeyKind::Ec(Curve::P256) => &[&ECDSA_P256_SHA256_ASN1],
            KeyKind::Ec(Curve::P384) => &[&ECDSA_P384_SHA384_ASN1, &ECDSA_P384_SHA256_ASN1],
            KeyKind::Ec(Curve::P521) => &[&ECDSA_P521_SHA512_ASN1, &ECDSA_P521_SHA256_ASN1],
            KeyKind::Rsa(_) => &[&RSA_PKCS1_2048_8192_SHA256],
            KeyKind::Ed25519 => &[&ED25519],
        };
        let mut algorithms = algorithms.iter();
        algorithms.any(|algorithm| self.check(*algorithm, message, signature))
            || self.kind == KeyKind::Ed25519 && ed25519ph(&self.bare, message, signature).is_some()
    }

    /// As notation signs: the one algorithm that fits the key, by the name that JWS has for it (notation's "Signature
    /// Specification", "Signature Algorithm Requirements"). `None` for keys that it does not know.
    pub(crate) fn notation_algorithm(&self) -> Option<&'static str> {
        match self.kind {
            KeyKind::Ec(Curve::P256) => Some("ES256"),
            KeyKind::Ec(Curve::P384) => Some("ES384"),
            KeyKind::Ec(Curve::P521) => Some("ES512"),
            KeyKind::Rsa(2048) => Some("PS256"),
            KeyKind::Rsa(3072) => Some("PS384"),
            KeyKind::Rsa(4096) => Some("PS512"),
            KeyKind::Rsa(_) | KeyKind::Ed25519 => None,
        }
    }

    /// Whether a signature of notation is this key's.
    pub(crate) fn verifies_notation(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.notation_algorithm() {
            Some("ES256") => &ECDSA_P256_SHA256_FIXED,
            Some("ES384") => &ECDSA_P384_SHA384_FIXED,
            Some("ES512") => &ECDSA_P521_SHA512_FIXED,
            Some("PS256") => &RSA_PSS_2048_8192_SHA256,
            Some("PS384") => &RSA_PSS_2048_8192_SHA384,
            Some("PS512") => &RSA_PSS_2048_8192_SHA512,
            _ => return false,
        };
        self.check(algorithm, message, signature)
    }

    /// Whether this key issued a certificate, by the algorithm of that name (RFC 3279, RFC 5758, RFC 8410). What is made with SHA-1
    /// or MD5 is not, and neither is PSS, which notation's certificates need not have.
    pub(crate) fn issued(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match (self.kind, algorithm) {
            (KeyKind::Rsa(_), "1.2.840.113549.1.1.11") => &RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa(_), "1.2.840.113549.1.1.12") => &RSA_PKCS1_2048_8192_SHA384,
            (KeyKind::Rsa(_), "1.2.840.113549.1.1.13") => &RSA_PKCS1_2048_8192_SHA512,
            (KeyKind::Ec(Curve::P256), "1.2.840.10045.4.3.2") => &ECDSA_P256_SHA256_ASN1,
            (KeyKind::Ec(Curve::P256), "1.2.840.10045.4.3.3") => &ECDSA_P256_SHA384_ASN1,
            (KeyKind::Ec(Curve::P256), "1.2.840.10045.4.3.4") => &ECDSA_P256_SHA512_ASN1,
            (KeyKind::Ec(Curve::P384), "1.2.840.10045.4.3.2") => &ECDSA_P384_SHA256_ASN1,
            (KeyKind::Ec(Curve::P384), "1.2.840.10045.4.3.3") => &ECDSA_P384_SHA384_ASN1,
            (KeyKind::Ec(Curve::P384), "1.2.840.10045.4.3.4") => &ECDSA_P384_SHA512_ASN1,
            (KeyKind::Ec(Curve::P521), "1.2.840.10045.4.3.2") => &ECDSA_P521_SHA256_ASN1,
            (KeyKind::Ec(Curve::P521), "1.2.840.10045.4.3.3") => &ECDSA_P521_SHA384_ASN1,
            (KeyKind::Ec(Curve::P521), "1.2.840.10045.4.3.4") => &ECDSA_P521_SHA512_ASN1,
            (KeyKind::Ed25519, "1.3.101.112") => &ED25519,
            _ => return false,
        };
        self.check(algorithm, message, signature)
    }

    fn check(
        &self,
        algorithm: &'static dyn VerificationAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let key = match self.kind {
            KeyKind::Ed25519 => &self.bare,
            KeyKind::Ec(_) | KeyKind::Rsa(_) => &self.spki,
        };
        UnparsedPublicKey::new(algorithm, key)
            .verify(message, signature)
            .is_ok()
    }
}

/// Ed25519ph without a context (RFC 8032, section 5.1).
fn ed25519ph(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
    let signature = ed25519_dalek::Signature::from_bytes(signature.try_into().ok()?);
    let hash = Sha512::new_with_prefix(message);
    key.verify_prehashed_strict(hash, None, &signature).ok()
}
