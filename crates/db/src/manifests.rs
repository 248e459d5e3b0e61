//! Manifests, with the relations that hang on them: stored in one transaction, and found by digest.

mod list;

#[cfg(test)]
pub(crate) use list::referring;
pub use list::{
    Referring, Summary, children, count, count_referrers, list, referrer_counts, referrers,
    summaries,
};

use std::collections::BTreeSet;

use oci::digest::Digest;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult,
    QueryFilter, QuerySelect,
    sea_query::{Expr, InsertStatement, OnConflict, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Change, Db, Result, changes,
    entities::{blob_link, manifest, manifest_blob, manifest_child, repository, tag},
    scans, tags,
};

/// A manifest to be stored, with everything that refers or is referred to.
#[derive(Clone, Debug)]
pub struct Put {
    /// The row; `pushed_by` and `pushed_at` also go to the tags. `image_size` of an index is computed here.
    pub manifest: manifest::Model,
    /// Blobs that must be visible in the repository.
    pub blobs: BTreeSet<String>,
    /// Manifests that must be in the repository.
    pub children: BTreeSet<String>,
    /// Tags to set to it.
    pub tags: Vec<String>,
    /// A tag that points elsewhere may not be moved.
    pub immutable_tags: bool,
    /// The CI job that pushes: in words, and where to look at it.
    pub job: Option<(String, Option<String>)>,
    /// It is an image that is to be scanned, unless this detector version has read it.
    pub scan: Option<i32>,
}

/// What became of a [`Put`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Stored {
    /// It is stored and tagged, or was so already.
    Yes,
    /// Nothing is stored: these blobs or manifests are not in the repository.
    Missing(Vec<String>),
    /// Nothing is stored: this tag may not be moved.
    Immutable(String),
}

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

/// Stores a manifest, its relations and its tags: all of it or nothing.
pub async fn put(db: &Db, mut put: Put) -> Result<Stored> {
    let repository = put.manifest.repository_id;
    let transaction = db.begin().await?;
    if !put.children.is_empty() {
        put.manifest.image_size = children_size(&transaction, repository, &put.children).await?;
    }
    let row = manifest::ActiveModel::from(put.manifest.clone()).reset_all();
    let inserted = manifest::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([manifest::Column::RepositoryId, manifest::Column::Digest])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&transaction)
        .await?;
    // One that is here already has its relations, and they keep what it needs.
    if inserted > 0 && !insert_relations(&transaction, repository, &put).await? {
        return Ok(Stored::Missing(
            missing(&transaction, repository, &put).await?,
        ));
    }
    let changes = match tags::set(&transaction, &put).await? {
        Ok(changes) => changes,
        Err(tag) => return Ok(Stored::Immutable(tag)),
    };
    count_push(&transaction, &put.manifest).await?;
    if let Some(detector_version) = put.scan {
        scans::queue::pushed(&transaction, &put.manifest, detector_version).await?;
    }
    transaction.commit().await?;
    db.move_on(&repository);
    for change in changes {
        db.publish(change);
    }
    Ok(Stored::Yes)
}

/// Removes a manifest and the tags that point to it, and says which; `None` when it is not there.
pub async fn delete(db: &Db, repository: Uuid, digest: &Digest) -> Result<Option<Vec<String>>> {
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
    let deleted = manifest::Entity::delete_by_id((repository, digest))
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(None);
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
    Ok(Some(tags))
}

/// The blobs and manifests that `put` needs and the repository does not have.
async fn missing<C: ConnectionTrait>(
    connection: &C,
    repository: Uuid,
    put: &Put,
) -> Result<Vec<String>> {
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    if !put.blobs.is_empty() {
        let present: Vec<String> = blob_link::Entity::find()
            .select_only()
            .column(blob_link::Column::Digest)
            .filter(blob_link::Column::RepositoryId.eq(repository))
            .filter(blob_link::Column::Digest.is_in(put.blobs.iter()))
            .into_tuple()
            .all(connection)
            .await?;
        needed.extend(
            put.blobs
                .iter()
                .filter(|digest| !present.contains(digest))
                .map(String::as_str),
        );
    }
    if !put.children.is_empty() {
        let present: Vec<String> = manifest::Entity::find()
            .select_only()
            .column(manifest::Column::Digest)
            .filter(manifest::Column::RepositoryId.eq(repository))
            .filter(manifest::Column::Digest.is_in(put.children.iter()))
            .into_tuple()
            .all(connection)
            .await?;
        needed.extend(
            put.children
                .iter()
                .filter(|digest| !present.contains(digest))
                .map(String::as_str),
        );
    }
    Ok(needed.into_iter().map(str::to_owned).collect())
}

#[derive(FromQueryResult)]
struct Size {
    image_size: i64,
}

async fn children_size<C: ConnectionTrait>(
    connection: &C,
    repository: Uuid,
    children: &BTreeSet<String>,
) -> Result<i64> {
    let sizes = manifest::Entity::find()
        .select_only()
        .column(manifest::Column::ImageSize)
        .filter(manifest::Column::RepositoryId.eq(repository))
        .filter(manifest::Column::Digest.is_in(children.iter()))
        .into_model::<Size>()
        .all(connection)
        .await?;
    Ok(sizes
        .iter()
        .fold(0, |sum, row| sum.saturating_add(row.image_size)))
}

/// Inserts what the manifest needs of the repository. False where something of it is not there.
async fn insert_relations<C: ConnectionTrait>(
    connection: &C,
    repository: Uuid,
    put: &Put,
) -> Result<bool> {
    let manifest = put.manifest.digest.as_str();
    for blobs in chunks(&put.blobs) {
        let mut held = Query::select();
        held.expr(Expr::val(repository))
            .expr(Expr::val(manifest))
            .column(blob_link::Column::Digest)
            .from(blob_link::Entity)
            .and_where(blob_link::Column::RepositoryId.eq(repository))
            .and_where(blob_link::Column::Digest.is_in(blobs.clone()));
        let mut insert = Query::insert();
        insert.into_table(manifest_blob::Entity).columns([
            manifest_blob::Column::RepositoryId,
            manifest_blob::Column::ManifestDigest,
            manifest_blob::Column::BlobDigest,
        ]);
        if !inserts_all(connection, insert, held, blobs.len()).await? {
            return Ok(false);
        }
    }
    for children in chunks(&put.children) {
        let mut held = Query::select();
        held.expr(Expr::val(repository))
            .expr(Expr::val(manifest))
            .column(manifest::Column::Digest)
            .from(manifest::Entity)
            .and_where(manifest::Column::RepositoryId.eq(repository))
            .and_where(manifest::Column::Digest.is_in(children.clone()));
        let mut insert = Query::insert();
        insert.into_table(manifest_child::Entity).columns([
            manifest_child::Column::RepositoryId,
            manifest_child::Column::ParentDigest,
            manifest_child::Column::ChildDigest,
        ]);
        if !inserts_all(connection, insert, held, children.len()).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Inserts what `held` selects, and says whether that was as many rows as it should be.
async fn inserts_all<C: ConnectionTrait>(
    connection: &C,
    mut insert: InsertStatement,
    held: SelectStatement,
    count: usize,
) -> Result<bool> {
    insert
        .select_from(held)
        .map_err(|error| sea_orm::DbErr::Custom(error.to_string()))?;
    let inserted = connection.execute(&insert).await?.rows_affected();
    Ok(inserted == count as u64)
}

/// Digests in lots that stay under both databases' limit of bound values.
fn chunks(digests: &BTreeSet<String>) -> Vec<Vec<&str>> {
    const LOT: usize = 1000;
    let all: Vec<&str> = digests.iter().map(String::as_str).collect();
    all.chunks(LOT).map(<[&str]>::to_vec).collect()
}

async fn count_push<C: ConnectionTrait>(connection: &C, manifest: &manifest::Model) -> Result<()> {
    repository::Entity::update_many()
        .col_expr(
            repository::Column::Pushes,
            Expr::col(repository::Column::Pushes).add(1),
        )
        .col_expr(repository::Column::PushedAt, Expr::val(manifest.pushed_at))
        .filter(repository::Column::Id.eq(manifest.repository_id))
        .exec(connection)
        .await?;
    Ok(())
}
