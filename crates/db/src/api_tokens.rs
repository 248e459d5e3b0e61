//! Access tokens: made, listed, used, rotated and revoked.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef, Select, sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{api_token, api_token_secret},
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
}

/// What changes of a token; `None` stays as it is.
#[derive(Clone, Debug, Default)]
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
        created_at: Set(now),
        expires_at: Set(new.expires_at),
        used_at: Set(None),
        used_from: Set(None),
    }
    .insert(&transaction)
    .await?;
    secret(token.id, new.hash, now).insert(&transaction).await?;
    transaction.commit().await?;
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

/// Notes that a token was used.
pub async fn used(db: &Db, id: Uuid, from: &str, now: OffsetDateTime) -> Result<()> {
    api_token::Entity::update_many()
        .col_expr(api_token::Column::UsedAt, Expr::val(now))
        .col_expr(api_token::Column::UsedFrom, Expr::val(from))
        .filter(api_token::Column::Id.eq(id))
        .exec(&db.write)
        .await?;
    Ok(())
}

/// A page of tokens, the oldest first, after the one of id `after`; all of them, or an account's.
pub async fn list(
    db: &Db,
    account: Option<Uuid>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<api_token::Model>> {
    Ok(page(account, after, limit).all(&db.read).await?)
}

pub(crate) fn page(
    account: Option<Uuid>,
    after: Option<Uuid>,
    limit: u64,
) -> Select<api_token::Entity> {
    let mut query = of(account);
    if let Some(after) = after {
        query = query.filter(api_token::Column::Id.gt(after));
    }
    query.order_by_asc(api_token::Column::Id).limit(limit)
}

/// How many tokens there are, of all or of an account.
pub async fn count(db: &Db, account: Option<Uuid>) -> Result<u64> {
    Ok(of(account).count(&db.read).await?)
}

fn of(account: Option<Uuid>) -> Select<api_token::Entity> {
    let query = api_token::Entity::find();
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
    let mut row = api_token::ActiveModel::from(row);
    if let Some(label) = update.label {
        row.label = Set(label);
    }
    if let Some(is_active) = update.is_active {
        row.is_active = Set(is_active);
    }
    Ok(Some(row.update(&db.write).await?))
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
    transaction.commit().await?;
    Ok(())
}

/// Deletes a token with its secrets. False when there is none of that id.
pub async fn delete(db: &Db, id: Uuid) -> Result<bool> {
    let deleted = api_token::Entity::delete_by_id(id).exec(&db.write).await?;
    Ok(deleted.rows_affected > 0)
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
    Ok(query.exec(&db.write).await?.rows_affected)
}
