//! Revoking keys, and what is remembered of those that went.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, Query},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{KEPT, State, of, with_fingerprint};
use crate::{
    Db, Result,
    entities::{account, public_key, retired_key},
    promotions::due,
    signatures,
};

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
    let forgotten: Vec<(Uuid, String, Option<OffsetDateTime>)> = beyond
        .select_only()
        .columns([
            public_key::Column::Id,
            public_key::Column::Fingerprint,
            public_key::Column::ProvenAt,
        ])
        .into_tuple()
        .all(&transaction)
        .await?;
    let ids: Vec<Uuid> = forgotten.iter().map(|(id, ..)| *id).collect();
    let fingerprints = forgotten
        .into_iter()
        .filter_map(|(_, fingerprint, proven_at)| proven_at.map(|_| fingerprint))
        .collect();
    public_key::Entity::delete_many()
        .filter(public_key::Column::Id.is_in(ids))
        .exec(&transaction)
        .await?;
    keep_retired(&transaction, fingerprints).await?;
    db.commit(transaction).await?;
    Ok(true)
}

/// Keeps the fingerprints of the keys of an account that goes; not of those that it only claimed. It stays locked meanwhile, so that no key is registered behind them.
pub(crate) async fn retire(transaction: &DatabaseTransaction, account: Uuid) -> Result<()> {
    account::Entity::find_by_id(account)
        .lock_exclusive()
        .one(transaction)
        .await?;
    let fingerprints: Vec<String> = of(account, State::All)
        .filter(public_key::Column::ProvenAt.is_not_null())
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
