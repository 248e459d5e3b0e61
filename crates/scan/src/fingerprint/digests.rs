//! Hashing of a file as it is read: SHA-256 always; what package managers record only where it can matter.

use super::report::Digests;
use data_encoding::HEXLOWER;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Hashes a file in pieces.
pub(super) struct Hashing {
    sha256: Sha256,
    weak: Option<(Sha1, Md5)>,
}

impl Hashing {
    /// `weak` when the file may have to be compared with a package manager's record and will not be held in memory.
    pub(super) fn new(weak: bool) -> Self {
        Self {
            sha256: Sha256::new(),
            weak: weak.then(|| (Sha1::new(), Md5::new())),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some((sha1, md5)) = &mut self.weak {
            sha1.update(bytes);
            md5.update(bytes);
        }
    }

    pub(super) fn finish(self) -> Digests {
        let (sha1, md5) = match self.weak {
            Some((sha1, md5)) => (
                Some(HEXLOWER.encode(&sha1.finalize())),
                Some(HEXLOWER.encode(&md5.finalize())),
            ),
            None => (None, None),
        };
        Digests {
            sha256: HEXLOWER.encode(&self.sha256.finalize()),
            sha1,
            md5,
        }
    }
}

/// All digests of a file that is in memory; the weak ones only where it shows a component.
pub(super) fn of(bytes: &[u8], weak: bool) -> Digests {
    let mut hashing = Hashing::new(weak);
    hashing.update(bytes);
    hashing.finish()
}
