//! Tags: names for manifests, in the order of their bytes.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, Condition, DatabaseBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Statement, StatementBuilder,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, OnConflict, Query},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Change, Db, Result, changes,
    entities::tag,
    manifests::{self, Summary},
    promotions::due,
    search::containing,
    trust::signed,
};

/// A tag with the manifest that it points to.
#[derive(Clone, Debug)]
pub struct Tagged {
    /// The tag.
    pub tag: tag::Model,
    /// The manifest, without its bytes.
    pub manifest: Summary,
}

/// The tag of that name.
pub async fn find(db: &Db, repository: Uuid, name: &str) -> Result<Option<tag::Model>> {
    Ok(tag::Entity::find_by_id((repository, name.to_owned()))
        .one(&db.read)
        .await?)
}

/// Those of these tags that there are, by repository and name.
pub async fn find_all(
    db: &Db,
    names: impl IntoIterator<Item = (Uuid, &str)>,
) -> Result<HashMap<(Uuid, String), tag::Model>> {
    let mut any = Condition::any();
    for (repository, name) in names {
        any = any.add(
            Condition::all()
                .add(tag::Column::RepositoryId.eq(repository))
                .add(tag::Column::Name.eq(name)),
        );
    }
    if any.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = tag::Entity::find().filter(any).all(&db.read).await?;
    Ok(rows
        .into_iter()
        .map(|row| ((row.repository_id, row.name.clone()), row))
        .collect())
}

/// Those of these tags of a repository that there are, by name.
pub async fn named(
    db: &Db,
    repository: Uuid,
    names: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, tag::Model>> {
    let names: Vec<&str> = names.into_iter().collect();
    let mut found = HashMap::with_capacity(names.len());
    for lot in names.chunks(1_000) {
        let rows = tag::Entity::find()
            .filter(tag::Column::RepositoryId.eq(repository))
            .filter(tag::Column::Name.is_in(lot.iter().copied()))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.name.clone(), row)));
    }
    Ok(found)
}

/// A page of names, in the order of their bytes, after `after`.
pub async fn names(
    db: &Db,
    repository: Uuid,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<String>> {
    Ok(page(repository, None, after, limit)
        .select_only()
        .column(tag::Column::Name)
        .into_tuple()
        .all(&db.read)
        .await?)
}

pub(crate) fn page(
    repository: Uuid,
    contains: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Select<tag::Entity> {
    let mut query = filtered(repository, contains);
    if let Some(after) = after {
        query = query.filter(tag::Column::Name.gt(after));
    }
    query.order_by_asc(tag::Column::Name).limit(limit)
}

/// A page of tags with their manifests, in the order of their names, after `after`; only those whose name contains
/// `contains`, whatever the case.
pub async fn list(
    db: &Db,
    repository: Uuid,
    contains: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Tagged>> {
    let tags = page(repository, contains, after, limit)
        .all(&db.read)
        .await?;
    with_manifests(db, repository, tags).await
}

/// These tags of a repository with their manifests.
pub async fn with_manifests(
    db: &Db,
    repository: Uuid,
    tags: Vec<tag::Model>,
) -> Result<Vec<Tagged>> {
    let found =
        manifests::summaries(db, repository, tags.iter().map(|tag| tag.digest.as_str())).await?;
    Ok(tags
        .into_iter()
        .filter_map(|tag| {
            let manifest = found.get(&tag.digest)?.clone();
            Some(Tagged { tag, manifest })
        })
        .collect())
}

/// How many tags a list without end would show.
pub async fn count(db: &Db, repository: Uuid, contains: Option<&str>) -> Result<u64> {
    Ok(filtered(repository, contains).count(&db.read).await?)
}

/// The tags that point to a manifest.
pub async fn of_manifest(db: &Db, repository: Uuid, digest: &str) -> Result<Vec<String>> {
    Ok(tag::Entity::find()
        .select_only()
        .column(tag::Column::Name)
        .filter(tag::Column::RepositoryId.eq(repository))
        .filter(tag::Column::Digest.eq(digest))
        .order_by_asc(tag::Column::Name)
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// Removes a tag; the manifest stays. False when there is no such tag, and [`crate::Error::SignedTag`] where it is signed, by that rule.
pub async fn delete(db: &Db, repository: Uuid, name: &str, rule: signed::Rule<'_>) -> Result<bool> {
    let transaction = db.begin().await?;
    signed::refuse(&transaction, repository, &[name], rule).await?;
    let deleted = tag::Entity::delete_by_id((repository, name.to_owned()))
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    let change = Change {
        repository,
        tag: name.to_owned(),
        digest: None,
    };
    changes::notify(&transaction, change.clone()).await?;
    db.commit(transaction).await?;
    db.move_on(&repository);
    db.publish(change);
    Ok(true)
}

/// A tag that is to be set.
#[derive(Clone, Debug)]
pub(crate) struct NewTag<'t> {
    pub(crate) repository: Uuid,
    pub(crate) digest: &'t str,
    pub(crate) pushed_by: Option<Uuid>,
    /// The CI job that pushes: in words, and where to look at it.
    pub(crate) job: Option<(String, Option<String>)>,
    pub(crate) at: OffsetDateTime,
    /// The promotion that sets it.
    pub(crate) promotion: Option<Uuid>,
}

/// Sets a tag: one row, or none where it is immutable and points elsewhere.
pub(crate) fn set(
    new: &NewTag<'_>,
    name: &str,
    is_immutable: bool,
    backend: DatabaseBackend,
) -> Statement {
    let (job, job_url) = match &new.job {
        Some((job, url)) => (Some(job.clone()), url.clone()),
        None => (None, None),
    };
    let row = [
        (tag::Column::RepositoryId, Expr::val(new.repository)),
        (tag::Column::Name, Expr::val(name)),
        (tag::Column::Digest, Expr::val(new.digest)),
        (tag::Column::PushedBy, Expr::val(new.pushed_by)),
        (tag::Column::Job, Expr::val(job)),
        (tag::Column::JobUrl, Expr::val(job_url)),
        (tag::Column::CreatedAt, Expr::val(new.at)),
        (tag::Column::UpdatedAt, Expr::val(new.at)),
        (tag::Column::PromotionId, Expr::val(new.promotion)),
        (tag::Column::DueAt, due::of_pushed(new.repository, new.at)),
    ];
    let mut moved = OnConflict::columns([tag::Column::RepositoryId, tag::Column::Name]);
    moved.update_columns([
        tag::Column::Digest,
        tag::Column::PushedBy,
        tag::Column::Job,
        tag::Column::JobUrl,
        tag::Column::UpdatedAt,
        tag::Column::DueAt,
    ]);
    moved.value(tag::Column::PromotionId, promotion_after());
    if is_immutable {
        moved.action_and_where(tag::Column::Digest.eq(new.digest));
    }
    let (columns, values): (Vec<_>, Vec<_>) = row.into_iter().unzip();
    let mut insert = Query::insert();
    insert
        .into_table(tag::Entity)
        .columns(columns)
        .values_panic(values)
        .on_conflict(moved);
    StatementBuilder::build(&insert, &backend)
}

/// The promotion of a tag that is there and set again. Who signs a promoted image with `docker trust` pushes it once more under its tag: that
/// changes nothing of where it comes from.
fn promotion_after() -> Expr {
    let excluded = |column: tag::Column| Expr::col((Alias::new("excluded"), column));
    let is_pushed_again = excluded(tag::Column::PromotionId)
        .is_null()
        .and(excluded(tag::Column::Digest).eq(Expr::col((tag::Entity, tag::Column::Digest))));
    CaseStatement::new()
        .case(
            is_pushed_again,
            Expr::col((tag::Entity, tag::Column::PromotionId)),
        )
        .finally(excluded(tag::Column::PromotionId))
        .into()
}

fn filtered(repository: Uuid, contains: Option<&str>) -> Select<tag::Entity> {
    tag::Entity::find()
        .filter(tag::Column::RepositoryId.eq(repository))
        .filter(containing(contains, &[tag::Column::Name]))
}
