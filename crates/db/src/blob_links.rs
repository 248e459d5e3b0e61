//! Which blobs are visible in which repository, and the bytes of the small ones.

use oci::digest::Digest;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, RelationDef, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{blob_content, blob_link, manifest_blob, repository},
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
    insert(&db.write, repository, digest, size, now).await
}

/// Keeps a small blob and makes it visible in a repository, both or neither. A copy that is there already is replaced:
/// that changes nothing, or heals it.
pub async fn link_with_content(
    db: &Db,
    repository: Uuid,
    digest: &Digest,
    content: &[u8],
    now: OffsetDateTime,
) -> Result<()> {
    let transaction = db.begin().await?;
    let row = blob_content::ActiveModel {
        digest: Set(digest.to_string()),
        content: Set(content.to_vec()),
    };
    blob_content::Entity::insert(row)
        .on_conflict(
            OnConflict::column(blob_content::Column::Digest)
                .update_column(blob_content::Column::Content)
                .to_owned(),
        )
        .exec_without_returning(&transaction)
        .await?;
    let size = content.len() as u64;
    insert(&transaction, repository, digest, size, now).await?;
    transaction.commit().await?;
    Ok(())
}

async fn insert<C: ConnectionTrait>(
    connection: &C,
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
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// The bytes of a small blob, if they are kept here. Whether a repository has the blob is another question.
pub async fn content(db: &Db, digest: &Digest) -> Result<Option<Vec<u8>>> {
    Ok(blob_content::Entity::find_by_id(digest.to_string())
        .one(&db.read)
        .await?
        .map(|row| row.content))
}

/// Small blobs in the order of their digests, from the one after `after`.
pub async fn contents(
    db: &Db,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<blob_content::Model>> {
    Ok(blob_content::Entity::find()
        .apply_if(after, |query, after| {
            query.filter(blob_content::Column::Digest.gt(after))
        })
        .order_by_asc(blob_content::Column::Digest)
        .limit(limit)
        .all(&db.read)
        .await?)
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

/// Removes the bytes of a small blob that are not what they were. The links stay: the next push heals it.
pub async fn delete_content(db: &Db, digest: &str) -> Result<()> {
    blob_content::Entity::delete_by_id(digest.to_owned())
        .exec(&db.write)
        .await?;
    Ok(())
}

/// Digests of blobs that some repository holds and whose bytes are not kept here, in their order, from the one after
/// `after`.
pub async fn digests_in_store(db: &Db, after: Option<&str>, limit: u64) -> Result<Vec<String>> {
    Ok(after_digest(after, limit)
        .into_tuple()
        .all(&db.read)
        .await?)
}

pub(crate) fn after_digest(after: Option<&str>, limit: u64) -> Select<blob_link::Entity> {
    let kept = blob_content::Entity::find()
        .select_only()
        .column(blob_content::Column::Digest)
        .filter(
            Expr::col((blob_content::Entity, blob_content::Column::Digest))
                .equals((blob_link::Entity, blob_link::Column::Digest)),
        )
        .into_query();
    blob_link::Entity::find()
        .select_only()
        .column(blob_link::Column::Digest)
        .distinct()
        .apply_if(after, |query, after| {
            query.filter(blob_link::Column::Digest.gt(after))
        })
        .filter(Expr::exists(kept).not())
        .order_by_asc(blob_link::Column::Digest)
        .limit(limit)
}

/// Repositories that a viewer may see and that have this blob, `limit` at most, each with the blob's size.
pub async fn holders(
    db: &Db,
    viewer: &Viewer,
    digest: &Digest,
    limit: u64,
) -> Result<Vec<(repository::Model, u64)>> {
    let to_link: RelationDef = repository::Entity::belongs_to(blob_link::Entity)
        .from(repository::Column::Id)
        .to(blob_link::Column::RepositoryId)
        .into();
    let rows = repository::Entity::find()
        .join(JoinType::InnerJoin, to_link)
        .filter(
            Condition::all()
                .add(blob_link::Column::Digest.eq(digest.to_string()))
                .add(viewer.condition()),
        )
        .order_by_asc(repository::Column::Id)
        .limit(limit)
        .select_also(blob_link::Entity)
        .all(&db.read)
        .await?;
    let size = |(repository, link): (repository::Model, Option<blob_link::Model>)| {
        Some((repository, u64::try_from(link?.size).ok()?))
    };
    Ok(rows.into_iter().filter_map(size).collect())
}
