//! Identity providers: kept, listed, changed.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select, SqlErr,
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Error, Result,
    entities::{identity, identity_provider},
    group_rules,
    search::containing,
};

/// What a provider is set to.
#[derive(Clone, Eq, PartialEq)]
pub struct Settings {
    /// What is written on its button.
    pub label: String,
    /// Its issuer, to the letter.
    pub issuer: String,
    /// What it knows us as.
    pub client_id: String,
    /// Our secret there; a public client has none.
    pub client_secret: Option<String>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim with the name that a new account is given.
    pub username_claim: String,
    /// The claim with the groups.
    pub groups_claim: String,
    /// Certificate authorities to trust besides those of the system, PEM.
    pub ca_certificates: Option<String>,
    /// Who signs in for the first time is given an account.
    pub creates_users: bool,
    /// It can be switched off and on again.
    pub is_active: bool,
}

impl From<identity_provider::Model> for Settings {
    fn from(row: identity_provider::Model) -> Self {
        Self {
            label: row.label,
            issuer: row.issuer,
            client_id: row.client_id,
            client_secret: row.client_secret,
            scopes: serde_json::from_value(row.scopes).unwrap_or_default(),
            username_claim: row.username_claim,
            groups_claim: row.groups_claim,
            ca_certificates: row.ca_certificates,
            creates_users: row.creates_users,
            is_active: row.is_active,
        }
    }
}

fn row(settings: Settings) -> identity_provider::ActiveModel {
    identity_provider::ActiveModel {
        label: Set(settings.label),
        issuer: Set(settings.issuer),
        client_id: Set(settings.client_id),
        client_secret: Set(settings.client_secret),
        scopes: Set(json!(settings.scopes)),
        username_claim: Set(settings.username_claim),
        groups_claim: Set(settings.groups_claim),
        ca_certificates: Set(settings.ca_certificates),
        creates_users: Set(settings.creates_users),
        is_active: Set(settings.is_active),
        ..Default::default()
    }
}

/// Makes a provider with its rules: pairs of a group and a team. [`Error::Exists`] where the name is taken.
pub async fn create(
    db: &Db,
    name: String,
    settings: Settings,
    rules: &[(String, Uuid)],
    now: OffsetDateTime,
) -> Result<identity_provider::Model> {
    let transaction = db.begin().await?;
    let made = identity_provider::ActiveModel {
        id: Set(Uuid::now_v7()),
        name: Set(name.clone()),
        created_at: Set(now),
        ..row(settings)
    }
    .insert(&transaction)
    .await
    .map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Exists(format!("the provider {name}")),
        _ => error.into(),
    })?;
    group_rules::replace(&transaction, made.id, rules).await?;
    db.commit_about(transaction, Some(made.id)).await?;
    Ok(made)
}

/// Sets a provider to what `change` makes of it, and its rules where some are given; `None` when there is none of that id. The
/// provider stays locked meanwhile, so that of two changes at once neither undoes the other.
pub async fn update<E: From<Error>>(
    db: &Db,
    id: Uuid,
    change: impl FnOnce(Settings) -> Result<Settings, E>,
    rules: Option<&[(String, Uuid)]>,
) -> Result<Option<identity_provider::Model>, E> {
    let transaction = db.begin().await?;
    let found = identity_provider::Entity::find_by_id(id).lock_exclusive();
    let Some(found) = found.one(&transaction).await.map_err(Error::from)? else {
        return Ok(None);
    };
    let before = Settings::from(found.clone());
    let after = change(before.clone())?;
    if after == before && rules.is_none() {
        return Ok(Some(found));
    }
    let changed = identity_provider::ActiveModel {
        id: Set(id),
        ..row(after)
    }
    .update(&transaction)
    .await
    .map_err(Error::from)?;
    if let Some(rules) = rules {
        group_rules::replace(&transaction, id, rules).await?;
    }
    db.commit(transaction).await?;
    Ok(Some(changed))
}

/// Deletes a provider with its identities and rules, and takes people out of the teams that its rules put them in. False when
/// there is none of that id.
pub async fn delete(db: &Db, id: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    group_rules::take_back(&transaction, id).await?;
    let deleted = identity_provider::Entity::delete_by_id(id)
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// The provider of that name.
pub async fn find(db: &Db, name: &str) -> Result<Option<identity_provider::Model>> {
    Ok(identity_provider::Entity::find()
        .filter(identity_provider::Column::Name.eq(name))
        .one(&db.read)
        .await?)
}

/// The provider of that id.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<identity_provider::Model>> {
    Ok(identity_provider::Entity::find_by_id(id)
        .one(&db.read)
        .await?)
}

/// A page of providers, by name, after the name `after`; all of them, or those that are switched on, and only those whose name,
/// label or issuer contains `contains`, whatever the case.
pub async fn list(
    db: &Db,
    only_active: bool,
    contains: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<identity_provider::Model>> {
    let mut query = page(contains, after, limit);
    if only_active {
        query = query.filter(identity_provider::Column::IsActive.eq(true));
    }
    Ok(query.all(&db.read).await?)
}

pub(crate) fn page(
    contains: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Select<identity_provider::Entity> {
    let mut query = matching(contains);
    if let Some(after) = after {
        query = query.filter(identity_provider::Column::Name.gt(after));
    }
    query
        .order_by_asc(identity_provider::Column::Name)
        .limit(limit)
}

fn matching(contains: Option<&str>) -> Select<identity_provider::Entity> {
    use identity_provider::Column::{Issuer, Label, Name};
    identity_provider::Entity::find().filter(containing(contains, &[Name, Label, Issuer]))
}

/// How many providers a list without end would show.
pub async fn count(db: &Db, contains: Option<&str>) -> Result<u64> {
    Ok(matching(contains).count(&db.read).await?)
}

/// How many identities each of these providers has; one without any is left out.
pub async fn identities(
    db: &Db,
    providers: impl IntoIterator<Item = Uuid>,
) -> Result<std::collections::HashMap<Uuid, u64>> {
    let rows: Vec<(Uuid, i64)> = identity::Entity::find()
        .select_only()
        .column(identity::Column::ProviderId)
        .column_as(identity::Column::Id.count(), "people")
        .filter(identity::Column::ProviderId.is_in(providers))
        .group_by(identity::Column::ProviderId)
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(provider, count)| (provider, u64::try_from(count).unwrap_or_default()))
        .collect())
}
