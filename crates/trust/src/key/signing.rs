//! The keys that the registry holds for a collection's snapshot and timestamp: ECDSA on P-256.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer as _,
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use secrecy::{ExposeSecret as _, SecretSlice};

use super::{KeyId, KeyType, PublicKey};

/// A signing key could not be made, read or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum SigningError {
    #[error("a signing key could not be made")]
    Generate,
    #[error("a stored signing key is not a PKCS #8 P-256 private key")]
    NotAKey,
    #[error("metadata could not be signed")]
    Sign,
}

/// A private key of the registry. It prints as its id only.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
    pkcs8: SecretSlice<u8>,
}

impl SigningKey {
    /// A new key. (aws-lc-rs takes its own source of randomness, whichever it is given.)
    pub fn generate(random: &dyn SecureRandom) -> Result<Self, SigningError> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, random)
            .map_err(|_| SigningError::Generate)?;
        Self::from_pkcs8(pkcs8.as_ref())
    }

    /// A key as it was stored, PKCS #8, DER.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SigningError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map_err(|_| SigningError::NotAKey)?;
        let spki = pair
            .public_key()
            .as_der()
            .map_err(|_| SigningError::NotAKey)?;
        Ok(Self {
            public: PublicKey::new(KeyType::Ecdsa, spki.as_ref().to_vec()),
            pair,
            pkcs8: der.to_vec().into(),
        })
    }

    /// The public part.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The id of the public part.
    pub fn id(&self) -> KeyId {
        self.public.id()
    }

    /// The private key to be stored, PKCS #8, DER. Secret: whoever has it can mix and match a collection's roles, and hold
    /// clients back.
    pub fn pkcs8_der(&self) -> &[u8] {
        self.pkcs8.expose_secret()
    }

    /// A signature by the method `ecdsa`.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        let signature = signature.map_err(|_| SigningError::Sign)?;
        Ok(signature.as_ref().to_vec())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
