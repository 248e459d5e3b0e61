//! Public keys of users: registered, listed, designated for signing, used and revoked.
//!
//! A key belongs to one account only, for ever: else what one person signs would count as signed by another, and a key that was
//! stolen and revoked could be registered by the thief. So revoked keys keep their rows, the latest [`KEPT`] of each account; and of
//! an account that goes, the fingerprints of its keys stay.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DeriveActiveEnum, EntityTrait,
    EnumIter, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef, Select,
    SqlErr,
    sea_query::{Expr, Query},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{account, public_key, retired_key},
    promotions::due,
    search::containing,
    signatures,
};

/// How many revoked keys of an account are remembered.
pub const KEPT: u64 = 200;
/// Ids in one question.
const LOT: usize = 1000;

/// Where a key comes from.
#[derive(Clone, Copy, Debug, DeriveActiveEnum, EnumIter, Eq, PartialEq)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Kind {
    /// This registry issued a client certificate for it.
    #[sea_orm(num_value = 1)]
    ClientCertificate,
    /// It was uploaded, bare or in somebody else's certificate.
    #[sea_orm(num_value = 2)]
    PublicKey,
    /// It was uploaded, to verify what cosign signs.
    #[sea_orm(num_value = 3)]
    Cosign,
}

/// What a new key begins with.
#[derive(Clone, Debug)]
pub struct New {
    /// Whose it is.
    pub account: Uuid,
    /// What it is for.
    pub label: String,
    /// Where it comes from.
    pub kind: Kind,
    /// What kind of key it is, for people.
    pub algorithm: String,
    /// SHA-256 of the key's DER, in hex.
    pub fingerprint: String,
    /// Its id in Notary.
    pub notary_id: String,
    /// The key, PEM.
    pub public_key: String,
    /// The certificate, if it has one.
    pub certificate: Option<Certificate>,
}

/// The certificate of a new key.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The serial number, where this registry issued it.
    pub serial: Option<String>,
    /// The certificate, PEM.
    pub pem: String,
    /// SHA-256 of its DER, in hex.
    pub fingerprint: String,
    /// When it ends.
    pub expires_at: OffsetDateTime,
}

/// What became of a key that was to be registered.
#[derive(Clone, Debug)]
pub enum Registered {
    /// It is.
    New(public_key::Model),
    /// The account had it already, or has revoked it.
    Known(public_key::Model),
    /// Another account has it, or has revoked it, or had it and is gone.
    Taken,
    /// The account has as many keys as it may have.
    TooMany,
}

/// What changes of a key; `None` stays as it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Update {
    /// What it is for.
    pub label: Option<String>,
    /// Its user signs with it.
    pub is_signing: Option<bool>,
}

/// Which keys a list shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum State {
    /// Those that were not revoked.
    #[default]
    Active,
    /// Those that were.
    Revoked,
    /// Both.
    All,
}

/// Registers a key, unless somebody has it, or the account has `max` of them. The account stays locked meanwhile, so that two
/// who register at once cannot both be the last one.
pub async fn register(db: &Db, new: New, max: u64, now: OffsetDateTime) -> Result<Registered> {
    let transaction = db.begin().await?;
    account::Entity::find_by_id(new.account)
        .lock_exclusive()
        .one(&transaction)
        .await?;
    if let Some(known) = with_fingerprint(&transaction, &new.fingerprint).await? {
        return Ok(if known.account_id == new.account {
            Registered::Known(known)
        } else {
            Registered::Taken
        });
    }
    if is_retired(&transaction, &new.fingerprint).await? {
        return Ok(Registered::Taken);
    }
    if of(new.account, State::Active).count(&transaction).await? >= max {
        return Ok(Registered::TooMany);
    }
    match row(new, now).insert(&transaction).await {
        Ok(row) => {
            due::of_key(&transaction, &row.notary_id, now).await?;
            if row.kind == Kind::Cosign {
                signatures::unverified_again(&transaction, None, now).await?;
            }
            db.commit_about(transaction, Some(row.id)).await?;
            Ok(Registered::New(row))
        }
        // Another account registered it a moment ago.
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Ok(Registered::Taken)
        }
        Err(error) => Err(error.into()),
    }
}

fn row(new: New, now: OffsetDateTime) -> public_key::ActiveModel {
    let (serial, pem, fingerprint, expires_at) = match new.certificate {
        Some(found) => (
            found.serial,
            Some(found.pem),
            Some(found.fingerprint),
            Some(found.expires_at),
        ),
        None => (None, None, None, None),
    };
    public_key::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(new.account),
        label: Set(new.label),
        kind: Set(new.kind),
        algorithm: Set(new.algorithm),
        fingerprint: Set(new.fingerprint),
        notary_id: Set(new.notary_id),
        public_key: Set(new.public_key),
        serial: Set(serial),
        certificate: Set(pem),
        certificate_fingerprint: Set(fingerprint),
        is_signing: Set(false),
        created_at: Set(now),
        expires_at: Set(expires_at),
        used_at: Set(None),
        used_from: Set(None),
        revoked_at: Set(None),
    }
}

/// The key of that fingerprint, whoever has it, revoked or not.
pub async fn by_fingerprint(db: &Db, fingerprint: &str) -> Result<Option<public_key::Model>> {
    with_fingerprint(&db.read, fingerprint).await
}

async fn with_fingerprint(
    connection: &impl ConnectionTrait,
    fingerprint: &str,
) -> Result<Option<public_key::Model>> {
    Ok(public_key::Entity::find()
        .filter(public_key::Column::Fingerprint.eq(fingerprint))
        .one(connection)
        .await?)
}

/// Whether the account that had the key is gone, or has forgotten that it revoked it.
async fn is_retired(connection: &impl ConnectionTrait, fingerprint: &str) -> Result<bool> {
    let found = retired_key::Entity::find_by_id(fingerprint)
        .one(connection)
        .await?;
    Ok(found.is_some())
}

/// Keeps the fingerprints of the keys of an account that goes. It stays locked meanwhile, so that no key is registered behind them.
pub(crate) async fn retire(transaction: &DatabaseTransaction, account: Uuid) -> Result<()> {
    account::Entity::find_by_id(account)
        .lock_exclusive()
        .one(transaction)
        .await?;
    let fingerprints: Vec<String> = of(account, State::All)
        .select_only()
        .column(public_key::Column::Fingerprint)
        .into_tuple()
        .all(transaction)
        .await?;
    keep_retired(transaction, fingerprints).await
}

/// Keys of these fingerprints are nobody's any more, for ever.
async fn keep_retired(transaction: &DatabaseTransaction, fingerprints: Vec<String>) -> Result<()> {
    if fingerprints.is_empty() {
        return Ok(());
    }
    let rows = fingerprints
        .into_iter()
        .map(|fingerprint| retired_key::ActiveModel {
            fingerprint: Set(fingerprint),
        });
    retired_key::Entity::insert_many(rows)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// A page of an account's keys, the oldest first, beginning with the one of id `start`; only those whose label, or one of whose
/// ids, contains `contains`, whatever the case.
pub async fn list(
    db: &Db,
    account: Uuid,
    state: State,
    contains: Option<&str>,
    start: Option<Uuid>,
    limit: u64,
) -> Result<Vec<public_key::Model>> {
    Ok(page(account, state, contains, start, limit)
        .all(&db.read)
        .await?)
}

pub(crate) fn page(
    account: Uuid,
    state: State,
    contains: Option<&str>,
    start: Option<Uuid>,
    limit: u64,
) -> Select<public_key::Entity> {
    use public_key::Column::{Fingerprint, Label, NotaryId};
    let mut query =
        of(account, state).filter(containing(contains, &[Label, Fingerprint, NotaryId]));
    if let Some(start) = start {
        query = query.filter(public_key::Column::Id.gte(start));
    }
    query.order_by_asc(public_key::Column::Id).limit(limit)
}

fn of(account: Uuid, state: State) -> Select<public_key::Entity> {
    let query = public_key::Entity::find().filter(public_key::Column::AccountId.eq(account));
    match state {
        State::Active => query.filter(public_key::Column::RevokedAt.is_null()),
        State::Revoked => query.filter(public_key::Column::RevokedAt.is_not_null()),
        State::All => query,
    }
}

/// Changes a key of an account; `None` where it has none of that fingerprint, or has revoked it.
pub async fn update(
    db: &Db,
    account: Uuid,
    fingerprint: &str,
    update: Update,
    now: OffsetDateTime,
) -> Result<Option<public_key::Model>> {
    let transaction = db.begin().await?;
    let found = of(account, State::Active)
        .filter(public_key::Column::Fingerprint.eq(fingerprint))
        .lock_exclusive()
        .one(&transaction)
        .await?;
    let Some(row) = found else {
        return Ok(None);
    };
    if update == Update::default() {
        return Ok(Some(row));
    }
    let was_signing = row.is_signing;
    let mut row = public_key::ActiveModel::from(row);
    if let Some(label) = update.label {
        row.label = Set(label);
    }
    if let Some(is_signing) = update.is_signing {
        row.is_signing = Set(is_signing);
    }
    let row = row.update(&transaction).await?;
    due::of_key(&transaction, &row.notary_id, now).await?;
    match update
        .is_signing
        .filter(|is_signing| *is_signing != was_signing)
    {
        Some(true) => signatures::unverified_again(&transaction, None, now).await?,
        Some(false) => signatures::again_for(&transaction, row.id, now).await?,
        None => {}
    }
    db.commit(transaction).await?;
    Ok(Some(row))
}

/// Revokes a key of an account, and forgets what it revoked longest ago beyond [`KEPT`]. False where it has no such key that is
/// not revoked yet.
pub async fn revoke(
    db: &Db,
    account: Uuid,
    fingerprint: &str,
    now: OffsetDateTime,
) -> Result<bool> {
    let transaction = db.begin().await?;
    let revoked = public_key::Entity::update_many()
        .col_expr(public_key::Column::RevokedAt, Expr::val(now))
        .col_expr(public_key::Column::IsSigning, Expr::val(false))
        .filter(public_key::Column::AccountId.eq(account))
        .filter(public_key::Column::Fingerprint.eq(fingerprint))
        .filter(public_key::Column::RevokedAt.is_null())
        .exec(&transaction)
        .await?;
    if revoked.rows_affected == 0 {
        return Ok(false);
    }
    if let Some(row) = with_fingerprint(&transaction, fingerprint).await? {
        due::of_key(&transaction, &row.notary_id, now).await?;
        signatures::again_for(&transaction, row.id, now).await?;
    }
    let mut kept = Query::select();
    kept.column(public_key::Column::Id)
        .from(public_key::Entity)
        .and_where(public_key::Column::AccountId.eq(account))
        .and_where(public_key::Column::RevokedAt.is_not_null())
        .order_by(public_key::Column::RevokedAt, sea_orm::Order::Desc)
        .order_by(public_key::Column::Id, sea_orm::Order::Desc)
        .limit(KEPT);
    let beyond = of(account, State::All)
        .filter(public_key::Column::RevokedAt.is_not_null())
        .filter(public_key::Column::Id.not_in_subquery(kept));
    let forgotten: Vec<(Uuid, String)> = beyond
        .select_only()
        .columns([public_key::Column::Id, public_key::Column::Fingerprint])
        .into_tuple()
        .all(&transaction)
        .await?;
    let (ids, fingerprints): (Vec<Uuid>, Vec<String>) = forgotten.into_iter().unzip();
    public_key::Entity::delete_many()
        .filter(public_key::Column::Id.is_in(ids))
        .exec(&transaction)
        .await?;
    keep_retired(&transaction, fingerprints).await?;
    db.commit(transaction).await?;
    Ok(true)
}

/// Notes that somebody came with the certificate of a key.
pub async fn used(db: &Db, id: Uuid, from: &str, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    public_key::Entity::update_many()
        .col_expr(public_key::Column::UsedAt, Expr::val(now))
        .col_expr(public_key::Column::UsedFrom, Expr::val(from))
        .filter(public_key::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await?;
    Ok(())
}

/// Keys by their ids in Notary, with whose they are; revoked ones, and those that nobody signs with, too.
pub async fn by_notary_ids(
    db: &Db,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, (public_key::Model, account::Model)>> {
    let ids: BTreeSet<&str> = ids.into_iter().collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut found = HashMap::with_capacity(ids.len());
    for lot in ids.chunks(LOT) {
        for (key, account) in with_notary_ids(lot).all(&db.read).await? {
            if let Some(account) = account {
                found.insert(key.notary_id.clone(), (key, account));
            }
        }
    }
    Ok(found)
}

pub(crate) fn with_notary_ids(
    ids: &[&str],
) -> sea_orm::SelectTwo<public_key::Entity, account::Entity> {
    let to_account: RelationDef = public_key::Entity::belongs_to(account::Entity)
        .from(public_key::Column::AccountId)
        .to(account::Column::Id)
        .into();
    public_key::Entity::find()
        .join(JoinType::InnerJoin, to_account)
        .filter(public_key::Column::NotaryId.is_in(ids.iter().copied()))
        .select_also(account::Entity)
}

/// Those of these accounts that have a key for signing which is good at `now`.
pub async fn signers(
    db: &Db,
    accounts: impl IntoIterator<Item = Uuid>,
    now: OffsetDateTime,
) -> Result<HashSet<Uuid>> {
    let accounts: Vec<Uuid> = accounts.into_iter().collect();
    if accounts.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<Uuid> = signing(&accounts, now).into_tuple().all(&db.read).await?;
    Ok(rows.into_iter().collect())
}

pub(crate) fn signing(accounts: &[Uuid], now: OffsetDateTime) -> Select<public_key::Entity> {
    public_key::Entity::find()
        .select_only()
        .column(public_key::Column::AccountId)
        .distinct()
        .filter(public_key::Column::AccountId.is_in(accounts.iter().copied()))
        .filter(public_key::Column::IsSigning.eq(true))
        .filter(public_key::Column::RevokedAt.is_null())
        .filter(
            Condition::any()
                .add(public_key::Column::ExpiresAt.is_null())
                .add(public_key::Column::ExpiresAt.gt(now)),
        )
}

#[cfg(test)]
mod tests;
