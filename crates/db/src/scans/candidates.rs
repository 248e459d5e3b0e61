//! Which images are worth a look when it is asked where something is: those that may hold it, where they are few; those that the asker
//! may see, where they are few; else all, the newest first.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use super::sought::Sought;
use crate::{
    Db, Result,
    entities::{image_scan, manifest, repository},
    repositories::Viewer,
};

/// More images than these are not few.
const FEW: usize = 2_000;
/// Nor repositories.
const FEW_REPOSITORIES: usize = 200;

/// See the module.
pub(super) enum Candidates {
    /// These.
    Few(BTreeSet<i64>),
    /// All images that there are.
    All,
}

impl Candidates {
    pub(super) async fn of(db: &Db, viewer: &Viewer, sought: &Sought) -> Result<Self> {
        let mut holding = few(db, sought.holders()).await?;
        if let (Some(images), Some(besides)) = (holding.as_mut(), sought.besides()) {
            match few(db, besides).await? {
                Some(more) => images.extend(more),
                None => holding = None,
            }
        }
        let seen = match viewer {
            Viewer::Admin => None,
            _ => few_seen(db, viewer).await?,
        };
        Ok(match (holding, seen) {
            (Some(holding), Some(seen)) => Self::Few(&holding & &seen),
            (Some(few), None) | (None, Some(few)) => Self::Few(few),
            (None, None) => Self::All,
        })
    }

    /// The newest `limit` of them, below `before`.
    pub(super) async fn page(&self, db: &Db, before: i64, limit: u64) -> Result<Vec<i64>> {
        Ok(match self {
            Self::Few(images) => {
                let newest = images.range(..before).rev().copied();
                newest
                    .take(usize::try_from(limit).unwrap_or(usize::MAX))
                    .collect()
            }
            Self::All => newest(before, limit).into_tuple().all(&db.read).await?,
        })
    }
}

/// The images of a query, if they are few.
async fn few<E: EntityTrait>(db: &Db, query: Select<E>) -> Result<Option<BTreeSet<i64>>> {
    let images: Vec<i64> = query
        .limit(FEW as u64 + 1)
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok((images.len() <= FEW).then(|| images.into_iter().collect()))
}

/// The images in repositories that `viewer` sees, if those are few.
async fn few_seen(db: &Db, viewer: &Viewer) -> Result<Option<BTreeSet<i64>>> {
    let repositories: Vec<Uuid> = seen_by(viewer).into_tuple().all(&db.read).await?;
    if repositories.len() > FEW_REPOSITORIES {
        return Ok(None);
    }
    few(db, within(repositories)).await
}

pub(crate) fn newest(before: i64, limit: u64) -> Select<image_scan::Entity> {
    image_scan::Entity::find()
        .select_only()
        .column(image_scan::Column::Id)
        .filter(image_scan::Column::Id.lt(before))
        .order_by_desc(image_scan::Column::Id)
        .limit(limit)
}

/// The repositories that `viewer` sees, or one more than are few.
pub(crate) fn seen_by(viewer: &Viewer) -> Select<repository::Entity> {
    repository::Entity::find()
        .select_only()
        .column(repository::Column::Id)
        .filter(viewer.condition())
        .limit(FEW_REPOSITORIES as u64 + 1)
}

/// The images in these repositories.
pub(crate) fn within(repositories: Vec<Uuid>) -> Select<manifest::Entity> {
    let to_scan: RelationDef = manifest::Entity::belongs_to(image_scan::Entity)
        .from(manifest::Column::Digest)
        .to(image_scan::Column::Digest)
        .into();
    manifest::Entity::find()
        .select_only()
        .column(image_scan::Column::Id)
        .join(JoinType::InnerJoin, to_scan)
        .filter(manifest::Column::RepositoryId.is_in(repositories))
}
