//! Which CI jobs an organization trusts, and what it lets them do.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef, Select, SqlErr,
    sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Error, Result, accounts,
    entities::{repository, workload_grant, workload_trust},
    grants::Level,
    search::containing,
};

/// What a trust is set to.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whose tokens.
    pub kind: String,
    /// Who signs them.
    pub issuer: String,
    /// For whom they are.
    pub audience: String,
    /// A pattern for each claim that matters.
    pub conditions: serde_json::Value,
    /// What its jobs may do in every repository of the organization.
    pub namespace_level: Option<Level>,
    /// It can be switched off and on again.
    pub is_active: bool,
}

impl From<workload_trust::Model> for Settings {
    fn from(row: workload_trust::Model) -> Self {
        Self {
            kind: row.kind,
            issuer: row.issuer,
            audience: row.audience,
            conditions: row.conditions,
            namespace_level: row.namespace_level,
            is_active: row.is_active,
        }
    }
}

fn row(settings: Settings) -> workload_trust::ActiveModel {
    workload_trust::ActiveModel {
        kind: Set(settings.kind),
        issuer: Set(settings.issuer),
        audience: Set(settings.audience),
        conditions: Set(settings.conditions),
        namespace_level: Set(settings.namespace_level),
        is_active: Set(settings.is_active),
        ..Default::default()
    }
}

/// Makes a trust with its rights in single repositories, which have to be the organization's. [`Error::Exists`] where the
/// organization has one of that name.
pub async fn create(
    db: &Db,
    org: Uuid,
    name: String,
    settings: Settings,
    grants: &[(Uuid, Level)],
    now: OffsetDateTime,
) -> Result<workload_trust::Model> {
    let transaction = db.begin().await?;
    let made = workload_trust::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(org),
        name: Set(name.clone()),
        created_at: Set(now),
        used_at: Set(None),
        used_by: Set(None),
        refused_at: Set(None),
        refusal: Set(None),
        ..row(settings)
    }
    .insert(&transaction)
    .await
    .map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Exists(format!("the trust {name}")),
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            Error::Missing("the organization".to_owned())
        }
        _ => error.into(),
    })?;
    replace(&transaction, made.id, grants).await?;
    db.commit_about(transaction, Some(made.id)).await?;
    Ok(made)
}

/// Sets a trust to what `change` makes of it, and its rights in single repositories where some are given; `None` when there is
/// none of that id. The trust stays locked meanwhile, so that of two changes at once neither undoes the other.
pub async fn update<E: From<Error>>(
    db: &Db,
    id: Uuid,
    change: impl FnOnce(Settings) -> Result<Settings, E>,
    grants: Option<&[(Uuid, Level)]>,
) -> Result<Option<workload_trust::Model>, E> {
    let transaction = db.begin().await?;
    let found = workload_trust::Entity::find_by_id(id).lock_exclusive();
    let Some(found) = found.one(&transaction).await.map_err(Error::from)? else {
        return Ok(None);
    };
    let before = Settings::from(found.clone());
    let after = change(before.clone())?;
    if after == before && grants.is_none() {
        return Ok(Some(found));
    }
    let changed = workload_trust::ActiveModel {
        id: Set(id),
        ..row(after)
    }
    .update(&transaction)
    .await
    .map_err(Error::from)?;
    if let Some(grants) = grants {
        replace(&transaction, id, grants).await?;
    }
    db.commit(transaction).await?;
    Ok(Some(changed))
}

async fn replace(
    transaction: &DatabaseTransaction,
    trust: Uuid,
    grants: &[(Uuid, Level)],
) -> Result<()> {
    workload_grant::Entity::delete_many()
        .filter(workload_grant::Column::TrustId.eq(trust))
        .exec(transaction)
        .await?;
    if grants.is_empty() {
        return Ok(());
    }
    let rows = grants
        .iter()
        .map(|(repository, level)| workload_grant::ActiveModel {
            trust_id: Set(trust),
            repository_id: Set(*repository),
            level: Set(*level),
        });
    workload_grant::Entity::insert_many(rows)
        .exec_without_returning(transaction)
        .await
        .map_err(|error| match error.sql_err() {
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                Error::Missing("the repository".to_owned())
            }
            _ => error.into(),
        })?;
    Ok(())
}

/// Deletes a trust. False when there is none of that id.
pub async fn delete(db: &Db, id: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let deleted = workload_trust::Entity::delete_by_id(id)
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// The trust of that name.
pub async fn find(db: &Db, org: Uuid, name: &str) -> Result<Option<workload_trust::Model>> {
    Ok(workload_trust::Entity::find()
        .filter(workload_trust::Column::OrgId.eq(org))
        .filter(workload_trust::Column::Name.eq(name))
        .one(&db.read)
        .await?)
}

/// A page of an organization's trusts, by name, after the name `after`; only those whose name or issuer contains `contains`,
/// whatever the case.
pub async fn list(
    db: &Db,
    org: Uuid,
    contains: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<workload_trust::Model>> {
    Ok(page(org, contains, after, limit).all(&db.read).await?)
}

pub(crate) fn page(
    org: Uuid,
    contains: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Select<workload_trust::Entity> {
    let mut query = of(org, contains);
    if let Some(after) = after {
        query = query.filter(workload_trust::Column::Name.gt(after));
    }
    query
        .order_by_asc(workload_trust::Column::Name)
        .limit(limit)
}

fn of(org: Uuid, contains: Option<&str>) -> Select<workload_trust::Entity> {
    use workload_trust::Column::{Issuer, Name, OrgId};
    workload_trust::Entity::find()
        .filter(OrgId.eq(org))
        .filter(containing(contains, &[Name, Issuer]))
}

/// How many trusts of an organization a list without end would show.
pub async fn count(db: &Db, org: Uuid, contains: Option<&str>) -> Result<u64> {
    Ok(of(org, contains).count(&db.read).await?)
}

/// The rights of these trusts in single repositories: trust, repository's name, level; by name. Only those in repositories that
/// still are the organization's.
pub async fn grants(
    db: &Db,
    org: Uuid,
    trusts: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<(Uuid, String, Level)>> {
    let to_repository: RelationDef = workload_grant::Entity::belongs_to(repository::Entity)
        .from(workload_grant::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    Ok(workload_grant::Entity::find()
        .select_only()
        .column(workload_grant::Column::TrustId)
        .column(repository::Column::Name)
        .column(workload_grant::Column::Level)
        .join(JoinType::InnerJoin, to_repository)
        .filter(workload_grant::Column::TrustId.is_in(trusts))
        .filter(repository::Column::AccountId.eq(org))
        .order_by_asc(repository::Column::Name)
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// What a trust lets its jobs do in one repository, besides what it lets them do in all.
pub async fn grant(db: &Db, trust: Uuid, repository: Uuid) -> Result<Option<Level>> {
    let row = workload_grant::Entity::find_by_id((trust, repository))
        .one(&db.read)
        .await?;
    Ok(row.map(|row| row.level))
}

/// Names of trusts, `organization/name`, for what their jobs did; ids that are none are left out.
pub async fn names(db: &Db, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, String>> {
    let ids: std::collections::BTreeSet<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = workload_trust::Entity::find()
        .filter(workload_trust::Column::Id.is_in(ids))
        .all(&db.read)
        .await?;
    let orgs = accounts::names(db, rows.iter().map(|row| row.org_id)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.id, format!("{}/{}", orgs.get(&row.org_id)?, row.name))))
        .collect())
}

/// Notes that a job came.
pub async fn used(db: &Db, id: Uuid, job: &str, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    workload_trust::Entity::update_many()
        .col_expr(workload_trust::Column::UsedAt, Expr::val(now))
        .col_expr(workload_trust::Column::UsedBy, Expr::val(job))
        .filter(workload_trust::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await?;
    Ok(())
}

/// Notes that a token was refused, and why.
pub async fn refused(db: &Db, id: Uuid, reason: &str, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    workload_trust::Entity::update_many()
        .col_expr(workload_trust::Column::RefusedAt, Expr::val(now))
        .col_expr(workload_trust::Column::Refusal, Expr::val(reason))
        .filter(workload_trust::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await?;
    Ok(())
}
