//! Webhooks: who is told of what happens. Where one listens is a repository, an account's repositories, or everything.
//!
//! [`deliveries`] are what they have to tell: written in the transaction of what they tell of, sent in their order, and kept as a log.

pub mod deliveries;
#[cfg(test)]
mod tests;
mod told;

pub use deliveries::State;
pub(crate) use told::write;
pub use told::{Told, append};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Db, Result, entities::webhook};

/// Webhooks that may listen at one place.
pub const MOST: u64 = 50;
/// What a cache of webhooks carries the revision of.
pub const REVISION: &str = "webhooks";

/// Where a webhook listens.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Place {
    /// At a repository.
    Repository(Uuid),
    /// At all repositories of an account.
    Namespace(Uuid),
    /// At everything.
    Registry,
}

impl Place {
    /// Where this webhook listens.
    pub fn of(row: &webhook::Model) -> Self {
        match (row.repository_id, row.account_id) {
            (Some(repository), _) => Self::Repository(repository),
            (None, Some(account)) => Self::Namespace(account),
            (None, None) => Self::Registry,
        }
    }

    fn condition(self) -> Condition {
        use webhook::Column::{AccountId, RepositoryId};
        match self {
            Self::Repository(id) => Condition::all().add(RepositoryId.eq(id)),
            Self::Namespace(id) => Condition::all().add(AccountId.eq(id)),
            Self::Registry => Condition::all()
                .add(RepositoryId.is_null())
                .add(AccountId.is_null()),
        }
    }
}

/// Makes a webhook; false where there are [`MOST`] at its place already.
pub async fn create(db: &Db, row: webhook::Model) -> Result<bool> {
    let transaction = db.begin().await?;
    let place = Place::of(&row).condition();
    let there = webhook::Entity::find().filter(place);
    if there.count(&transaction).await? >= MOST {
        return Ok(false);
    }
    let id = row.id;
    webhook::Entity::insert(webhook::ActiveModel::from(row).reset_all())
        .exec_without_returning(&transaction)
        .await?;
    db.commit_about(transaction, Some(id)).await?;
    db.move_on(&REVISION);
    Ok(true)
}

/// The webhook of that id.
pub async fn find(db: &Db, id: Uuid) -> Result<Option<webhook::Model>> {
    Ok(webhook::Entity::find_by_id(id).one(&db.read).await?)
}

/// The webhooks at a place, the oldest first.
pub async fn at(db: &Db, place: Place) -> Result<Vec<webhook::Model>> {
    Ok(webhook::Entity::find()
        .filter(place.condition())
        .order_by_asc(webhook::Column::Id)
        .all(&db.read)
        .await?)
}

/// A page of webhooks, the oldest first, behind the one of id `after`: those that `author` made, or all.
pub async fn list(
    db: &Db,
    author: Option<Uuid>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<webhook::Model>> {
    let mut query = webhook::Entity::find()
        .order_by_asc(webhook::Column::Id)
        .limit(limit);
    if let Some(author) = author {
        query = query.filter(webhook::Column::AuthorId.eq(author));
    }
    if let Some(after) = after {
        query = query.filter(webhook::Column::Id.gt(after));
    }
    Ok(query.all(&db.read).await?)
}

/// The webhooks at these places and at the whole registry that are switched on.
pub async fn hearing(
    db: &Db,
    places: impl IntoIterator<Item = Place>,
) -> Result<Vec<webhook::Model>> {
    let mut anywhere = Condition::any().add(Place::Registry.condition());
    for place in places {
        anywhere = anywhere.add(place.condition());
    }
    Ok(webhook::Entity::find()
        .filter(anywhere)
        .filter(webhook::Column::Enabled.eq(true))
        .order_by_asc(webhook::Column::Id)
        .all(&db.read)
        .await?)
}

/// Changes a webhook to what `change` makes of it; `None` where there is none.
pub async fn update(
    db: &Db,
    id: Uuid,
    change: impl FnOnce(webhook::Model) -> webhook::Model + Send,
) -> Result<Option<webhook::Model>> {
    let transaction = db.begin().await?;
    let found = webhook::Entity::find_by_id(id).lock_exclusive();
    let Some(row) = found.one(&transaction).await? else {
        return Ok(None);
    };
    let row = change(row);
    let changed = webhook::ActiveModel::from(row.clone()).reset_all();
    changed.update(&transaction).await?;
    db.commit(transaction).await?;
    db.move_on(&REVISION);
    Ok(Some(row))
}

/// Removes a webhook, with what it had to tell. False where there is none.
pub async fn delete(db: &Db, id: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let gone = webhook::Entity::delete_by_id(id).exec(&transaction).await?;
    if gone.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    db.move_on(&REVISION);
    Ok(true)
}

/// Pauses a webhook: what it has to tell waits until somebody switches it on again. False where it is paused already, or gone.
pub async fn pause(db: &Db, id: Uuid, reason: &str, now: OffsetDateTime) -> Result<bool> {
    let transaction = db.begin().await?;
    let paused = set_paused(&transaction, id, reason, now).await?;
    if paused {
        db.commit(transaction).await?;
        db.move_on(&REVISION);
    }
    Ok(paused)
}

async fn set_paused(
    transaction: &DatabaseTransaction,
    id: Uuid,
    reason: &str,
    now: OffsetDateTime,
) -> Result<bool> {
    let row = webhook::ActiveModel {
        paused_at: Set(Some(now)),
        pause_reason: Set(Some(reason.to_owned())),
        ..Default::default()
    };
    let paused = webhook::Entity::update_many()
        .set(row)
        .filter(webhook::Column::Id.eq(id))
        .filter(webhook::Column::PausedAt.is_null())
        .exec(transaction)
        .await?;
    Ok(paused.rows_affected > 0)
}
