//! Care of the store: does it work, what is in it, is it still what it was, what was left lying.

use crate::{
    BlobStore, Error, UploadKey,
    error::{Doing, found},
    receive::blocking,
    writer::hash_file,
};
use oci::{Algorithm, Digest, Hasher};
use std::{
    fs::{self, DirEntry, File},
    io::{self, Write},
    path::Path,
    time::SystemTime,
};
use uuid::Uuid;

/// What a look at a stored blob said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It is what its name says.
    Good {
        /// In bytes.
        size: u64,
    },
    /// It is not, and must not be served.
    Corrupt {
        /// The digest of what is there.
        actual: Digest,
        /// In bytes.
        size: u64,
    },
    /// It is not there.
    Missing,
}

impl BlobStore {
    /// Reads a blob and compares it with its name.
    pub async fn verify(&self, digest: &Digest) -> Result<Verification, Error> {
        let (path, digest) = (self.disk.blob(digest), *digest);
        let verify = move || -> io::Result<Verification> {
            let Some(file) = found(File::open(path))? else {
                return Ok(Verification::Missing);
            };
            let mut hasher = Hasher::new(digest.algorithm());
            let size = hash_file(&file, 0..u64::MAX, &mut hasher)?;
            let actual = hasher.finish();
            Ok(if actual == digest {
                Verification::Good { size }
            } else {
                Verification::Corrupt { actual, size }
            })
        };
        blocking(verify).await?.doing("read a blob")
    }

    /// Takes a blob out of service: its bytes are moved to the folder `quarantine`, and the blob is not there any more.
    /// Answers whether it was.
    pub async fn quarantine(&self, digest: &Digest) -> Result<bool, Error> {
        let (disk, digest) = (self.disk.clone(), *digest);
        let quarantine = move || disk.quarantine(&digest);
        blocking(quarantine).await?.doing("move a damaged blob")
    }

    /// All blobs, in no order, read from the disk as they are asked for: this blocks. Files that do not belong into the
    /// store are passed over.
    pub fn digests(&self) -> impl Iterator<Item = Result<Digest, Error>> + use<> {
        let disk = self.disk.clone();
        Algorithm::ALL.into_iter().flat_map(move |algorithm| {
            entries(&disk.algorithm(algorithm)).flat_map(move |shard| {
                let (shard, failed) = match shard {
                    Ok(shard) => (Some(entries(&shard.path())), None),
                    Err(error) => (None, Some(Err(error))),
                };
                let blobs = shard.into_iter().flatten().filter_map(move |blob| {
                    let digest = |blob: DirEntry| {
                        format!("{algorithm}:{}", blob.file_name().to_str()?)
                            .parse()
                            .ok()
                    };
                    blob.map(digest).doing("list blobs").transpose()
                });
                blobs.chain(failed.map(|failed| failed.doing("list blobs")))
            })
        })
    }

    /// Tries whether the store can be written to.
    pub async fn check(&self) -> Result<(), Error> {
        let path = self
            .disk
            .root()
            .join(format!(".check-{}", Uuid::new_v4().simple()));
        let check = move || {
            let written = File::create_new(&path).and_then(|mut file| file.write_all(b"plimsoll"));
            written.and(fs::remove_file(&path))
        };
        blocking(check).await?.doing("write to the store")
    }

    /// How many uploads of an owner have something on disk.
    pub async fn open_uploads(&self, owner: Uuid) -> Result<usize, Error> {
        let folder = self.disk.owner(owner);
        let count = move || -> io::Result<usize> {
            let is_state = |entry: &DirEntry| {
                entry
                    .path()
                    .extension()
                    .is_some_and(|extension| extension == "state")
            };
            let mut count = 0;
            for entry in entries(&folder) {
                count += usize::from(!is_state(&entry?));
            }
            Ok(count)
        };
        blocking(count).await?.doing("count uploads")
    }

    /// Removes uploads that nothing was written to since `older_than`, and answers how many.
    pub async fn expire_uploads(&self, older_than: SystemTime) -> Result<usize, Error> {
        let store = self.clone();
        let expire = move || -> io::Result<usize> {
            let mut count = 0;
            for owner in entries(&store.disk.uploads()) {
                let folder = owner?.path();
                for entry in entries(&folder) {
                    count += usize::from(store.expire(&entry?, older_than)?);
                }
                // Fails, as it should, while there is something in it.
                drop(fs::remove_dir(folder));
            }
            Ok(count)
        };
        blocking(expire).await?.doing("remove old uploads")
    }

    /// Removes one file that is too old and says whether it was an upload.
    fn expire(&self, entry: &DirEntry, older_than: SystemTime) -> io::Result<bool> {
        let Some(metadata) = found(entry.metadata())? else {
            return Ok(false);
        };
        let path = entry.path();
        let _guard = match upload_key(&path) {
            Some(key) => match self.locks.try_lock(key) {
                Ok(guard) => Some(guard),
                Err(_) => return Ok(false),
            },
            None => None,
        };
        if metadata.modified()? >= older_than {
            return Ok(false);
        }
        let removed = found(fs::remove_file(&path))?.is_some();
        Ok(removed
            && path
                .extension()
                .is_none_or(|extension| extension != "state"))
    }
}

/// The upload that a file, or the state beside it, belongs to.
fn upload_key(path: &Path) -> Option<UploadKey> {
    let uuid = |name: Option<&std::ffi::OsStr>| Uuid::try_parse(name?.to_str()?).ok();
    Some(UploadKey {
        owner: uuid(path.parent()?.file_name())?,
        id: uuid(path.file_stem())?,
    })
}

/// What is in a folder; nothing where there is none, or something else.
fn entries(folder: &Path) -> impl Iterator<Item = io::Result<DirEntry>> + use<> {
    let (entries, failed) = match fs::read_dir(folder) {
        Ok(entries) => (Some(entries), None),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => (None, None),
            _ => (None, Some(Err(error))),
        },
    };
    entries.into_iter().flatten().chain(failed)
}
