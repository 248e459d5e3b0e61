//! Promotion policies: what goes from one repository to another, each change as a revision of its own.
//!
//! [`due`] says which tags they have to look at, [`perform`] moves an image, [`history`] tells what was done.

mod closure;
pub mod due;
pub mod history;
pub mod perform;
#[cfg(test)]
mod tests;

pub use closure::is_evidence;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Error, Result,
    entities::{promotion_policy, promotion_revision},
};

/// Policies that one repository may be the source of.
pub const MOST: u64 = 100;

/// What a policy is set to.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The repository that it promotes to, and its name.
    pub target: (Uuid, String),
    /// It can be switched off and on again.
    pub enabled: bool,
    /// The criteria: a list of `rules::Rule`.
    pub rules: serde_json::Value,
    /// What the tag is called in the target.
    pub tag_template: String,
    /// Whether what refers to the image goes with it.
    pub referrers: bool,
    /// Whether tags that are there already are promoted too.
    pub apply: bool,
}

/// Who changes a policy: with whose rights it works from then on.
#[derive(Clone, Debug)]
pub struct Author {
    /// The account.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// Makes a policy; `None` where the source has [`MOST`] already.
pub async fn create(
    db: &Db,
    source: Uuid,
    settings: Settings,
    author: Author,
    now: OffsetDateTime,
) -> Result<Option<promotion_policy::Model>> {
    let transaction = db.begin().await?;
    let others = promotion_policy::Entity::find()
        .filter(promotion_policy::Column::SourceId.eq(source))
        .count(&transaction)
        .await?;
    if others >= MOST {
        return Ok(None);
    }
    let row = promotion_policy::ActiveModel {
        id: Set(Uuid::now_v7()),
        source_id: Set(source),
        revision: Set(1),
        created_at: Set(now),
        last_promoted_at: Set(None),
        ..changed(&settings, &author, now)
    };
    let made = row.insert(&transaction).await.map_err(gone)?;
    settle(&transaction, &made, &settings, now).await?;
    db.commit_about(transaction, Some(made.id)).await?;
    Ok(Some(made))
}

/// Makes another revision of a policy; `None` when there is none of that id.
pub async fn update(
    db: &Db,
    id: Uuid,
    settings: Settings,
    author: Author,
    now: OffsetDateTime,
) -> Result<Option<promotion_policy::Model>> {
    let transaction = db.begin().await?;
    let found = promotion_policy::Entity::find_by_id(id).lock_exclusive();
    let Some(found) = found.one(&transaction).await? else {
        return Ok(None);
    };
    let row = promotion_policy::ActiveModel {
        id: Set(id),
        revision: Set(found.revision.saturating_add(1)),
        ..changed(&settings, &author, now)
    };
    let made = row.update(&transaction).await.map_err(gone)?;
    settle(&transaction, &made, &settings, now).await?;
    db.commit(transaction).await?;
    Ok(Some(made))
}

fn gone(error: sea_orm::DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            Error::Missing("the repository".to_owned())
        }
        _ => error.into(),
    }
}

fn changed(
    settings: &Settings,
    author: &Author,
    now: OffsetDateTime,
) -> promotion_policy::ActiveModel {
    promotion_policy::ActiveModel {
        target_id: Set(settings.target.0),
        enabled: Set(settings.enabled),
        rules: Set(settings.rules.clone()),
        tag_template: Set(settings.tag_template.clone()),
        referrers: Set(settings.referrers),
        applies_from: Set((!settings.apply).then_some(now)),
        author_id: Set(author.id),
        author: Set(author.name.clone()),
        updated_at: Set(now),
        stopped: Set(None),
        ..Default::default()
    }
}

/// Keeps the revision, and has the tags looked at that are there already, where that is wanted.
async fn settle(
    transaction: &DatabaseTransaction,
    policy: &promotion_policy::Model,
    settings: &Settings,
    now: OffsetDateTime,
) -> Result<()> {
    let revision = promotion_revision::Model {
        policy_id: policy.id,
        revision: policy.revision,
        enabled: policy.enabled,
        rules: policy.rules.clone(),
        tag_template: policy.tag_template.clone(),
        referrers: policy.referrers,
        target_id: settings.target.0,
        target: settings.target.1.clone(),
        author: policy.author.clone(),
        made_at: now,
    };
    promotion_revision::Entity::insert(revision.into_active_model())
        .exec_without_returning(transaction)
        .await?;
    if policy.enabled && settings.apply {
        due::all_of(transaction, policy.source_id, now).await?;
    }
    Ok(())
}

/// Removes a policy; what it promoted stays. False when there is none of that id.
pub async fn delete(db: &Db, id: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let deleted = promotion_policy::Entity::delete_by_id(id)
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// The policy of that id.
pub async fn find(db: &Db, id: Uuid) -> Result<Option<promotion_policy::Model>> {
    Ok(promotion_policy::Entity::find_by_id(id)
        .one(&db.read)
        .await?)
}

/// The policies that a repository is the source of, the oldest first.
pub async fn from(db: &Db, source: Uuid) -> Result<Vec<promotion_policy::Model>> {
    of(db, promotion_policy::Column::SourceId, source).await
}

/// The policies that a repository is the target of, the oldest first: at most a thousand.
pub async fn to(db: &Db, target: Uuid) -> Result<Vec<promotion_policy::Model>> {
    of(db, promotion_policy::Column::TargetId, target).await
}

async fn of(
    db: &Db,
    column: promotion_policy::Column,
    repository: Uuid,
) -> Result<Vec<promotion_policy::Model>> {
    Ok(promotion_policy::Entity::find()
        .filter(column.eq(repository))
        .order_by_asc(promotion_policy::Column::Id)
        .limit(1_000)
        .all(&db.read)
        .await?)
}

/// Policies that [`touching`] answers at most.
pub const MOST_TOUCHING: usize = 1_000;

/// The policies that one of these repositories is the source or the target of, the oldest first: at most [`MOST_TOUCHING`].
pub async fn touching(db: &Db, repositories: &[Uuid]) -> Result<Vec<promotion_policy::Model>> {
    let ids = || repositories.iter().copied();
    let either = Condition::any()
        .add(promotion_policy::Column::SourceId.is_in(ids()))
        .add(promotion_policy::Column::TargetId.is_in(ids()));
    Ok(promotion_policy::Entity::find()
        .filter(either)
        .order_by_asc(promotion_policy::Column::Id)
        .limit(MOST_TOUCHING as u64)
        .all(&db.read)
        .await?)
}

/// The revisions of a policy, the newest first: at most a hundred.
pub async fn revisions(db: &Db, policy: Uuid) -> Result<Vec<promotion_revision::Model>> {
    Ok(promotion_revision::Entity::find()
        .filter(promotion_revision::Column::PolicyId.eq(policy))
        .order_by_desc(promotion_revision::Column::Revision)
        .limit(100)
        .all(&db.read)
        .await?)
}

/// The policies that are on and do nothing at present: at most a thousand.
pub async fn stopped(db: &Db) -> Result<Vec<promotion_policy::Model>> {
    Ok(promotion_policy::Entity::find()
        .filter(promotion_policy::Column::Stopped.is_not_null())
        .filter(promotion_policy::Column::Enabled.eq(true))
        .order_by_asc(promotion_policy::Column::Id)
        .limit(1_000)
        .all(&db.read)
        .await?)
}

/// A policy works again: it looks at all tags of its source.
pub async fn go_on(db: &Db, policy: &promotion_policy::Model, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    stop(&transaction, policy.id, None).await?;
    due::all_of(&transaction, policy.source_id, now).await?;
    db.commit(transaction).await
}

/// Says why a policy does nothing at present.
pub async fn set_stopped(db: &Db, id: Uuid, reason: &str) -> Result<()> {
    let transaction = db.begin().await?;
    stop(&transaction, id, Some(reason)).await?;
    db.commit(transaction).await
}

async fn stop(transaction: &DatabaseTransaction, id: Uuid, reason: Option<&str>) -> Result<()> {
    let row = promotion_policy::ActiveModel {
        stopped: Set(reason.map(str::to_owned)),
        ..Default::default()
    };
    promotion_policy::Entity::update_many()
        .set(row)
        .filter(promotion_policy::Column::Id.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}
