//! What was promoted, and what could not be.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{promotion, tag},
};

/// Whose promotions.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// Those from this repository.
    Source(Uuid),
    /// Those to this repository.
    Target(Uuid),
}

/// A page of promotions, the newest first, older than `before`.
pub async fn list(
    db: &Db,
    of: Of,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<promotion::Model>> {
    let mut query: Select<promotion::Entity> = match of {
        Of::Source(id) => promotion::Entity::find().filter(promotion::Column::SourceId.eq(id)),
        Of::Target(id) => promotion::Entity::find().filter(promotion::Column::TargetId.eq(id)),
    };
    if let Some(before) = before {
        query = query.filter(promotion::Column::Id.lt(before));
    }
    Ok(query
        .order_by_desc(promotion::Column::Id)
        .limit(limit)
        .all(&db.read)
        .await?)
}

/// These promotions, by their ids.
pub async fn of_ids(
    db: &Db,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, promotion::Model>> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut found = HashMap::new();
    for lot in ids.chunks(500) {
        let rows = promotion::Entity::find()
            .filter(promotion::Column::Id.is_in(lot.iter().copied()))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// What was done with this tag while it points at what it points at, the newest first: at most a hundred.
pub async fn of_tag(db: &Db, row: &tag::Model) -> Result<Vec<promotion::Model>> {
    Ok(promotion::Entity::find()
        .filter(promotion::Column::SourceId.eq(row.repository_id))
        .filter(promotion::Column::SourceTag.eq(row.name.as_str()))
        .filter(promotion::Column::Digest.eq(row.digest.as_str()))
        .order_by_desc(promotion::Column::Id)
        .limit(100)
        .all(&db.read)
        .await?)
}
