//! Which blobs are visible in which repository.

use oci::digest::Digest;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, RelationDef, Select, sea_query::OnConflict,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{blob_link, manifest_blob, repository},
    repositories::Viewer,
};

/// The size of a blob that the repository holds.
pub async fn size(db: &Db, repository: Uuid, digest: &Digest) -> Result<Option<u64>> {
    let size: Option<i64> = blob_link::Entity::find_by_id((repository, digest.to_string()))
        .select_only()
        .column(blob_link::Column::Size)
        .into_tuple()
        .one(&db.read)
        .await?;
    Ok(size.and_then(|size| u64::try_from(size).ok()))
}

/// Makes a stored blob visible in a repository; nothing happens when it is so already.
pub async fn link(
    db: &Db,
    repository: Uuid,
    digest: &Digest,
    size: u64,
    now: OffsetDateTime,
) -> Result<()> {
    let row = blob_link::ActiveModel {
        repository_id: Set(repository),
        digest: Set(digest.to_string()),
        size: Set(i64::try_from(size).unwrap_or(i64::MAX)),
        created_at: Set(now),
    };
    blob_link::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([blob_link::Column::RepositoryId, blob_link::Column::Digest])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&db.write)
        .await?;
    Ok(())
}

/// What became of a blob that was to be taken out of a repository.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unlinked {
    /// It is gone from the repository.
    Gone,
    /// It was not there.
    Unknown,
    /// A manifest of the repository needs it; it stays.
    InUse,
}

/// Takes a blob out of a repository, unless a manifest there needs it.
pub async fn unlink(db: &Db, repository: Uuid, digest: &Digest) -> Result<Unlinked> {
    let digest = digest.to_string();
    let transaction = db.begin().await?;
    let used = manifest_blob::Entity::find()
        .filter(manifest_blob::Column::RepositoryId.eq(repository))
        .filter(manifest_blob::Column::BlobDigest.eq(&digest))
        .one(&transaction)
        .await?;
    if used.is_some() {
        return Ok(Unlinked::InUse);
    }
    let deleted = blob_link::Entity::delete_by_id((repository, digest))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    db.move_on(&repository);
    Ok(if deleted.rows_affected == 0 {
        Unlinked::Unknown
    } else {
        Unlinked::Gone
    })
}

/// Digests of blobs that some repository holds, in their order, from the one after `after`.
pub async fn digests(db: &Db, after: Option<&Digest>, limit: u64) -> Result<Vec<String>> {
    Ok(after_digest(after, limit)
        .into_tuple()
        .all(&db.read)
        .await?)
}

pub(crate) fn after_digest(after: Option<&Digest>, limit: u64) -> Select<blob_link::Entity> {
    let after = after.map(ToString::to_string);
    blob_link::Entity::find()
        .select_only()
        .column(blob_link::Column::Digest)
        .distinct()
        .apply_if(after, |query, after| {
            query.filter(blob_link::Column::Digest.gt(after))
        })
        .order_by_asc(blob_link::Column::Digest)
        .limit(limit)
}

/// The size of a blob that `viewer` may read in some repository, wherever it is: for a mount that names no source.
pub async fn size_for(db: &Db, viewer: Viewer, digest: &Digest) -> Result<Option<u64>> {
    let to_repository: RelationDef = blob_link::Entity::belongs_to(repository::Entity)
        .from(blob_link::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    let size: Option<i64> = blob_link::Entity::find()
        .select_only()
        .column(blob_link::Column::Size)
        .join(JoinType::InnerJoin, to_repository)
        .filter(
            Condition::all()
                .add(blob_link::Column::Digest.eq(digest.to_string()))
                .add(viewer.condition()),
        )
        .limit(1)
        .into_tuple()
        .one(&db.read)
        .await?;
    Ok(size.and_then(|size| u64::try_from(size).ok()))
}
