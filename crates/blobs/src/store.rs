//! The store and what is asked of it; the work is done in the modules beside this one.

use crate::{
    Blob, Error, Limits, Upload,
    blob::{self, Pool},
    disk::Disk,
    error::{Doing, found},
    locks::{Admission, Admissions, Locks},
    receive::{Batch, Body, SMALL, blocking, blocking_briefly},
    writer::{Life, Writer, check},
};
use bytes::Bytes;
use futures::Stream;
use oci::{Algorithm, Digest, Hasher};
use std::{
    fs::{self, File},
    path::PathBuf,
    pin::pin,
    sync::Arc,
};
use uuid::Uuid;

/// A store of content. A clone is the same store. There is one for a folder in a process; several processes may share a
/// folder, where an upload's requests all come to the same one.
#[derive(Clone)]
pub struct BlobStore {
    pub(crate) disk: Arc<Disk>,
    pub(crate) locks: Locks,
    admissions: Admissions,
    root: Arc<File>,
    pool: Arc<Pool>,
    /// Shorter content is handed back.
    pub(crate) hand_back: usize,
}

/// A content that has arrived and is what was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// It has its place in the store, durably. Its size in bytes.
    Stored(u64),
    /// It is handed back, and the store has nothing of it: see [`BlobStore::handing_back`].
    Small(Bytes),
}

impl Arrived {
    /// In bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Stored(size) => *size,
            Self::Small(content) => content.len() as u64,
        }
    }
}

/// Names an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UploadKey {
    /// Whose it is: uploads are counted by owner.
    pub owner: Uuid,
    /// Which one.
    pub id: Uuid,
}

impl BlobStore {
    /// Opens the store in a folder, and makes the folder if it is not there. Blocks for a moment, whatever is in it.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, Error> {
        let disk = Disk::open(root.into()).doing("open the store")?;
        let root = File::open(disk.root()).doing("open the store")?;
        Ok(Self {
            disk: Arc::new(disk),
            locks: Locks::default(),
            admissions: Admissions::default(),
            root: Arc::new(root),
            pool: Arc::default(),
            hand_back: 0,
        })
    }

    /// The same store, which hands content shorter than `bytes` back to who brought it.
    #[must_use]
    pub fn handing_back(mut self, bytes: usize) -> Self {
        self.hand_back = bytes;
        self
    }

    /// Opens an upload, or starts it where nothing has arrived yet: the first byte makes its file. `algorithm` is the one
    /// that its digest is expected to have.
    ///
    /// # Errors
    /// [`Error::Busy`] while another request has it open.
    pub async fn upload(&self, key: UploadKey, algorithm: Algorithm) -> Result<Upload, Error> {
        let guard = self.locks.lock(key).await?;
        Upload::open(self.clone(), key, guard, algorithm).await
    }

    /// Lets one more upload of `owner` have something on disk, if there are not `limit` already. Two that ask at once are
    /// not both let in for the last place.
    pub(crate) async fn admit(&self, owner: Uuid, limit: usize) -> Result<Admission, Error> {
        let (admission, waiting) = self.admissions.take(owner);
        if self.open_uploads(owner).await? + waiting > limit {
            return Err(Error::TooMany { limit });
        }
        Ok(admission)
    }

    /// Takes a content that comes whole. When this returns, what is stored is durable; on an error, and when the future is
    /// dropped, nothing is left.
    ///
    /// `owner` is whose open upload it is while it arrives.
    ///
    /// # Errors
    /// [`Error::DigestMismatch`] when it is not what was announced.
    pub async fn put<S, E>(
        &self,
        body: S,
        expected: &Digest,
        owner: Uuid,
        limits: Limits,
    ) -> Result<Arrived, Error>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let body = pin!(body);
        let mut body = Body::new(body, limits, 0);
        let mut batch = Batch::default();
        let more = body.gather(&mut batch, SMALL).await?;
        if !more && batch.size() < self.hand_back {
            let content = batch.into_bytes();
            let mut hasher = Hasher::new(expected.algorithm());
            hasher.update(&content);
            check(hasher, expected)?;
            return Ok(Arrived::Small(content));
        }
        let path = self
            .disk
            .owner(owner)
            .join(format!("{}.part", Uuid::new_v4().simple()));
        let mut writer = Writer::new(
            self.disk.clone(),
            path,
            Life::Temporary,
            expected.algorithm(),
        );
        let _admission = if more {
            Some(self.admit(owner, limits.open_uploads).await?)
        } else {
            None
        };
        if more {
            let (idle, outcome) = body.write(writer, &mut batch).await?;
            outcome?;
            writer = idle;
        }
        let expected = *expected;
        let finish = move || {
            writer.write(batch.parts())?;
            writer.finish(&expected)
        };
        let size = if more {
            blocking(finish).await??
        } else {
            blocking_briefly(finish).await??
        };
        Ok(Arrived::Stored(size))
    }

    /// How many bytes of an upload have arrived; `None` where none have.
    pub async fn status(&self, key: UploadKey) -> Result<Option<u64>, Error> {
        self.locks.settled(key).await;
        let path = self.disk.upload(key.owner, key.id);
        let metadata = blocking(move || found(fs::metadata(path)))
            .await?
            .doing("look at an upload")?;
        Ok(metadata.map(|metadata| metadata.len()))
    }

    /// Ends an upload without a result. Answers whether anything of it had arrived.
    ///
    /// # Errors
    /// [`Error::Busy`] while a request has it open.
    pub async fn cancel(&self, key: UploadKey) -> Result<bool, Error> {
        let guard = self.locks.lock(key).await?;
        let disk = self.disk.clone();
        blocking(move || {
            let life = Life::Upload {
                _guard: guard,
                state: disk.state(key.owner, key.id),
            };
            let path = disk.upload(key.owner, key.id);
            Writer::new(disk, path, life, Algorithm::Sha256).remove()
        })
        .await
    }

    /// Opens a blob for reading; `None` where there is none.
    pub async fn open_blob(&self, digest: &Digest) -> Result<Option<Blob>, Error> {
        blob::open(&self.root, self.disk.blob(digest), digest, &self.pool)
            .await
            .doing("open a blob")
    }

    /// Removes a blob. Answers whether it was there.
    pub async fn remove(&self, digest: &Digest) -> Result<bool, Error> {
        let path = self.disk.blob(digest);
        let removed = blocking(move || found(fs::remove_file(path)))
            .await?
            .doing("remove a blob")?;
        Ok(removed.is_some())
    }
}
