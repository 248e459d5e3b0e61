//! Whose keys sign.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef, Select,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{account, public_key},
};

/// Ids in one question.
const LOT: usize = 1000;

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
