//! Keeps tower-sessions' records in the database, so that a session outlives the process and is known to every replica.
//!
//! The database holds only a hash of the cookie's value: who reads the table, or a backup of it, cannot sign in with it.

use std::fmt::Write as _;

use db::{Db, entities::session};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use uuid::Uuid;

use super::ACCOUNT;

/// Tries to find a free id. One is enough: ids have 128 random bits.
const ATTEMPTS: usize = 3;

/// The store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: Db,
}

impl Store {
    /// Keeps its records in `db`.
    pub(super) fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait::async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..ATTEMPTS {
            if db::sessions::create(&self.db, row(record)?)
                .await
                .map_err(backend)?
            {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(Error::Backend("no free session id was found".to_owned()))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        db::sessions::save(&self.db, row(record)?)
            .await
            .map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = db::sessions::load(&self.db, &row_id(id), OffsetDateTime::now_utc())
            .await
            .map_err(backend)?;
        found
            .map(|row| {
                Ok(Record {
                    id: *id,
                    data: serde_json::from_value(row.data)
                        .map_err(|error| Error::Decode(error.to_string()))?,
                    expiry_date: row.expires_at,
                })
            })
            .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        db::sessions::delete(&self.db, &row_id(id))
            .await
            .map_err(backend)
    }
}

/// Id of the session's row: SHA-256 of the cookie's value, in hex.
pub(super) fn row_id(id: &Id) -> String {
    let hash = Sha256::digest(id.to_string());
    hash.iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing into a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn row(record: &Record) -> Result<session::Model> {
    let account_id = record
        .data
        .get(ACCOUNT)
        .and_then(|value| serde_json::from_value::<Uuid>(value.clone()).ok());
    Ok(session::Model {
        id: row_id(&record.id),
        account_id,
        data: serde_json::to_value(&record.data)
            .map_err(|error| Error::Encode(error.to_string()))?,
        created_at: OffsetDateTime::now_utc(),
        expires_at: record.expiry_date,
    })
}

fn backend(error: db::Error) -> Error {
    Error::Backend(error.to_string())
}
