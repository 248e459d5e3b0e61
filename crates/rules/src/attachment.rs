//! Tags that name no image: by them signatures and other attachments hang on an image where there is no referrers API.
//!
//! Rules: OCI Distribution Specification 1.1, "Referrers Tag Schema" (`<alg>-<ref>`, the hash cut to 64 characters); cosign, "Signature
//! Specification", "Storage" (`sha256-<hex>.sig`, likewise `.att` and `.sbom`).

use oci::{Algorithm, Tag};

/// How much of a hash the schema keeps, in characters.
const KEPT: usize = 64;
const SUFFIXES: [&str; 3] = [".sig", ".att", ".sbom"];

/// Whether a tag is the name of something attached to an image. Such a tag is never promoted, counted or scanned as an image, and
/// stays writable where tags cannot change.
pub fn is_attachment(tag: &Tag) -> bool {
    let tag = tag.as_str();
    let stem = SUFFIXES
        .iter()
        .find_map(|suffix| tag.strip_suffix(suffix))
        .unwrap_or(tag);
    stem.split_once('-').is_some_and(|(algorithm, hash)| {
        Algorithm::ALL
            .iter()
            .any(|known| known.as_str() == algorithm)
            && hash.len() == KEPT
            && hash
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_schemas_are_attachments() {
        let hash = "0123456789abcdef".repeat(4);
        let attachments = [
            format!("sha256-{hash}"),
            format!("sha512-{hash}"),
            format!("sha256-{hash}.sig"),
            format!("sha256-{hash}.att"),
            format!("sha256-{hash}.sbom"),
        ];
        let images = [
            "latest".to_owned(),
            "sha256-0123".to_owned(),
            format!("sha256-{hash}0"),
            format!("sha256-{}", hash.to_uppercase()),
            format!("sha256-{hash}.sig.sig"),
            format!("sha256-{hash}.exe"),
            format!("sha256-{hash}.SIG"),
            format!("md5-{hash}"),
            format!("sha256_{hash}"),
            format!("v-sha256-{}", &hash[..32]),
            hash,
        ];
        for (tags, expected) in [(&attachments[..], true), (&images[..], false)] {
            for tag in tags {
                assert_eq!(is_attachment(&tag.parse().unwrap()), expected, "{tag}");
            }
        }
    }
}
