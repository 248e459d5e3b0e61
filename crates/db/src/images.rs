//! Images by what somebody knows of them: a digest, wherever in the registry it is.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef, Select,
};

use crate::{
    Db, Result,
    entities::{manifest, repository},
    repositories::Viewer,
};

/// Where a manifest is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The repository's namespace.
    pub namespace: String,
    /// The repository's name in it.
    pub name: String,
    /// The manifest's digest.
    pub digest: String,
}

/// The first places, by repository, where `viewer` sees a manifest of this digest, or one whose configuration has it: what docker
/// shows as an image's id.
pub async fn by_digest(db: &Db, viewer: &Viewer, digest: &str, limit: u64) -> Result<Vec<Place>> {
    let rows: Vec<(String, String, String)> = select(viewer, digest, limit)
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(namespace, name, digest)| Place {
            namespace,
            name,
            digest,
        })
        .collect())
}

/// Where `viewer` sees manifests of these digests.
pub async fn visible(
    db: &Db,
    viewer: &Viewer,
    digests: impl IntoIterator<Item = &str>,
) -> Result<Vec<Place>> {
    let to_repository: RelationDef = manifest::Entity::belongs_to(repository::Entity)
        .from(manifest::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    let rows: Vec<(String, String, String)> = manifest::Entity::find()
        .select_only()
        .column(repository::Column::Namespace)
        .column(repository::Column::Name)
        .column(manifest::Column::Digest)
        .join(JoinType::InnerJoin, to_repository)
        .filter(manifest::Column::Digest.is_in(digests))
        .filter(viewer.condition())
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(namespace, name, digest)| Place {
            namespace,
            name,
            digest,
        })
        .collect())
}

pub(crate) fn select(viewer: &Viewer, digest: &str, limit: u64) -> Select<manifest::Entity> {
    let to_repository: RelationDef = manifest::Entity::belongs_to(repository::Entity)
        .from(manifest::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    manifest::Entity::find()
        .select_only()
        .column(repository::Column::Namespace)
        .column(repository::Column::Name)
        .column(manifest::Column::Digest)
        .join(JoinType::InnerJoin, to_repository)
        .filter(
            Condition::any()
                .add(manifest::Column::Digest.eq(digest))
                .add(manifest::Column::ConfigDigest.eq(digest)),
        )
        .filter(viewer.condition())
        .order_by_asc(repository::Column::Namespace)
        .order_by_asc(repository::Column::Name)
        .order_by_asc(manifest::Column::Digest)
        .limit(limit)
}
