//! Digests, `sha256:<hex>` and `sha512:<hex>`, and the hasher that makes them and can be put to sleep.
//!
//! OCI Image Specification 1.1, `descriptor.md`, "Digests". Hex is lower-case and of exact length, so that one
//! content has one spelling; other algorithms are refused.

use crate::Error;
use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{
    Digest as _, Sha256, Sha512,
    digest::common::hazmat::{SerializableState, SerializedState},
};
use std::{fmt, ops::Range, str::FromStr};

/// A registered algorithm that this registry stores content by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// `sha256`, the canonical one.
    Sha256,
    /// `sha512`.
    Sha512,
}

impl Algorithm {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Sha256, Self::Sha512];

    /// The name before the colon of a digest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// Length of the hash in bytes.
    pub const fn size(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
            .ok_or_else(|| Error::digest_invalid("unknown digest algorithm; use sha256 or sha512"))
    }
}

/// The name of a content: an algorithm and a hash. Lives without heap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    /// The hash, and zeros where the algorithm's is shorter.
    bytes: [u8; 64],
}

impl Digest {
    /// The digest of `content`.
    pub fn of(algorithm: Algorithm, content: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(content);
        hasher.finish()
    }

    /// The algorithm before the colon.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hash, 32 or 64 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.size()).unwrap_or_default()
    }

    /// The part after the colon, in lower-case hexadecimal.
    pub fn hex(&self) -> String {
        self.as_bytes()
            .iter()
            .copied()
            .flat_map(hex_of)
            .map(char::from)
            .collect()
    }

    fn from_hash(algorithm: Algorithm, hash: &[u8]) -> Self {
        let mut bytes = [0; 64];
        for (to, from) in bytes.iter_mut().zip(hash) {
            *to = *from;
        }
        Self { algorithm, bytes }
    }
}

const fn hex_of(byte: u8) -> [u8; 2] {
    const fn digit(value: u8) -> u8 {
        if value < 10 {
            b'0' + value
        } else {
            b'a' + value - 10
        }
    }
    [digit(byte >> 4), digit(byte & 15)]
}

const fn value_of(hex: u8) -> Option<u8> {
    match hex {
        b'0'..=b'9' => Some(hex - b'0'),
        b'a'..=b'f' => Some(hex - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 128];
        for (to, byte) in text.chunks_exact_mut(2).zip(self.as_bytes()) {
            to.copy_from_slice(&hex_of(*byte));
        }
        let hex = text
            .get(..self.algorithm.size() * 2)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        write!(f, "{}:{}", self.algorithm, hex.unwrap_or_default())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, hex) = text.split_once(':').ok_or_else(|| {
            Error::digest_invalid("a digest looks like sha256:<64 hexadecimal digits>")
        })?;
        let algorithm: Algorithm = name.parse()?;
        let malformed = || {
            let digits = algorithm.size() * 2;
            Error::digest_invalid(format!(
                "after `{algorithm}:` come exactly {digits} lower-case hexadecimal digits"
            ))
        };
        if hex.len() != algorithm.size() * 2 {
            return Err(malformed());
        }
        let mut bytes = [0; 64];
        for (to, pair) in bytes.iter_mut().zip(hex.as_bytes().as_chunks::<2>().0) {
            let (Some(high), Some(low)) = (value_of(pair[0]), value_of(pair[1])) else {
                return Err(malformed());
            };
            *to = high << 4 | low;
        }
        Ok(Self { algorithm, bytes })
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|error: Error| de::Error::custom(error.message))
    }
}

/// A running digest.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha256(Sha256),
    Sha512(Sha512),
    /// SHA-256 in vector instructions, for processors that have none for SHA-256 itself: there it is twice as fast as the other one,
    /// which is written for all processors. Its state stays in this process.
    Vector(Context),
}

/// Whether the processor has instructions for SHA-256, or another way to it is not known to be faster.
fn has_instructions() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("sha");
    #[cfg(not(target_arch = "x86_64"))]
    true
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hasher").field(&self.algorithm()).finish()
    }
}

impl Hasher {
    /// A hasher that has seen nothing: the fastest that this processor has.
    pub fn new(algorithm: Algorithm) -> Self {
        if algorithm == Algorithm::Sha256 && !has_instructions() {
            return Self(State::Vector(Context::new(&SHA256)));
        }
        Self::lasting(algorithm)
    }

    /// A hasher that has seen nothing, whose state can be saved and restored, so that an upload goes on in another process.
    pub fn lasting(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Sha256 => State::Sha256(Sha256::new()),
            Algorithm::Sha512 => State::Sha512(Sha512::new()),
        })
    }

    /// The algorithm it was made for.
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            State::Sha256(_) | State::Vector(_) => Algorithm::Sha256,
            State::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(hasher) => hasher.update(bytes),
            State::Sha512(hasher) => hasher.update(bytes),
            State::Vector(context) => context.update(bytes),
        }
    }

    /// The digest of all bytes taken in.
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sha256(hasher) => Digest::from_hash(Algorithm::Sha256, &hasher.finalize()),
            State::Sha512(hasher) => Digest::from_hash(Algorithm::Sha512, &hasher.finalize()),
            State::Vector(context) => {
                Digest::from_hash(Algorithm::Sha256, context.finish().as_ref())
            }
        }
    }

    /// The state as bytes for [`Hasher::restore`], if it can be saved; that of [`Hasher::lasting`] can. They tell of the content (its
    /// last, incomplete block stands in them).
    pub fn save(&self) -> Option<Vec<u8>> {
        match &self.0 {
            State::Sha256(hasher) => Some(hasher.serialize().to_vec()),
            State::Sha512(hasher) => Some(hasher.serialize().to_vec()),
            State::Vector(_) => None,
        }
    }

    /// The hasher whose state was saved, or `None` when these bytes are no saved state of this algorithm.
    ///
    /// A state that was tampered with may still be accepted: guard what you keep.
    pub fn restore(algorithm: Algorithm, saved: &[u8]) -> Option<Self> {
        Some(Self(match algorithm {
            Algorithm::Sha256 => State::Sha256(restore(saved, 32..40)?),
            Algorithm::Sha512 => State::Sha512(restore(saved, 64..80)?),
        }))
    }
}

/// A count of blocks is written with its lowest byte first, and begins with six that may be set: 2^48 blocks are more than can be stored,
/// and as many as can be counted in bits without an overflow.
const COUNTED: usize = 6;

/// `count` is where the number of blocks stands that were hashed.
fn restore<T: SerializableState>(saved: &[u8], count: Range<usize>) -> Option<T> {
    let high = saved.get(count)?.get(COUNTED..)?;
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    let state: &SerializedState<T> = saved.try_into().ok()?;
    T::deserialize(state).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn known_digests() {
        assert_eq!(Digest::of(Algorithm::Sha256, b"").to_string(), EMPTY);
        assert_eq!(
            Digest::of(Algorithm::Sha512, b"abc").to_string(),
            "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        );
        assert_eq!(
            EMPTY.parse::<Digest>().unwrap().hex(),
            EMPTY["sha256:".len()..]
        );
    }

    #[test]
    fn only_one_spelling_is_a_digest() {
        let hex = &EMPTY["sha256:".len()..];
        for text in [
            String::new(),
            ":".to_owned(),
            hex.to_owned(),
            "sha256:".to_owned(),
            "sha256:baddigeststring".to_owned(),
            format!("sha256:{}", hex.to_uppercase()),
            format!("SHA256:{hex}"),
            format!("sha512:{hex}"),
            format!("sha384:{hex}"),
            format!("md5:{}", &hex[..32]),
            format!("sha256:{hex}0"),
            format!("sha256:{}", &hex[1..]),
            format!("sha256::{}", &hex[1..]),
            format!(" sha256:{hex}"),
            format!("sha256:{hex}\n"),
            format!("sha256:{}\u{e9}", &hex[2..]),
            format!("sha256:{}", "/..".repeat(21) + "0"),
            format!("sha256+b64:{hex}"),
        ] {
            let error = text.parse::<Digest>().expect_err(&text);
            assert_eq!(
                (error.code, error.status),
                (crate::Code::DigestInvalid, 400),
                "{text}"
            );
        }
    }

    #[test]
    fn a_digest_is_a_string_in_json() {
        let digest: Digest = serde_json::from_str(&format!("\"{EMPTY}\"")).unwrap();
        assert_eq!(
            serde_json::to_string(&digest).unwrap(),
            format!("\"{EMPTY}\"")
        );
        assert!(serde_json::from_str::<Digest>("\"sha256:x\"").is_err());
    }

    #[test]
    fn a_state_of_another_algorithm_is_refused() {
        let saved = Hasher::lasting(Algorithm::Sha512).save().unwrap();
        assert!(Hasher::restore(Algorithm::Sha256, &saved).is_none());
        assert!(Hasher::restore(Algorithm::Sha512, &saved[1..]).is_none());
        assert!(Hasher::restore(Algorithm::Sha512, &[]).is_none());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(content: Vec<u8>, long: bool) {
            let digest = Digest::of(if long { Algorithm::Sha512 } else { Algorithm::Sha256 }, &content);
            prop_assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
            prop_assert_eq!(digest.to_string(), format!("{}:{}", digest.algorithm(), digest.hex()));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(sha256|sha512|x)?:?[0-9a-fA-F:/%.]{0,130}") {
            if let Ok(digest) = text.parse::<Digest>() {
                prop_assert_eq!(digest.to_string(), text);
            }
        }

        #[test]
        fn sleeping_changes_nothing(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..6), long: bool) {
            let algorithm = if long { Algorithm::Sha512 } else { Algorithm::Sha256 };
            let mut hasher = Hasher::lasting(algorithm);
            for part in &parts {
                hasher.update(part);
                hasher = Hasher::restore(algorithm, &hasher.save().unwrap()).unwrap();
            }
            prop_assert_eq!(hasher.finish(), Digest::of(algorithm, &parts.concat()));
        }

        #[test]
        fn both_ways_to_sha256_agree(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..6)) {
            let mut vector = Hasher(State::Vector(Context::new(&SHA256)));
            let mut lasting = Hasher::lasting(Algorithm::Sha256);
            for part in &parts {
                vector = vector.clone();
                vector.update(part);
                lasting.update(part);
            }
            prop_assert_eq!((vector.algorithm(), vector.save()), (Algorithm::Sha256, None));
            prop_assert_eq!(vector.finish(), lasting.finish());
        }

        #[test]
        fn any_bytes_are_a_state_or_refused(
            mut bytes in prop::collection::vec(any::<u8>(), 100..220),
            is_possible in any::<bool>(),
        ) {
            if is_possible {
                for high in [38..40, 70..80] {
                    bytes[high].fill(0);
                }
            }
            for algorithm in Algorithm::ALL {
                if let Some(mut hasher) = Hasher::restore(algorithm, &bytes) {
                    hasher.update(b"more");
                    hasher.finish();
                }
            }
        }
    }
}
