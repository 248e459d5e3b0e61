//! Room in `SQLite`'s write-ahead log. A commit that makes the log longer has the file system write down the new length too,
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
};

use sea_orm::{DatabaseConnection, TransactionTrait};

use crate::{Result, connect::write_transaction};

/// How long the log is made, in bytes: twice of what is in it when it goes into the database file.
const LENGTH: u64 = 8 << 20;
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
    use crate::{Db, Options, secrets};

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
}
