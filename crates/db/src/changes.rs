//! News of tags, for pages that update by themselves. On `SQLite` it stays in this process; on `PostgreSQL` it travels by
//! NOTIFY to every replica, in the transaction of the change, so that nothing is announced that did not happen.

use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, sqlx::postgres::PgListener};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Db, Result};

/// Announcements that a slow reader may fall behind before it is told that it missed some.
pub(crate) const BACKLOG: usize = 256;
/// The channel of this schema: several registries may share a database, each in its own. Its digest, because names of channels are short.
const CHANNEL: &str = "'plimsoll_' || md5(current_schema())";

/// A tag was set or removed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Change {
    /// The repository's id.
    pub repository: Uuid,
    /// The tag's name.
    pub tag: String,
    /// What the tag points to now; `None` when it was removed.
    pub digest: Option<String>,
}

/// What pages are told.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum News {
    /// Of one tag.
    Tag(Change),
    /// New vulnerability data changed what is known of images, of whichever.
    Judged,
}

impl From<Change> for News {
    fn from(change: Change) -> Self {
        Self::Tag(change)
    }
}

/// Tells other replicas of news when `connection`'s transaction commits; does nothing on `SQLite`.
pub(crate) async fn notify<C: ConnectionTrait>(
    connection: &C,
    news: impl Into<News>,
) -> Result<()> {
    if connection.get_database_backend() == DatabaseBackend::Postgres {
        let payload = serde_json::to_string(&news.into())
            .map_err(|error| sea_orm::DbErr::Custom(error.to_string()))?;
        connection
            .execute_raw(Statement::from_sql_and_values(
                DatabaseBackend::Postgres,
                format!("SELECT pg_notify({CHANNEL}, $1)"),
                [payload.into()],
            ))
            .await?;
    }
    Ok(())
}

impl Db {
    /// Tells this process of a change that is committed. On `PostgreSQL` the listener does so.
    pub(crate) fn publish(&self, news: impl Into<News>) {
        if self.is_local() {
            // Nobody listening is no error.
            drop(self.changes.send(news.into()));
        }
    }
}

/// Passes on what other replicas (and this one) announce on `PostgreSQL`, for as long as somebody holds the database.
pub(crate) async fn listen(db: &Db) -> Result<()> {
    if db.is_local() {
        return Ok(());
    }
    let mut listener = PgListener::connect_with(db.write.get_postgres_connection_pool())
        .await
        .map_err(|error| sea_orm::DbErr::Custom(error.to_string()))?;
    let named = Statement::from_string(db.backend(), format!("SELECT {CHANNEL} AS channel"));
    let channel: String = match db.write.query_one_raw(named).await? {
        Some(row) => row.try_get("", "channel")?,
        None => return Ok(()),
    };
    listener
        .listen(&channel)
        .await
        .map_err(|error| sea_orm::DbErr::Custom(error.to_string()))?;
    let changes = db.changes.downgrade();
    tokio::spawn(async move {
        loop {
            match listener.recv().await {
                Ok(news) => {
                    let Some(changes) = changes.upgrade() else {
                        return;
                    };
                    if let Ok(news) = serde_json::from_str(news.payload()) {
                        drop(changes.send(news));
                    }
                }
                // The listener reconnects by itself on the next call; a closed pool ends it.
                Err(sea_orm::sqlx::Error::PoolClosed) => return,
                Err(error) => {
                    tracing::warn!(%error, "lost the connection that listens for changes");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
            }
        }
    });
    Ok(())
}
