//! Identifiers that follow from content, so that the same report gives the same document.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::HEXLOWER;
use oci::{Algorithm, Hasher};

/// RFC 9562, appendix C: the namespace of URLs.
const URL: [u8; 16] = [
    0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
];

/// RFC 9562, 5.5: version 5, in the namespace of URLs.
pub(crate) fn uuid(name: &str) -> String {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[&URL, name.as_bytes()].concat());
    let mut bytes: [u8; 16] =
        std::array::from_fn(|at| digest.as_ref().get(at).copied().unwrap_or_default());
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x50;
    *variant = (*variant & 0x3f) | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

/// A short name of some texts: the same only for the same texts.
pub(super) fn short(texts: &[&str]) -> String {
    let mut hash = Hasher::new(Algorithm::Sha256);
    for text in texts {
        hash.update(&text.len().to_le_bytes());
        hash.update(text.as_bytes());
    }
    let digest = hash.finish();
    HEXLOWER.encode(digest.as_bytes().get(..8).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_that_of_the_standard() {
        // python: uuid.uuid5(uuid.NAMESPACE_URL, "https://www.example.com")
        assert_eq!(
            uuid("https://www.example.com"),
            "a0787afd-c170-5773-8d60-02739168de9f"
        );
    }

    #[test]
    fn texts_are_told_apart_where_they_are_cut() {
        assert_ne!(short(&["ab", "c"]), short(&["a", "bc"]));
        assert_eq!(short(&["a"]), short(&["a"]));
    }
}
