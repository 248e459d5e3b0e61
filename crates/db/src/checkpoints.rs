//! The checkpoints that seal events, and the events that are to be sealed.

use std::collections::HashSet;

use futures::TryStreamExt as _;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TryInsertResult};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{event, event_checkpoint},
    events,
};

/// Ids that are read in one question: rows take more memory than what is in them.
const PAGE: usize = 1000;

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

/// The first `limit` after the one of number `after` that may seal an event of that id, or a later one.
pub async fn since(
    db: &Db,
    id: Uuid,
    after: i64,
    limit: u64,
) -> Result<Vec<event_checkpoint::Model>> {
    Ok(event_checkpoint::Entity::find()
        .filter(event_checkpoint::Column::LastId.gte(id))
        .filter(event_checkpoint::Column::Number.gt(after))
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
    events::first_id(events::time(id) - by)
}

/// The lowest id of an event that happened then.
pub fn first_id(at: OffsetDateTime) -> Uuid {
    events::first_id(at)
}

/// The ids of events from that id on that happened before `until`, in order: at most `limit`.
pub async fn ids(db: &Db, from: Uuid, until: OffsetDateTime, limit: usize) -> Result<Vec<Uuid>> {
    let mut ids: Vec<Uuid> = Vec::new();
    loop {
        let page = PAGE.min(limit - ids.len());
        let rest = match ids.last() {
            Some(last) => event::Column::Id.gt(*last),
            None => event::Column::Id.gte(from),
        };
        let more: Vec<Uuid> = event::Entity::find()
            .select_only()
            .column(event::Column::Id)
            .filter(rest)
            .filter(event::Column::Id.lt(events::first_id(until)))
            .order_by_asc(event::Column::Id)
            .limit(page as u64)
            .into_tuple()
            .all(&db.read)
            .await?;
        let is_last = more.len() < PAGE;
        ids.extend(more);
        if is_last || ids.len() >= limit {
            return Ok(ids);
        }
    }
}

/// Shows those of these events that are there, in order, one after the other: a thousand take megabytes.
pub async fn each_event(db: &Db, ids: &[Uuid], mut show: impl FnMut(event::Model)) -> Result<()> {
    let mut rows = event::Entity::find()
        .filter(event::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(event::Column::Id)
        .stream(&db.read)
        .await?;
    while let Some(row) = rows.try_next().await? {
        show(row);
    }
    Ok(())
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
