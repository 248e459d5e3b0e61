//! Public keys of users: registered, listed, designated for signing, used and revoked.
//!
//! A key belongs to one account only, for ever: else what one person signs would count as signed by another, and a key that was
//! stolen and revoked could be registered by the thief. So revoked keys keep their rows, the latest [`KEPT`] of each account; and of
//! an account that goes, the fingerprints of its keys stay.
//!
//! That holds for keys that are proven: whose account has shown that it holds the private half. Until then a key is a claim. It
//! counts for nothing, and goes to whoever proves it.

mod register;
mod revoke;
mod signing;

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DeriveActiveEnum, EntityTrait, EnumIter,
    QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait as _},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{account, public_key},
    promotions::due,
    search::containing,
    signatures,
};

pub use register::register;
pub(crate) use revoke::retire;
pub use revoke::revoke;
pub use signing::{by_notary_ids, signers};

/// How many revoked keys of an account are remembered.
pub const KEPT: u64 = 200;

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
    /// Whether the account has shown that it holds the private half.
    pub is_proven: bool,
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
    /// Its user signs with it; refused of a key that is not proven.
    pub is_signing: Option<bool>,
    /// Its user has shown that they hold the private half.
    pub is_proven: bool,
}

/// What became of a change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Updated {
    /// The key as it is now.
    Done(Box<public_key::Model>),
    /// The account has no such key, or has revoked it.
    Unknown,
    /// Nobody has shown that they hold the private half; nothing changed.
    NotProven,
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

/// Changes a key of an account.
pub async fn update(
    db: &Db,
    account: Uuid,
    fingerprint: &str,
    update: Update,
    now: OffsetDateTime,
) -> Result<Updated> {
    let transaction = db.begin().await?;
    let found = of(account, State::Active)
        .filter(public_key::Column::Fingerprint.eq(fingerprint))
        .lock_exclusive()
        .one(&transaction)
        .await?;
    let Some(row) = found else {
        return Ok(Updated::Unknown);
    };
    if update == Update::default() {
        return Ok(Updated::Done(Box::new(row)));
    }
    let was_proven = row.proven_at.is_some();
    if update.is_signing == Some(true) && !was_proven && !update.is_proven {
        return Ok(Updated::NotProven);
    }
    let counted = row.counts();
    let mut row = public_key::ActiveModel::from(row);
    if let Some(label) = update.label {
        row.label = Set(label);
    }
    if let Some(is_signing) = update.is_signing {
        row.is_signing = Set(is_signing);
    }
    if update.is_proven && !was_proven {
        row.proven_at = Set(Some(now));
    }
    let row = row.update(&transaction).await?;
    if row.counts() != counted {
        due::of_key(&transaction, &row.notary_id, now).await?;
        if counted {
            signatures::again_for(&transaction, row.id, now).await?;
        } else {
            signatures::of_users_again(&transaction, [row.fingerprint.as_str()], now).await?;
        }
    }
    db.commit(transaction).await?;
    Ok(Updated::Done(Box::new(row)))
}

/// An account was switched on or off: what its keys signed counts again, or no more.
pub(crate) async fn switched(
    transaction: &DatabaseTransaction,
    account: &account::Model,
    now: OffsetDateTime,
) -> Result<()> {
    let keys = of(account.id, State::Active).all(transaction).await?;
    let keys: Vec<_> = keys.into_iter().filter(public_key::Model::counts).collect();
    for key in &keys {
        due::of_key(transaction, &key.notary_id, now).await?;
        if !account.is_active {
            signatures::again_for(transaction, key.id, now).await?;
        }
    }
    if account.is_active && !keys.is_empty() {
        let fingerprints = keys.iter().map(|key| key.fingerprint.as_str());
        signatures::of_users_again(transaction, fingerprints, now).await?;
    }
    Ok(())
}

/// Notes that somebody came with the certificate of a key, which only who holds the private half can.
pub async fn used(db: &Db, id: Uuid, from: &str, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    public_key::Entity::update_many()
        .col_expr(public_key::Column::UsedAt, Expr::val(now))
        .col_expr(public_key::Column::UsedFrom, Expr::val(from))
        .col_expr(
            public_key::Column::ProvenAt,
            Expr::col(public_key::Column::ProvenAt).if_null(now),
        )
        .filter(public_key::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
