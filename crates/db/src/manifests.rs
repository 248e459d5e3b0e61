//! Manifests, with the relations that hang on them: found by digest, listed, and removed.

mod list;
mod put;

pub use list::{
    Referring, Summary, children, count, count_referrers, list, parents, referrer_counts,
    referrers, summaries,
};
#[cfg(test)]
pub(crate) use list::{listing, referring};
pub use put::{Put, Stored, put};

use oci::digest::Digest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::{
    Change, Db, Result, changes,
    entities::{manifest, tag},
};

/// The manifest of that digest, with its bytes.
pub async fn find(db: &Db, repository: Uuid, digest: &Digest) -> Result<Option<manifest::Model>> {
    Ok(
        manifest::Entity::find_by_id((repository, digest.to_string()))
            .one(&db.read)
            .await?,
    )
}

/// The bytes of the manifest of that digest, whichever repository has it.
pub async fn content(db: &Db, digest: &Digest) -> Result<Option<Vec<u8>>> {
    Ok(manifest::Entity::find()
        .select_only()
        .column(manifest::Column::Content)
        .filter(manifest::Column::Digest.eq(digest.to_string()))
        .into_tuple()
        .one(&db.read)
        .await?)
}

/// What became of a manifest that was to be deleted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Deleted {
    /// It is gone, with these tags.
    Yes(Vec<String>),
    /// It was not there.
    Missing,
    /// It stays, because this tag may not go.
    Kept(String),
}

/// Removes a manifest and the tags that point to it, unless one of them `is_kept`.
pub async fn delete(
    db: &Db,
    repository: Uuid,
    digest: &Digest,
    is_kept: impl Fn(&str) -> bool,
) -> Result<Deleted> {
    let digest = digest.to_string();
    let transaction = db.begin().await?;
    let tags: Vec<String> = tag::Entity::find()
        .select_only()
        .column(tag::Column::Name)
        .filter(tag::Column::RepositoryId.eq(repository))
        .filter(tag::Column::Digest.eq(&digest))
        .into_tuple()
        .all(&transaction)
        .await?;
    if let Some(kept) = tags.iter().find(|tag| is_kept(tag)) {
        return Ok(Deleted::Kept(kept.clone()));
    }
    let deleted = manifest::Entity::delete_by_id((repository, digest))
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(Deleted::Missing);
    }
    let changes: Vec<Change> = tags
        .iter()
        .map(|tag| Change {
            repository,
            tag: tag.clone(),
            digest: None,
        })
        .collect();
    for change in &changes {
        changes::notify(&transaction, change.clone()).await?;
    }
    db.commit(transaction).await?;
    db.move_on(&repository);
    for change in changes {
        db.publish(change);
    }
    Ok(Deleted::Yes(tags))
}
