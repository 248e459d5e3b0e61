//! The keys that sign registry tokens, and clients' refresh tokens.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{refresh_token, token_key},
};

/// Refresh tokens that an account may have.
pub const MAX_REFRESH_TOKENS: u64 = 1_000;

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

/// Keeps a refresh token. Where the account has [`MAX_REFRESH_TOKENS`] of them, the one that was not used for longest ends.
pub async fn add_refresh_token(db: &Db, new: NewRefreshToken, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    make_room(&transaction, new.account).await?;
    refresh_token::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(new.account),
        hash: Set(new.hash),
        client: Set(new.client),
        created_at: Set(now),
        used_at: Set(now),
        expires_at: Set(new.expires_at),
    }
    .insert(&transaction)
    .await?;
    db.commit(transaction).await
}

async fn make_room(transaction: &DatabaseTransaction, account: Uuid) -> Result<()> {
    let too_many: Vec<Uuid> = refresh_token::Entity::find()
        .select_only()
        .column(refresh_token::Column::Id)
        .filter(refresh_token::Column::AccountId.eq(account))
        .order_by_desc(refresh_token::Column::UsedAt)
        .order_by_desc(refresh_token::Column::Id)
        .offset(MAX_REFRESH_TOKENS - 1)
        .limit(MAX_REFRESH_TOKENS)
        .into_tuple()
        .all(transaction)
        .await?;
    if !too_many.is_empty() {
        refresh_token::Entity::delete_many()
            .filter(refresh_token::Column::Id.is_in(too_many))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

/// The refresh token of that hash, if it has not ended.
pub async fn refresh_token(
    db: &Db,
    hash: &str,
    now: OffsetDateTime,
) -> Result<Option<refresh_token::Model>> {
    Ok(refresh_token::Entity::find()
        .filter(refresh_token::Column::Hash.eq(hash))
        .filter(refresh_token::Column::ExpiresAt.gt(now))
        .one(&db.read)
        .await?)
}

/// Notes that a refresh token was used.
pub async fn refresh_token_used(db: &Db, id: Uuid, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::val(now))
        .filter(refresh_token::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, accounts};
    use time::Duration;

    #[tokio::test]
    async fn the_refresh_token_that_was_not_used_for_longest_makes_room() {
        let dir = tempfile::tempdir().expect("a directory");
        let options = Options::Sqlite(dir.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        let start = OffsetDateTime::UNIX_EPOCH;
        let account = async |name: &str| {
            let new = accounts::New {
                name: name.to_owned(),
                ..accounts::New::default()
            };
            accounts::create(&db, new, start).await.expect("made").id
        };
        let (alice, bob) = (account("alice").await, account("bob").await);
        let end = start + Duration::days(90);
        let rows = (0..MAX_REFRESH_TOKENS).map(|number| refresh_token::ActiveModel {
            id: Set(Uuid::now_v7()),
            account_id: Set(alice),
            hash: Set(number.to_string()),
            client: Set(String::new()),
            created_at: Set(start),
            used_at: Set(start),
            expires_at: Set(end),
        });
        refresh_token::Entity::insert_many(rows)
            .exec_without_returning(&db.write)
            .await
            .expect("made");
        let found = async |hash: &str| refresh_token(&db, hash, start).await.expect("read");
        let first = found("0").await.expect("there");
        let now = start + Duration::minutes(1);
        refresh_token_used(&db, first.id, now).await.expect("noted");
        for (account, hash) in [(alice, "new"), (bob, "bob's")] {
            let new = NewRefreshToken {
                account,
                hash: hash.to_owned(),
                client: String::new(),
                expires_at: end,
            };
            add_refresh_token(&db, new, now).await.expect("made");
        }
        assert_eq!(found("1").await, None);
        for hash in ["0", "2", "new", "bob's"] {
            assert!(found(hash).await.is_some(), "{hash}");
        }
    }
}
