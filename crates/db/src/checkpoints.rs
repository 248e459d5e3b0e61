//! The checkpoints that seal events, and the events that are to be sealed.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TryInsertResult};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{event, event_checkpoint},
    events::{first_id, time},
};

/// The latest one.
pub async fn latest(db: &Db) -> Result<Option<event_checkpoint::Model>> {
    Ok(event_checkpoint::Entity::find()
        .order_by_desc(event_checkpoint::Column::Number)
        .one(&db.read)
        .await?)
}

/// Those of these numbers, in order. Of each `leaves` is read as well, so not for thousands.
pub async fn by_numbers(
    db: &Db,
    numbers: impl IntoIterator<Item = i64>,
) -> Result<Vec<event_checkpoint::Model>> {
    let numbers: Vec<i64> = numbers.into_iter().collect();
    let mut rows = Vec::with_capacity(numbers.len());
    for lot in numbers.chunks(500) {
        let found = event_checkpoint::Entity::find()
            .filter(event_checkpoint::Column::Number.is_in(lot.iter().copied()))
            .order_by_asc(event_checkpoint::Column::Number)
            .all(&db.read)
            .await?;
        rows.extend(found);
    }
    Ok(rows)
}

/// The first `limit` that may seal an event of that id, or a later one.
pub async fn since(db: &Db, id: Uuid, limit: u64) -> Result<Vec<event_checkpoint::Model>> {
    Ok(event_checkpoint::Entity::find()
        .filter(event_checkpoint::Column::LastId.gte(id))
        .order_by_asc(event_checkpoint::Column::LastId)
        .order_by_asc(event_checkpoint::Column::Number)
        .limit(limit)
        .all(&db.read)
        .await?)
}

/// Keeps one; false where there is one of that number.
pub async fn add(db: &Db, row: event_checkpoint::Model) -> Result<bool> {
    let insert = event_checkpoint::Entity::insert(event_checkpoint::ActiveModel::from(row))
        .on_conflict_do_nothing()
        .exec_without_returning(&db.write)
        .await?;
    Ok(matches!(insert, TryInsertResult::Inserted(1)))
}

/// The lowest id of an event that happened so long before the one of this id.
pub fn before(id: Uuid, by: Duration) -> Uuid {
    first_id(time(id) - by)
}

/// Events from that id on that happened before `until`, in order.
pub async fn events(
    db: &Db,
    from: Uuid,
    until: OffsetDateTime,
    limit: u64,
) -> Result<Vec<event::Model>> {
    Ok(event::Entity::find()
        .filter(event::Column::Id.gte(from))
        .filter(event::Column::Id.lt(first_id(until)))
        .order_by_asc(event::Column::Id)
        .limit(limit)
        .all(&db.read)
        .await?)
}

/// The ids of the events between these two, and they themselves.
pub async fn ids_between(db: &Db, first: Uuid, last: Uuid) -> Result<HashSet<Uuid>> {
    let ids: Vec<Uuid> = event::Entity::find()
        .select_only()
        .column(event::Column::Id)
        .filter(event::Column::Id.gte(first))
        .filter(event::Column::Id.lte(last))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(ids.into_iter().collect())
}
