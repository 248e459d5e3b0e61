//! Every row and every query of Plimsoll, on `SQLite` and on `PostgreSQL` alike. Nothing else in the program writes SQL.
//!
//! One handle, [`Db`], is passed around; each module holds the queries of one kind of row as free functions over it.
//! `SQLite` has one writer (so that a write never meets a lock) and several readers; `PostgreSQL` has one pool.
//!
//! What a query returns is a row ([`entities`]) or a small struct beside the query. Lists are paged by key, never by
//! offset, and cost a constant number of queries.

pub mod accounts;
mod actions;
pub mod advisories;
pub mod api_tokens;
pub mod blob_links;
mod bulk;
mod changes;
pub mod checkpoints;
mod connect;
pub mod custody;
pub mod directory;
pub mod entities;
mod error;
pub mod events;
pub mod grants;
pub mod group_rules;
pub mod identities;
pub mod identity_providers;
pub mod images;
mod log;
pub mod manifests;
mod members;
pub mod organizations;
mod packed;
#[cfg(test)]
mod plans;
pub mod promotions;
pub mod public_keys;
mod reach;
pub mod repositories;
mod revision;
pub mod scans;
mod search;
pub mod second_factors;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod signatures;
pub mod tags;
pub mod teams;
pub mod tokens;
pub mod trust;
pub mod webhooks;
pub mod workload_trusts;

pub use actions::{Action, Actions};
pub use changes::{Change, News};
pub use connect::Options;
pub use error::{Error, Result};
pub use revision::Revision;
pub use sea_orm::DbErr;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32},
};

use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, Statement,
    TransactionTrait,
};
use tokio::sync::broadcast;

/// The database, cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    changes: broadcast::Sender<News>,
    _listening: changes::Listening,
    revisions: Arc<revision::Revisions>,
    /// How long the write-ahead log was when it was looked at last.
    log_pages: Arc<AtomicU32>,
    /// The writer has taken much memory for transactions of thousands of pages.
    has_large_cache: Arc<AtomicBool>,
    /// What the next change is recorded as.
    events: Arc<[events::New]>,
    /// What webhooks are told of the next change.
    told: Arc<[webhooks::Told]>,
}

impl Db {
    /// True where this process is the only writer, so that what it remembers cannot go stale behind its back.
    pub fn is_local(&self) -> bool {
        self.backend() == DatabaseBackend::Sqlite
    }

    /// Answers when the database answers.
    pub async fn check(&self) -> Result<()> {
        self.read
            .query_one_raw(Statement::from_string(self.backend(), "SELECT 1"))
            .await?;
        Ok(())
    }

    /// What happens to tags from now on, in this process and, on `PostgreSQL`, in every other.
    pub fn watch(&self) -> broadcast::Receiver<News> {
        self.changes.subscribe()
    }

    /// Closes the pools; on `SQLite` this folds the write-ahead log into the database file.
    pub async fn close(self) -> Result<()> {
        self.read.close().await?;
        self.write.close().await?;
        Ok(())
    }

    fn backend(&self) -> DatabaseBackend {
        self.write.get_database_backend()
    }

    async fn begin(&self) -> Result<DatabaseTransaction> {
        Ok(self
            .write
            .begin_with_options(connect::write_transaction())
            .await?)
    }
}
