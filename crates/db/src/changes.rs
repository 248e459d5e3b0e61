//! News of tags, for pages that update by themselves. On `SQLite` it stays in this process; on `PostgreSQL` it travels by
//! NOTIFY to every replica, in the transaction of the change, so that nothing is announced that did not happen.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, Statement,
    sqlx::postgres::PgListener,
};
use serde::{Deserialize, Serialize};
use tokio::{sync::broadcast::Sender, task::JoinSet};
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

/// What listens; ended, and its connection given back, when the last clone is dropped. Empty on `SQLite`.
pub(crate) type Listening = Arc<JoinSet<()>>;

/// Passes on to `changes` what other replicas (and this one) announce on `PostgreSQL`, for as long as the answer is held.
pub(crate) async fn listen(pool: &DatabaseConnection, changes: Sender<News>) -> Result<Listening> {
    let mut listening = JoinSet::new();
    if pool.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(listening.into());
    }
    let named = format!("SELECT {CHANNEL} AS channel");
    let row = pool
        .query_one_raw(Statement::from_string(DatabaseBackend::Postgres, named))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the name of a channel".to_owned()))?;
    let channel: String = row.try_get("", "channel")?;
    let mut listener = PgListener::connect_with(pool.get_postgres_connection_pool())
        .await
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    listener
        .listen(&channel)
        .await
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    listening.spawn(async move {
        loop {
            match listener.recv().await {
                Ok(news) => {
                    if let Ok(news) = serde_json::from_str(news.payload()) {
                        // Nobody listening is no error.
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
    Ok(listening.into())
}
