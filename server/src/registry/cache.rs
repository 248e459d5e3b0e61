//! What was read from the database and is still true: repositories by name, manifests by tag and digest, sizes of blobs,
//! pages of tags, settings; and the bytes of small blobs, and which uploads have none.
//!
//! Everything carries the revision it was read at ([`db::Revision`]) and is good only while that revision stands; on
//! `PostgreSQL` there is none, and nothing is kept. Every map is bounded.

use std::sync::Arc;

use axum::body::Bytes;
use db::{Revision, entities::repository};
use moka::sync::Cache as Map;
use oci::{
    digest::Digest,
    name::{Reference, RepositoryName},
};
use uuid::Uuid;

use super::{lists::TagPage, manifests::Served};
use crate::{settings::Switch, state::AppState, trust::policy::Remembered, webhooks::Hook};

/// Entries of the maps that hold small things.
const ENTRIES: u64 = 20_000;
/// Bytes of manifests that are kept.
const MANIFEST_BYTES: u64 = 12 << 20;
/// Bytes of small blobs that are kept.
const BLOB_BYTES: u64 = 12 << 20;
/// Bytes of pages of tags that are kept.
const PAGE_BYTES: u64 = 4 << 20;
/// What a key and the map's own bookkeeping weigh, about.
const OVERHEAD: usize = 256;

/// A value and the revision it was read at.
type At<T> = (Revision, T);

/// What is known of an upload without asking the store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    /// It has no byte yet.
    Untouched,
    /// It was finished, cancelled or given up: its id is worth nothing any more.
    Ended,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Cache {
    pub(super) repositories: Map<RepositoryName, At<Arc<repository::Model>>>,
    pub(super) manifests: Map<(Uuid, Reference), At<Arc<Served>>>,
    pub(super) blob_sizes: Map<(Uuid, Digest), At<u64>>,
    pub(crate) switches: Map<Switch, At<bool>>,
    /// Who listens at a repository.
    pub(crate) hooks: Map<Uuid, At<Arc<[Hook]>>>,
    /// Which images may be pulled, by who signed them.
    pub(crate) trust_policies: Remembered,
    pub(super) tag_pages: Map<(Uuid, String), At<Arc<TagPage>>>,
    /// Uploads that were opened or ended here, a while ago at most.
    pub(super) uploads: Map<Uuid, Progress>,
    /// By content, so it cannot go stale; whether a repository holds the blob is asked before.
    pub(crate) blobs: Map<Digest, Bytes>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            repositories: Map::new(ENTRIES),
            switches: Map::new(ENTRIES),
            hooks: Map::new(ENTRIES),
            trust_policies: Remembered::default(),
            uploads: Map::new(ENTRIES),
            blob_sizes: Map::new(ENTRIES),
            manifests: Map::builder()
                .max_capacity(MANIFEST_BYTES)
                .weigher(|_, (_, served): &At<Arc<Served>>| weight(served.content.len()))
                .build(),
            tag_pages: Map::builder()
                .max_capacity(PAGE_BYTES)
                .weigher(|_, (_, page): &At<Arc<TagPage>>| weight(page.body.len()))
                .build(),
            blobs: Map::builder()
                .max_capacity(BLOB_BYTES)
                .weigher(|_, bytes: &Bytes| weight(bytes.len()))
                .build(),
        }
    }
}

fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes.saturating_add(OVERHEAD)).unwrap_or(u32::MAX)
}

/// The remembered value, if it was read at the revision of now.
pub(crate) fn fresh<K, T, V>(map: &Map<K, At<V>>, key: &T, now: Option<Revision>) -> Option<V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static + std::borrow::Borrow<T>,
    T: std::hash::Hash + Eq + ?Sized,
    V: Clone + Send + Sync + 'static,
{
    let (read_at, value) = map.get(key)?;
    (Some(read_at) == now).then_some(value)
}

/// Remembers a value that was asked for after `read_at` was taken.
pub(crate) fn keep<K, V>(map: &Map<K, At<V>>, key: K, read_at: Option<Revision>, value: V)
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    if let Some(read_at) = read_at {
        map.insert(key, (read_at, value));
    }
}

impl AppState {
    /// The repository of that name.
    pub(crate) async fn repository(
        &self,
        name: &RepositoryName,
    ) -> Result<Option<Arc<repository::Model>>, db::Error> {
        let revision = self.db.revision(&(name.namespace(), name.name()));
        if let Some(repository) = fresh(&self.cache.repositories, name, revision) {
            return Ok(Some(repository));
        }
        let Some(row) = db::repositories::find(&self.db, name).await? else {
            return Ok(None);
        };
        let row = Arc::new(row);
        keep(
            &self.cache.repositories,
            name.clone(),
            revision,
            Arc::clone(&row),
        );
        Ok(Some(row))
    }
}
