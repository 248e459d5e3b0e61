//! Who is trusted: users' keys for signing, and what organizations and the registry registered.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, FromQueryResult, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
    sea_query::{Expr, Query},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{TrustKind, due};
use crate::{
    Db, Result,
    entities::{account, public_key, signature_trust},
    public_keys,
};

/// A key of a user that counts.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct UserKey {
    /// Its row.
    pub id: Uuid,
    /// The key, PEM.
    pub pem: String,
    /// The certificate that came with it, PEM.
    pub certificate: Option<String>,
    /// When it ends: what comes later is not signed by it.
    pub expires_at: Option<OffsetDateTime>,
}

/// A trust to be registered.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTrust {
    /// The organization; none for the registry.
    pub account: Option<Uuid>,
    /// What it is.
    pub kind: TrustKind,
    /// What it is for, in words.
    pub name: String,
    /// The key, or the certificates, PEM.
    pub pem: String,
    /// SHA-256 of the key's DER, or of the first certificate's, in hex.
    pub fingerprint: String,
    /// Of a trust store, who may sign.
    pub identities: Option<Vec<String>>,
}

/// `limit` keys of active users with which they sign or did: the newest, and of those that have ended at `now` the newest after them.
pub async fn user_keys(db: &Db, now: OffsetDateTime, limit: u64) -> Result<Vec<UserKey>> {
    let active = Query::select()
        .column(account::Column::Id)
        .from(account::Entity)
        .and_where(account::Column::IsActive.eq(true))
        .to_owned();
    let keys = public_key::Entity::find()
        .select_only()
        .columns([
            public_key::Column::Id,
            public_key::Column::Certificate,
            public_key::Column::ExpiresAt,
        ])
        .column_as(public_key::Column::PublicKey, "pem")
        .filter(public_key::Column::AccountId.in_subquery(active))
        .filter(
            Condition::any()
                .add(public_key::Column::IsSigning.eq(true))
                .add(public_key::Column::Kind.eq(public_keys::Kind::Cosign)),
        )
        .filter(public_key::Column::ProvenAt.is_not_null())
        .filter(public_key::Column::RevokedAt.is_null())
        .order_by(
            Expr::expr(Expr::case(public_key::Column::ExpiresAt.lte(now), 1).finally(0)),
            Order::Asc,
        )
        .order_by_desc(public_key::Column::Id)
        .limit(limit);
    Ok(keys.into_model().all(&db.read).await?)
}

/// What counts in the repositories of an account: its own trusts and the registry's, the oldest first.
pub async fn used_trusts(
    db: &Db,
    account: Uuid,
    limit: u64,
) -> Result<Vec<signature_trust::Model>> {
    let either = Condition::any()
        .add(signature_trust::Column::AccountId.eq(account))
        .add(signature_trust::Column::AccountId.is_null());
    let rows = signature_trust::Entity::find()
        .filter(either)
        .order_by_asc(signature_trust::Column::Id)
        .limit(limit);
    Ok(rows.all(&db.read).await?)
}

fn of(account: Option<Uuid>) -> Select<signature_trust::Entity> {
    let query = signature_trust::Entity::find();
    match account {
        Some(account) => query.filter(signature_trust::Column::AccountId.eq(account)),
        None => query.filter(signature_trust::Column::AccountId.is_null()),
    }
}

/// A page of the trusts of an organization, or of the registry, the oldest first, behind the one of id `after`.
pub async fn trusts(
    db: &Db,
    account: Option<Uuid>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<signature_trust::Model>> {
    let mut query = of(account);
    if let Some(after) = after {
        query = query.filter(signature_trust::Column::Id.gt(after));
    }
    let rows = query.order_by_asc(signature_trust::Column::Id).limit(limit);
    Ok(rows.all(&db.read).await?)
}

/// How many trusts an organization, or the registry, has.
pub async fn count_trusts(db: &Db, account: Option<Uuid>) -> Result<u64> {
    Ok(of(account).count(&db.read).await?)
}

/// The trust of that id of an organization, or of the registry.
pub async fn trust(
    db: &Db,
    account: Option<Uuid>,
    id: Uuid,
) -> Result<Option<signature_trust::Model>> {
    let query = of(account).filter(signature_trust::Column::Id.eq(id));
    Ok(query.one(&db.read).await?)
}

/// Registers a trust: what does not count is looked at again.
pub async fn register(
    db: &Db,
    new: NewTrust,
    now: OffsetDateTime,
) -> Result<signature_trust::Model> {
    let transaction = db.begin().await?;
    let account = new.account;
    let row = signature_trust::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(account),
        kind: Set(new.kind),
        name: Set(new.name),
        pem: Set(new.pem),
        fingerprint: Set(new.fingerprint),
        identities: Set(new.identities.map(|names| serde_json::json!(names))),
        created_at: Set(now),
    };
    let row = row.insert(&transaction).await?;
    due::unverified_again(&transaction, account, now).await?;
    db.commit_about(transaction, Some(row.id)).await?;
    Ok(row)
}

/// Takes a trust away, and looks at what counted by it again. False where there is none of that id.
pub async fn forget(db: &Db, account: Option<Uuid>, id: Uuid, now: OffsetDateTime) -> Result<bool> {
    let transaction = db.begin().await?;
    let Some(row) = of(account)
        .filter(signature_trust::Column::Id.eq(id))
        .one(&transaction)
        .await?
    else {
        return Ok(false);
    };
    signature_trust::Entity::delete_by_id(row.id)
        .exec(&transaction)
        .await?;
    due::again_for(&transaction, row.id, now).await?;
    db.commit(transaction).await?;
    Ok(true)
}
