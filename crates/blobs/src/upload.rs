//! An upload: content that arrives in one or many requests and survives the end of the process between them.

use crate::{
    Error, Limits,
    disk::Disk,
    locks::{Guard, Owner},
    receive::{Batch, Body, SMALL, blocking},
    store::UploadKey,
    writer::{Life, Writer},
};
use bytes::Bytes;
use futures::Stream;
use oci::{Algorithm, Digest};
use std::{io, pin::pin, sync::Arc};

/// The right to write to an upload. While it lives, nobody else can.
pub struct Upload {
    /// Away while a write runs.
    writer: Option<Writer>,
    offset: u64,
    _owner: Owner,
}

impl Upload {
    pub(crate) async fn open(
        disk: Arc<Disk>,
        key: UploadKey,
        guard: Guard,
        algorithm: Algorithm,
    ) -> Result<Self, Error> {
        let owner = guard.owner();
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

    /// Ends the upload: the content gets its place and is durable. Answers its size.
    ///
    /// # Errors
    /// [`Error::DigestMismatch`] when it is not what was announced; the upload is gone then.
    pub async fn finish(mut self, expected: &Digest) -> Result<u64, Error> {
        let (writer, expected) = (self.writer.take().ok_or_else(lost)?, *expected);
        blocking(move || writer.finish(&expected)).await?
    }
}

/// A thread ended before its work did; what it held is free again, and the upload can be opened anew.
fn lost() -> Error {
    Error::Io {
        doing: "go on with an upload",
        source: io::Error::other("its writer was lost"),
    }
}
