//! Repositories: found by name, listed for who may see them, and their settings and counters.

use std::collections::{BTreeSet, HashMap};

use oci::name::RepositoryName;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, SqlErr,
    sea_query::{Expr, Func},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Error, Result,
    entities::{account, blob_link, repository, tag, trust_collection},
    grants,
    promotions::due,
    search::containing,
    trust,
    webhooks::{self, Told},
};

/// What a new repository begins with.
#[derive(Clone, Debug)]
pub struct New {
    /// The account that owns it; its name is the namespace.
    pub owner: account::Model,
    /// The part after the slash.
    pub name: String,
    /// Everybody may pull.
    pub is_public: bool,
    /// One line.
    pub short_description: String,
    /// The README, in Markdown.
    pub long_description: String,
    /// Images are scanned when they arrive.
    pub scan_on_push: bool,
    /// A tag cannot be set twice.
    pub immutable_tags: bool,
    /// Patterns of tags that cannot be set twice, and exceptions.
    pub immutable_patterns: Vec<String>,
    /// How many tags are kept; 0 is no limit.
    pub tag_limit: i64,
}

impl New {
    /// A private repository with nothing said of it.
    pub fn private(owner: account::Model, name: String) -> Self {
        Self {
            owner,
            name,
            is_public: false,
            short_description: String::new(),
            long_description: String::new(),
            scan_on_push: true,
            immutable_tags: false,
            immutable_patterns: Vec::new(),
            tag_limit: 0,
        }
    }
}

/// What changes of a repository; `None` stays as it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Update {
    /// Everybody may pull.
    pub is_public: Option<bool>,
    /// One line.
    pub short_description: Option<String>,
    /// The README, in Markdown.
    pub long_description: Option<String>,
    /// Images are scanned when they arrive.
    pub scan_on_push: Option<bool>,
    /// A tag cannot be set twice.
    pub immutable_tags: Option<bool>,
    /// Patterns of tags that cannot be set twice, and exceptions.
    pub immutable_patterns: Option<Vec<String>>,
    /// How many tags are kept; 0 is no limit.
    pub tag_limit: Option<i64>,
}

/// Through whose eyes a list is made. The rights are applied in the query, so that pages are full and counts are true.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Viewer {
    /// Somebody without an account: public repositories.
    Anonymous,
    /// An account: public repositories, its own, and those of its organizations and teams.
    Account(Uuid),
    /// Another viewer, who sees of what is not public only these repositories.
    Limited(Box<Self>, Vec<Uuid>),
    /// A site administrator: all.
    Admin,
}

impl Viewer {
    pub(crate) fn condition(&self) -> Condition {
        match self {
            Self::Anonymous => Condition::any().add(repository::Column::IsPublic.eq(true)),
            Self::Account(id) => Condition::any()
                .add(repository::Column::IsPublic.eq(true))
                .add(repository::Column::AccountId.eq(*id))
                .add(grants::held_by(*id)),
            Self::Limited(viewer, repositories) => Condition::any()
                .add(repository::Column::IsPublic.eq(true))
                .add(
                    Condition::all()
                        .add(viewer.condition())
                        .add(repository::Column::Id.is_in(repositories.iter().copied())),
                ),
            Self::Admin => Condition::all(),
        }
    }

    /// Those that they see not only because everybody does.
    pub(crate) fn of_their_own(&self) -> Condition {
        match self {
            Self::Anonymous => Condition::any().add(Expr::val(false)),
            Self::Account(id) => Condition::any()
                .add(repository::Column::AccountId.eq(*id))
                .add(grants::held_by(*id)),
            Self::Limited(viewer, repositories) => Condition::all()
                .add(viewer.of_their_own())
                .add(repository::Column::Id.is_in(repositories.iter().copied())),
            Self::Admin => Condition::all(),
        }
    }
}

/// Which repositories a list shows.
#[derive(Clone, Debug)]
pub struct Filter<'a> {
    /// Through whose eyes.
    pub viewer: Viewer,
    /// Only of this namespace.
    pub namespace: Option<&'a str>,
    /// Only where `namespace/name` or the short description contains this, whatever the case.
    pub contains: Option<&'a str>,
}

impl Filter<'_> {
    fn condition(&self) -> Condition {
        let mut condition = Condition::all().add(self.viewer.condition());
        if let Some(namespace) = self.namespace {
            condition = condition.add(repository::Column::Namespace.eq(namespace));
        }
        condition.add(named(self.contains))
    }
}

/// True of a repository whose `namespace/name` or short description contains `text`, whatever the case; of all where there is no
/// text.
fn named(text: Option<&str>) -> Condition {
    use repository::Column::{Name, Namespace, ShortDescription};
    match text.and_then(|text| text.split_once('/')) {
        Some((namespace, name)) => Condition::all()
            .add(containing(Some(namespace), &[Namespace]))
            .add(containing(Some(name), &[Name])),
        None => containing(text, &[Namespace, Name, ShortDescription]),
    }
}

/// Makes a repository. [`Error::Exists`] where the name is taken.
pub async fn create(db: &Db, new: New, now: OffsetDateTime) -> Result<repository::Model> {
    create_and_tell(db, new, now, |_| Vec::new()).await
}

/// As [`create`]; webhooks are told what `tell` says of it.
pub async fn create_and_tell(
    db: &Db,
    new: New,
    now: OffsetDateTime,
    tell: impl FnOnce(&repository::Model) -> Vec<Told> + Send,
) -> Result<repository::Model> {
    let full_name = format!("{}/{}", new.owner.name, new.name);
    let transaction = db.begin().await?;
    let row = repository::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(new.owner.id),
        namespace: Set(new.owner.name),
        name: Set(new.name),
        is_public: Set(new.is_public),
        short_description: Set(new.short_description),
        long_description: Set(new.long_description),
        scan_on_push: Set(new.scan_on_push),
        immutable_tags: Set(new.immutable_tags),
        immutable_patterns: Set(patterns(new.immutable_patterns)),
        tag_limit: Set(new.tag_limit),
        pulls: Set(0),
        pushes: Set(0),
        created_at: Set(now),
        pushed_at: Set(None),
    }
    .insert(&transaction)
    .await
    .map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            Error::Exists(format!("the repository {full_name}"))
        }
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            Error::Missing("the namespace's account".to_owned())
        }
        _ => error.into(),
    })?;
    let telling = db.telling(tell(&row));
    telling.commit_about(transaction, Some(row.id)).await?;
    moved(db, &row);
    Ok(row)
}

/// The repository of that name.
pub async fn find(db: &Db, name: &RepositoryName) -> Result<Option<repository::Model>> {
    Ok(repository::Entity::find()
        .filter(repository::Column::Namespace.eq(name.namespace()))
        .filter(repository::Column::Name.eq(name.name()))
        .one(&db.read)
        .await?)
}

/// The repository of that id.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<repository::Model>> {
    Ok(repository::Entity::find_by_id(id).one(&db.read).await?)
}

/// These repositories, by their ids.
pub async fn by_ids(
    db: &Db,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, repository::Model>> {
    let ids: BTreeSet<Uuid> = ids.into_iter().collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut found = HashMap::with_capacity(ids.len());
    for lot in ids.chunks(500) {
        let rows = repository::Entity::find()
            .filter(repository::Column::Id.is_in(lot.iter().copied()))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// A page of repositories in the order of their names, after `after` (namespace, name).
pub async fn list(
    db: &Db,
    filter: &Filter<'_>,
    after: Option<(&str, &str)>,
    limit: u64,
) -> Result<Vec<repository::Model>> {
    Ok(page(filter, after, limit).all(&db.read).await?)
}

pub(crate) fn page(
    filter: &Filter<'_>,
    after: Option<(&str, &str)>,
    limit: u64,
) -> Select<repository::Entity> {
    let mut query = repository::Entity::find().filter(filter.condition());
    if let Some((namespace, name)) = after {
        query = query.filter(
            Expr::tuple([
                Expr::col((repository::Entity, repository::Column::Namespace)),
                Expr::col((repository::Entity, repository::Column::Name)),
            ])
            .gt(Expr::tuple([Expr::val(namespace), Expr::val(name)])),
        );
    }
    query
        .order_by_asc(repository::Column::Namespace)
        .order_by_asc(repository::Column::Name)
        .limit(limit)
}

/// How many repositories a list without end would show.
pub async fn count(db: &Db, filter: &Filter<'_>) -> Result<u64> {
    Ok(repository::Entity::find()
        .filter(filter.condition())
        .count(&db.read)
        .await?)
}

/// How long the longest name of the account's repositories is, without the namespace; 0 where it has none.
pub async fn longest_name(db: &Db, account: Uuid) -> Result<usize> {
    let longest: Option<Option<i32>> = repository::Entity::find()
        .select_only()
        .expr(Func::max(Func::char_length(Expr::col(
            repository::Column::Name,
        ))))
        .filter(repository::Column::AccountId.eq(account))
        .into_tuple()
        .one(&db.read)
        .await?;
    Ok(longest
        .flatten()
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or_default())
}

/// What is counted of a repository's content.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Figures {
    /// Tags.
    pub tags: u64,
    /// Bytes of the blobs that are visible in it, each digest once.
    pub size: u64,
}

/// The figures of these repositories; one without content is left out.
pub async fn figures(db: &Db, ids: &[Uuid]) -> Result<HashMap<Uuid, Figures>> {
    let mut figures: HashMap<Uuid, Figures> = HashMap::new();
    if ids.is_empty() {
        return Ok(figures);
    }
    let tags: Vec<(Uuid, i64)> = tag::Entity::find()
        .select_only()
        .column(tag::Column::RepositoryId)
        .column_as(tag::Column::Name.count(), "tags")
        .filter(tag::Column::RepositoryId.is_in(ids.iter().copied()))
        .group_by(tag::Column::RepositoryId)
        .into_tuple()
        .all(&db.read)
        .await?;
    for (id, count) in tags {
        figures.entry(id).or_default().tags = u64::try_from(count).unwrap_or_default();
    }
    let sizes: Vec<(Uuid, i64)> = blob_link::Entity::find()
        .select_only()
        .column(blob_link::Column::RepositoryId)
        // PostgreSQL's sum of integers is a decimal.
        .column_as(blob_link::Column::Size.sum().cast_as("bigint"), "size")
        .filter(blob_link::Column::RepositoryId.is_in(ids.iter().copied()))
        .group_by(blob_link::Column::RepositoryId)
        .into_tuple()
        .all(&db.read)
        .await?;
    for (id, size) in sizes {
        figures.entry(id).or_default().size = u64::try_from(size).unwrap_or_default();
    }
    Ok(figures)
}

/// As they are stored: none of them as nothing.
fn patterns(texts: Vec<String>) -> Option<serde_json::Value> {
    (!texts.is_empty()).then(|| texts.into())
}

/// Changes a repository; `None` when there is none of that id. Webhooks are told what `tell` says of what it became.
pub async fn update(
    db: &Db,
    id: Uuid,
    update: Update,
    tell: impl FnOnce(&repository::Model) -> Vec<Told> + Send,
) -> Result<Option<repository::Model>> {
    let Some(row) = by_id(db, id).await? else {
        return Ok(None);
    };
    if update == Update::default() {
        return Ok(Some(row));
    }
    let before = (row.immutable_tags, row.immutable_patterns.clone());
    let mut row = repository::ActiveModel::from(row);
    if let Some(is_public) = update.is_public {
        row.is_public = Set(is_public);
    }
    if let Some(text) = update.short_description {
        row.short_description = Set(text);
    }
    if let Some(text) = update.long_description {
        row.long_description = Set(text);
    }
    if let Some(scan_on_push) = update.scan_on_push {
        row.scan_on_push = Set(scan_on_push);
    }
    if let Some(immutable_tags) = update.immutable_tags {
        row.immutable_tags = Set(immutable_tags);
    }
    if let Some(texts) = update.immutable_patterns {
        row.immutable_patterns = Set(patterns(texts));
    }
    if let Some(tag_limit) = update.tag_limit {
        row.tag_limit = Set(tag_limit);
    }
    let transaction = db.begin().await?;
    let row = row.update(&transaction).await?;
    if before != (row.immutable_tags, row.immutable_patterns.clone()) {
        due::of_target(&transaction, id, OffsetDateTime::now_utc()).await?;
    }
    db.telling(tell(&row)).commit(transaction).await?;
    moved(db, &row);
    Ok(Some(row))
}

/// Deletes a repository with its tags, manifests and links to blobs; the blobs' bytes wait for garbage collection.
/// [`Error::SignedRepository`] where trust data is published in it.
pub async fn delete(db: &Db, repository: &repository::Model) -> Result<()> {
    let transaction = db.begin().await?;
    // Who is about to publish is waited for, and who comes later finds no repository.
    repository::Entity::find_by_id(repository.id)
        .lock_exclusive()
        .one(&transaction)
        .await?;
    trust_collection::Entity::find()
        .filter(trust_collection::Column::RepositoryId.eq(repository.id))
        .lock_exclusive()
        .all(&transaction)
        .await?;
    if let Some(gun) = trust::published(&transaction, repository.id).await? {
        let name = format!("{}/{}", repository.namespace, repository.name);
        return Err(Error::SignedRepository { name, gun });
    }
    let deleted = repository::Entity::delete_by_id(repository.id)
        .exec(&transaction)
        .await?;
    if deleted.rows_affected > 0 {
        db.commit(transaction).await?;
    }
    moved(db, repository);
    // its webhooks went with it
    db.move_on(&webhooks::REVISION);
    Ok(())
}

/// Adds to the pull counters, all in one transaction.
pub async fn add_pulls(db: &Db, pulls: impl IntoIterator<Item = (Uuid, i64)>) -> Result<()> {
    let transaction = db.begin().await?;
    for (id, pulls) in pulls {
        repository::Entity::update_many()
            .col_expr(
                repository::Column::Pulls,
                Expr::col(repository::Column::Pulls).add(pulls),
            )
            .filter(repository::Column::Id.eq(id))
            .exec(&transaction)
            .await?;
    }
    db.commit(transaction).await?;
    Ok(())
}

/// What was remembered of the repository, by id and by name, is no longer true.
fn moved(db: &Db, row: &repository::Model) {
    db.move_on(&row.id);
    db.move_on(&(row.namespace.as_str(), row.name.as_str()));
}

/// Scans images on push, or does not, in every repository.
pub async fn set_scan_on_push(db: &Db, is_on: bool) -> Result<()> {
    let transaction = db.begin().await?;
    let changed: Vec<(Uuid, String, String)> = repository::Entity::find()
        .select_only()
        .columns([
            repository::Column::Id,
            repository::Column::Namespace,
            repository::Column::Name,
        ])
        .filter(repository::Column::ScanOnPush.ne(is_on))
        .into_tuple()
        .all(&transaction)
        .await?;
    if changed.is_empty() {
        return Ok(());
    }
    repository::Entity::update_many()
        .col_expr(repository::Column::ScanOnPush, Expr::val(is_on))
        .filter(repository::Column::ScanOnPush.ne(is_on))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await?;
    for (id, namespace, name) in changed {
        db.move_on(&id);
        db.move_on(&(namespace.as_str(), name.as_str()));
    }
    Ok(())
}

/// The names of these repositories, as `namespace/name`.
pub async fn names(db: &Db, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String, String)> = repository::Entity::find()
        .select_only()
        .columns([
            repository::Column::Id,
            repository::Column::Namespace,
            repository::Column::Name,
        ])
        .filter(repository::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, namespace, name)| (id, format!("{namespace}/{name}")))
        .collect())
}
