//! A short message authentication code, for identifiers that a client carries for us and must not be able to change
//! (HMAC-SHA-256, RFC 2104, truncated to 128 bits as NIST SP 800-107 section 5.3.4 allows).

use aws_lc_rs::{constant_time, hmac};

/// Bytes in a code.
pub const LEN: usize = 16;

/// The secret that codes are made and checked with. It prints without its value.
#[derive(Clone, Debug)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// A key from 32 random bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The code over `parts`. Each part is preceded by its length, so that no two lists of parts share one.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; LEN] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let full = context.sign();
        let mut tag = [0; LEN];
        for (to, from) in tag.iter_mut().zip(full.as_ref()) {
            *to = *from;
        }
        tag
    }

    /// Whether `tag` is the code over `parts`; takes the same time wherever it differs.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.tag(parts), tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_every_part_and_the_key() {
        let key = MacKey::new(&[7; 32]);
        let tag = key.tag(&[b"repository", b"account"]);
        assert!(key.verify(&[b"repository", b"account"], &tag));
        assert!(!key.verify(&[b"repository", b"other"], &tag));
        assert!(
            !key.verify(&[b"repositor", b"yaccount"], &tag),
            "the border between parts counts"
        );
        assert!(!key.verify(&[b"repository"], &tag));
        assert!(!MacKey::new(&[8; 32]).verify(&[b"repository", b"account"], &tag));
        assert!(
            !key.verify(&[b"repository", b"account"], &tag[..15]),
            "a shortened code is not a code"
        );
        assert!(!key.verify(&[b"repository", b"account"], &[]));
        for bit in 0..LEN * 8 {
            let mut changed = tag;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !key.verify(&[b"repository", b"account"], &changed),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn does_not_print_the_secret() {
        let printed = format!("{:?}", MacKey::new(&[0xab; 32]));
        assert!(
            !printed.contains("171") && !printed.contains("ab, ab"),
            "{printed}"
        );
    }
}
