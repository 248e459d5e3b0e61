//! Manifests, with the relations that hang on them: found by digest, listed, and removed.

mod list;
mod put;

pub use list::{
    Referring, Summary, children, contents, count, count_referrers, list, listed, parents,
    referrer_counts, referrers, summaries,
};
#[cfg(test)]
pub(crate) use list::{listing, referring};
pub use put::{Put, Stored, put};

use std::collections::BTreeSet;

use oci::digest::Digest;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::{
    Change, Db, Result, changes,
    entities::{manifest, manifest_child, tag},
    trust::signed,
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

/// The tags of the indexes that a manifest is in, however deep.
async fn tags_above(
    transaction: &DatabaseTransaction,
    repository: Uuid,
    digest: &str,
) -> Result<Vec<String>> {
    let mut above: BTreeSet<String> = BTreeSet::new();
    let mut new = vec![digest.to_owned()];
    while !new.is_empty() {
        let parents: Vec<String> = manifest_child::Entity::find()
            .select_only()
            .column(manifest_child::Column::ParentDigest)
            .filter(manifest_child::Column::RepositoryId.eq(repository))
            .filter(manifest_child::Column::ChildDigest.is_in(new))
            .into_tuple()
            .all(transaction)
            .await?;
        new = parents
            .into_iter()
            .filter(|parent| above.insert(parent.clone()))
            .collect();
    }
    Ok(tag::Entity::find()
        .select_only()
        .column(tag::Column::Name)
        .filter(tag::Column::RepositoryId.eq(repository))
        .filter(tag::Column::Digest.is_in(above))
        .into_tuple()
        .all(transaction)
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

/// Removes a manifest and the tags that point to it, unless one of them `is_kept`. [`crate::Error::SignedTag`] where one is signed, by
/// that rule.
pub async fn delete(
    db: &Db,
    repository: Uuid,
    digest: &Digest,
    is_kept: impl Fn(&str) -> bool,
    rule: signed::Rule<'_>,
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
    let above = tags_above(&transaction, repository, &digest).await?;
    if let Some(kept) = tags.iter().chain(&above).find(|tag| is_kept(tag)) {
        return Ok(Deleted::Kept(kept.clone()));
    }
    let names: Vec<&str> = tags.iter().chain(&above).map(String::as_str).collect();
    signed::refuse(&transaction, repository, &names, rule).await?;
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
