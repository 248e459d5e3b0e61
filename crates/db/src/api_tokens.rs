//! Access tokens: made, listed, used, rotated and revoked.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef, Select, sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Actions, Db, Result,
    entities::{api_token, api_token_scope, api_token_secret, repository},
    search::containing,
};

/// What a new token begins with.
#[derive(Clone, Debug)]
pub struct New {
    /// Whose it is.
    pub account: Uuid,
    /// SHA-256 of its first secret, in hex.
    pub hash: String,
    /// What it is for.
    pub label: String,
    /// What the client that makes it calls itself.
    pub creator: String,
    /// When it ends.
    pub expires_at: Option<OffsetDateTime>,
    /// The repositories that it is good for, each once, and what it may do there; everything that its account may, where there
    /// is none.
    pub scope: Option<Vec<(Uuid, Actions)>>,
}

/// What changes of a token; `None` stays as it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Update {
    /// What it is for.
    pub label: Option<String>,
    /// Switched on or off.
    pub is_active: Option<bool>,
}

/// Makes a token.
pub async fn create(db: &Db, new: New, now: OffsetDateTime) -> Result<api_token::Model> {
    let transaction = db.begin().await?;
    let token = api_token::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(new.account),
        label: Set(new.label),
        creator: Set(new.creator),
        is_active: Set(true),
        is_limited: Set(new.scope.is_some()),
        created_at: Set(now),
        expires_at: Set(new.expires_at),
        used_at: Set(None),
        used_from: Set(None),
    }
    .insert(&transaction)
    .await?;
    secret(token.id, new.hash, now).insert(&transaction).await?;
    let scope = new.scope.unwrap_or_default();
    if !scope.is_empty() {
        let rows = scope
            .into_iter()
            .map(|(repository, actions)| api_token_scope::ActiveModel {
                token_id: Set(token.id),
                repository_id: Set(repository),
                actions: Set(actions),
            });
        api_token_scope::Entity::insert_many(rows)
            .exec_without_returning(&transaction)
            .await?;
    }
    db.commit_about(transaction, Some(token.id)).await?;
    Ok(token)
}

fn secret(token: Uuid, hash: String, now: OffsetDateTime) -> api_token_secret::ActiveModel {
    api_token_secret::ActiveModel {
        hash: Set(hash),
        token_id: Set(token),
        created_at: Set(now),
        expires_at: Set(None),
    }
}

/// The token with that secret, if both are good at `now`.
pub async fn by_secret(
    db: &Db,
    hash: &str,
    now: OffsetDateTime,
) -> Result<Option<api_token::Model>> {
    let to_secret: RelationDef = api_token::Entity::belongs_to(api_token_secret::Entity)
        .from(api_token::Column::Id)
        .to(api_token_secret::Column::TokenId)
        .into();
    Ok(api_token::Entity::find()
        .join(JoinType::InnerJoin, to_secret)
        .filter(api_token_secret::Column::Hash.eq(hash))
        .filter(
            Condition::any()
                .add(api_token_secret::Column::ExpiresAt.is_null())
                .add(api_token_secret::Column::ExpiresAt.gt(now)),
        )
        .filter(api_token::Column::IsActive.eq(true))
        .filter(
            Condition::any()
                .add(api_token::Column::ExpiresAt.is_null())
                .add(api_token::Column::ExpiresAt.gt(now)),
        )
        .one(&db.read)
        .await?)
}

/// The token of that id.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<api_token::Model>> {
    Ok(api_token::Entity::find_by_id(id).one(&db.read).await?)
}

/// A repository that a limited token is good for.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The token.
    pub token: Uuid,
    /// The repository's id.
    pub repository: Uuid,
    /// `namespace/name` of it.
    pub name: String,
    /// What the token may do there.
    pub actions: Actions,
}

/// What these tokens are limited to, by the repositories' names; nothing for those that are not limited.
pub async fn scopes(db: &Db, tokens: impl IntoIterator<Item = Uuid>) -> Result<Vec<Scope>> {
    let to_repository: RelationDef = api_token_scope::Entity::belongs_to(repository::Entity)
        .from(api_token_scope::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    let rows: Vec<(Uuid, Uuid, Actions, String, String)> = api_token_scope::Entity::find()
        .select_only()
        .columns([
            api_token_scope::Column::TokenId,
            api_token_scope::Column::RepositoryId,
            api_token_scope::Column::Actions,
        ])
        .column(repository::Column::Namespace)
        .column(repository::Column::Name)
        .join(JoinType::InnerJoin, to_repository)
        .filter(api_token_scope::Column::TokenId.is_in(tokens))
        .order_by_asc(repository::Column::Namespace)
        .order_by_asc(repository::Column::Name)
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(token, repository, actions, namespace, name)| Scope {
            token,
            repository,
            name: format!("{namespace}/{name}"),
            actions,
        })
        .collect())
}

/// Notes that a token was used.
pub async fn used(db: &Db, id: Uuid, from: &str, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    api_token::Entity::update_many()
        .col_expr(api_token::Column::UsedAt, Expr::val(now))
        .col_expr(api_token::Column::UsedFrom, Expr::val(from))
        .filter(api_token::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await
}

/// A page of tokens, the oldest first, after the one of id `after`; all of them, or an account's, and only those whose label
/// contains `contains`, whatever the case.
pub async fn list(
    db: &Db,
    account: Option<Uuid>,
    contains: Option<&str>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<api_token::Model>> {
    Ok(page(account, contains, after, limit).all(&db.read).await?)
}

pub(crate) fn page(
    account: Option<Uuid>,
    contains: Option<&str>,
    after: Option<Uuid>,
    limit: u64,
) -> Select<api_token::Entity> {
    let mut query = of(account, contains);
    if let Some(after) = after {
        query = query.filter(api_token::Column::Id.gt(after));
    }
    query.order_by_asc(api_token::Column::Id).limit(limit)
}

/// How many tokens a list without end would show.
pub async fn count(db: &Db, account: Option<Uuid>, contains: Option<&str>) -> Result<u64> {
    Ok(of(account, contains).count(&db.read).await?)
}

fn of(account: Option<Uuid>, contains: Option<&str>) -> Select<api_token::Entity> {
    let query = api_token::Entity::find().filter(containing(contains, &[api_token::Column::Label]));
    match account {
        Some(account) => query.filter(api_token::Column::AccountId.eq(account)),
        None => query,
    }
}

/// Changes a token; `None` when there is none of that id.
pub async fn update(db: &Db, id: Uuid, update: Update) -> Result<Option<api_token::Model>> {
    let Some(row) = by_id(db, id).await? else {
        return Ok(None);
    };
    if update == Update::default() {
        return Ok(Some(row));
    }
    let mut row = api_token::ActiveModel::from(row);
    if let Some(label) = update.label {
        row.label = Set(label);
    }
    if let Some(is_active) = update.is_active {
        row.is_active = Set(is_active);
    }
    let transaction = db.begin().await?;
    let row = row.update(&transaction).await?;
    db.commit(transaction).await?;
    Ok(Some(row))
}

/// Gives a token a new secret. The one it had goes on until `until`; what was left of an earlier rotation ends now, so there are
/// never more than two.
pub async fn rotate(
    db: &Db,
    id: Uuid,
    hash: String,
    until: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<()> {
    let transaction = db.begin().await?;
    api_token_secret::Entity::delete_many()
        .filter(api_token_secret::Column::TokenId.eq(id))
        .filter(api_token_secret::Column::ExpiresAt.is_not_null())
        .exec(&transaction)
        .await?;
    api_token_secret::Entity::update_many()
        .col_expr(api_token_secret::Column::ExpiresAt, Expr::val(until))
        .filter(api_token_secret::Column::TokenId.eq(id))
        .exec(&transaction)
        .await?;
    secret(id, hash, now).insert(&transaction).await?;
    db.commit(transaction).await?;
    Ok(())
}

/// Deletes a token with its secrets. False when there is none of that id.
pub async fn delete(db: &Db, id: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let deleted = api_token::Entity::delete_by_id(id)
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// Deletes tokens, of all or of an account, that were not used since `before` (made before it, where they never were), and says
/// how many. Without `before`, all of them.
pub async fn delete_many(
    db: &Db,
    account: Option<Uuid>,
    before: Option<OffsetDateTime>,
) -> Result<u64> {
    let mut query = api_token::Entity::delete_many();
    if let Some(account) = account {
        query = query.filter(api_token::Column::AccountId.eq(account));
    }
    if let Some(before) = before {
        let never = Condition::all()
            .add(api_token::Column::UsedAt.is_null())
            .add(api_token::Column::CreatedAt.lt(before));
        query = query.filter(
            Condition::any()
                .add(api_token::Column::UsedAt.lt(before))
                .add(never),
        );
    }
    let transaction = db.begin().await?;
    let deleted = query.exec(&transaction).await?.rows_affected;
    if deleted > 0 {
        db.commit(transaction).await?;
    }
    Ok(deleted)
}
