//! Reading a stored blob.
//!
//! What the system has in memory is read right away, on the thread that serves the request: Linux can be asked to open
//! and read only if that does not wait for the disk. Everything else goes to a thread for blocking work.

use crate::{disk::relative, error::found};
use bytes::Bytes;
use futures::Stream;
use oci::Digest;
use rustix::{
    fs::{Advice, Mode, OFlags, ResolveFlags, fadvise, openat2},
    io::{Errno, ReadWriteFlags, preadv2},
};
use std::{
    fs::File,
    io::{self, IoSliceMut},
    num::NonZeroU64,
    ops::Range,
    os::unix::fs::FileExt,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};
use tokio::task::{JoinHandle, spawn_blocking};

/// How much is read at once: large enough that a system call does not count, small enough to stay in a core's cache
/// until it is sent.
const CHUNK: usize = 256 << 10;
/// What is read at once into a buffer of its own size.
const SMALL: usize = 32 << 10;
/// How much the disk is asked to read ahead.
const AHEAD: u64 = 4 << 20;
/// How many buffers are kept for the next reader.
const SPARE_BUFFERS: usize = 16;

/// A blob that is open: it can be read to its end even when it is removed meanwhile.
pub struct Blob {
    /// In bytes.
    pub size: u64,
    file: Arc<File>,
    pool: Arc<Pool>,
}

pub(crate) async fn open(
    root: &File,
    path: PathBuf,
    digest: &Digest,
    pool: &Arc<Pool>,
) -> io::Result<Option<Blob>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = match openat2(
        root,
        relative(digest),
        flags,
        Mode::empty(),
        ResolveFlags::CACHED,
    ) {
        Ok(file) => File::from(file),
        Err(Errno::NOENT) => return Ok(None),
        // Not in memory, or not to be had from this system: the usual way has the last word.
        Err(_) => match spawn_blocking(|| found(File::open(path))).await?? {
            Some(file) => file,
            None => return Ok(None),
        },
    };
    Ok(Some(Blob {
        size: file.metadata()?.len(),
        file: Arc::new(file),
        pool: pool.clone(),
    }))
}

impl Blob {
    /// The whole content at once; the caller has looked at `size`.
    pub async fn read_all(self) -> io::Result<Bytes> {
        let size = usize::try_from(self.size).map_err(io::Error::other)?;
        let mut buffer = vec![0; size];
        let read = read_cached(&self.file, &mut buffer, 0)?;
        if read < size {
            buffer = spawn_blocking(move || {
                let (_, rest) = buffer.split_at_mut(read);
                self.file.read_exact_at(rest, read as u64).map(|()| buffer)
            })
            .await??;
        }
        Ok(buffer.into())
    }

    /// The whole content from its beginning, for a thread that may wait for the disk.
    pub fn into_reader(self) -> BlobReader {
        BlobReader {
            file: self.file,
            at: 0,
        }
    }

    /// The bytes from `start` up to, and without, `end`; what lies behind the end of the blob is an error of kind
    /// `UnexpectedEof`.
    pub fn stream(self, start: u64, end: u64) -> BlobStream {
        BlobStream {
            blob: self,
            range: start..end,
            reading: None,
            hand_over: None,
        }
    }
}

/// Reads a blob from its beginning, and waits for the disk.
#[derive(Debug)]
pub struct BlobReader {
    file: Arc<File>,
    at: u64,
}

impl io::Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// A part of a file that is in memory, for somebody who can send it from there.
#[derive(Debug)]
pub struct FilePart {
    /// The file.
    pub file: Arc<File>,
    /// Where in the file it begins.
    pub at: u64,
    /// In bytes; at least one, at most [`FilePart::MAX`].
    pub length: usize,
}

impl FilePart {
    /// The longest part, in bytes.
    pub const MAX: usize = 1 << 20;
}

/// Takes a part of a file over, and answers what stands for it in the stream: as many bytes as it has.
pub type HandOver = Box<dyn FnMut(FilePart) -> Bytes + Send>;

/// A part of a blob, chunk by chunk.
pub struct BlobStream {
    blob: Blob,
    /// What is still to be read.
    range: Range<u64>,
    /// A read that waits for the disk.
    reading: Option<JoinHandle<io::Result<Buffer>>>,
    /// Who takes over what is in memory.
    hand_over: Option<HandOver>,
}

impl Stream for BlobStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.range.is_empty() && this.reading.is_none() {
            return Poll::Ready(None);
        }
        if this.reading.is_none()
            && let Some(stand_in) = this.hand_over()
        {
            return Poll::Ready(Some(Ok(stand_in)));
        }
        let read = match &mut this.reading {
            Some(job) => {
                let read = ready!(Pin::new(job).poll(context))
                    .map_err(io::Error::other)
                    .flatten();
                this.reading = None;
                read
            }
            None => match this.read_cached() {
                Ok(Some(buffer)) => Ok(buffer),
                Ok(None) => return this.poll_next_from_disk(context),
                Err(error) => Err(error),
            },
        };
        match read {
            Ok(buffer) => {
                this.range.start += buffer.filled as u64;
                Poll::Ready(Some(Ok(Bytes::from_owner(buffer))))
            }
            Err(error) => {
                this.range.start = this.range.end;
                Poll::Ready(Some(Err(error)))
            }
        }
    }
}

impl BlobStream {
    /// Hands over what is in memory instead of reading it.
    #[must_use]
    pub fn handing_over(mut self, hand_over: HandOver) -> Self {
        self.hand_over = Some(hand_over);
        self
    }

    /// What stands for the next part, if there is somebody to take it over and its ends are in memory. What lies between
    /// them nearly always is too; where it is not, whoever sends it waits for the disk.
    fn hand_over(&mut self) -> Option<Bytes> {
        let hand_over = self.hand_over.as_mut()?;
        let (at, left) = (self.range.start, self.range.end - self.range.start);
        let length = usize::try_from(left)
            .unwrap_or(FilePart::MAX)
            .min(FilePart::MAX);
        let last = at + (length as u64).saturating_sub(1);
        let is_cached = |at| matches!(read_cached(&self.blob.file, &mut [0], at), Ok(1));
        if !is_cached(at) || !is_cached(last) {
            return None;
        }
        self.range.start += length as u64;
        Some(hand_over(FilePart {
            file: self.blob.file.clone(),
            at,
            length,
        }))
    }

    fn buffer(&self) -> Buffer {
        let left = self.range.end - self.range.start;
        self.blob
            .pool
            .take(usize::try_from(left).unwrap_or(CHUNK).min(CHUNK))
    }

    /// The next chunk, if it is in memory, or what of it is.
    fn read_cached(&self) -> io::Result<Option<Buffer>> {
        let mut buffer = self.buffer();
        buffer.filled = read_cached(&self.blob.file, buffer.space(), self.range.start)?;
        Ok((buffer.filled > 0).then_some(buffer))
    }

    fn poll_next_from_disk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        let (file, at, mut buffer) = (self.blob.file.clone(), self.range.start, self.buffer());
        self.reading = Some(spawn_blocking(move || {
            // Advice that is not taken costs nothing.
            let _ = fadvise(&file, at, NonZeroU64::new(AHEAD), Advice::WillNeed);
            buffer.filled = match file.read_at(buffer.space(), at)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => read,
            };
            Ok(buffer)
        }));
        Pin::new(self).poll_next(context)
    }
}

/// Reads what is in memory of a range; 0 where nothing is, or the system cannot tell.
fn read_cached(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    match preadv2(
        file,
        &mut [IoSliceMut::new(buffer)],
        at,
        ReadWriteFlags::NOWAIT,
    ) {
        Ok(read) => Ok(read),
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Buffers that were sent and wait for the next reader.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    /// A buffer of `size` bytes.
    fn take(self: &Arc<Self>, size: usize) -> Buffer {
        let space = if size > SMALL {
            self.spare().pop()
        } else {
            None
        };
        let allocated = if size > SMALL { CHUNK } else { size };
        let space = space.unwrap_or_else(|| vec![0; allocated]);
        Buffer {
            space,
            size,
            filled: 0,
            pool: self.clone(),
        }
    }

    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Buffer {
    space: Vec<u8>,
    /// How much of the space is asked for.
    size: usize,
    filled: usize,
    pool: Arc<Pool>,
}

impl Buffer {
    fn space(&mut self) -> &mut [u8] {
        self.space.get_mut(..self.size).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.space.get(..self.filled).unwrap_or_default()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.space.len() == CHUNK {
            let mut spare = self.pool.spare();
            if spare.len() < SPARE_BUFFERS {
                spare.push(std::mem::take(&mut self.space));
            }
        }
    }
}
