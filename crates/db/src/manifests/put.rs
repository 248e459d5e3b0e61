//! Storing a manifest: its row, its relations, its tags, and the scan that it asks for, all of it or nothing.
//!
//! On `SQLite` all of this is one call, because a call costs about as much as what it does: the statement changes hands between
//! threads twice. It counts rows, and any count but that of a new manifest with nothing missing is undone and done again step by step,
//! where each step says what is wrong. `PostgreSQL` takes one statement at a time.

use std::collections::BTreeSet;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseTransaction,
    EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait, Statement,
    StatementBuilder, Values,
    sea_query::{Expr, OnConflict, Query, SelectStatement},
};

use crate::{
    Change, Db, Result, changes,
    entities::{blob_link, manifest, manifest_blob, manifest_child, repository},
    events, scans,
    signatures::{self, Signs},
    tags::{self, NewTag},
    webhooks,
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
    /// Those of them that may not be moved where they point elsewhere.
    pub immutable: BTreeSet<String>,
    /// The CI job that pushes: in words, and where to look at it.
    pub job: Option<(String, Option<String>)>,
    /// It is an image that is to be scanned, unless this detector version has read it.
    pub scan: Option<i32>,
    /// It holds signatures, or says so: of these manifests.
    pub signs: Vec<Signs>,
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

/// Stores a manifest, its relations and its tags: all of it or nothing.
pub async fn put(db: &Db, mut put: Put) -> Result<Stored> {
    let repository = put.manifest.repository_id;
    let stored = if at_once(db, &mut put).await? {
        Stored::Yes
    } else {
        step_by_step(db, &mut put).await?
    };
    if stored == Stored::Yes {
        db.move_on(&repository);
        for change in changes_of(&put) {
            db.publish(change);
        }
    }
    Ok(stored)
}

/// A new manifest, with nothing missing and no tag in the way, in one call; false where it is not that, or not `SQLite`.
async fn at_once(db: &Db, put: &mut Put) -> Result<bool> {
    let backend = db.backend();
    if backend != DatabaseBackend::Sqlite {
        return Ok(false);
    }
    let transaction = db.begin().await?;
    put.manifest.image_size = image_size(&transaction, put).await?;
    let mut rows = 1;
    let mut statements = vec![insert(put, backend)];
    for relation in relations(put, backend)? {
        rows += relation.rows;
        statements.push(relation.statement);
    }
    rows += put.tags.len() as u64 + 1;
    let new = new_tag(put);
    statements.extend(
        put.tags
            .iter()
            .map(|tag| tags::set(&new, tag, put.immutable.contains(tag), backend)),
    );
    statements.push(count_push(&put.manifest, backend));
    if let Some(scan) = scans::queue::pushed(put, backend) {
        rows += 1;
        statements.push(scan);
    }
    rows += put.signs.len() as u64;
    let signs = put.signs.iter();
    statements.extend(signs.map(|signs| signatures::of_pushed(&put.manifest, signs, backend)));
    if let Some(event) = events::statement(db) {
        rows += 1;
        statements.push(event);
    }
    let written = transaction.execute_raw(joined(statements, backend)).await?;
    if written.rows_affected() != rows {
        return Ok(false);
    }
    webhooks::write(&transaction, &db.told).await?;
    transaction.commit().await?;
    Ok(true)
}

/// One statement after the other, and what is wrong where they do not change what they should.
async fn step_by_step(db: &Db, put: &mut Put) -> Result<Stored> {
    let backend = db.backend();
    let transaction = db.begin().await?;
    put.manifest.image_size = image_size(&transaction, put).await?;
    let execute = async |statement| -> Result<u64> {
        let done = transaction.execute_raw(statement).await?;
        Ok(done.rows_affected())
    };
    // One that is here already has its relations, and they keep what it needs.
    if execute(insert(put, backend)).await? > 0 {
        for relation in relations(put, backend)? {
            if execute(relation.statement).await? != relation.rows {
                return Ok(Stored::Missing(missing(&transaction, put).await?));
            }
        }
    }
    let new = new_tag(put);
    for tag in &put.tags {
        if execute(tags::set(&new, tag, put.immutable.contains(tag), backend)).await? == 0 {
            return Ok(Stored::Immutable(tag.clone()));
        }
    }
    for change in changes_of(put) {
        changes::notify(&transaction, change).await?;
    }
    execute(count_push(&put.manifest, backend)).await?;
    scans::queue::pushed_again(&transaction, put).await?;
    for signs in &put.signs {
        execute(signatures::of_pushed(&put.manifest, signs, backend)).await?;
    }
    db.commit(transaction).await?;
    Ok(Stored::Yes)
}

/// The statements as one, which `SQLite` runs in their order.
fn joined(statements: Vec<Statement>, backend: DatabaseBackend) -> Statement {
    let (sql, values): (Vec<String>, Vec<Option<Values>>) = statements
        .into_iter()
        .map(|statement| (statement.sql, statement.values))
        .unzip();
    let values = values.into_iter().flatten().flatten();
    Statement::from_sql_and_values(backend, sql.join(";"), values)
}

fn changes_of(put: &Put) -> impl Iterator<Item = Change> {
    put.tags.iter().map(|tag| Change {
        repository: put.manifest.repository_id,
        tag: tag.clone(),
        digest: Some(put.manifest.digest.clone()),
    })
}

fn new_tag(put: &Put) -> NewTag<'_> {
    NewTag {
        repository: put.manifest.repository_id,
        digest: &put.manifest.digest,
        pushed_by: put.manifest.pushed_by,
        job: put.job.clone(),
        at: put.manifest.pushed_at,
        promotion: None,
    }
}

fn insert(put: &Put, backend: DatabaseBackend) -> Statement {
    let row = manifest::ActiveModel::from(put.manifest.clone()).reset_all();
    let mut insert = manifest::Entity::insert(row).into_query();
    insert.on_conflict(
        OnConflict::columns([manifest::Column::RepositoryId, manifest::Column::Digest])
            .do_nothing()
            .to_owned(),
    );
    StatementBuilder::build(&insert, &backend)
}

/// Rows that say what the manifest needs of the repository.
struct Relation {
    /// Writes those that the repository has.
    statement: Statement,
    /// How many that must be.
    rows: u64,
}

/// What the manifest needs of the repository.
fn relations(put: &Put, backend: DatabaseBackend) -> Result<Vec<Relation>> {
    let repository = put.manifest.repository_id;
    let manifest = put.manifest.digest.as_str();
    let mut relations = Vec::new();
    for blobs in chunks(&put.blobs) {
        let mut held = Query::select();
        held.expr(Expr::val(repository))
            .expr(Expr::val(manifest))
            .column(blob_link::Column::Digest)
            .from(blob_link::Entity)
            .and_where(blob_link::Column::RepositoryId.eq(repository))
            .and_where(blob_link::Column::Digest.is_in(blobs.clone()));
        let columns = [
            manifest_blob::Column::RepositoryId,
            manifest_blob::Column::ManifestDigest,
            manifest_blob::Column::BlobDigest,
        ];
        relations.push(Relation {
            statement: insert_held(manifest_blob::Entity, columns, held, backend)?,
            rows: blobs.len() as u64,
        });
    }
    for children in chunks(&put.children) {
        let mut held = Query::select();
        held.expr(Expr::val(repository))
            .expr(Expr::val(manifest))
            .column(manifest::Column::Digest)
            .from(manifest::Entity)
            .and_where(manifest::Column::RepositoryId.eq(repository))
            .and_where(manifest::Column::Digest.is_in(children.clone()));
        let columns = [
            manifest_child::Column::RepositoryId,
            manifest_child::Column::ParentDigest,
            manifest_child::Column::ChildDigest,
        ];
        relations.push(Relation {
            statement: insert_held(manifest_child::Entity, columns, held, backend)?,
            rows: children.len() as u64,
        });
    }
    Ok(relations)
}

/// Inserts what `held` selects; what is there already counts as nothing.
fn insert_held<C: ColumnTrait>(
    table: impl EntityTrait,
    columns: [C; 3],
    held: SelectStatement,
    backend: DatabaseBackend,
) -> Result<Statement> {
    let mut insert = Query::insert();
    insert
        .into_table(table)
        .columns(columns)
        .select_from(held)
        .map_err(|error| sea_orm::DbErr::Custom(error.to_string()))?
        .on_conflict(OnConflict::columns(columns).do_nothing().to_owned());
    Ok(StatementBuilder::build(&insert, &backend))
}

/// The blobs and manifests that `put` needs and the repository does not have.
async fn missing<C: ConnectionTrait>(connection: &C, put: &Put) -> Result<Vec<String>> {
    let repository = put.manifest.repository_id;
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

/// The size of the image; that of an index is its children's.
async fn image_size(transaction: &DatabaseTransaction, put: &Put) -> Result<i64> {
    if put.children.is_empty() {
        return Ok(put.manifest.image_size);
    }
    let sizes = manifest::Entity::find()
        .select_only()
        .column(manifest::Column::ImageSize)
        .filter(manifest::Column::RepositoryId.eq(put.manifest.repository_id))
        .filter(manifest::Column::Digest.is_in(put.children.iter()))
        .into_model::<Size>()
        .all(transaction)
        .await?;
    Ok(sizes
        .iter()
        .fold(0, |sum, row| sum.saturating_add(row.image_size)))
}

/// Digests in lots that stay under both databases' limit of bound values.
fn chunks(digests: &BTreeSet<String>) -> Vec<Vec<&str>> {
    const LOT: usize = 1000;
    let all: Vec<&str> = digests.iter().map(String::as_str).collect();
    all.chunks(LOT).map(<[&str]>::to_vec).collect()
}

fn count_push(manifest: &manifest::Model, backend: DatabaseBackend) -> Statement {
    repository::Entity::update_many()
        .col_expr(
            repository::Column::Pushes,
            Expr::col(repository::Column::Pushes).add(1),
        )
        .col_expr(repository::Column::PushedAt, Expr::val(manifest.pushed_at))
        .filter(repository::Column::Id.eq(manifest.repository_id))
        .build(backend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, accounts, blob_links, repositories};
    use sea_orm::PaginatorTrait;
    use time::OffsetDateTime;
    use uuid::Uuid;

    /// A new database with a repository that has a blob.
    async fn database(folder: &tempfile::TempDir) -> (Db, Uuid) {
        let options = Options::Sqlite(folder.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        let now = OffsetDateTime::UNIX_EPOCH;
        let new = accounts::New {
            name: "alice".to_owned(),
            ..accounts::New::default()
        };
        let alice = accounts::create(&db, new, now).await.expect("made");
        let new = repositories::New::private(alice, "app".to_owned());
        let app = repositories::create(&db, new, now).await.expect("made");
        blob_links::link(&db, app.id, &digest("a layer"), 7, now)
            .await
            .expect("linked");
        (db, app.id)
    }

    fn digest(content: &str) -> oci::Digest {
        oci::Digest::of(oci::digest::Algorithm::Sha256, content.as_bytes())
    }

    fn image(repository: Uuid, content: &str, tag: &str) -> Put {
        Put {
            manifest: manifest::Model {
                repository_id: repository,
                digest: digest(content).to_string(),
                media_type: oci::manifest::OCI_MANIFEST.to_owned(),
                artifact_type: None,
                config_digest: None,
                subject_digest: None,
                annotations: None,
                os: None,
                architecture: None,
                variant: None,
                os_version: None,
                size: 1,
                image_size: 7,
                content: content.into(),
                pushed_by: None,
                pushed_at: OffsetDateTime::UNIX_EPOCH,
            },
            blobs: BTreeSet::from([digest("a layer").to_string()]),
            children: BTreeSet::new(),
            tags: vec![tag.to_owned()],
            immutable: BTreeSet::new(),
            job: None,
            scan: Some(1),
            signs: Vec::new(),
        }
    }

    async fn manifests(db: &Db) -> u64 {
        let rows = manifest::Entity::find().count(&db.read).await;
        rows.expect("counted")
    }

    #[tokio::test]
    async fn a_new_image_is_stored_at_once_and_nothing_else_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let (db, app) = database(&folder).await;
        let first = image(app, "first", "latest");
        assert!(at_once(&db, &mut first.clone()).await.expect("asked"));
        assert!(!at_once(&db, &mut first.clone()).await.expect("asked"));
        let mut lacks = image(app, "second", "other");
        lacks.blobs.insert(digest("elsewhere").to_string());
        assert!(!at_once(&db, &mut lacks).await.expect("asked"));
        let mut moved = image(app, "second", "latest");
        moved.immutable = moved.tags.iter().cloned().collect();
        assert!(!at_once(&db, &mut moved).await.expect("asked"));
        assert_eq!(manifests(&db).await, 1);
        moved.immutable.clear();
        assert!(at_once(&db, &mut moved).await.expect("asked"));
        assert_eq!(manifests(&db).await, 2);
    }

    #[tokio::test]
    async fn what_is_not_new_is_stored_or_refused_with_the_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let (db, app) = database(&folder).await;
        let first = image(app, "first", "1.0");
        for _ in 0..2 {
            assert_eq!(put(&db, first.clone()).await.expect("put"), Stored::Yes);
        }
        let mut lacks = image(app, "second", "1.1");
        let elsewhere = digest("elsewhere").to_string();
        lacks.blobs.insert(elsewhere.clone());
        let missing = Stored::Missing(vec![elsewhere]);
        assert_eq!(put(&db, lacks).await.expect("put"), missing);
        let mut moved = image(app, "third", "1.0");
        moved.immutable = moved.tags.iter().cloned().collect();
        let refused = Stored::Immutable("1.0".to_owned());
        assert_eq!(put(&db, moved).await.expect("put"), refused);
        let mut same = first;
        same.immutable = same.tags.iter().cloned().collect();
        same.tags.push("1".to_owned());
        assert_eq!(put(&db, same).await.expect("put"), Stored::Yes);
        assert_eq!(manifests(&db).await, 1);
    }
}
