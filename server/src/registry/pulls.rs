//! Counting pulls without a write per pull: added up in memory and written every few seconds, and at the end. So is what webhooks are
//! told of pulls, where some listen to them.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use db::{Db, entities::repository};
use moka::sync::Cache;
use uuid::Uuid;

use crate::{
    state::AppState,
    webhooks::tell::{self, Pulled},
};

/// Whether somebody listens is looked up again after so long.
const LISTENING: Duration = Duration::from_secs(5);
/// Repositories of which it is remembered.
const REPOSITORIES: u64 = 10_000;
/// Pulls that wait to be told; of more than that within a few seconds nobody is told.
const MOST_TOLD: usize = 50_000;
/// Pulls that are written down together.
const LOT: usize = 500;

/// Pulls since the last time they were written.
pub(crate) struct Pulls {
    /// How many, by repository.
    counts: Mutex<HashMap<Uuid, i64>>,
    /// Whether somebody listens, by repository.
    listening: Cache<Uuid, bool>,
    /// Those that webhooks are to be told of.
    told: Mutex<Vec<Pulled>>,
}

impl Default for Pulls {
    fn default() -> Self {
        let listening = Cache::builder().max_capacity(REPOSITORIES);
        Self {
            counts: Mutex::default(),
            listening: listening.time_to_live(LISTENING).build(),
            told: Mutex::default(),
        }
    }
}

impl Pulls {
    /// One more pull of a manifest.
    pub(super) fn add(&self, repository: Uuid) {
        if let Ok(mut counts) = self.counts.lock() {
            *counts.entry(repository).or_default() += 1;
        }
    }

    /// Adds what was counted to the database. What cannot be written now is kept for the next time.
    pub(crate) async fn write(&self, db: &Db) -> Result<(), db::Error> {
        let counts = match self.counts.lock() {
            Ok(mut counts) if !counts.is_empty() => std::mem::take(&mut *counts),
            _ => return Ok(()),
        };
        let written = db::repositories::add_pulls(db, counts.clone()).await;
        if written.is_err()
            && let Ok(mut current) = self.counts.lock()
        {
            for (repository, pulls) in counts {
                *current.entry(repository).or_default() += pulls;
            }
        }
        written
    }

    /// Whether webhooks are to be told of pulls from a repository.
    pub(super) async fn are_told_of(
        &self,
        state: &AppState,
        repository: &repository::Model,
    ) -> db::Result<bool> {
        if let Some(known) = self.listening.get(&repository.id) {
            return Ok(known);
        }
        let hears = tell::hears_pulls(state, repository).await?;
        self.listening.insert(repository.id, hears);
        Ok(hears)
    }

    /// Webhooks are to be told of a pull.
    pub(super) fn tell(&self, pulled: Pulled) {
        if let Ok(mut told) = self.told.lock()
            && told.len() < MOST_TOLD
        {
            told.push(pulled);
        }
    }

    /// Writes down what webhooks are to be told.
    pub(crate) async fn write_told(&self, state: &AppState) -> db::Result<()> {
        let pulls = match self.told.lock() {
            Ok(mut told) => std::mem::take(&mut *told),
            Err(_) => return Ok(()),
        };
        for lot in pulls.chunks(LOT) {
            let mut told = Vec::new();
            for pull in lot {
                told.extend(tell::pulled(state, pull).await?);
            }
            db::webhooks::append(&state.db, &told).await?;
        }
        if !pulls.is_empty() {
            state.webhooks.wake();
        }
        Ok(())
    }
}
