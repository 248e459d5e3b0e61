//! Loading records into a generation that does not count yet.

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, OnConflict},
};
use time::OffsetDateTime;

use super::{LOT, is_open};
use crate::{
    Db, Result, bulk,
    entities::{advisory, exploitation, exploited},
};

/// A record that a bundle holds.
#[derive(Clone, Debug)]
pub struct New {
    /// Its identifier.
    pub name: String,
    /// 0 a record of OSV, 1 one of NVD.
    pub format: i16,
    /// Whose it is.
    pub source: String,
    /// Of its content.
    pub hash: String,
    /// When it changed last.
    pub modified: Option<OffsetDateTime>,
    /// One line.
    pub summary: String,
    /// The record, as JSON compressed by zstd.
    pub body: Vec<u8>,
    /// The packages it is about, each an ecosystem without its release and a name.
    pub packages: Vec<(String, String)>,
    /// Its identifier, its aliases, and its names upstream.
    pub names: Vec<String>,
}

/// What became of a lot of records.
#[derive(Clone, Debug, Default)]
pub struct Added {
    /// The numbers of their rows, whether new or not.
    pub ids: Vec<i64>,
    /// How many are new or different.
    pub changed: u64,
}

/// Adds records to `generation`. One that says what it said before is left as it is; a record of the same name that says something
/// else ends.
pub async fn add(db: &Db, generation: i64, lot: Vec<New>) -> Result<Added> {
    let transaction = db.begin_much().await?;
    let names: Vec<&str> = lot.iter().map(|new| new.name.as_str()).collect();
    let before: HashMap<(String, i16), (i64, String, String)> = open(&transaction, &names)
        .await?
        .into_iter()
        .map(|(id, name, format, source, hash)| ((name, format), (id, source, hash)))
        .collect();
    let mut added = Added::default();
    let mut ended = Vec::new();
    let mut fresh: HashMap<(String, i16), New> = HashMap::new();
    for new in lot {
        match before.get(&(new.name.clone(), new.format)) {
            Some((id, source, hash)) if *hash == new.hash && *source == new.source => {
                added.ids.push(*id);
            }
            Some((id, ..)) => {
                ended.push(*id);
                fresh.insert((new.name.clone(), new.format), new);
            }
            None => {
                fresh.insert((new.name.clone(), new.format), new);
            }
        }
    }
    if fresh.is_empty() {
        return Ok(added);
    }
    end(&transaction, generation, &ended).await?;
    added.changed = fresh.len() as u64;
    let fresh: Vec<New> = fresh.into_values().collect();
    added
        .ids
        .extend(insert(&transaction, generation, fresh).await?);
    db.commit_much(transaction).await?;
    Ok(added)
}

/// Number, name, format, source and hash.
type Known = (i64, String, i16, String, String);

/// The records of these names that did not end.
async fn open(transaction: &sea_orm::DatabaseTransaction, names: &[&str]) -> Result<Vec<Known>> {
    let mut found = Vec::with_capacity(names.len());
    for lot in names.chunks(LOT) {
        let rows: Vec<Known> = known(lot).into_tuple().all(transaction).await?;
        found.extend(rows);
    }
    Ok(found)
}

/// As [`Known`], records of these names that did not end.
pub(crate) fn known(names: &[&str]) -> Select<advisory::Entity> {
    advisory::Entity::find()
        .select_only()
        .columns([
            advisory::Column::Id,
            advisory::Column::Name,
            advisory::Column::Format,
            advisory::Column::Source,
            advisory::Column::Hash,
        ])
        .filter(advisory::Column::Name.is_in(names.iter().copied()))
        .filter(is_open())
}

/// A record that this very generation brought goes; one of before stays, as what was said until then.
async fn end(
    transaction: &sea_orm::DatabaseTransaction,
    generation: i64,
    ids: &[i64],
) -> Result<()> {
    for lot in ids.chunks(LOT) {
        advisory::Entity::delete_many()
            .filter(advisory::Column::Id.is_in(lot.iter().copied()))
            .filter(advisory::Column::Since.eq(generation))
            .exec(transaction)
            .await?;
        advisory::Entity::update_many()
            .col_expr(advisory::Column::Until, Expr::val(generation))
            .filter(advisory::Column::Id.is_in(lot.iter().copied()))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

const RECORDS: &str = "INSERT INTO advisories (since, name, format, source, hash, modified, summary, body) \
    SELECT CAST(MORE AS bigint), column1, column2, column3, column4, column5, column6, column7 FROM ROWS";
const PACKAGES: &str = "INSERT INTO advisory_packages (base, package, advisory_id) SELECT column1, column2, column3 FROM ROWS";
const NAMES: &str =
    "INSERT INTO advisory_names (name, advisory_id) SELECT column1, column2 FROM ROWS";

async fn insert(
    transaction: &sea_orm::DatabaseTransaction,
    generation: i64,
    fresh: Vec<New>,
) -> Result<Vec<i64>> {
    let since = Some(generation.into());
    bulk::execute(transaction, RECORDS, since, &fresh, |new| {
        [
            new.name.clone().into(),
            new.format.into(),
            new.source.clone().into(),
            new.hash.clone().into(),
            new.modified.into(),
            new.summary.clone().into(),
            new.body.clone().into(),
        ]
    })
    .await?;
    let names: Vec<&str> = fresh.iter().map(|new| new.name.as_str()).collect();
    let numbers: HashMap<(String, i16), i64> = open(transaction, &names)
        .await?
        .into_iter()
        .map(|(id, name, format, ..)| ((name, format), id))
        .collect();
    let mut packages = HashSet::new();
    let mut names = HashSet::new();
    for new in &fresh {
        let Some(id) = numbers.get(&(new.name.clone(), new.format)) else {
            continue;
        };
        packages.extend(new.packages.iter().map(|package| (package, *id)));
        names.extend(new.names.iter().map(|name| (name, *id)));
    }
    // in the order of their index: neighbours are written together
    let mut packages: Vec<_> = packages.into_iter().collect();
    packages.sort_unstable();
    bulk::execute(
        transaction,
        PACKAGES,
        None,
        &packages,
        |((base, package), id)| [base.clone().into(), package.clone().into(), (*id).into()],
    )
    .await?;
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_unstable();
    bulk::execute(transaction, NAMES, None, &names, |(name, id)| {
        [(*name).clone().into(), (*id).into()]
    })
    .await?;
    Ok(numbers.into_values().collect())
}

/// Ends the records of `source` (of all sources, if `None`) that are not among `kept`: `generation` does not have them any more.
/// Answers how many.
pub async fn retire<S: BuildHasher>(
    db: &Db,
    generation: i64,
    source: Option<&str>,
    kept: &HashSet<i64, S>,
) -> Result<u64> {
    let mut ended = 0;
    let mut after = 0;
    loop {
        let mut page = advisory::Entity::find()
            .select_only()
            .column(advisory::Column::Id)
            .filter(advisory::Column::Until.is_null())
            .filter(advisory::Column::Id.gt(after));
        if let Some(source) = source {
            page = page.filter(advisory::Column::Source.eq(source));
        }
        let ids: Vec<i64> = page
            .order_by_asc(advisory::Column::Id)
            .limit(5_000)
            .into_tuple()
            .all(&db.read)
            .await?;
        let Some(last) = ids.last() else {
            return Ok(ended);
        };
        after = *last;
        let gone: Vec<i64> = ids.into_iter().filter(|id| !kept.contains(id)).collect();
        if !gone.is_empty() {
            let transaction = db.begin().await?;
            end(&transaction, generation, &gone).await?;
            transaction.commit().await?;
            ended += gone.len() as u64;
        }
    }
}

/// Adds EPSS rows to `generation`.
pub async fn add_exploitations(db: &Db, rows: Vec<exploitation::Model>) -> Result<()> {
    let transaction = db.begin().await?;
    for lot in rows.chunks(LOT) {
        let rows = lot
            .iter()
            .map(|row| exploitation::ActiveModel::from(row.clone()).reset_all());
        exploitation::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([exploitation::Column::Cve, exploitation::Column::Generation])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(&transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// Adds KEV rows to `generation`.
pub async fn add_exploited(db: &Db, rows: Vec<exploited::Model>) -> Result<()> {
    let transaction = db.begin().await?;
    for lot in rows.chunks(LOT) {
        let rows = lot
            .iter()
            .map(|row| exploited::ActiveModel::from(row.clone()).reset_all());
        exploited::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([exploited::Column::Cve, exploited::Column::Generation])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(&transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}
