//! A file that is written at its end while its digest runs along. All of this blocks: it runs on tokio's threads for that.

use crate::{
    Error,
    disk::Disk,
    error::{Doing, found},
    locks::Guard,
};
use bytes::Bytes;
use oci::{Algorithm, Digest, Hasher};
use rustix::fs::{Advice, fadvise};
use std::{
    fs::{self, File},
    io,
    num::NonZeroU64,
    os::unix::fs::FileExt,
    path::PathBuf,
    sync::Arc,
};
use tokio::task::{JoinError, spawn_blocking};

/// After so many bytes the system is told to start writing them out, so that the sync at the end has little left to do.
const WRITE_BEHIND: u64 = 4 << 20;
/// After so many bytes the running digest of an upload is kept, so that after a crash little has to be read again.
const KEEP_STATE: u64 = 64 << 20;
/// Less than this is read again as quickly as a file for the state is made.
const KEEP_FROM: u64 = 256 << 10;
/// How much is read at once when a file is hashed again.
const READ: usize = 512 << 10;

/// What becomes of a file that is not finished.
pub(crate) enum Life {
    /// It is removed when its writer is dropped.
    Temporary,
    /// It stays, and goes on later.
    Upload {
        /// Held as long as anything may be written.
        _guard: Guard,
        /// Where the running digest is kept.
        state: PathBuf,
    },
}

pub(crate) struct Writer {
    life: Life,
    disk: Arc<Disk>,
    path: PathBuf,
    /// Made with the first byte.
    file: Option<File>,
    hasher: Hasher,
    offset: u64,
    /// Up to where writing out was started.
    started: u64,
    /// Up to where the running digest was kept.
    kept: u64,
}

/// Compares what was hashed with what was announced.
pub(crate) fn check(hasher: Hasher, expected: &Digest) -> Result<(), Error> {
    let actual = hasher.finish();
    if actual == *expected {
        Ok(())
    } else {
        Err(Error::DigestMismatch {
            expected: Box::new(*expected),
            actual: Box::new(actual),
        })
    }
}

impl Writer {
    /// A file that is not there yet.
    pub(crate) fn new(disk: Arc<Disk>, path: PathBuf, life: Life, algorithm: Algorithm) -> Self {
        Self {
            life,
            disk,
            path,
            file: None,
            hasher: Hasher::new(algorithm),
            offset: 0,
            started: 0,
            kept: 0,
        }
    }

    /// An upload that may be there: continues where it ends.
    pub(crate) fn open_upload(
        disk: Arc<Disk>,
        path: PathBuf,
        life: Life,
        algorithm: Algorithm,
    ) -> Result<Self, Error> {
        let mut writer = Self::new(disk, path, life, algorithm);
        let opened = File::options().read(true).write(true).open(&writer.path);
        if let Some(file) = found(opened).doing("open an upload")? {
            let length = file.metadata().doing("look at an upload")?.len();
            let kept = writer.kept_digest(algorithm);
            if let Some(kept) = kept.filter(|(kept, _)| *kept <= length) {
                (writer.kept, writer.hasher) = kept;
            } else if length >= KEEP_FROM {
                // Not a second time, wherever the next request arrives.
                writer.hasher = Hasher::lasting(algorithm);
            }
            hash_file(&file, writer.kept..length, &mut writer.hasher)
                .doing("read an upload again")?;
            writer.file = Some(file);
            (writer.offset, writer.started) = (length, length);
        }
        Ok(writer)
    }

    fn kept_digest(&self, algorithm: Algorithm) -> Option<(u64, Hasher)> {
        match &self.life {
            Life::Temporary => None,
            Life::Upload { state, .. } => self.disk.digests.load(state, algorithm),
        }
    }

    /// Keeps the running digest, so that the upload goes on without reading again. It does without, if need be.
    pub(crate) fn keep_digest(&mut self) {
        self.keep_digest_after(KEEP_FROM);
    }

    /// The same, if at least so many bytes were written since.
    fn keep_digest_after(&mut self, bytes: u64) {
        if let Life::Upload { state, .. } = &self.life
            && self.offset - self.kept >= bytes
        {
            if let Err(error) = self.disk.digests.save(state, self.offset, &self.hasher) {
                tracing::warn!(%error, "could not keep the running digest of an upload");
            }
            self.kept = self.offset;
        }
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Writes all parts and takes them into the digest, or, on an error, as many whole ones as there was room for.
    pub(crate) fn write(&mut self, parts: &[Bytes]) -> Result<(), Error> {
        let (written, outcome) = self.put_down(parts);
        self.hash(parts.get(..written).unwrap_or_default());
        outcome
    }

    /// The same, written and hashed at once on two threads, which start before this returns. The writer comes back in
    /// any case, but for a thread that died.
    pub(crate) fn write_on_two_threads(
        mut self,
        parts: Vec<Bytes>,
    ) -> impl Future<Output = Result<(Self, Result<(), Error>), JoinError>> {
        let mut hasher = self.hasher.clone();
        let same = parts.clone();
        let hashing = spawn_blocking(move || {
            for part in &same {
                hasher.update(part);
            }
            hasher
        });
        let writing = spawn_blocking(move || {
            self.keep_digest_after(KEEP_STATE);
            let (written, outcome) = self.put_down(&parts);
            if outcome.is_err() {
                self.hash(parts.get(..written).unwrap_or_default());
            }
            (self, outcome)
        });
        async {
            let (mut writer, outcome) = writing.await?;
            if outcome.is_ok() {
                writer.hasher = hashing.await?;
            }
            Ok((writer, outcome))
        }
    }

    fn hash(&mut self, parts: &[Bytes]) {
        for part in parts {
            self.hasher.update(part);
        }
    }

    /// Writes all parts, or as many whole ones as there was room for, and says how many.
    fn put_down(&mut self, parts: &[Bytes]) -> (usize, Result<(), Error>) {
        for (index, part) in parts
            .iter()
            .enumerate()
            .filter(|(_, part)| !part.is_empty())
        {
            if let Err(error) = self.write_part(part).doing("write content") {
                return (index, Err(error));
            }
            self.offset += part.len() as u64;
            if self.offset - self.started >= WRITE_BEHIND {
                self.start_writing_out();
            }
        }
        (parts.len(), Ok(()))
    }

    fn write_part(&mut self, part: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(Disk::create(&self.path)?),
        };
        #[cfg(test)]
        self.disk.take_room(part.len())?;
        file.write_all_at(part, self.offset).inspect_err(|_| {
            // What a torn write left behind would be taken for content when the upload goes on.
            if let Err(error) = file.set_len(self.offset) {
                tracing::warn!(%error, "could not cut off a torn write");
            }
        })
    }

    /// "Not needed" makes the system write out what is dirty in a range, and return at once.
    fn start_writing_out(&mut self) {
        let length = NonZeroU64::new(self.offset - self.started);
        if let Some((file, length)) = self.file.as_ref().zip(length)
            && let Err(error) = fadvise(file, self.started, Some(length), Advice::DontNeed)
        {
            tracing::debug!(%error, "the system does not write ahead");
        }
        self.started = self.offset;
    }

    /// Puts the content in its place, durably, if it is what was announced, and says its size. What is not, or what the
    /// disk fails to sync, is removed.
    pub(crate) fn finish(mut self, expected: &Digest) -> Result<u64, Error> {
        if let Err(error) = self.check(expected).and_then(|()| self.sync()) {
            self.remove();
            return Err(error);
        }
        self.disk
            .place(&self.path, expected)
            .doing("put content in its place")?;
        self.file = None;
        self.remove_state();
        Ok(self.offset)
    }

    /// The whole content, if it is what was announced; the file is removed in any case. For what is small.
    pub(crate) fn take(self, expected: &Digest) -> Result<Bytes, Error> {
        let content = self.check(expected).and_then(|()| self.read_all());
        self.remove();
        content
    }

    fn read_all(&self) -> Result<Bytes, Error> {
        let size = usize::try_from(self.offset)
            .map_err(io::Error::other)
            .doing("read content again")?;
        let mut content = vec![0; size];
        if let Some(file) = &self.file {
            file.read_exact_at(&mut content, 0)
                .doing("read content again")?;
        }
        Ok(content.into())
    }

    fn check(&self, expected: &Digest) -> Result<(), Error> {
        let mut hasher = self.hasher.clone();
        if hasher.algorithm() != expected.algorithm() {
            hasher = Hasher::new(expected.algorithm());
            if let Some(file) = &self.file {
                hash_file(file, 0..self.offset, &mut hasher).doing("read content again")?;
            }
        }
        check(hasher, expected)
    }

    fn sync(&mut self) -> Result<(), Error> {
        let file = match &self.file {
            Some(file) => file,
            None => self
                .file
                .insert(Disk::create(&self.path).doing("create a file")?),
        };
        // Longer only if a torn write could not be cut off when it happened.
        if file.metadata().doing("look at content")?.len() != self.offset {
            file.set_len(self.offset).doing("cut off a torn write")?;
        }
        file.sync_data().doing("sync content")
    }

    /// Removes the content and what is known of it. Says whether there was any.
    pub(crate) fn remove(&self) -> bool {
        self.remove_state();
        match fs::remove_file(&self.path) {
            Ok(()) => true,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "could not remove unfinished content");
                }
                false
            }
        }
    }

    fn remove_state(&self) {
        if let Life::Upload { state, .. } = &self.life
            && let Err(error) = found(self.disk.digests.remove(state))
        {
            tracing::warn!(%error, "could not remove the state of an upload");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if matches!(self.life, Life::Temporary) && self.file.is_some() {
            self.remove();
        }
    }
}

/// Takes the bytes of a range of a file into a digest. Ends early where the file does.
pub(crate) fn hash_file(
    file: &File,
    range: std::ops::Range<u64>,
    hasher: &mut Hasher,
) -> io::Result<u64> {
    let mut buffer = vec![0; READ];
    let mut at = range.start;
    while at < range.end {
        let wanted = usize::try_from(range.end - at).unwrap_or(READ).min(READ);
        let (part, _) = buffer.split_at_mut(wanted);
        match file.read_at(part, at) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(part.get(..read).unwrap_or_default());
                at += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(at - range.start)
}
