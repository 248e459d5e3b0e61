//! `SQLite`'s write-ahead log: room in it, and when it goes into the database file.
//!
//! A commit that makes the log longer has the file system write down the new length too,
//! and that takes about as long as the commit itself. So the log gets its length once, when the database is opened; from then
//! on it is written from its beginning again after each checkpoint (sqlite.org/wal.html, "Avoiding Excessively Large WAL
//! Files": it is overwritten, not cut).
//!
//! What is added are zeros behind everything that was ever written. To `SQLite` they are what an older, longer log left
//! behind: frames without the right checksum end the log (sqlite.org/fileformat2.html, section 4.1).

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, TransactionTrait,
};

use crate::{
    Db, Result,
    connect::{CACHE, CHECKPOINT_PAGES, LARGE_CACHE, write_transaction},
};

/// How long the log is made, in bytes: twice of what is in it when it goes into the database file.
const LENGTH: u64 = 8 << 20;
/// So long it may become, in pages: 128 MiB.
const MOST_PAGES: u32 = 32_768;
/// How many zeros are written at once.
const ZEROS: usize = 1 << 20;

/// Makes the log of the database at `path` as long as it should be. While that is done no other process can write to the
/// log. A log that stays short only costs time.
pub(crate) async fn make_room(write: &DatabaseConnection, path: &Path) -> Result<()> {
    let lock = write.begin_with_options(write_transaction()).await?;
    let log = log_of(path);
    let done = tokio::task::spawn_blocking(move || lengthen(&log)).await;
    if let Err(error) = done.unwrap_or_else(|error| Err(io::Error::other(error))) {
        tracing::debug!(%error, "the write-ahead log keeps its length");
    }
    lock.rollback().await?;
    Ok(())
}

impl Db {
    /// As [`Self::begin`], for a transaction that will write thousands of pages: the writer gets memory for them, until [`Self::calm`].
    pub(crate) async fn begin_much(&self) -> Result<DatabaseTransaction> {
        let transaction = self.begin().await?;
        if self.is_local() && !self.has_large_cache.swap(true, Ordering::Relaxed) {
            let much = format!("PRAGMA cache_size = {LARGE_CACHE}");
            transaction.execute_unprepared(&much).await?;
        }
        Ok(transaction)
    }

    /// After large transactions: the writer gives their memory back.
    pub async fn calm(&self) -> Result<()> {
        if self.has_large_cache.swap(false, Ordering::Relaxed) {
            let little = format!("PRAGMA cache_size = {CACHE}; PRAGMA shrink_memory");
            self.write.execute_unprepared(&little).await?;
        }
        Ok(())
    }

    /// As [`Self::commit`], for a transaction that wrote thousands of pages. `SQLite` takes them into the database file afterwards, by a
    /// reader, instead of letting wait who commits, and everybody who wants to write. While one such commit follows the other, the log
    /// never begins anew; so when it has become long, there is one that waits.
    pub(crate) async fn commit_much(&self, transaction: DatabaseTransaction) -> Result<()> {
        if !self.is_local() || self.log_pages.load(Ordering::Relaxed) > MOST_PAGES {
            self.log_pages.store(0, Ordering::Relaxed);
            return self.commit(transaction).await;
        }
        let db = self.clone();
        // on a task of its own: it has to come to its end, even if nobody waits for it any more
        let committing = tokio::spawn(async move {
            transaction.execute_unprepared(&checkpoint_at("0")).await?;
            let committed = db.commit(transaction).await;
            let usual = checkpoint_at(CHECKPOINT_PAGES);
            db.write.execute_unprepared(&usual).await?;
            committed
        });
        let done = committing.await;
        done.map_err(|error| DbErr::Custom(error.to_string()))??;
        let db = self.clone();
        tokio::spawn(async move {
            if let Err(error) = db.checkpoint().await {
                tracing::debug!(%error, "the write-ahead log stays as it is for now");
            }
        });
        Ok(())
    }

    /// Takes as much of the log into the database file as nobody needs in the log.
    async fn checkpoint(&self) -> Result<()> {
        let checkpoint = Statement::from_string(self.backend(), "PRAGMA wal_checkpoint(PASSIVE)");
        if let Some(row) = self.read.query_one_raw(checkpoint).await? {
            let pages: i32 = row.try_get_by_index(1)?;
            // negative where somebody else is at it, who will know
            if let Ok(pages) = u32::try_from(pages) {
                self.log_pages.store(pages, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

fn checkpoint_at(pages: &str) -> String {
    format!("PRAGMA wal_autocheckpoint = {pages}")
}

fn log_of(database: &Path) -> PathBuf {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

fn lengthen(log: &Path) -> io::Result<()> {
    let file = File::options().write(true).open(log)?;
    let mut length = file.metadata()?.len();
    let zeros = vec![0; ZEROS];
    while length < LENGTH {
        let missing = usize::try_from(LENGTH - length).unwrap_or(ZEROS);
        let some = zeros.get(..missing.min(ZEROS)).unwrap_or_default();
        file.write_all_at(some, length)?;
        length += some.len() as u64;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{Options, secrets};

    use super::*;

    async fn open(path: &Path) -> Db {
        Db::open(&Options::Sqlite(path.to_owned()))
            .await
            .expect("a database")
    }

    /// Writes a row of that number, or finds it.
    async fn row(db: &Db, number: u32, fresh: &[u8]) -> Vec<u8> {
        secrets::get_or_insert(db, &number.to_string(), fresh.to_vec())
            .await
            .expect("a row")
    }

    /// What a crash leaves behind is the database and the log as they are: copied under a running process.
    #[tokio::test]
    async fn a_log_with_room_loses_nothing_in_a_crash() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("test.db");
        let db = open(&path).await;
        let length = || std::fs::metadata(log_of(&path)).expect("a log").len();
        assert_eq!(length(), LENGTH);
        // A little of the log; then around it several times, which does not make it longer.
        for last in [3, 1200] {
            for number in 0..=last {
                row(&db, number, b"kept").await;
            }
            let crashed = dir.path().join(format!("crashed-{last}.db"));
            std::fs::copy(&path, &crashed).expect("copied");
            std::fs::copy(log_of(&path), log_of(&crashed)).expect("copied");
            let found = open(&crashed).await;
            for number in 0..=last {
                assert_eq!(row(&found, number, b"lost").await, b"kept", "{number}");
            }
        }
        assert_eq!(length(), LENGTH);
        db.close().await.expect("closed");
        let again = open(&path).await;
        assert_eq!(row(&again, 1200, b"lost").await, b"kept");
        assert_eq!(length(), LENGTH);
    }

    async fn checkpoint_pages(db: &Db) -> i32 {
        pragma(db, "wal_autocheckpoint").await
    }

    /// What the writer's connection is set to.
    async fn pragma(db: &Db, name: &str) -> i32 {
        let statement = Statement::from_string(db.backend(), format!("PRAGMA {name}"));
        let row = db.write.query_one_raw(statement).await.expect("an answer");
        row.expect("a row").try_get_by_index(0).expect("a number")
    }

    /// Makes a table of so many pages, and more, in one transaction.
    async fn much(db: &Db, table: &str) {
        let transaction = db.begin_much().await.expect("begun");
        let rows = format!(
            "CREATE TABLE {table} AS WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 2000) \
             SELECT n, zeroblob(4000) AS filler FROM up"
        );
        transaction.execute_unprepared(&rows).await.expect("rows");
        db.commit_much(transaction).await.expect("committed");
    }

    #[tokio::test]
    async fn a_large_commit_leaves_the_log_to_a_reader_and_a_long_log_to_who_commits() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("test.db");
        let db = open(&path).await;
        let usual: i32 = CHECKPOINT_PAGES.parse().expect("a number");
        let size = || std::fs::metadata(&path).expect("a file").len();
        let before = size();

        much(&db, "one").await;
        assert_eq!(pragma(&db, "cache_size").await.to_string(), LARGE_CACHE);
        db.calm().await.expect("calm");
        assert_eq!(pragma(&db, "cache_size").await.to_string(), CACHE);
        assert_eq!(checkpoint_pages(&db).await, usual, "as it was");
        let taken_in = async {
            while size() < before + 2_000 * 4_000 || db.log_pages.load(Ordering::Relaxed) < 2_000 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), taken_in)
            .await
            .expect("a reader takes it into the file");

        db.log_pages.store(MOST_PAGES + 1, Ordering::Relaxed);
        let before = size();
        much(&db, "two").await;
        assert!(size() > before + 2_000 * 4_000, "before anybody asked");
        assert_eq!(db.log_pages.load(Ordering::Relaxed), 0);
        assert_eq!(checkpoint_pages(&db).await, usual);
    }
}
