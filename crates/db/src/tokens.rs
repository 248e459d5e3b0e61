//! The keys that sign registry tokens, and clients' refresh tokens.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{refresh_token, token_key},
};

/// All signing keys, the newest first.
pub async fn keys(db: &Db) -> Result<Vec<token_key::Model>> {
    Ok(token_key::Entity::find()
        .order_by_desc(token_key::Column::CreatedAt)
        .all(&db.write)
        .await?)
}

/// Adds a signing key.
pub async fn add_key(db: &Db, key: token_key::Model) -> Result<()> {
    token_key::Entity::insert(token_key::ActiveModel::from(key))
        .on_conflict(
            OnConflict::column(token_key::Column::Id)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&db.write)
        .await?;
    Ok(())
}

/// Lets `key` be the only one that signs, and forgets those that were retired before `forget`.
pub async fn rotate(db: &Db, key: token_key::Model, forget: OffsetDateTime) -> Result<()> {
    let now = key.created_at;
    let transaction = db.begin().await?;
    token_key::Entity::delete_many()
        .filter(token_key::Column::RetiredAt.lt(forget))
        .exec(&transaction)
        .await?;
    token_key::Entity::update_many()
        .col_expr(token_key::Column::RetiredAt, Expr::val(now))
        .filter(token_key::Column::RetiredAt.is_null())
        .exec(&transaction)
        .await?;
    token_key::ActiveModel::from(key)
        .reset_all()
        .insert(&transaction)
        .await?;
    db.commit(transaction).await?;
    Ok(())
}

/// A refresh token to be kept.
#[derive(Clone, Debug)]
pub struct NewRefreshToken {
    /// Whose it is.
    pub account: Uuid,
    /// SHA-256 of the token, in hex.
    pub hash: String,
    /// The client's name for itself.
    pub client: String,
    /// When it ends.
    pub expires_at: OffsetDateTime,
}

/// Keeps a refresh token.
pub async fn add_refresh_token(db: &Db, new: NewRefreshToken, now: OffsetDateTime) -> Result<()> {
    refresh_token::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(new.account),
        hash: Set(new.hash),
        client: Set(new.client),
        created_at: Set(now),
        used_at: Set(now),
        expires_at: Set(new.expires_at),
    }
    .insert(&db.write)
    .await?;
    Ok(())
}

/// The account whose refresh token this is, if it has not ended.
pub async fn refresh_token_owner(db: &Db, hash: &str, now: OffsetDateTime) -> Result<Option<Uuid>> {
    let row = refresh_token::Entity::find()
        .filter(refresh_token::Column::Hash.eq(hash))
        .filter(refresh_token::Column::ExpiresAt.gt(now))
        .one(&db.read)
        .await?;
    Ok(row.map(|row| row.account_id))
}

/// Ends all refresh tokens of an account: its password changed, or it may no longer sign in.
pub async fn delete_refresh_tokens_of(db: &Db, account: Uuid) -> Result<u64> {
    let deleted = refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::AccountId.eq(account))
        .exec(&db.write)
        .await?;
    Ok(deleted.rows_affected)
}

/// Removes the rows of refresh tokens that have ended.
pub async fn delete_expired_refresh_tokens(db: &Db, now: OffsetDateTime) -> Result<u64> {
    let deleted = refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::ExpiresAt.lte(now))
        .exec(&db.write)
        .await?;
    Ok(deleted.rows_affected)
}
