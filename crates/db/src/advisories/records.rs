//! Records, as judging needs them: of packages, by the names of flaws, and those that changed.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QuerySelect,
    RelationDef, Select,
};
use time::OffsetDateTime;

use super::{LOT, current_row, is_open, valid_at};
use crate::{
    Db, Result,
    entities::{advisory, advisory_name, advisory_package, exploitation, exploited},
    scans::components::among,
};

/// A record as it is stored.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its number.
    pub id: i64,
    /// Its identifier.
    pub name: String,
    /// 0 a record of OSV, 1 one of NVD.
    pub format: i16,
    /// JSON, compressed by zstd.
    pub body: Vec<u8>,
}

type Row = (i64, String, i16, Vec<u8>);

fn body((id, name, format, body): Row) -> Body {
    Body {
        id,
        name,
        format,
        body,
    }
}

/// The records of `generation` about these packages.
pub async fn about(db: &Db, generation: i64, packages: &[(String, String)]) -> Result<Vec<Body>> {
    let mut found = HashMap::new();
    for lot in packages.chunks(LOT) {
        let ids: Vec<i64> = advisory_package::Entity::find()
            .select_only()
            .column(advisory_package::Column::AdvisoryId)
            .filter(among(
                lot,
                advisory_package::Column::Base,
                advisory_package::Column::Package,
            ))
            .into_tuple()
            .all(&db.read)
            .await?;
        let ids: BTreeSet<i64> = ids
            .into_iter()
            .filter(|id| !found.contains_key(id))
            .collect();
        for record in by_id(db, generation, &ids).await? {
            found.insert(record.id, record);
        }
    }
    Ok(found.into_values().collect())
}

/// The records of `generation` with these numbers.
async fn by_id(db: &Db, generation: i64, ids: &BTreeSet<i64>) -> Result<Vec<Body>> {
    let ids: Vec<i64> = ids.iter().copied().collect();
    let mut found = Vec::with_capacity(ids.len());
    for lot in ids.chunks(LOT) {
        let rows: Vec<Row> = numbered(generation, lot).into_tuple().all(&db.read).await?;
        found.extend(rows.into_iter().map(body));
    }
    Ok(found)
}

pub(crate) fn numbered(generation: i64, ids: &[i64]) -> Select<advisory::Entity> {
    advisory::Entity::find()
        .select_only()
        .columns([
            advisory::Column::Id,
            advisory::Column::Name,
            advisory::Column::Format,
            advisory::Column::Body,
        ])
        .filter(advisory::Column::Id.is_in(ids.iter().copied()))
        .filter(valid_at(generation))
}

/// The records of `generation` that speak of a flaw by one of these names.
pub async fn named(db: &Db, generation: i64, names: &[String]) -> Result<Vec<Body>> {
    let mut ids = BTreeSet::new();
    for lot in names.chunks(LOT) {
        let found: Vec<i64> = advisory_name::Entity::find()
            .select_only()
            .column(advisory_name::Column::AdvisoryId)
            .filter(advisory_name::Column::Name.is_in(lot))
            .into_tuple()
            .all(&db.read)
            .await?;
        ids.extend(found);
    }
    by_id(db, generation, &ids).await
}

/// The names that these records speak by.
pub async fn names_of(db: &Db, ids: impl IntoIterator<Item = i64>) -> Result<HashSet<String>> {
    let ids: Vec<i64> = ids.into_iter().collect();
    let mut names = HashSet::new();
    for lot in ids.chunks(LOT) {
        let found: Vec<String> = advisory_name::Entity::find()
            .select_only()
            .column(advisory_name::Column::Name)
            .filter(advisory_name::Column::AdvisoryId.is_in(lot.iter().copied()))
            .into_tuple()
            .all(&db.read)
            .await?;
        names.extend(found);
    }
    Ok(names)
}

/// When the records of OSV with these names changed last, as far as they are there and say it.
pub async fn modified(db: &Db, names: &[String]) -> Result<HashMap<String, OffsetDateTime>> {
    let mut found = HashMap::new();
    for lot in names.chunks(LOT) {
        let rows: Vec<(String, Option<OffsetDateTime>)> = advisory::Entity::find()
            .select_only()
            .column(advisory::Column::Name)
            .column(advisory::Column::Modified)
            .filter(advisory::Column::Name.is_in(lot))
            .filter(advisory::Column::Format.eq(0))
            .filter(is_open())
            .into_tuple()
            .all(&db.read)
            .await?;
        let known = rows.into_iter();
        found.extend(known.filter_map(|(name, at)| at.map(|at| (name, at))));
    }
    Ok(found)
}

/// How many records the newest generation has: those that did not end.
pub async fn records(db: &Db) -> Result<i64> {
    let count = advisory::Entity::find()
        .filter(advisory::Column::Until.is_null())
        .count(&db.read)
        .await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// How far names are followed from record to record. OSV's aliases are complete in each record, so the second step finds nothing;
/// a distribution's record and the one upstream of it take one more.
const STEPS: usize = 4;
/// A flaw with more names than this is followed no further.
const MOST_NAMES: usize = 200_000;

/// All names of the flaws that have one of these names, as far as records of `generation` connect them.
pub async fn closure(
    db: &Db,
    generation: i64,
    names: impl IntoIterator<Item = String>,
) -> Result<HashSet<String>> {
    let to_advisory: RelationDef = advisory_name::Entity::belongs_to(advisory::Entity)
        .from(advisory_name::Column::AdvisoryId)
        .to(advisory::Column::Id)
        .into();
    let mut all: HashSet<String> = names.into_iter().collect();
    let mut new: Vec<String> = all.iter().cloned().collect();
    for _ in 0..STEPS {
        let mut next = HashSet::new();
        for lot in new.chunks(LOT) {
            let records: Vec<i64> = advisory_name::Entity::find()
                .select_only()
                .column(advisory_name::Column::AdvisoryId)
                .join(JoinType::InnerJoin, to_advisory.clone())
                .filter(advisory_name::Column::Name.is_in(lot))
                .filter(valid_at(generation))
                .distinct()
                .into_tuple()
                .all(&db.read)
                .await?;
            for records in records.chunks(LOT) {
                let found: Vec<String> = advisory_name::Entity::find()
                    .select_only()
                    .column(advisory_name::Column::Name)
                    .filter(advisory_name::Column::AdvisoryId.is_in(records.iter().copied()))
                    .into_tuple()
                    .all(&db.read)
                    .await?;
                next.extend(found.into_iter().filter(|name| !all.contains(name)));
            }
        }
        if next.is_empty() || all.len() > MOST_NAMES {
            break;
        }
        all.extend(next.iter().cloned());
        new = next.into_iter().collect();
    }
    Ok(all)
}

/// What is different between two generations.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// The names of the flaws that a record of either speaks of.
    pub names: HashSet<String>,
    /// The packages that a record of either is about.
    pub packages: BTreeSet<(String, String)>,
}

/// What came or ended after generation `from`, up to `to`. `None` where that is more than `most` records.
pub async fn touched(db: &Db, from: i64, to: i64, most: usize) -> Result<Option<Touched>> {
    let ids: Vec<i64> = changed(from, to)
        .limit(most as u64 + 1)
        .into_tuple()
        .all(&db.read)
        .await?;
    if ids.len() > most {
        return Ok(None);
    }
    let mut touched = Touched::default();
    for lot in ids.chunks(LOT) {
        let names: Vec<String> = advisory_name::Entity::find()
            .select_only()
            .column(advisory_name::Column::Name)
            .filter(advisory_name::Column::AdvisoryId.is_in(lot.iter().copied()))
            .into_tuple()
            .all(&db.read)
            .await?;
        touched.names.extend(names);
        let packages: Vec<(String, String)> = advisory_package::Entity::find()
            .select_only()
            .column(advisory_package::Column::Base)
            .column(advisory_package::Column::Package)
            .filter(advisory_package::Column::AdvisoryId.is_in(lot.iter().copied()))
            .into_tuple()
            .all(&db.read)
            .await?;
        touched.packages.extend(packages);
    }
    Ok(Some(touched))
}

fn changed(from: i64, to: i64) -> Select<advisory::Entity> {
    let between =
        |column: advisory::Column| Condition::all().add(column.gt(from)).add(column.lte(to));
    advisory::Entity::find()
        .select_only()
        .column(advisory::Column::Id)
        .filter(
            Condition::any()
                .add(between(advisory::Column::Since))
                .add(between(advisory::Column::Until)),
        )
}

/// The one line that the records of these names say, by name.
pub async fn summaries(db: &Db, names: &[String]) -> Result<HashMap<String, String>> {
    let mut found = HashMap::new();
    for lot in names.chunks(LOT) {
        let rows: Vec<(String, String)> = lines(lot).into_tuple().all(&db.read).await?;
        found.extend(rows.into_iter().filter(|(_, summary)| !summary.is_empty()));
    }
    Ok(found)
}

pub(crate) fn lines(names: &[String]) -> Select<advisory::Entity> {
    advisory::Entity::find()
        .select_only()
        .column(advisory::Column::Name)
        .column(advisory::Column::Summary)
        .filter(advisory::Column::Name.is_in(names))
        .filter(is_open())
}

/// How likely these flaws are to be used, by name.
pub async fn exploitation(
    db: &Db,
    cves: &[String],
) -> Result<HashMap<String, exploitation::Model>> {
    let generation = current_row(db).await?.and_then(|row| row.exploitation);
    let Some(generation) = generation else {
        return Ok(HashMap::new());
    };
    let mut found = HashMap::new();
    for lot in cves.chunks(LOT) {
        let rows = exploitation::Entity::find()
            .filter(exploitation::Column::Cve.is_in(lot))
            .filter(exploitation::Column::Generation.eq(generation))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.cve.clone(), row)));
    }
    Ok(found)
}

/// Which of these flaws are being used, by name.
pub async fn exploited(db: &Db, cves: &[String]) -> Result<HashMap<String, exploited::Model>> {
    let generation = current_row(db).await?.and_then(|row| row.exploited);
    let Some(generation) = generation else {
        return Ok(HashMap::new());
    };
    let mut found = HashMap::new();
    for lot in cves.chunks(LOT) {
        let rows = exploited::Entity::find()
            .filter(exploited::Column::Cve.is_in(lot))
            .filter(exploited::Column::Generation.eq(generation))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.cve.clone(), row)));
    }
    Ok(found)
}
