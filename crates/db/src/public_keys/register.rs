//! Registering keys.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, PaginatorTrait, QuerySelect,
    SqlErr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Kind, New, Registered, State, of, with_fingerprint};
use crate::{
    Db, Result,
    entities::{account, public_key, retired_key},
    promotions::due,
    signatures,
};

/// Registers a key, unless somebody has it, or the account has `max` of them. Who proves that they hold the private half takes it
/// from an account that only claimed it. The account stays locked meanwhile, so that two
/// who register at once cannot both be the last one.
pub async fn register(db: &Db, new: New, max: u64, now: OffsetDateTime) -> Result<Registered> {
    let transaction = db.begin().await?;
    account::Entity::find_by_id(new.account)
        .lock_exclusive()
        .one(&transaction)
        .await?;
    match with_fingerprint(&transaction, &new.fingerprint).await? {
        Some(known) if known.account_id == new.account => return Ok(Registered::Known(known)),
        Some(known) if known.proven_at.is_none() && new.is_proven => {
            let claimed = public_key::Entity::delete_by_id(known.id);
            claimed.exec(&transaction).await?;
        }
        Some(_) => return Ok(Registered::Taken),
        None => {}
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
            if row.kind == Kind::Cosign && row.proven_at.is_some() {
                signatures::of_users_again(&transaction, [row.fingerprint.as_str()], now).await?;
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
        proven_at: Set(new.is_proven.then_some(now)),
        created_at: Set(now),
        expires_at: Set(expires_at),
        used_at: Set(None),
        used_from: Set(None),
        revoked_at: Set(None),
    }
}

/// Whether the account that had the key is gone, or has forgotten that it revoked it.
async fn is_retired(connection: &impl ConnectionTrait, fingerprint: &str) -> Result<bool> {
    let found = retired_key::Entity::find_by_id(fingerprint)
        .one(connection)
        .await?;
    Ok(found.is_some())
}
