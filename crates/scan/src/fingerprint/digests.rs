//! Hashing of a file as it is read: SHA-256 always, and what dpkg and apk record where they install files. Whether they own a file
//! is not known yet: their records come after it.

use super::path::LayerPath;
use super::report::Digests;
use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};
use oci::{Algorithm, Hasher};

/// Hashes a file in pieces.
pub(super) struct Hashing {
    sha256: Hasher,
    weak: Option<(Context, Md5)>,
}

impl Hashing {
    /// `weak` when the file may have to be compared with a package manager's record.
    pub(super) fn new(weak: bool) -> Self {
        Self {
            sha256: Hasher::new(Algorithm::Sha256),
            weak: weak.then(|| (Context::new(&SHA1_FOR_LEGACY_USE_ONLY), Md5::new())),
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
                Some(HEXLOWER.encode(sha1.finish().as_ref())),
                Some(HEXLOWER.encode(&md5.finalize())),
            ),
            None => (None, None),
        };
        Digests {
            sha256: self.sha256.finish().hex(),
            sha1,
            md5,
        }
    }
}

/// The digests of a file that is in memory.
pub(super) fn of(bytes: &[u8], weak: bool) -> Digests {
    let mut hashing = Hashing::new(weak);
    hashing.update(bytes);
    hashing.finish()
}

/// Whether a package of the operating system may own the file. `/usr/local` is the administrator's, by the rules of all
/// distributions, and what is not in the hierarchy is an application's.
pub(super) fn may_be_packaged(path: &LayerPath) -> bool {
    let mut parts = path.as_str().split('/');
    match parts.next() {
        Some("usr") => parts.next() != Some("local"),
        Some("bin" | "boot" | "etc" | "opt" | "sbin" | "var") => true,
        Some(top) => top.starts_with("lib"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::Layer;

    const ZLIB: &[u8] =
        b"\x7fELF and, to be long enough for a header, inflate 1.2.13 Copyright 1995-2022 and more";

    #[test]
    fn weak_digests_are_there_where_packages_install_files() {
        for (path, is_weak) in [
            ("usr/bin/x", true),
            ("lib64/x", true),
            ("opt/vendor/x", true),
            ("usr/local/bin/x", false),
            ("app/x", false),
            ("x", false),
        ] {
            let report = Layer::default().file(path, ZLIB).scan();
            let digests = report.executables[0].digests.clone().unwrap();
            assert_eq!(digests.md5.is_some(), is_weak, "{path}");
            assert_eq!(digests.sha1.is_some(), is_weak, "{path}");
        }
    }
}
