//! The record of what was done to collections, which Notary calls a change feed: rows are added, and the oldest are forgotten.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseTransaction,
    EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Statement,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::File;
use crate::{
    Db, Result,
    entities::{trust_change, trust_collection},
};

/// Rows that are kept.
pub const MOST: i64 = 1_000_000;
/// Key of the advisory lock under which rows get their numbers on `PostgreSQL`: "changes" as a number.
const LOCK: i64 = 0x63_6861_6e67_6573;

/// A part of the record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part {
    /// Only of this collection.
    pub of: Option<(Uuid, String)>,
    /// From behind which row on, or before which; `None` is the end.
    pub from: Option<i64>,
    /// Those before, and not those after.
    pub backwards: bool,
    /// How many.
    pub limit: u64,
}

/// A part of the record, the oldest row first.
pub async fn list(db: &Db, part: &Part) -> Result<Vec<trust_change::Model>> {
    let mut rows = query(part).all(&db.read).await?;
    if part.backwards {
        rows.reverse();
    }
    Ok(rows)
}

pub(crate) fn query(part: &Part) -> Select<trust_change::Entity> {
    use trust_change::Column::{Gun, Id, RepositoryId};
    let mut query = trust_change::Entity::find().limit(part.limit);
    if let Some((repository, gun)) = &part.of {
        query = query
            .filter(RepositoryId.eq(*repository))
            .filter(Gun.eq(gun.as_str()));
    }
    match (part.from, part.backwards) {
        (Some(from), false) => query.filter(Id.gt(from)).order_by_asc(Id),
        (None, false) => query.order_by_asc(Id),
        (Some(from), true) => query.filter(Id.lt(from)).order_by_desc(Id),
        (None, true) => query.order_by_desc(Id),
    }
}

/// Forgets the oldest rows.
pub async fn forget(db: &Db) -> Result<()> {
    let newest = trust_change::Entity::find().order_by_desc(trust_change::Column::Id);
    let Some(newest) = newest.one(&db.read).await? else {
        return Ok(());
    };
    trust_change::Entity::delete_many()
        .filter(trust_change::Column::Id.lte(newest.id.saturating_sub(MOST)))
        .exec(&db.write)
        .await?;
    Ok(())
}

/// What was done to a collection.
#[derive(Debug)]
pub(super) struct New {
    version: i64,
    sha256: String,
    category: &'static str,
    at: OffsetDateTime,
}

impl New {
    /// A timestamp was stored.
    pub(super) fn update(timestamp: &File, at: OffsetDateTime) -> Self {
        Self {
            version: timestamp.version,
            sha256: timestamp.sha256.clone(),
            category: "update",
            at,
        }
    }

    /// Everything was removed.
    pub(super) fn deletion(at: OffsetDateTime) -> Self {
        Self {
            version: 0,
            sha256: String::new(),
            category: "deletion",
            at,
        }
    }
}

/// Adds what was done to the record.
pub(super) async fn append(
    transaction: &DatabaseTransaction,
    collection: &trust_collection::Model,
    new: &New,
) -> Result<()> {
    // Who reads goes on behind the highest number they saw: no lower one may appear after it, so numbers are given one transaction
    // after the other.
    if transaction.get_database_backend() == DatabaseBackend::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
        transaction
            .execute_raw(Statement::from_string(DatabaseBackend::Postgres, lock))
            .await?;
    }
    let row = trust_change::ActiveModel {
        repository_id: Set(collection.repository_id),
        gun: Set(collection.gun.clone()),
        version: Set(new.version),
        sha256: Set(new.sha256.clone()),
        category: Set(new.category.to_owned()),
        created_at: Set(new.at),
        ..Default::default()
    };
    trust_change::Entity::insert(row)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
