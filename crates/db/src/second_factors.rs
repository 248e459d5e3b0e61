//! Second factors: begun, confirmed, used, and taken away; and their recovery codes.
//!
//! Each code counts once: the query that accepts it also takes it away, so that of two requests with one code only one wins.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter, sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{recovery_code, second_factor},
};

/// An account's second factor, confirmed or not.
pub async fn find(db: &Db, account: Uuid) -> Result<Option<second_factor::Model>> {
    Ok(second_factor::Entity::find_by_id(account)
        .one(&db.read)
        .await?)
}

/// Begins a second factor, in the place of one that was not confirmed. False where there is a confirmed one.
pub async fn begin(db: &Db, account: Uuid, secret: Vec<u8>, now: OffsetDateTime) -> Result<bool> {
    let transaction = db.begin().await?;
    second_factor::Entity::delete_many()
        .filter(second_factor::Column::AccountId.eq(account))
        .filter(second_factor::Column::ConfirmedAt.is_null())
        .exec(&transaction)
        .await?;
    let is_on = second_factor::Entity::find_by_id(account)
        .count(&transaction)
        .await?
        > 0;
    if is_on {
        return Ok(false);
    }
    second_factor::ActiveModel {
        account_id: Set(account),
        secret: Set(secret),
        last_step: Set(None),
        created_at: Set(now),
        confirmed_at: Set(None),
    }
    .insert(&transaction)
    .await?;
    db.commit(transaction).await?;
    Ok(true)
}

/// Lets a second factor count, once the code of `step` was right for it. `hashes` are those of its recovery codes. False where
/// it was confirmed or begun anew meanwhile.
pub async fn confirm(
    db: &Db,
    pending: &second_factor::Model,
    step: i64,
    hashes: Vec<String>,
    now: OffsetDateTime,
) -> Result<bool> {
    let transaction = db.begin().await?;
    let confirmed = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::ConfirmedAt, Expr::val(now))
        .col_expr(second_factor::Column::LastStep, Expr::val(step))
        .filter(second_factor::Column::AccountId.eq(pending.account_id))
        .filter(second_factor::Column::Secret.eq(pending.secret.clone()))
        .filter(second_factor::Column::ConfirmedAt.is_null())
        .exec(&transaction)
        .await?;
    if confirmed.rows_affected == 0 {
        return Ok(false);
    }
    replace(&transaction, pending.account_id, hashes).await?;
    db.commit(transaction).await?;
    Ok(true)
}

/// Accepts the code of `step`, and no code up to it ever again. False where it, or a later one, was accepted before.
pub async fn accept(db: &Db, account: Uuid, step: i64) -> Result<bool> {
    let transaction = db.begin().await?;
    let accepted = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::LastStep, Expr::val(step))
        .filter(second_factor::Column::AccountId.eq(account))
        .filter(second_factor::Column::ConfirmedAt.is_not_null())
        .filter(
            Condition::any()
                .add(second_factor::Column::LastStep.is_null())
                .add(second_factor::Column::LastStep.lt(step)),
        )
        .exec(&transaction)
        .await?;
    if accepted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// Takes a recovery code away. False where the account has none of that hash.
pub async fn spend(db: &Db, account: Uuid, hash: &str) -> Result<bool> {
    let transaction = db.begin().await?;
    let spent = recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account))
        .filter(recovery_code::Column::Hash.eq(hash))
        .exec(&transaction)
        .await?;
    if spent.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// Gives an account other recovery codes.
pub async fn replace_recovery_codes(db: &Db, account: Uuid, hashes: Vec<String>) -> Result<()> {
    let transaction = db.begin().await?;
    replace(&transaction, account, hashes).await?;
    db.commit(transaction).await?;
    Ok(())
}

async fn replace(
    transaction: &DatabaseTransaction,
    account: Uuid,
    hashes: Vec<String>,
) -> Result<()> {
    forget(transaction, account).await?;
    let rows = hashes.into_iter().map(|hash| recovery_code::ActiveModel {
        account_id: Set(account),
        hash: Set(hash),
    });
    recovery_code::Entity::insert_many(rows)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

async fn forget(transaction: &DatabaseTransaction, account: Uuid) -> Result<()> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account))
        .exec(transaction)
        .await?;
    Ok(())
}

/// How many recovery codes an account has left.
pub async fn recovery_codes(db: &Db, account: Uuid) -> Result<u64> {
    Ok(recovery_code::Entity::find()
        .filter(recovery_code::Column::AccountId.eq(account))
        .count(&db.read)
        .await?)
}

/// Takes an account's second factor away, with its recovery codes. False where it had none.
pub async fn delete(db: &Db, account: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    forget(&transaction, account).await?;
    let deleted = second_factor::Entity::delete_by_id(account)
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}
