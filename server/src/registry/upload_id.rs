//! The id of an upload: made without writing anything, so that starting one is free, and bound to its repository and
//! account by a code that only we can make, so that it is worth nothing to anybody else.
//!
//! `base64url(algorithm ‖ uuid ‖ code over (algorithm, uuid, repository id, account id))`

use auth::mac::{LEN as CODE, MacKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use oci::digest::Algorithm;
use uuid::Uuid;

const UUID: usize = 16;

/// An upload, as its id says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct UploadId {
    /// Under which its bytes are kept.
    pub(super) uuid: Uuid,
    /// What the content is hashed with while it arrives.
    pub(super) algorithm: Algorithm,
}

impl UploadId {
    /// A new one.
    pub(super) fn new(algorithm: Algorithm) -> Self {
        Self {
            uuid: Uuid::new_v4(),
            algorithm,
        }
    }

    /// As text, for this repository and account.
    pub(super) fn seal(self, key: &MacKey, repository: Uuid, account: Uuid) -> String {
        let mut bytes = Vec::with_capacity(1 + UUID + CODE);
        bytes.push(algorithm_byte(self.algorithm));
        bytes.extend_from_slice(self.uuid.as_bytes());
        let code = key.tag(&[&bytes, repository.as_bytes(), account.as_bytes()]);
        bytes.extend_from_slice(&code);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads an id. `None` when it was not made by us for this repository and account.
    pub(super) fn open(text: &str, key: &MacKey, repository: Uuid, account: Uuid) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (said, code) = bytes.split_at_checked(1 + UUID)?;
        if !key.verify(&[said, repository.as_bytes(), account.as_bytes()], code) {
            return None;
        }
        let (algorithm, uuid) = said.split_first()?;
        let algorithm = match algorithm {
            1 => Algorithm::Sha256,
            2 => Algorithm::Sha512,
            _ => return None,
        };
        Some(Self {
            uuid: Uuid::from_slice(uuid).ok()?,
            algorithm,
        })
    }
}

fn algorithm_byte(algorithm: Algorithm) -> u8 {
    match algorithm {
        Algorithm::Sha256 => 1,
        Algorithm::Sha512 => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_good_for_its_repository_and_account_only() {
        let key = MacKey::new(&[7; 32]);
        let (repository, account, other) =
            (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let id = UploadId::new(Algorithm::Sha512);
        let text = id.seal(&key, repository, account);
        assert_eq!(UploadId::open(&text, &key, repository, account), Some(id));
        assert_eq!(UploadId::open(&text, &key, other, account), None);
        assert_eq!(UploadId::open(&text, &key, repository, other), None);
        assert_eq!(
            UploadId::open(&text, &MacKey::new(&[8; 32]), repository, account),
            None
        );
        for cut in 0..text.len() {
            assert_eq!(
                UploadId::open(&text[..cut], &key, repository, account),
                None
            );
        }
    }
}
