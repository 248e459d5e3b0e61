//! Secrets that we hand out and keep only as a hash: refresh tokens and access tokens, and the first administrator's password.
//!
//! The text is `plim_<kind>_<43 base62 characters><6 base62 characters>`: 256 random bits, then the CRC-32 of what precedes
//! it. A scanner can therefore tell a leaked secret from a lookalike without asking us, and a mistyped one costs no query.
//! A hash of 256 random bits needs no salt and no slowness: SHA-256 is enough.

use std::fmt;

use data_encoding::HEXLOWER;
use rand::{CryptoRng, RngExt as _, seq::IndexedRandom as _};
use sha2::{Digest as _, Sha256};

/// The kind of access tokens.
pub const ACCESS_TOKEN: &str = "at";
/// A regular expression (the same for RE2, PCRE and Rust) that finds every secret of this form in a text, for programs that
/// look for leaked ones. What it finds may still be a lookalike: [`check`] says.
pub const PATTERN: &str = r"\bplim_[a-z]{2}_[0-9A-Za-z]{49}\b";

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Without the characters that look like another: 0 O o, 1 I l i, and their like.
const UNAMBIGUOUS: &[u8; 55] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz";
/// log62(2^256) rounded up.
const RANDOM_LEN: usize = 43;
const CHECK_LEN: usize = 6;

/// A secret in clear. It prints as its prefix only; [`Secret::expose`] is for the one answer that hands it out.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A new secret of a kind, such as `rt` for refresh tokens.
    pub fn generate(kind: &str, rng: &mut impl CryptoRng) -> Self {
        let mut text = format!("plim_{kind}_");
        text.extend((0..RANDOM_LEN).map(|_| char::from(BASE62[rng.random_range(0..BASE62.len())])));
        let check = checksum(&text);
        text.push_str(&check);
        Self(text)
    }

    /// The text for its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database keeps.
    pub fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self
            .0
            .rfind('_')
            .and_then(|end| self.0.get(..end))
            .unwrap_or_default();
        write!(f, "Secret({prefix}_…)")
    }
}

/// SHA-256 of a secret's text: what the database keeps and looks up.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// [`hash`] as 64 lower-case hexadecimal digits.
pub fn hash_hex(text: &str) -> String {
    HEXLOWER.encode(&hash(text))
}

/// Whether `text` has the form and the checksum of a secret of this kind. It says nothing about its being known.
pub fn check(kind: &str, text: &str) -> bool {
    let Some(body) = text
        .strip_prefix("plim_")
        .and_then(|t| t.strip_prefix(kind))
        .and_then(|t| t.strip_prefix('_'))
    else {
        return false;
    };
    if body.len() != RANDOM_LEN + CHECK_LEN || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let (payload, found) = text.split_at(text.len() - CHECK_LEN);
    checksum(payload) == found
}

/// A password of 24 unambiguous characters (138 random bits), for the first administrator.
pub fn random_password(rng: &mut impl CryptoRng) -> String {
    (0..24)
        .filter_map(|_| UNAMBIGUOUS.choose(rng))
        .map(|&b| char::from(b))
        .collect()
}

/// CRC-32 in base62, most significant digit first.
fn checksum(text: &str) -> String {
    let mut rest = crc32(text.as_bytes());
    let mut digits = [0; CHECK_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|&b| char::from(b)).collect()
}

/// CRC-32 as in ISO 3309 (polynomial 0xEDB88320, reflected). Bit by bit: the input is 60 bytes long.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_matches_its_standard_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_secret_passes_its_own_check_and_no_other() {
        let secret = Secret::generate("rt", &mut rand::rng());
        let text = secret.expose();
        assert_eq!(text.len(), "plim_rt_".len() + 49);
        assert!(check("rt", text));
        assert!(!check("at", text), "another kind");
        assert!(!check("r", text) && !check("", text));
        assert!(!check("rt", &text[..text.len() - 1]));
        assert!(!check("rt", &format!("{text}0")));
        assert!(!check("rt", &text.replace('_', "-")));
        for at in "plim_rt_".len()..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            assert!(
                !check("rt", std::str::from_utf8(&changed).expect("ascii")),
                "one character changed at {at}"
            );
        }
        assert!(!check("rt", "plim_rt_é"));
    }

    #[test]
    fn the_pattern_finds_secrets_of_every_kind() {
        let pattern = regex::Regex::new(PATTERN).expect("a regular expression");
        for kind in [ACCESS_TOKEN, "rt"] {
            let secret = Secret::generate(kind, &mut rand::rng());
            let text = format!("docker login -u ada -p {} # ouch", secret.expose());
            let found: Vec<_> = pattern.find_iter(&text).map(|m| m.as_str()).collect();
            assert_eq!(found, [secret.expose()]);
            assert!(check(kind, found[0]));
        }
        let secret = Secret::generate(ACCESS_TOKEN, &mut rand::rng());
        for text in [
            format!("{}0", secret.expose()),
            format!("x{}", secret.expose()),
            secret.expose().to_uppercase(),
        ] {
            assert!(!pattern.is_match(&text), "{text}");
        }
    }

    #[test]
    fn secrets_differ_and_hash_to_what_the_database_keeps() {
        let one = Secret::generate("rt", &mut rand::rng());
        let two = Secret::generate("rt", &mut rand::rng());
        assert_ne!(one.expose(), two.expose());
        assert_ne!(one.hash(), two.hash());
        assert_eq!(one.hash(), hash(one.expose()));
        assert_eq!(
            hash_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = Secret::generate("rt", &mut rand::rng());
        assert_eq!(format!("{secret:?}"), "Secret(plim_rt_…)");
    }

    #[test]
    fn passwords_are_long_and_readable() {
        let password = random_password(&mut rand::rng());
        assert_eq!(password.len(), 24);
        assert!(password.bytes().all(|b| UNAMBIGUOUS.contains(&b)));
        assert!(!password.contains(['0', 'O', 'o', '1', 'I', 'l', 'i']));
        assert_ne!(password, random_password(&mut rand::rng()));
    }
}
