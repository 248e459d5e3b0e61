//! Keeps small secrets that have to be read again, unlike passwords, so that a row alone says nothing: AES-256-GCM (NIST SP
//! 800-38D) with a random nonce, which stands in front. The nonces stay unlikely to meet for 2^32 secrets under one key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rand::{CryptoRng, RngExt as _};

/// Bytes in a key.
pub const KEY_LEN: usize = 32;

/// The key cannot be used, or what was sealed was not sealed with it for this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a sealed secret cannot be read: it was changed, belongs elsewhere, or was sealed with another key"
)]
pub struct Broken;

/// What secrets are sealed with. It prints without its value.
#[derive(Debug)]
pub struct SealKey(LessSafeKey);

impl SealKey {
    /// A key from 32 random bytes.
    pub fn new(secret: &[u8; KEY_LEN]) -> Result<Self, Broken> {
        let key = UnboundKey::new(&AES_256_GCM, secret).map_err(|_| Broken)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// `secret`, readable with this key and for the same `place` only: whose it is and what it is for.
    pub fn seal(
        &self,
        place: &[u8],
        secret: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Broken> {
        let nonce: [u8; NONCE_LEN] = rng.random();
        let mut sealed = secret.to_vec();
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place),
                &mut sealed,
            )
            .map_err(|_| Broken)?;
        let mut whole = nonce.to_vec();
        whole.append(&mut sealed);
        Ok(whole)
    }

    /// What was sealed for `place`.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Broken> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(Broken)?;
        let mut secret = sealed.to_vec();
        let length = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(place),
                &mut secret,
            )
            .map_err(|_| Broken)?
            .len();
        secret.truncate(length);
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_can_be_read_again_in_its_place() {
        let key = SealKey::new(&[7; KEY_LEN]).expect("a key");
        let sealed = key
            .seal(b"alice", b"secret", &mut rand::rng())
            .expect("sealed");
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(key.open(b"alice", &sealed).expect("opened"), b"secret");
        assert_eq!(key.open(b"bob", &sealed), Err(Broken), "another place");
        let other = SealKey::new(&[8; KEY_LEN]).expect("a key");
        assert_eq!(other.open(b"alice", &sealed), Err(Broken), "another key");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(b"alice", &changed), Err(Broken), "byte {at}");
            assert_eq!(
                key.open(b"alice", &sealed[..at]),
                Err(Broken),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_the_same_way_and_the_key_does_not_print() {
        let key = SealKey::new(&[0xab; KEY_LEN]).expect("a key");
        let seal = || key.seal(b"", b"secret", &mut rand::rng()).expect("sealed");
        assert_ne!(seal(), seal());
        let printed = format!("{key:?}");
        assert!(
            !printed.contains("171") && !printed.contains("ab, ab"),
            "{printed}"
        );
    }
}
