//! The bytes of blobs, read whole: from memory, from the database, which keeps the small ones, or from the store.
//!
//! A blob shorter than [`SMALL`] is a row, written in the transaction that makes it visible: durable with one sync, where
//! a file costs two more. Stores of before that rule have files for them too, and those are read as well.

use axum::body::Bytes;
use oci::Digest;

use crate::state::AppState;

/// Shorter blobs are kept in the database: nearly all configurations, signatures and attestations.
pub(crate) const SMALL: usize = 16 << 10;
/// Blobs up to this many bytes are remembered, and sent in one write with their headers.
pub(crate) const REMEMBERED: u64 = 64 << 10;

/// Why there are no bytes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// They were there, and are not what they were.
    #[error("the stored bytes of the blob {0} are not its bytes any more")]
    Damaged(Box<Digest>),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] blobs::Error),
    /// The disk, or the thread that read it, failed.
    #[error("the blob could not be read: {0}")]
    Io(#[from] std::io::Error),
}

/// A blob of at most `max` bytes, checked against its digest. `None` where there is none, or a longer one.
pub(crate) async fn read(
    state: &AppState,
    digest: &Digest,
    max: u64,
) -> Result<Option<Bytes>, Error> {
    if let Some(bytes) = state.cache.blobs.get(digest) {
        return Ok((bytes.len() as u64 <= max).then_some(bytes));
    }
    let bytes = match db::blob_links::content(&state.db, digest).await? {
        Some(content) => Bytes::from(content),
        None => match state.blobs.open_blob(digest).await? {
            Some(blob) if blob.size <= max => blob.read_all().await?,
            _ => return Ok(None),
        },
    };
    let is_long = bytes.len() as u64 > REMEMBERED;
    if !is_intact(digest, &bytes, is_long).await? {
        return Err(Error::Damaged(Box::new(*digest)));
    }
    if !is_long {
        state.cache.blobs.insert(*digest, bytes.clone());
    }
    Ok((bytes.len() as u64 <= max).then_some(bytes))
}

async fn is_intact(digest: &Digest, bytes: &Bytes, is_long: bool) -> Result<bool, Error> {
    let (digest, bytes) = (*digest, bytes.clone());
    let compare = move || Digest::of(digest.algorithm(), &bytes) == digest;
    if is_long {
        // Megabytes to hash: not between other requests.
        Ok(tokio::task::spawn_blocking(compare)
            .await
            .map_err(std::io::Error::other)?)
    } else {
        Ok(compare())
    }
}
