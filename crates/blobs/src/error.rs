//! What can go wrong with stored bytes.

use oci::Digest;
use std::{io, time::Duration};

/// An error of the store. Only the messages of `Full` and `Io` tell of the disk: they are for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk, or its quota, is full.
    #[error("the disk is full: could not {doing}: {source}")]
    Full {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Another request is writing to this upload.
    #[error("another request is writing to this upload")]
    Busy,
    /// What arrived is not what was announced; it is gone.
    #[error("the content has the digest {actual}, not {expected}")]
    DigestMismatch {
        /// What was announced.
        expected: Box<Digest>,
        /// What arrived.
        actual: Box<Digest>,
    },
    /// More arrived than is allowed.
    #[error("the content is longer than {limit} bytes")]
    TooLarge {
        /// How much is allowed.
        limit: u64,
    },
    /// The owner has as many open uploads as are allowed.
    #[error("{limit} uploads are open already")]
    TooMany {
        /// How many are allowed.
        limit: usize,
    },
    /// The body ended before the content that was announced did; what arrived is kept.
    #[error("the content ended at byte {end}, and was announced up to byte {announced}")]
    TooShort {
        /// Where it ended.
        end: u64,
        /// Where it was to end.
        announced: u64,
    },
    /// Nothing arrived for too long.
    #[error("nothing arrived for {} s", .0.as_secs())]
    Stalled(Duration),
    /// The body broke off.
    #[error("the content broke off: {0}")]
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The disk failed in another way.
    #[error("could not {doing}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Says of an error of the system what was tried.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, Error>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str) -> Result<T, Error> {
        self.map_err(|source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Error::Full { doing, source }
            }
            _ => Error::Io { doing, source },
        })
    }
}

/// Makes `None` of "not found".
pub(crate) fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
