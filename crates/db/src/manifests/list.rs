//! Lists of manifests: of a repository, of an index, and of what refers to one.

use std::collections::{BTreeSet, HashMap};

use oci::digest::Digest;
use sea_orm::{
    ColumnTrait, DerivePartialModel, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{manifest, manifest_child},
    search::containing,
};

/// A manifest without its bytes, for lists.
#[derive(Clone, Debug, DerivePartialModel, Eq, PartialEq)]
#[sea_orm(entity = "manifest::Entity")]
pub struct Summary {
    /// `algorithm:hex` of the content.
    pub digest: String,
    /// Served as Content-Type.
    pub media_type: String,
    /// The artifact's type.
    pub artifact_type: Option<String>,
    /// The configuration.
    pub config_digest: Option<String>,
    /// The manifest that this one refers to.
    pub subject_digest: Option<String>,
    /// The manifest's annotations.
    pub annotations: Option<sea_orm::JsonValue>,
    /// Platform of an image.
    pub os: Option<String>,
    /// Platform of an image.
    pub architecture: Option<String>,
    /// Platform of an image.
    pub variant: Option<String>,
    /// Platform of an image.
    pub os_version: Option<String>,
    /// Bytes of the manifest itself.
    pub size: i64,
    /// Bytes of the configuration and the layers; for an index, of its children.
    pub image_size: i64,
    /// The account that pushed it first.
    pub pushed_by: Option<Uuid>,
    /// When it was pushed first.
    pub pushed_at: time::OffsetDateTime,
}

impl From<&manifest::Model> for Summary {
    fn from(row: &manifest::Model) -> Self {
        Self {
            digest: row.digest.clone(),
            media_type: row.media_type.clone(),
            artifact_type: row.artifact_type.clone(),
            config_digest: row.config_digest.clone(),
            subject_digest: row.subject_digest.clone(),
            annotations: row.annotations.clone(),
            os: row.os.clone(),
            architecture: row.architecture.clone(),
            variant: row.variant.clone(),
            os_version: row.os_version.clone(),
            size: row.size,
            image_size: row.image_size,
            pushed_by: row.pushed_by,
            pushed_at: row.pushed_at,
        }
    }
}

/// Which of the manifests that refer to one a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Referring<'a> {
    /// Only artifacts of this type.
    pub artifact_type: Option<&'a str>,
    /// Only those whose type or digest contains this, whatever the case.
    pub contains: Option<&'a str>,
}

/// A page of the manifests whose subject is `subject`, in the order of their digests, after `after`.
pub async fn referrers(
    db: &Db,
    repository: Uuid,
    subject: &Digest,
    which: Referring<'_>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Summary>> {
    let query = referring(repository, &subject.to_string(), which, after, limit);
    Ok(query.into_partial_model::<Summary>().all(&db.read).await?)
}

/// How many of them a list without end would show.
pub async fn count_referrers(
    db: &Db,
    repository: Uuid,
    subject: &Digest,
    which: Referring<'_>,
) -> Result<u64> {
    Ok(about(repository, &subject.to_string(), which)
        .count(&db.read)
        .await?)
}

pub(crate) fn referring(
    repository: Uuid,
    subject: &str,
    which: Referring<'_>,
    after: Option<&str>,
    limit: u64,
) -> Select<manifest::Entity> {
    page(about(repository, subject, which), after, limit)
}

fn about(repository: Uuid, subject: &str, which: Referring<'_>) -> Select<manifest::Entity> {
    use manifest::Column::{ArtifactType, Digest};
    let mut query = manifest::Entity::find()
        .filter(manifest::Column::RepositoryId.eq(repository))
        .filter(manifest::Column::SubjectDigest.eq(subject))
        .filter(containing(which.contains, &[ArtifactType, Digest]));
    if let Some(artifact_type) = which.artifact_type {
        query = query.filter(ArtifactType.eq(artifact_type));
    }
    query
}

/// How many manifests have each of `subjects` as their subject; one without referrers is left out.
pub async fn referrer_counts(
    db: &Db,
    repository: Uuid,
    subjects: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, u64>> {
    let subjects: BTreeSet<&str> = subjects.into_iter().collect();
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, i64)> = manifest::Entity::find()
        .select_only()
        .column(manifest::Column::SubjectDigest)
        .column_as(manifest::Column::Digest.count(), "referrers")
        .filter(manifest::Column::RepositoryId.eq(repository))
        .filter(manifest::Column::SubjectDigest.is_in(subjects))
        .group_by(manifest::Column::SubjectDigest)
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(subject, count)| (subject, u64::try_from(count).unwrap_or_default()))
        .collect())
}

/// How many manifests the repository has.
pub async fn count(db: &Db, repository: Uuid) -> Result<u64> {
    Ok(manifest::Entity::find()
        .filter(manifest::Column::RepositoryId.eq(repository))
        .count(&db.read)
        .await?)
}

/// A page of the repository's manifests, in the order of their digests, after `after`.
pub async fn list(
    db: &Db,
    repository: Uuid,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Summary>> {
    let query = manifest::Entity::find().filter(manifest::Column::RepositoryId.eq(repository));
    Ok(page(query, after, limit)
        .into_partial_model::<Summary>()
        .all(&db.read)
        .await?)
}

/// The most edges that [`children`] follows: more than any page of honest indexes has.
const MAX_EDGES: u64 = 20_000;

/// The manifests in each of the indexes `parents`, in the order of their digests; beyond [`MAX_EDGES`] in all, the rest is
/// left out.
pub async fn children(
    db: &Db,
    repository: Uuid,
    parents: &[&str],
) -> Result<HashMap<String, Vec<Summary>>> {
    if parents.is_empty() {
        return Ok(HashMap::new());
    }
    let edges: Vec<(String, String)> = edges(repository, parents)
        .limit(MAX_EDGES)
        .into_tuple()
        .all(&db.read)
        .await?;
    let rows = summaries(
        db,
        repository,
        edges.iter().map(|(_, child)| child.as_str()),
    )
    .await?;
    let mut children: HashMap<String, Vec<Summary>> = HashMap::new();
    for (parent, child) in edges {
        if let Some(row) = rows.get(&child) {
            children.entry(parent).or_default().push(row.clone());
        }
    }
    Ok(children)
}

/// Each of these indexes with each digest that it lists.
fn edges(repository: Uuid, parents: &[&str]) -> Select<manifest_child::Entity> {
    manifest_child::Entity::find()
        .select_only()
        .columns([
            manifest_child::Column::ParentDigest,
            manifest_child::Column::ChildDigest,
        ])
        .filter(manifest_child::Column::RepositoryId.eq(repository))
        .filter(manifest_child::Column::ParentDigest.is_in(parents.iter().copied()))
        .order_by_asc(manifest_child::Column::ParentDigest)
        .order_by_asc(manifest_child::Column::ChildDigest)
}

/// What each of the indexes `parents` lists, whether it is there or not.
pub async fn listed(
    db: &Db,
    repository: Uuid,
    parents: &[&str],
) -> Result<HashMap<String, Vec<String>>> {
    let mut listed: HashMap<String, Vec<String>> = HashMap::new();
    for lot in parents.chunks(500) {
        let edges: Vec<(String, String)> =
            edges(repository, lot).into_tuple().all(&db.read).await?;
        for (parent, child) in edges {
            listed.entry(parent).or_default().push(child);
        }
    }
    Ok(listed)
}

/// The bytes of these manifests of a repository, by their digests.
pub async fn contents(
    db: &Db,
    repository: Uuid,
    digests: &[&str],
) -> Result<HashMap<String, Vec<u8>>> {
    let mut found = HashMap::new();
    for lot in digests.chunks(500) {
        let rows: Vec<(String, Vec<u8>)> = manifest::Entity::find()
            .select_only()
            .columns([manifest::Column::Digest, manifest::Column::Content])
            .filter(manifest::Column::RepositoryId.eq(repository))
            .filter(manifest::Column::Digest.is_in(lot.iter().copied()))
            .into_tuple()
            .all(&db.read)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Indexes of the repository that list `child`, at most `limit`, in the order of their digests.
pub async fn parents(db: &Db, repository: Uuid, child: &str, limit: u64) -> Result<Vec<String>> {
    Ok(listing(repository, child, limit)
        .into_tuple()
        .all(&db.read)
        .await?)
}

pub(crate) fn listing(repository: Uuid, child: &str, limit: u64) -> Select<manifest_child::Entity> {
    manifest_child::Entity::find()
        .select_only()
        .column(manifest_child::Column::ParentDigest)
        .filter(manifest_child::Column::RepositoryId.eq(repository))
        .filter(manifest_child::Column::ChildDigest.eq(child))
        .order_by_asc(manifest_child::Column::ParentDigest)
        .limit(limit)
}

/// The manifests of these digests that the repository has.
pub async fn summaries(
    db: &Db,
    repository: Uuid,
    digests: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, Summary>> {
    let digests: BTreeSet<&str> = digests.into_iter().collect();
    if digests.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = manifest::Entity::find()
        .filter(manifest::Column::RepositoryId.eq(repository))
        .filter(manifest::Column::Digest.is_in(digests))
        .into_partial_model::<Summary>()
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.digest.clone(), row))
        .collect())
}

fn page(
    mut query: Select<manifest::Entity>,
    after: Option<&str>,
    limit: u64,
) -> Select<manifest::Entity> {
    if let Some(after) = after {
        query = query.filter(manifest::Column::Digest.gt(after));
    }
    query.order_by_asc(manifest::Column::Digest).limit(limit)
}
