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

/// What was kept for `place`. What cannot be opened counts as if there were none, and the log says so: an administrator types it
/// again, and until then the other service refuses us, but nothing here stands still for it.
pub(crate) fn open(key: &SealKey, place: &str, kept: String) -> Option<String> {
    let Some(sealed) = kept.strip_prefix(PREFIX) else {
        return Some(kept);
    };
    let opened = STANDARD_NO_PAD
        .decode(sealed)
        .map_err(|_| Broken)
        .and_then(|sealed| key.open(place.as_bytes(), &sealed))
        .ok()
        .and_then(|secret| String::from_utf8(secret).ok());
    if opened.is_none() {
        tracing::error!(place, "{Broken}; set it again");
    }
    opened
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
            open(&key, "ldaps://a", kept.clone()).as_deref(),
            Some("hush")
        );
        assert_eq!(open(&key, "ldaps://b", kept), None);
        for broken in ["sealed:", "sealed:AAAA", "sealed:?"] {
            assert_eq!(open(&key, "ldaps://a", broken.to_owned()), None, "{broken}");
        }
        let before = "of before".to_owned();
        assert_eq!(open(&key, "x", before.clone()), Some(before));
    }
}
