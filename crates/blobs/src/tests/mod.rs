//! Tests of the store on real files, and what they share.

mod faults;
mod reading;
mod upkeep;
mod uploads;

use crate::{Arrived, BlobStore, Error, Limits, UploadKey, Verification};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use oci::{Algorithm, Digest};
use std::{fs, io, path::PathBuf};
use tempfile::TempDir;
use uuid::Uuid;

const SHA256: Algorithm = Algorithm::Sha256;
const SHA512: Algorithm = Algorithm::Sha512;

struct Place {
    folder: TempDir,
    store: BlobStore,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::open(folder.path().join("store")).unwrap();
        Self { folder, store }
    }

    /// The same folder, as a process that starts anew sees it.
    fn restart(self) -> Self {
        let Self { folder, store } = self;
        drop(store);
        let store = BlobStore::open(folder.path().join("store")).unwrap();
        Self { folder, store }
    }

    async fn put(&self, content: &[u8]) -> Digest {
        let digest = Digest::of(SHA256, content);
        let size = self
            .store
            .put(body(content), &digest, Uuid::nil(), Limits::default())
            .await
            .unwrap()
            .size();
        assert_eq!(size, content.len() as u64);
        digest
    }

    async fn read(&self, digest: &Digest) -> Option<Bytes> {
        Some(
            self.store
                .open_blob(digest)
                .await
                .unwrap()?
                .read_all()
                .await
                .unwrap(),
        )
    }

    /// All files below the root, by path from there.
    fn files(&self) -> Vec<String> {
        fn walk(folder: PathBuf, files: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(path, files);
                } else {
                    files.push(path);
                }
            }
        }
        let root = self.folder.path().join("store");
        let mut files = vec![];
        walk(root.clone(), &mut files);
        let mut files: Vec<_> = files
            .iter()
            .map(|path| {
                path.strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        files.sort();
        files
    }

    /// How many bytes may still be written.
    fn room(&self, bytes: i64) {
        self.store
            .disk
            .room
            .store(bytes, std::sync::atomic::Ordering::Relaxed);
    }
}

fn key(id: u128) -> UploadKey {
    UploadKey {
        owner: Uuid::from_u128(7),
        id: Uuid::from_u128(id),
    }
}

/// A body that arrives in parts of about the size that the network has.
fn body(content: &[u8]) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let parts: Vec<_> = content
        .chunks(50_000)
        .map(|part| Ok(Bytes::copy_from_slice(part)))
        .collect();
    stream::iter(parts)
}

/// A body that arrives, and then breaks off.
fn broken_body(content: &[u8]) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    body(content).chain(stream::iter([Err(io::ErrorKind::ConnectionReset.into())]))
}

/// Bytes that do not repeat in the sizes that are read and written at once.
fn content(size: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    next.take(size).collect()
}

/// The place of a blob below the root.
fn place_of(digest: &Digest) -> String {
    crate::disk::relative(digest)
}
