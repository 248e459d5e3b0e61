//! Keeps tower-sessions' records in the database, so that a session outlives the process and is known to every replica.
//!
//! The database holds only a hash of the cookie's value: who reads the table, or a backup of it, cannot sign in with it. A store
//! serves one request, and so can note from where and with what a session is used.

use std::fmt::Write as _;

use db::{Db, entities::session, sessions::Visit};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use uuid::Uuid;

use super::{ACCOUNT, HALF, Half};
use crate::config;

/// Tries to find a free id. One is enough: ids have 128 random bits.
const ATTEMPTS: usize = 3;
/// A session is noted as seen to the minute, so that not every request writes.
const NOTED: Duration = Duration::minutes(1);
/// How long a session lives in which nobody is signed in yet.
const UNFINISHED: Duration = Duration::minutes(10);

/// The store of one request.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: Db,
    idle: Duration,
    lifetime: Duration,
    visit: Visit,
}

impl Store {
    /// Keeps its records in `db`, and says that they are used by `visit`.
    pub(super) fn new(db: Db, times: config::Sessions, visit: Visit) -> Self {
        let bounded = |time| Duration::try_from(time).unwrap_or(Duration::MAX);
        Self {
            db,
            idle: bounded(times.idle),
            lifetime: bounded(times.lifetime),
            visit,
        }
    }

    /// When a session ends in which somebody signed in at `since` and that is used `now`.
    fn end(&self, since: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
        since
            .saturating_add(self.lifetime)
            .min(now.saturating_add(self.idle))
    }

    fn row(&self, record: &Record, now: OffsetDateTime) -> Result<session::Model> {
        let (account_id, is_signed_in) = holder(record);
        let expires_at = if is_signed_in {
            self.end(now, now)
        } else {
            now.saturating_add(UNFINISHED)
        };
        Ok(session::Model {
            id: row_id(&record.id),
            public_id: Uuid::now_v7(),
            account_id,
            data: data(record)?,
            address: self.visit.address.clone(),
            device: self.visit.device.clone(),
            signed_in_at: is_signed_in.then_some(now),
            last_seen_at: now,
            expires_at,
        })
    }

    /// That it cannot be noted, as on a full disk, is no reason to refuse what only reads.
    async fn note(&self, row: &session::Model, now: OffsetDateTime) {
        let Some(since) = row.signed_in_at.filter(|_| now - row.last_seen_at >= NOTED) else {
            return;
        };
        let end = self.end(since, now);
        if let Err(error) = db::sessions::seen(&self.db, &row.id, &self.visit, end, now).await {
            tracing::warn!(%error, "that a session is used could not be noted");
        }
    }
}

#[async_trait::async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let row = self.row(record, OffsetDateTime::now_utc())?;
            if db::sessions::create(&self.db, row).await.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(Error::Backend("no free session id was found".to_owned()))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (account, is_signed_in) = holder(record);
        let end = OffsetDateTime::now_utc().saturating_add(UNFINISHED);
        let end = (!is_signed_in).then_some(end);
        let id = row_id(&record.id);
        db::sessions::save(&self.db, &id, account, data(record)?, end)
            .await
            .map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = OffsetDateTime::now_utc();
        let found = db::sessions::load(&self.db, &row_id(id), now)
            .await
            .map_err(backend)?;
        let Some(row) = found else {
            return Ok(None);
        };
        self.note(&row, now).await;
        Ok(Some(Record {
            id: *id,
            data: serde_json::from_value(row.data)
                .map_err(|error| Error::Decode(error.to_string()))?,
            expiry_date: row.expires_at,
        }))
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

/// Whose session it is, and whether they are signed in; if not, they have given the password and owe a code.
fn holder(record: &Record) -> (Option<Uuid>, bool) {
    fn read<T: serde::de::DeserializeOwned>(record: &Record, key: &str) -> Option<T> {
        serde_json::from_value(record.data.get(key)?.clone()).ok()
    }
    match read(record, ACCOUNT) {
        Some(account) => (Some(account), true),
        None => (read(record, HALF).map(|half: Half| half.account), false),
    }
}

fn data(record: &Record) -> Result<serde_json::Value> {
    serde_json::to_value(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn backend(error: db::Error) -> Error {
    Error::Backend(error.to_string())
}
