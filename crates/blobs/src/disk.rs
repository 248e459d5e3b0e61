//! The folders, and the few steps on files that durability depends on.

use crate::{error::found, state::Digests};
use oci::{Algorithm, Digest};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Where things are.
pub(crate) struct Disk {
    root: PathBuf,
    /// Of uploads that wait for their next request.
    pub(crate) digests: Digests,
    /// How many bytes may still be written before the disk plays full.
    #[cfg(test)]
    pub(crate) room: std::sync::atomic::AtomicI64,
}

impl Disk {
    /// Makes the folders that are missing.
    pub(crate) fn open(root: PathBuf) -> io::Result<Self> {
        for folder in ["blobs", "blobs/sha512", "uploads"] {
            make_folder(&root.join(folder))?;
        }
        make_shards(&root.join("blobs/sha256"))?;
        for folder in ["blobs", ""] {
            sync_folder(&root.join(folder))?;
        }
        Ok(Self {
            root,
            digests: Digests::default(),
            #[cfg(test)]
            room: i64::MAX.into(),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn algorithm(&self, algorithm: Algorithm) -> PathBuf {
        self.root.join("blobs").join(algorithm.as_str())
    }

    pub(crate) fn blob(&self, digest: &Digest) -> PathBuf {
        self.root.join(relative(digest))
    }

    pub(crate) fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    pub(crate) fn owner(&self, owner: Uuid) -> PathBuf {
        self.uploads().join(owner.simple().to_string())
    }

    pub(crate) fn upload(&self, owner: Uuid, id: Uuid) -> PathBuf {
        self.owner(owner).join(id.simple().to_string())
    }

    pub(crate) fn state(&self, owner: Uuid, id: Uuid) -> PathBuf {
        self.owner(owner).join(format!("{}.state", id.simple()))
    }

    /// Makes a file that was not there, and its folder with it.
    pub(crate) fn create(path: &Path) -> io::Result<File> {
        let create = || {
            OpenOptions::new()
                .write(true)
                .read(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
        };
        match create() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                path.parent().map_or(Ok(()), make_folder)?;
                create()
            }
            other => other,
        }
    }

    /// Puts a synced file in its place, durably. A copy that is there already is replaced: that changes nothing, or heals
    /// it.
    pub(crate) fn place(&self, from: &Path, digest: &Digest) -> io::Result<()> {
        let to = self.blob(digest);
        let folder = to.parent().unwrap_or(&self.root);
        if found(fs::rename(from, &to))?.is_none() {
            make_folder(folder)?;
            sync_folder(&self.algorithm(digest.algorithm()))?;
            fs::rename(from, &to)?;
        }
        sync_folder(folder)
    }

    /// Moves a blob out of its place, to where nothing is served from. Answers whether it was there.
    pub(crate) fn quarantine(&self, digest: &Digest) -> io::Result<bool> {
        let folder = self.root.join("quarantine");
        make_folder(&folder)?;
        let name = format!("{}-{}", digest.algorithm(), digest.hex());
        let from = self.blob(digest);
        if found(fs::rename(&from, folder.join(name)))?.is_none() {
            return Ok(false);
        }
        sync_folder(&folder)?;
        from.parent().map_or(Ok(()), sync_folder)?;
        Ok(true)
    }
}

/// The place of a blob below the root.
pub(crate) fn relative(digest: &Digest) -> String {
    let hex = digest.hex();
    let shard = hex.get(..2).unwrap_or_default();
    format!("blobs/{}/{shard}/{hex}", digest.algorithm())
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the folders of a new store, so that no push has to make and sync one; where there is a store, those that are
/// missing are made as they are needed.
fn make_shards(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        made => made?,
    }
    for shard in 0..=u8::MAX {
        make_folder(&path.join(format!("{shard:02x}")))?;
    }
    sync_folder(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
impl Disk {
    /// Fails as a full disk does when there is no room for `bytes` more.
    pub(crate) fn take_room(&self, bytes: usize) -> io::Result<()> {
        let bytes = i64::try_from(bytes).map_err(io::Error::other)?;
        let before = self
            .room
            .fetch_sub(bytes, std::sync::atomic::Ordering::Relaxed);
        if before < bytes {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }
}
