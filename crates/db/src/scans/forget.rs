//! Forgetting: scans of images that are in no repository any more, and what only they had.

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement, Value,
};
use time::{Duration, OffsetDateTime};

use super::{LOT, known, lock_judging};
use crate::{
    Db, Result, advisories,
    entities::{
        advisory_generation, chain_component, component, image_chain, image_exception, image_scan,
        layer_file, layer_report,
    },
};

/// How much is forgotten at a time, in lots: the rest goes an hour later.
const LOTS: usize = 40;
/// What holds many things is taken in such portions.
const FEW: usize = 50;
/// A layer that was read is kept for so long, whatever becomes of its image: it may be pushed again.
const KEPT: Duration = Duration::days(1);

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Forgotten {
    /// Scans of images.
    pub images: u64,
    /// Layers on top of others.
    pub chains: u64,
    /// Components with their findings.
    pub components: u64,
    /// Layers that were read.
    pub layers: u64,
    /// What older updates changed of images.
    pub changes: u64,
}

/// Forgets what no repository has any more. While something is being scanned or judged, only scans go: the rest of it may be in use.
pub async fn forget(db: &Db, now: OffsetDateTime) -> Result<Forgotten> {
    let mut all = Forgotten::default();
    for _ in 0..LOTS {
        let transaction = db.begin().await?;
        lock_judging(&transaction, true).await?;
        let mut lot = Forgotten {
            images: images(&transaction, now).await?,
            changes: changes(&transaction).await?,
            ..Forgotten::default()
        };
        if is_quiet(db, &transaction, now).await? {
            chains(&transaction, &mut lot).await?;
            lot.layers = layers(&transaction, now - KEPT).await?;
        }
        if lot == Forgotten::default() {
            break;
        }
        db.commit(transaction).await?;
        all.images += lot.images;
        all.chains += lot.chains;
        all.components += lot.components;
        all.layers += lot.layers;
        all.changes += lot.changes;
    }
    Ok(all)
}

/// Nobody reads or judges: numbers of components are in no other process's memory.
async fn is_quiet(db: &Db, transaction: &DatabaseTransaction, now: OffsetDateTime) -> Result<bool> {
    let leased = image_scan::Entity::find()
        .filter(image_scan::Column::LeaseUntil.gte(now))
        .count(transaction)
        .await?;
    Ok(leased == 0 && advisories::unchecked(db).await?.is_none())
}

pub(crate) const IMAGES: &str = "SELECT s.id FROM image_scans s WHERE (s.lease_until IS NULL OR s.lease_until < $1) \
    AND NOT EXISTS (SELECT 1 FROM manifests m WHERE m.digest = s.digest) LIMIT $2";

/// With their links to chains, and their sums.
async fn images(transaction: &DatabaseTransaction, now: OffsetDateTime) -> Result<u64> {
    let ids: Vec<i64> = numbers(transaction, IMAGES, [now.into(), lot()]).await?;
    let deleted = image_scan::Entity::delete_many()
        .filter(image_scan::Column::Id.is_in(ids))
        .exec(transaction)
        .await?;
    Ok(deleted.rows_affected)
}

/// Updates of vulnerability data of which it is kept what they changed: a month of one each day.
const UPDATES: u64 = 31;

/// What older updates changed.
async fn changes(transaction: &DatabaseTransaction) -> Result<u64> {
    let last: Option<i64> = advisory_generation::Entity::find()
        .select_only()
        .column(advisory_generation::Column::Id)
        .filter(advisory_generation::Column::CheckedAt.is_not_null())
        .order_by_desc(advisory_generation::Column::Id)
        .offset(UPDATES)
        .limit(1)
        .into_tuple()
        .one(transaction)
        .await?;
    let Some(last) = last else {
        return Ok(0);
    };
    let deleted = transaction
        .execute_raw(Statement::from_sql_and_values(
            transaction.get_database_backend(),
            CHANGES,
            [last.into(), lot()],
        ))
        .await?;
    Ok(deleted.rows_affected())
}

pub(crate) const CHANGES: &str = "DELETE FROM image_changes WHERE (generation, image_id) IN \
    (SELECT generation, image_id FROM image_changes WHERE generation <= $1 LIMIT $2)";

pub(crate) const CHAINS: &str = "SELECT c.id FROM image_chains c \
    WHERE NOT EXISTS (SELECT 1 FROM image_chain_links l WHERE l.chain_id = c.id) LIMIT $1";

/// Chains that no image has, and the components that only they brought.
async fn chains(transaction: &DatabaseTransaction, forgotten: &mut Forgotten) -> Result<()> {
    let ids: Vec<i64> = numbers(transaction, CHAINS, [lot()]).await?;
    let mut brought: Vec<i64> = Vec::new();
    for few in ids.chunks(FEW) {
        brought.extend(
            chain_component::Entity::find()
                .select_only()
                .column(chain_component::Column::ComponentId)
                .filter(chain_component::Column::ChainId.is_in(few.iter().copied()))
                .distinct()
                .into_tuple::<i64>()
                .all(transaction)
                .await?,
        );
    }
    brought.sort_unstable();
    brought.dedup();
    forgotten.chains = image_chain::Entity::delete_many()
        .filter(image_chain::Column::Id.is_in(ids))
        .exec(transaction)
        .await?
        .rows_affected;
    for lot in brought.chunks(LOT) {
        let kept = kept(transaction, lot).await?;
        let gone = lot.iter().copied().filter(|id| !kept.contains(id));
        forgotten.components += component::Entity::delete_many()
            .filter(component::Column::Id.is_in(gone))
            .exec(transaction)
            .await?
            .rows_affected;
    }
    Ok(())
}

/// Those of the components that some chain brings, or that some image has besides.
async fn kept(transaction: &DatabaseTransaction, ids: &[i64]) -> Result<HashSet<i64>> {
    let mut kept: Vec<i64> = chain_component::Entity::find()
        .select_only()
        .column(chain_component::Column::ComponentId)
        .filter(chain_component::Column::ComponentId.is_in(ids.iter().copied()))
        .distinct()
        .into_tuple()
        .all(transaction)
        .await?;
    let besides: Vec<i64> = image_exception::Entity::find()
        .select_only()
        .column(image_exception::Column::ComponentId)
        .filter(image_exception::Column::ComponentId.is_in(ids.iter().copied()))
        .distinct()
        .into_tuple()
        .all(transaction)
        .await?;
    kept.extend(besides);
    Ok(kept.into_iter().collect())
}

pub(crate) const LAYERS: &str = "SELECT r.digest FROM layer_reports r WHERE r.scanned_at < $1 \
    AND NOT EXISTS (SELECT 1 FROM image_chains c WHERE c.layer = r.digest) LIMIT $2";

/// Layers that no image has, with the files in them.
async fn layers(transaction: &DatabaseTransaction, before: OffsetDateTime) -> Result<u64> {
    let rows = transaction
        .query_all_raw(Statement::from_sql_and_values(
            transaction.get_database_backend(),
            LAYERS,
            [before.into(), lot()],
        ))
        .await?;
    let digests: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", "digest"))
        .collect::<std::result::Result<_, _>>()?;
    for few in digests.chunks(FEW) {
        known::forget_files(transaction, few).await?;
        layer_file::Entity::delete_many()
            .filter(layer_file::Column::Layer.is_in(few))
            .exec(transaction)
            .await?;
    }
    if !digests.is_empty() {
        known::forget_packages(transaction).await?;
    }
    let deleted = layer_report::Entity::delete_many()
        .filter(layer_report::Column::Digest.is_in(&digests))
        .exec(transaction)
        .await?;
    Ok(deleted.rows_affected)
}

async fn numbers<const N: usize>(
    transaction: &DatabaseTransaction,
    sql: &str,
    values: [Value; N],
) -> Result<Vec<i64>> {
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    let rows = transaction.query_all_raw(statement).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get("", "id"))
        .collect::<std::result::Result<_, _>>()?)
}

fn lot() -> Value {
    Value::from(i64::try_from(LOT).unwrap_or(i64::MAX))
}
