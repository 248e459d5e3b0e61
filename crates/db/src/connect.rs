//! Opening the database: where it is, how it is tuned, and bringing its schema up to date under a lock.

use std::{path::PathBuf, sync::Arc, time::Duration};

use migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, SqliteTransactionMode,
    TransactionOptions,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use crate::{Db, Error, Result, changes, log, reach::reach, revision::Revisions};

/// Readers of a `SQLite` file; each is a thread of its own.
const SQLITE_READERS: u32 = 4;
/// The log goes into the `SQLite` file when it has so many pages: a push writes about fifteen, mostly the same ones.
pub(crate) const CHECKPOINT_PAGES: &str = "1000";
/// The most memory that a connection to `SQLite` keeps pages in, in kibibytes and negative: its own choice. It is taken as it is needed.
pub(crate) const CACHE: &str = "-2000";
/// The same for each reader: there are some, and what they need often is remembered by those who ask. What they read once is in the
/// system's memory.
const READERS_CACHE: &str = "-512";
/// The same for the writer while it changes what is known of all images: what does not fit goes to the disk and comes back. With so
/// many pages each commit takes longer, so it is for that alone.
pub(crate) const LARGE_CACHE: &str = "-32768";
/// Key of the advisory lock that guards migrations on `PostgreSQL`: "plimsoll" as a number.
const MIGRATION_LOCK: i64 = 0x706c_696d_736f_6c6c;

/// Where the database is.
#[derive(Clone, Debug)]
pub enum Options {
    /// A `SQLite` file, made when it is not there.
    Sqlite(PathBuf),
    /// A `postgres://` URL, and how many connections may be open.
    Postgres {
        /// `postgres://user:password@host:port/database?…`
        url: String,
        /// Size of the pool.
        connections: u32,
    },
}

impl Options {
    /// The database that a URL names: `sqlite:PATH` (or `sqlite://PATH`) or `postgres://…`.
    pub fn from_url(url: &str) -> Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres {
                url: url.to_owned(),
                connections: 16,
            });
        }
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(
                path.strip_prefix("//").unwrap_or(path),
            ))),
            _ => Err(Error::Setup(
                "the database URL must begin with sqlite: or postgres://".to_owned(),
            )),
        }
    }
}

/// How a transaction that will write begins: on `SQLite` it takes the write lock at once, because a transaction that
/// reads first and writes later may find the lock taken and can then only give up.
pub(crate) fn write_transaction() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

impl Db {
    /// Connects, and brings the schema up to date.
    pub async fn open(options: &Options) -> Result<Self> {
        let (read, write) = match options {
            Options::Sqlite(path) => {
                let url = format!("sqlite://{}?mode=rwc", path.display());
                let write = connect(sqlite(&url, 1, CACHE)).await?;
                Migrator::up(&write, None).await?;
                log::make_room(&write, path).await?;
                let read = connect(sqlite(&url, SQLITE_READERS, READERS_CACHE)).await?;
                (read, write)
            }
            Options::Postgres { url, connections } => {
                reach(url).await?;
                migrate_postgres(url).await?;
                let pool = connect(pool(url, *connections)).await?;
                (pool.clone(), pool)
            }
        };
        let changes = tokio::sync::broadcast::Sender::new(changes::BACKLOG);
        let listening = changes::listen(&write, changes.clone()).await?;
        Ok(Self {
            read,
            write,
            changes,
            _listening: listening,
            log_pages: Arc::default(),
            has_large_cache: Arc::default(),
            revisions: Arc::new(Revisions::default()),
            events: Arc::default(),
            told: Arc::default(),
        })
    }
}

async fn connect(options: ConnectOptions) -> Result<DatabaseConnection> {
    Ok(Database::connect(options).await?)
}

fn pool(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .sqlx_logging(false);
    options
}

/// Rows that a query may be ahead of who reads them: with few, the threads change hands all the time.
const ROWS: usize = 500;

/// WAL with `synchronous = FULL`: what was committed survives a power cut, and readers never wait for the writer.
fn sqlite(url: &str, connections: u32, cache: &'static str) -> ConnectOptions {
    let mut options = pool(url, connections);
    options
        .min_connections(1)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(10))
                .foreign_keys(true)
                .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
                .pragma("cache_size", cache)
                .statement_cache_capacity(128)
                .row_buffer_size(ROWS)
        });
    options
}

/// Several replicas may start at once: the first to take the lock migrates, the others wait and find nothing to do.
async fn migrate_postgres(url: &str) -> Result<()> {
    let connection = connect(pool(url, 1)).await?;
    connection
        .execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))
        .await?;
    let migrated = Migrator::up(&connection, None).await;
    connection
        .execute_unprepared(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))
        .await?;
    connection.close().await?;
    Ok(migrated?)
}
