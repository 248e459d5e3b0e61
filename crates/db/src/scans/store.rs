//! What a scan found, written down: all of it or nothing.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::BuildHasher,
};

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{LOT, State, Sums, components::NewFinding, findings, lock_judging, queue};
use crate::{
    Db, Result, advisories,
    entities::{
        chain_component, component, image_chain, image_chain_link, image_exception, image_scan,
        image_sum,
    },
    promotions,
};

/// An image, as its layers make it.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// Its operating system, in words.
    pub os: Option<String>,
    /// It has layers that are not to be had here.
    pub foreign_layers: bool,
    /// Layers that were not read to their end, and why.
    pub incomplete: Option<serde_json::Value>,
    /// Of each layer, from the bottom.
    pub chains: Vec<Chain>,
    /// The components that are there in the end.
    pub present: BTreeSet<i64>,
    /// What it was read by.
    pub detector_version: i32,
}

/// A layer on top of those below it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chain {
    /// A digest over all of them.
    pub key: String,
    /// The topmost layer.
    pub layer: String,
    /// The components that it brings.
    pub brings: Vec<i64>,
}

/// What became of a scan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stored {
    /// It is written down, with these sums.
    Yes(Sums),
    /// Meanwhile there is newer vulnerability data: judge again.
    Stale,
    /// Meanwhile it is not this worker's scan any more.
    Lost,
}

/// Writes down what `worker` found in the image of `scan`. `judged` has the findings of components that no data had judged yet,
/// by the data of `generation`. It is done through the database that `through` makes of the sums: with what is recorded and told of them.
#[expect(clippy::too_many_arguments, reason = "all of it is one transaction")]
pub async fn store<S: BuildHasher>(
    db: &Db,
    worker: Uuid,
    scan: i64,
    image: &Image,
    judged: &HashMap<i64, Vec<NewFinding>, S>,
    generation: i64,
    now: OffsetDateTime,
    through: impl FnOnce(Sums) -> Db + Send,
) -> Result<Stored> {
    let transaction = db.begin().await?;
    lock_judging(&transaction, false).await?;
    if advisories::current(&transaction).await? != generation {
        return Ok(Stored::Stale);
    }
    if !queue::is_held(&transaction, worker, scan).await? {
        return Ok(Stored::Lost);
    }
    judge(&transaction, judged, generation, now).await?;
    let chains = chains(&transaction, image).await?;
    relate(&transaction, scan, image, &chains).await?;
    let sums = sum(&transaction, &image.present).await?;
    let layers = i32::try_from(chains.len()).unwrap_or(i32::MAX);
    let row = image_scan::ActiveModel {
        id: Set(scan),
        state: Set(State::Completed.code()),
        lease_until: Set(None),
        leased_by: Set(None),
        error: Set(None),
        layers_done: Set(layers),
        layers_total: Set(layers),
        detector_version: Set(image.detector_version),
        scanned_at: Set(Some(now)),
        checked_at: Set(Some(now)),
        os: Set(image.os.clone()),
        chain_id: Set(chains.last().copied()),
        foreign_layers: Set(image.foreign_layers),
        incomplete: Set(image.incomplete.clone()),
        components: Set(i32::try_from(image.present.len()).unwrap_or(i32::MAX)),
        ..Default::default()
    };
    let digest = row.update(&transaction).await?.digest;
    keep_sums(&transaction, scan, sums).await?;
    promotions::due::of_image(&transaction, &digest, now).await?;
    through(sums).commit(transaction).await?;
    Ok(Stored::Yes(sums))
}

async fn keep_sums(transaction: &DatabaseTransaction, image: i64, sums: Sums) -> Result<()> {
    use image_sum::Column;
    let row = image_sum::ActiveModel {
        image_id: Set(image),
        critical: Set(sums.critical),
        major: Set(sums.major),
        minor: Set(sums.minor),
        unspecified: Set(sums.unspecified),
        fixable: Set(sums.fixable),
    };
    image_sum::Entity::insert(row)
        .on_conflict(
            OnConflict::column(Column::ImageId)
                .update_columns([
                    Column::Critical,
                    Column::Major,
                    Column::Minor,
                    Column::Unspecified,
                    Column::Fixable,
                ])
                .to_owned(),
        )
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Writes the findings of components that nobody else has judged meanwhile.
async fn judge<S: BuildHasher>(
    transaction: &DatabaseTransaction,
    judged: &HashMap<i64, Vec<NewFinding>, S>,
    generation: i64,
    now: OffsetDateTime,
) -> Result<()> {
    let mut rows = Vec::new();
    for (id, findings) in judged {
        let sums = findings
            .iter()
            .fold(Sums::default(), |sums, finding| finding.add_to(sums));
        let claimed = component::Entity::update_many()
            .col_expr(component::Column::Generation, Expr::val(generation))
            .col_expr(component::Column::Critical, Expr::val(sums.critical))
            .col_expr(component::Column::Major, Expr::val(sums.major))
            .col_expr(component::Column::Minor, Expr::val(sums.minor))
            .col_expr(component::Column::Unspecified, Expr::val(sums.unspecified))
            .col_expr(component::Column::Fixable, Expr::val(sums.fixable))
            .filter(component::Column::Id.eq(*id))
            .filter(component::Column::Generation.lt(0))
            .exec(transaction)
            .await?;
        if claimed.rows_affected == 1 {
            rows.extend(findings.iter().map(|finding| (*id, finding)));
        }
    }
    findings::put(transaction, &rows, now).await
}

/// The numbers of the image's chains, bottom first; those that are new are written with their components.
async fn chains(transaction: &DatabaseTransaction, image: &Image) -> Result<Vec<i64>> {
    let before = numbers(transaction, image).await?;
    let new: Vec<&Chain> = image
        .chains
        .iter()
        .filter(|chain| !before.contains_key(&chain.key))
        .collect();
    for lot in new.chunks(LOT) {
        let rows = lot.iter().map(|chain| image_chain::ActiveModel {
            key: Set(chain.key.clone()),
            layer: Set(chain.layer.clone()),
            ..Default::default()
        });
        image_chain::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::column(image_chain::Column::Key)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(transaction)
            .await?;
    }
    let numbers = numbers(transaction, image).await?;
    let brought = new.iter().filter_map(|chain| {
        let number = *numbers.get(&chain.key)?;
        Some(
            chain
                .brings
                .iter()
                .map(move |component| (number, *component)),
        )
    });
    let brought: Vec<(i64, i64)> = brought.flatten().collect();
    for lot in brought.chunks(LOT) {
        let rows = lot
            .iter()
            .map(|(chain, component)| chain_component::ActiveModel {
                chain_id: Set(*chain),
                component_id: Set(*component),
            });
        chain_component::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([
                    chain_component::Column::ChainId,
                    chain_component::Column::ComponentId,
                ])
                .do_nothing()
                .to_owned(),
            )
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(image
        .chains
        .iter()
        .filter_map(|chain| numbers.get(&chain.key).copied())
        .collect())
}

async fn numbers<C: ConnectionTrait>(
    connection: &C,
    image: &Image,
) -> Result<BTreeMap<String, i64>> {
    let mut numbers = BTreeMap::new();
    for lot in image.chains.chunks(LOT) {
        let rows: Vec<(String, i64)> = image_chain::Entity::find()
            .select_only()
            .column(image_chain::Column::Key)
            .column(image_chain::Column::Id)
            .filter(image_chain::Column::Key.is_in(lot.iter().map(|chain| chain.key.as_str())))
            .into_tuple()
            .all(connection)
            .await?;
        numbers.extend(rows);
    }
    Ok(numbers)
}

/// Writes which chains the image has, and where what it holds differs from what they say.
async fn relate(
    transaction: &DatabaseTransaction,
    scan: i64,
    image: &Image,
    chains: &[i64],
) -> Result<()> {
    image_chain_link::Entity::delete_many()
        .filter(image_chain_link::Column::ImageId.eq(scan))
        .exec(transaction)
        .await?;
    image_exception::Entity::delete_many()
        .filter(image_exception::Column::ImageId.eq(scan))
        .exec(transaction)
        .await?;
    let mut said = BTreeSet::new();
    for lot in chains.chunks(LOT) {
        let brought: Vec<i64> = chain_component::Entity::find()
            .select_only()
            .column(chain_component::Column::ComponentId)
            .filter(chain_component::Column::ChainId.is_in(lot.iter().copied()))
            .into_tuple()
            .all(transaction)
            .await?;
        said.extend(brought);
    }
    let links: Vec<(i32, i64)> = (0..).zip(chains.iter().copied()).collect();
    for lot in links.chunks(LOT) {
        let rows = lot
            .iter()
            .map(|(position, chain)| image_chain_link::ActiveModel {
                image_id: Set(scan),
                position: Set(*position),
                chain_id: Set(*chain),
            });
        image_chain_link::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    let exceptions: Vec<i64> = said.symmetric_difference(&image.present).copied().collect();
    for lot in exceptions.chunks(LOT) {
        let rows = lot.iter().map(|component| image_exception::ActiveModel {
            image_id: Set(scan),
            component_id: Set(*component),
            present: Set(image.present.contains(component)),
        });
        image_exception::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

async fn sum<C: ConnectionTrait>(connection: &C, components: &BTreeSet<i64>) -> Result<Sums> {
    let components: Vec<i64> = components.iter().copied().collect();
    let mut sums = Sums::default();
    for lot in components.chunks(LOT) {
        let rows: Vec<(i32, i32, i32, i32, i32)> = component::Entity::find()
            .select_only()
            .columns([
                component::Column::Critical,
                component::Column::Major,
                component::Column::Minor,
                component::Column::Unspecified,
                component::Column::Fixable,
            ])
            .filter(component::Column::Id.is_in(lot.iter().copied()))
            .into_tuple()
            .all(connection)
            .await?;
        for (critical, major, minor, unspecified, fixable) in rows {
            sums.critical += critical;
            sums.major += major;
            sums.minor += minor;
            sums.unspecified += unspecified;
            sums.fixable += fixable;
        }
    }
    Ok(sums)
}
