//! The running digest of an upload between two requests: in memory, or, where its state can be saved, in a small file beside it.
//!
//! The file is trusted only if it is whole (it ends with a checksum) and was written since the machine started: before the
//! upload is finished nothing of it is synced, so after a power failure the state may have survived and bytes that it
//! covers may not. Where there is no state, or it is not trusted, the upload is read again.

use oci::{Algorithm, Digest, Hasher};
use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

/// Digests in memory at most; of those beyond, one has to be made again.
const IN_MEMORY: usize = 4096;

/// The first bytes of the file; the last is the version of the format and of the hasher's.
const MAGIC: &[u8; 8] = b"plimsoh1";
const CHECKSUM: usize = 32;

/// What identifies this run of the machine; empty where the system does not say, and then no state is kept.
fn boot() -> &'static [u8] {
    static BOOT: OnceLock<Vec<u8>> = OnceLock::new();
    BOOT.get_or_init(|| fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default())
}

/// The digests that are kept in memory: of the first so many bytes of the upload whose state would be at this path.
#[derive(Debug, Default)]
pub(crate) struct Digests(Mutex<HashMap<PathBuf, (u64, Hasher)>>);

impl Digests {
    /// Keeps the digest of the first `offset` bytes.
    pub(crate) fn save(&self, path: &Path, offset: u64, hasher: &Hasher) -> io::Result<()> {
        let Some(saved) = hasher.save() else {
            let mut kept = self.kept();
            if kept.len() >= IN_MEMORY
                && !kept.contains_key(path)
                && let Some(other) = kept.keys().next().cloned()
            {
                kept.remove(&other);
            }
            kept.insert(path.to_owned(), (offset, hasher.clone()));
            return Ok(());
        };
        if boot().is_empty() {
            Ok(())
        } else {
            fs::write(path, encode(boot(), offset, &saved))
        }
    }

    /// The kept digest and how many bytes it covers.
    pub(crate) fn load(&self, path: &Path, algorithm: Algorithm) -> Option<(u64, Hasher)> {
        let kept = self.kept().get(path).cloned();
        kept.filter(|(_, hasher)| hasher.algorithm() == algorithm)
            .or_else(|| decode(boot(), algorithm, &fs::read(path).ok()?))
    }

    /// Forgets the digest, wherever it is.
    pub(crate) fn remove(&self, path: &Path) -> io::Result<()> {
        self.kept().remove(path);
        fs::remove_file(path)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<PathBuf, (u64, Hasher)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn encode(boot: &[u8], offset: u64, saved: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(Digest::of(Algorithm::Sha256, boot).as_bytes());
    bytes.extend_from_slice(&offset.to_le_bytes());
    bytes.extend_from_slice(saved);
    let checksum = Digest::of(Algorithm::Sha256, &bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

fn decode(boot: &[u8], algorithm: Algorithm, bytes: &[u8]) -> Option<(u64, Hasher)> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
    if boot.is_empty() || Digest::of(Algorithm::Sha256, content).as_bytes() != checksum {
        return None;
    }
    let content = content
        .strip_prefix(MAGIC)?
        .strip_prefix(Digest::of(Algorithm::Sha256, boot).as_bytes())?;
    let (offset, saved) = content.split_first_chunk()?;
    Some((
        u64::from_le_bytes(*offset),
        Hasher::restore(algorithm, saved)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn saved() -> Vec<u8> {
        let mut hasher = Hasher::lasting(Algorithm::Sha256);
        hasher.update(b"abc");
        encode(b"boot", 3, &hasher.save().unwrap())
    }

    #[test]
    fn a_state_is_good_for_one_run_of_the_machine_and_one_algorithm() {
        let (offset, mut hasher) = decode(b"boot", Algorithm::Sha256, &saved()).unwrap();
        hasher.update(b"def");
        assert_eq!(
            (offset, hasher.finish()),
            (3, Digest::of(Algorithm::Sha256, b"abcdef"))
        );
        assert!(decode(b"other", Algorithm::Sha256, &saved()).is_none());
        assert!(decode(b"boot", Algorithm::Sha512, &saved()).is_none());
        assert!(decode(b"", Algorithm::Sha256, &saved()).is_none());
        assert!(decode(b"boot", Algorithm::Sha256, &[]).is_none());
    }

    #[test]
    fn what_cannot_be_saved_stays_in_memory_and_not_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let digests = Digests::default();
        let hasher = Hasher::new(Algorithm::Sha256);
        let path = |n: usize| folder.path().join(n.to_string());
        for n in 0..IN_MEMORY + 3 {
            digests.save(&path(n), n as u64, &hasher).unwrap();
        }
        let there =
            (0..IN_MEMORY + 3).filter(|n| digests.load(&path(*n), Algorithm::Sha256).is_some());
        let most = if hasher.save().is_some() {
            IN_MEMORY + 3
        } else {
            IN_MEMORY
        };
        assert_eq!(there.count(), most);
        let last = IN_MEMORY + 2;
        assert!(digests.load(&path(last), Algorithm::Sha512).is_none());
        drop(digests.remove(&path(last)));
        assert!(digests.load(&path(last), Algorithm::Sha256).is_none());
    }

    proptest! {
        #[test]
        fn a_torn_or_changed_state_is_no_state(cut in 0usize..1000, at in 0usize..1000, bit in 0u8..8) {
            let whole = saved();
            prop_assert!(decode(b"boot", Algorithm::Sha256, &whole[..cut % whole.len()]).is_none());
            let mut changed = whole.clone();
            changed[at % whole.len()] ^= 1 << bit;
            prop_assert!(decode(b"boot", Algorithm::Sha256, &changed).is_none());
        }
    }
}
