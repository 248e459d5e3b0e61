//! The key that signs checkpoints: Ed25519 (RFC 8032). Its public part is a `SubjectPublicKeyInfo`, PEM (RFC 8410).

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use crate::Hash;

/// What stands before the 32 bytes of the key (RFC 8410, section 4).
const SPKI: [u8; 12] = [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0];

/// A key cannot be made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The secret is none.
    #[error("the audit key has not 32 bytes")]
    Secret,
    /// The text is no public key.
    #[error("this is not an Ed25519 public key, PEM, as the registry has it at /api/v0/events/key")]
    Public,
}

/// The registry's key.
pub struct AuditKey(Ed25519KeyPair);

impl AuditKey {
    /// The key of these 32 random bytes.
    pub fn from_seed(seed: &[u8]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map(Self)
            .map_err(|_| KeyError::Secret)
    }

    /// Its public part.
    pub fn public(&self) -> Result<PublicKey, KeyError> {
        let bytes = self.0.public_key().as_ref();
        bytes
            .try_into()
            .map(PublicKey)
            .map_err(|_| KeyError::Secret)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditKey")
    }
}

/// What verifies a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads PEM.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let parsed = pem::parse(text).map_err(|_| KeyError::Public)?;
        let key = parsed.contents().strip_prefix(&SPKI);
        let key = key.filter(|_| parsed.tag() == "PUBLIC KEY");
        let key = key.and_then(|key| key.try_into().ok());
        key.map(Self).ok_or(KeyError::Public)
    }

    /// As PEM.
    pub fn to_pem(&self) -> String {
        let der = [SPKI.as_slice(), &self.0].concat();
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("PUBLIC KEY", der), config)
    }

    /// The SHA-256 of the `SubjectPublicKeyInfo`.
    pub fn id(&self) -> Hash {
        let mut hash = Sha256::new();
        hash.update(SPKI);
        hash.update(self.0);
        Hash(hash.finalize().into())
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(message, signature)
            .is_ok()
    }
}
