//! Who accounts are at identity providers: linked, found, unlinked. Issuer and subject together are who somebody is; names and
//! addresses link to nothing.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, SqlErr,
    sea_query::{Expr, Query},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Error, Result, accounts,
    entities::{account, directory_person, identity, identity_provider},
};

/// The most identities of one account.
pub const MAX_PER_ACCOUNT: u64 = 20;

/// Somebody, as a provider knows them.
#[derive(Clone, Debug)]
pub struct Known {
    /// The provider.
    pub provider: Uuid,
    /// Its issuer.
    pub issuer: String,
    /// The person's id there.
    pub subject: String,
    /// What the provider calls the person, for reading.
    pub username: String,
}

/// What became of unlinking.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unlinked {
    /// It is gone.
    Gone,
    /// There is none of that id at this account.
    Missing,
    /// The account could not be signed in to any more.
    LastWayIn,
}

/// The identity, if it is linked to an account.
pub async fn find(db: &Db, known: &Known) -> Result<Option<identity::Model>> {
    Ok(by_subject(known).one(&db.read).await?)
}

pub(crate) fn by_subject(known: &Known) -> Select<identity::Entity> {
    identity::Entity::find()
        .filter(identity::Column::ProviderId.eq(known.provider))
        .filter(identity::Column::Issuer.eq(&known.issuer))
        .filter(identity::Column::Subject.eq(&known.subject))
}

/// Makes an account that is signed in to with this identity. [`Error::Exists`] where the name, or the identity, is taken.
pub async fn create_account(
    db: &Db,
    new: accounts::New,
    known: Known,
    now: OffsetDateTime,
) -> Result<account::Model> {
    let transaction = db.begin().await?;
    let made = accounts::insert(&transaction, new, false, now).await?;
    insert(&transaction, made.id, known, now).await?;
    db.commit_about(transaction, Some(made.id)).await?;
    Ok(made)
}

/// Links an identity to an account. [`Error::Exists`] where it is linked already, to this or another one; false where the account
/// has as many as it may.
pub async fn link(db: &Db, account: Uuid, known: Known, now: OffsetDateTime) -> Result<bool> {
    let transaction = db.begin().await?;
    let has = identity::Entity::find()
        .filter(identity::Column::AccountId.eq(account))
        .count(&transaction)
        .await?;
    if has >= MAX_PER_ACCOUNT {
        return Ok(false);
    }
    let made = insert(&transaction, account, known, now).await?;
    db.commit_about(transaction, Some(made.id)).await?;
    Ok(true)
}

async fn insert(
    transaction: &DatabaseTransaction,
    account: Uuid,
    known: Known,
    now: OffsetDateTime,
) -> Result<identity::Model> {
    identity::ActiveModel {
        id: Set(Uuid::now_v7()),
        provider_id: Set(known.provider),
        issuer: Set(known.issuer),
        subject: Set(known.subject),
        account_id: Set(account),
        username: Set(known.username),
        created_at: Set(now),
        used_at: Set(None),
    }
    .insert(transaction)
    .await
    .map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Exists("the identity".to_owned()),
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            Error::Missing("the account or the provider".to_owned())
        }
        _ => error.into(),
    })
}

/// Notes that somebody signed in with an identity.
pub async fn used(db: &Db, id: Uuid, username: &str, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    identity::Entity::update_many()
        .col_expr(identity::Column::UsedAt, Expr::val(now))
        .col_expr(identity::Column::Username, Expr::val(username))
        .filter(identity::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await?;
    Ok(())
}

/// The identities of an account with their providers, the oldest first. There are never more than [`MAX_PER_ACCOUNT`].
pub async fn of_account(
    db: &Db,
    account: Uuid,
) -> Result<Vec<(identity::Model, identity_provider::Model)>> {
    let rows = page(account).all(&db.read).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.provider_id).collect();
    let providers: std::collections::HashMap<Uuid, identity_provider::Model> =
        identity_provider::Entity::find()
            .filter(identity_provider::Column::Id.is_in(ids))
            .all(&db.read)
            .await?
            .into_iter()
            .map(|provider| (provider.id, provider))
            .collect();
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let provider = providers.get(&row.provider_id)?.clone();
            Some((row, provider))
        })
        .collect())
}

pub(crate) fn page(account: Uuid) -> Select<identity::Entity> {
    identity::Entity::find()
        .filter(identity::Column::AccountId.eq(account))
        .order_by_asc(identity::Column::Id)
        .limit(MAX_PER_ACCOUNT)
}

/// Unlinks an identity of an account, unless it is the last way in: without a password, here or in the directory, an identity at a
/// provider that is switched on has to stay. The account stays locked until it is done, so that two cannot be taken away at once.
pub async fn unlink(db: &Db, account: Uuid, id: Uuid) -> Result<Unlinked> {
    let transaction = db.begin().await?;
    let owner = account::Entity::find_by_id(account)
        .lock_exclusive()
        .one(&transaction)
        .await?;
    let Some(owner) = owner else {
        return Ok(Unlinked::Missing);
    };
    let mut active = Query::select();
    active
        .column(identity_provider::Column::Id)
        .from(identity_provider::Entity)
        .and_where(identity_provider::Column::IsActive.eq(true));
    let others = identity::Entity::find()
        .filter(identity::Column::AccountId.eq(account))
        .filter(identity::Column::Id.ne(id))
        .filter(identity::Column::ProviderId.in_subquery(active))
        .count(&transaction)
        .await?;
    let deleted = identity::Entity::delete_by_id(id)
        .filter(identity::Column::AccountId.eq(account))
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(Unlinked::Missing);
    }
    let by_directory = directory_person::Entity::find_by_id(account)
        .one(&transaction)
        .await?
        .is_some();
    if owner.password_hash.is_none() && !by_directory && others == 0 {
        return Ok(Unlinked::LastWayIn);
    }
    db.commit(transaction).await?;
    Ok(Unlinked::Gone)
}
