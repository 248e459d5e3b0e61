//! What lets a cache be trusted: a counter per name or repository that every change moves.
//!
//! A reader takes the revision, asks the database, and keeps the answer with the revision; the answer is good for as
//! long as the revision has not moved. A change moves it after its commit and before it is acknowledged. On `PostgreSQL`
//! another process may write, so there is no revision there, and nothing is cached.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::Db;

/// Counters are shared by hash; a collision costs a needless question to the database, never a stale answer.
const SHARDS: usize = 1024;

/// A point in the history of one repository, or of one name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Revision(u64);

#[derive(Debug)]
pub(crate) struct Revisions(Box<[AtomicU64]>);

impl Default for Revisions {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Revisions {
    fn shard(&self, key: &impl Hash) -> Option<&AtomicU64> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let index = usize::try_from(hasher.finish() % SHARDS as u64).ok()?;
        self.0.get(index)
    }
}

impl Db {
    /// The current revision of `key`: a repository's id, its (namespace, name), or a setting's key. `None` where nothing may be cached.
    pub fn revision(&self, key: &impl Hash) -> Option<Revision> {
        if !self.is_local() {
            return None;
        }
        self.own_revision(key)
    }

    /// As [`Self::revision`], of what this process changes: where it moved, something changed; where it did not, another process may have
    /// changed it all the same.
    pub fn own_revision(&self, key: &impl Hash) -> Option<Revision> {
        Some(Revision(self.revisions.shard(key)?.load(Ordering::Acquire)))
    }

    /// What was remembered of `key` is no longer true.
    pub(crate) fn move_on(&self, key: &impl Hash) {
        if let Some(counter) = self.revisions.shard(key) {
            counter.fetch_add(1, Ordering::AcqRel);
        }
    }
}
