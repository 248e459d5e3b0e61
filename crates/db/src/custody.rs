//! What is known of one digest, from the commit to who runs it: its events, its promotions, and how its findings changed.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{advisory_generation, event, image_change, promotion},
    events::first_id,
};

/// Updates of the vulnerability data that are looked at; of older ones nothing is kept.
const UPDATES: u64 = 31;

/// Which events of a digest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Which {
    /// What changed something, was found, or was refused.
    Deeds,
    /// Uses.
    Uses,
}

/// From which end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// The first that happened.
    Oldest,
    /// The last.
    Newest,
}

/// Events about one of these digests in one of these repositories, from one end, in its order.
pub async fn events(
    db: &Db,
    repositories: &[Uuid],
    digests: &[String],
    which: Which,
    (end, limit): (End, u64),
) -> Result<Vec<event::Model>> {
    if repositories.is_empty() || digests.is_empty() {
        return Ok(Vec::new());
    }
    let query = of(repositories, digests, which, (end, limit));
    Ok(query.all(&db.read).await?)
}

pub(crate) fn of(
    repositories: &[Uuid],
    digests: &[String],
    which: Which,
    (end, limit): (End, u64),
) -> Select<event::Entity> {
    let repositories = repositories.iter().map(Uuid::to_string);
    let kinds: &[&str] = match which {
        Which::Deeds => &["CREATE", "UPDATE", "DELETE", "SCAN", "FAIL"],
        Which::Uses => &["GET"],
    };
    let order = match end {
        End::Oldest => Order::Asc,
        End::Newest => Order::Desc,
    };
    event::Entity::find()
        .filter(event::Column::RepositoryId.is_in(repositories))
        .filter(event::Column::Digest.is_in(digests.iter().map(String::as_str)))
        .filter(event::Column::Kind.is_in(kinds.iter().copied()))
        .order_by(event::Column::Id, order)
        .limit(limit)
}

/// The first event of that kind of thing in a repository at that time or later.
pub async fn first_since(
    db: &Db,
    repository: Uuid,
    object_type: &str,
    since: time::OffsetDateTime,
) -> Result<Option<event::Model>> {
    Ok(event::Entity::find()
        .filter(event::Column::RepositoryId.eq(repository.to_string()))
        .filter(event::Column::ObjectType.eq(object_type))
        .filter(event::Column::Id.gte(first_id(since)))
        .order_by_asc(event::Column::Id)
        .one(&db.read)
        .await?)
}

/// Events by their ids, the oldest first.
pub async fn events_by_ids(
    db: &Db,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<event::Model>> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut rows = Vec::with_capacity(ids.len());
    for lot in ids.chunks(500) {
        let found = event::Entity::find()
            .filter(event::Column::Id.is_in(lot.iter().copied()))
            .all(&db.read)
            .await?;
        rows.extend(found);
    }
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// What was promoted of a digest, or could not be, wherever: the newest `limit`.
pub async fn promotions(db: &Db, digest: &str, limit: u64) -> Result<Vec<promotion::Model>> {
    Ok(promotions_of(digest, limit).all(&db.read).await?)
}

pub(crate) fn promotions_of(digest: &str, limit: u64) -> Select<promotion::Entity> {
    promotion::Entity::find()
        .filter(promotion::Column::Digest.eq(digest))
        .order_by_desc(promotion::Column::Id)
        .limit(limit)
}

/// Since when every image is judged by the newest vulnerability data; none where there is no data.
pub async fn judged_since(db: &Db) -> Result<Option<time::OffsetDateTime>> {
    let newest = advisory_generation::Entity::find()
        .filter(advisory_generation::Column::CheckedAt.is_not_null())
        .order_by_desc(advisory_generation::Column::Id)
        .one(&db.read)
        .await?;
    Ok(newest.and_then(|row| row.checked_at))
}

/// How updates of the vulnerability data changed the findings of an image, by the number of its scan; the newest first.
pub async fn updates(
    db: &Db,
    image: i64,
) -> Result<Vec<(advisory_generation::Model, image_change::Model)>> {
    let generations = advisory_generation::Entity::find()
        .filter(advisory_generation::Column::CheckedAt.is_not_null())
        .order_by_desc(advisory_generation::Column::Id)
        .limit(UPDATES)
        .all(&db.read)
        .await?;
    let ids: Vec<i64> = generations.iter().map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let changes = image_change::Entity::find()
        .filter(
            Condition::all()
                .add(image_change::Column::Generation.is_in(ids))
                .add(image_change::Column::ImageId.eq(image)),
        )
        .all(&db.read)
        .await?;
    let of = |generation: &advisory_generation::Model| {
        let change = changes.iter().find(|row| row.generation == generation.id);
        change.cloned()
    };
    Ok(generations
        .into_iter()
        .filter_map(|generation| of(&generation).map(|change| (generation, change)))
        .collect())
}
