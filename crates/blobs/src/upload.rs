//! An upload: content that arrives in one or many requests and survives the end of the process between them.

use crate::{
    BlobStore, Error, Limits,
    locks::{Guard, Owner},
    receive::{Batch, Body, SMALL, blocking},
    store::{Arrived, UploadKey},
    writer::{Life, Writer},
};
use bytes::Bytes;
use futures::Stream;
use oci::{Algorithm, Digest};
use std::{io, pin::pin};

/// The right to write to an upload. While it lives, nobody else can.
pub struct Upload {
    /// Away while a write runs.
    writer: Option<Writer>,
    offset: u64,
    store: BlobStore,
    key: UploadKey,
    _owner: Owner,
}

impl Upload {
    pub(crate) async fn open(
        store: BlobStore,
        key: UploadKey,
        guard: Guard,
        algorithm: Algorithm,
    ) -> Result<Self, Error> {
        let (owner, disk) = (guard.owner(), store.disk.clone());
        let writer = blocking(move || {
            let life = Life::Upload {
                _guard: guard,
                state: disk.state(key.owner, key.id),
            };
            let path = disk.upload(key.owner, key.id);
            Writer::open_upload(disk, path, life, algorithm)
        })
        .await??;
        Ok(Self {
            offset: writer.offset(),
            writer: Some(writer),
            store,
            key,
            _owner: owner,
        })
    }

    /// How many bytes have arrived.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Adds a body at the end, and says how many bytes have arrived then.
    ///
    /// After an error what arrived before it is kept, and the upload can go on from [`Upload::offset`]; also when this
    /// future is dropped, but for the last two megabytes.
    pub async fn append<S, E>(&mut self, body: S, limits: Limits) -> Result<u64, Error>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let body = pin!(body);
        let mut body = Body::new(body, limits, self.offset);
        let mut batch = Batch::default();
        let gathered = body.gather(&mut batch, SMALL).await;
        let _admission = if self.offset == 0 && batch.size() > 0 {
            let limit = limits.open_uploads;
            Some(self.store.admit(self.key.owner, limit).await?)
        } else {
            None
        };
        let mut writer = self.writer.take().ok_or_else(lost)?;
        let outcome = match gathered {
            Ok(true) => {
                let (idle, outcome) = body.write(writer, &mut batch).await?;
                writer = idle;
                outcome
            }
            ended => ended.map(drop),
        };
        let (writer, written) = blocking(move || {
            let written = writer.write(batch.parts());
            writer.keep_digest();
            (writer, written)
        })
        .await?;
        self.offset = writer.offset();
        self.writer = Some(writer);
        outcome.and(written).map(|()| self.offset)
    }

    /// Ends the upload: the content gets its place and is durable, or, where it is so small, is handed back.
    ///
    /// # Errors
    /// [`Error::DigestMismatch`] when it is not what was announced; the upload is gone then.
    pub async fn finish(mut self, expected: &Digest) -> Result<Arrived, Error> {
        let (writer, expected) = (self.writer.take().ok_or_else(lost)?, *expected);
        if self.offset < self.store.hand_back as u64 {
            let content = blocking(move || writer.take(&expected)).await??;
            return Ok(Arrived::Small(content));
        }
        let size = blocking(move || writer.finish(&expected)).await??;
        Ok(Arrived::Stored(size))
    }
}

/// A thread ended before its work did; what it held is free again, and the upload can be opened anew.
fn lost() -> Error {
    Error::Io {
        doing: "go on with an upload",
        source: io::Error::other("its writer was lost"),
    }
}
