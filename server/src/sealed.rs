//! Passwords that the registry shows to other services, as they are kept in the database: sealed, so that a row alone says nothing,
//! and for the one place that they are shown to, so that no row can be made to show them elsewhere.

use auth::seal::{Broken, SealKey};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use crate::error::{ApiError, ApiResult};

/// What a sealed text begins with. Texts without it are from before there were any.
const PREFIX: &str = "sealed:";

/// `secret` as it is kept for `place`.
pub(crate) fn seal(key: &SealKey, place: &str, secret: &str) -> ApiResult<String> {
    let sealed = key
        .seal(place.as_bytes(), secret.as_bytes(), &mut rand::rng())
        .map_err(|error| ApiError::internal(&error))?;
    Ok(format!("{PREFIX}{}", STANDARD_NO_PAD.encode(sealed)))
}

/// What was kept for `place`.
pub(crate) fn open(key: &SealKey, place: &str, kept: String) -> ApiResult<String> {
    let Some(sealed) = kept.strip_prefix(PREFIX) else {
        return Ok(kept);
    };
    STANDARD_NO_PAD
        .decode(sealed)
        .map_err(|_| Broken)
        .and_then(|sealed| key.open(place.as_bytes(), &sealed))
        .ok()
        .and_then(|secret| String::from_utf8(secret).ok())
        .ok_or_else(|| ApiError::internal(&Broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_kept_for_one_place() {
        let key = SealKey::new(&[7; auth::seal::KEY_LEN]).expect("a key");
        let kept = seal(&key, "ldaps://a", "hush").expect("sealed");
        assert!(!kept.contains("hush"), "{kept}");
        assert_eq!(
            open(&key, "ldaps://a", kept.clone()).expect("opened"),
            "hush"
        );
        assert!(open(&key, "ldaps://b", kept).is_err());
        for broken in ["sealed:", "sealed:AAAA", "sealed:?"] {
            assert!(
                open(&key, "ldaps://a", broken.to_owned()).is_err(),
                "{broken}"
            );
        }
        assert_eq!(
            open(&key, "x", "of before".to_owned()).expect("as it is"),
            "of before"
        );
    }
}
