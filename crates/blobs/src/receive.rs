//! The way of a body from the network to a file.
//!
//! The request's task gathers what arrives into batches; a batch is hashed and written, each on a thread for blocking
//! work, while the next one is gathered. No thread waits for the network, so that slow clients cost a little memory and
//! nothing else: at most two batches for each.

use crate::{Error, writer::Writer};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use std::{io, pin::Pin, time::Duration};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::{JoinError, block_in_place, spawn_blocking},
};

/// How much is handed over at once.
const BATCH: usize = 1 << 20;
/// A body of at most this size is gathered whole before any thread or file is touched.
pub(crate) const SMALL: usize = 64 << 10;

/// How much a body may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest content in bytes, what arrived in earlier requests included.
    pub max_size: u64,
    /// Where the body has to end, counted like `max_size`; `None` where it may end anywhere.
    pub end: Option<u64>,
    /// How many uploads with something on disk its owner may have.
    pub open_uploads: usize,
    /// Longest time in which nothing arrives.
    pub stall: Duration,
}

impl Default for Limits {
    /// 1 TiB, a hundred uploads, one minute.
    fn default() -> Self {
        Self {
            max_size: 1 << 40,
            end: None,
            open_uploads: 100,
            stall: Duration::from_mins(1),
        }
    }
}

/// A body, read up to its limits.
pub(crate) struct Body<'a, S> {
    stream: Pin<&'a mut S>,
    limits: Limits,
    /// The size of the content so far, gathered bytes included.
    size: u64,
}

/// Bytes that were gathered.
#[derive(Default)]
pub(crate) struct Batch {
    parts: Vec<Bytes>,
    size: usize,
}

impl Batch {
    pub(crate) fn parts(&self) -> &[Bytes] {
        &self.parts
    }

    /// In bytes.
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// All of it; copied only where it came in several parts.
    pub(crate) fn into_bytes(mut self) -> Bytes {
        match self.parts.len() {
            0 | 1 => self.parts.pop().unwrap_or_default(),
            _ => self.parts.concat().into(),
        }
    }
}

impl<'a, S, E> Body<'a, S>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// A body that continues `size` bytes.
    pub(crate) fn new(stream: Pin<&'a mut S>, limits: Limits, size: u64) -> Self {
        Self {
            stream,
            limits,
            size,
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Limits {
            max_size, stall, ..
        } = self.limits;
        let Some(bytes) = tokio::time::timeout(stall, self.stream.next())
            .await
            .map_err(|_| Error::Stalled(stall))?
        else {
            return match self.limits.end {
                Some(announced) if self.size < announced => Err(Error::TooShort {
                    end: self.size,
                    announced,
                }),
                _ => Ok(None),
            };
        };
        let bytes = bytes.map_err(|error| Error::Interrupted(error.into()))?;
        self.size += bytes.len() as u64;
        if self.size > max_size {
            return Err(Error::TooLarge { limit: max_size });
        }
        Ok(Some(bytes))
    }

    /// Gathers up to `enough` bytes and a little more. `false` when the body has ended.
    pub(crate) async fn gather(&mut self, batch: &mut Batch, enough: usize) -> Result<bool, Error> {
        while batch.size < enough {
            let Some(bytes) = self.next().await? else {
                return Ok(false);
            };
            batch.size += bytes.len();
            batch.parts.push(bytes);
        }
        Ok(true)
    }

    /// Writes `batch` and the rest of the body but for the last batch, which is left to be written together with what
    /// comes after it. When the body or the disk fails, the writer comes back with what arrived.
    pub(crate) async fn write(
        &mut self,
        mut writer: Writer,
        batch: &mut Batch,
    ) -> Result<(Writer, Result<(), Error>), Error> {
        let mut parts = std::mem::take(batch).parts;
        loop {
            let writing = writer.write_on_two_threads(parts);
            let gathered = self.gather(batch, BATCH).await;
            let (idle, written) = writing.await.map_err(lost)?;
            writer = idle;
            match written.and(gathered) {
                Ok(true) => parts = std::mem::take(batch).parts,
                ended => return Ok((writer, ended.map(drop))),
            }
        }
    }
}

/// Does blocking work on another thread.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(work).await.map_err(lost)
}

/// Does a little blocking work: where the runtime has other threads for the other tasks, on this one, which saves the
/// way to another thread and back.
pub(crate) async fn blocking_briefly<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => Ok(block_in_place(work)),
        _ => blocking(work).await,
    }
}

fn lost(error: JoinError) -> Error {
    Error::Io {
        doing: "end work that was begun",
        source: io::Error::other(error),
    }
}
