//! Why a query failed, told apart as far as somebody can do something about it.

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Why a query failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused.
    #[error("the database failed: {0}")]
    Database(DbErr),
    /// The disk that the database is on is full.
    #[error("the database has no room left: {0}")]
    Full(DbErr),
    /// The database cannot be reached, or has no connection to spare.
    #[error("the database cannot be reached: {0}")]
    Away(DbErr),
    /// There is a row of that name already.
    #[error("{0} exists already")]
    Exists(String),
    /// What a new row refers to is not there: the message says what.
    #[error("{0} does not exist")]
    Missing(String),
    /// Nobody could administer the registry any more.
    #[error("this is the only administrator who can sign in with a password of this registry")]
    LastAdmin,
    /// Nobody would own the organization any more.
    #[error("this is the only owner of the organization")]
    LastOwner,
    /// A tag that is to be deleted is signed.
    #[error("the tag {tag} is signed in {gun}")]
    SignedTag {
        /// The tag.
        tag: String,
        /// The collection that says so.
        gun: String,
    },
    /// A repository whose account is to be renamed has trust data, which goes by the name.
    #[error("the repository {0} has trust data under that name")]
    SignedName(String),
    /// A repository that is to be deleted has trust data.
    #[error("the repository {name} has trust data, {gun}")]
    SignedRepository {
        /// Its name, with its namespace.
        name: String,
        /// A collection of it.
        gun: String,
    },
    /// The data directory, or the schema, cannot be used.
    #[error("{0}")]
    Setup(String),
}

/// Short for a result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match kind(&error) {
            Kind::Full => Self::Full(error),
            Kind::Away => Self::Away(error),
            Kind::Other => Self::Database(error),
        }
    }
}

enum Kind {
    Full,
    Away,
    Other,
}

fn kind(error: &DbErr) -> Kind {
    let cause = match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => cause,
        DbErr::ConnectionAcquire(_) => return Kind::Away,
        _ => return Kind::Other,
    };
    match &**cause {
        sqlx::Error::Database(refused) => match refused.code().as_deref() {
            // SQLITE_FULL; PostgreSQL's disk_full
            Some("13" | "53100") => Kind::Full,
            // PostgreSQL: connection exceptions, too many connections, shutting down or starting up
            Some(code) if code.starts_with("08") || code.starts_with("57P") || code == "53300" => {
                Kind::Away
            }
            _ => Kind::Other,
        },
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Kind::Away,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Db, Options};
    use sea_orm::ConnectionTrait;

    #[tokio::test]
    async fn a_full_disk_is_told_apart() {
        let dir = tempfile::tempdir().expect("a directory");
        let db = Db::open(&Options::Sqlite(dir.path().join("test.db")))
            .await
            .expect("a database");
        // The database's own limit fails as a full disk does.
        let limited = db.write.execute_unprepared("PRAGMA max_page_count = 1");
        limited.await.expect("a limit");
        let filled = db
            .write
            .execute_unprepared("CREATE TABLE big AS SELECT zeroblob(10000000) AS content");
        let error = Error::from(filled.await.expect_err("no room"));
        assert!(matches!(error, Error::Full(_)), "{error:?}");
    }

    #[tokio::test]
    async fn a_closed_database_is_away() {
        let dir = tempfile::tempdir().expect("a directory");
        let db = Db::open(&Options::Sqlite(dir.path().join("test.db")))
            .await
            .expect("a database");
        db.clone().close().await.expect("closed");
        let error = db.check().await.expect_err("closed");
        assert!(matches!(error, Error::Away(_)), "{error:?}");
    }
}
