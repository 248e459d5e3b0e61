//! Counting pulls without a write per pull: added up in memory and written every few seconds, and at the end.

use std::{collections::HashMap, sync::Mutex};

use db::Db;
use uuid::Uuid;

/// Pulls per repository since the last time they were written.
#[derive(Debug, Default)]
pub(crate) struct Pulls(Mutex<HashMap<Uuid, i64>>);

impl Pulls {
    /// One more pull of a manifest.
    pub(super) fn add(&self, repository: Uuid) {
        if let Ok(mut counts) = self.0.lock() {
            *counts.entry(repository).or_default() += 1;
        }
    }

    /// Adds what was counted to the database. What cannot be written now is kept for the next time.
    pub(crate) async fn write(&self, db: &Db) -> Result<(), db::Error> {
        let counts = match self.0.lock() {
            Ok(mut counts) if !counts.is_empty() => std::mem::take(&mut *counts),
            _ => return Ok(()),
        };
        let written = db::repositories::add_pulls(db, counts.clone()).await;
        if written.is_err()
            && let Ok(mut current) = self.0.lock()
        {
            for (repository, pulls) in counts {
                *current.entry(repository).or_default() += pulls;
            }
        }
        written
    }
}
