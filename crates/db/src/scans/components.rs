//! Components and their findings.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::OnConflict,
};

use super::LOT;
use crate::{
    Db, Result,
    entities::{component, component_licence, finding},
    packed,
};

/// A component that was found in an image.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct New {
    /// A digest over everything that makes it this component and no other.
    pub key: String,
    /// Its package world.
    pub kind: String,
    /// As that world spells it.
    pub name: String,
    /// `None` when it could not be told.
    pub version: Option<String>,
    /// Whether `version` is the version, and not just near it.
    pub exact: bool,
    /// As vulnerability data names where it comes from.
    pub ecosystem: String,
    /// The ecosystem without its release.
    pub base: String,
    /// Its name as vulnerability data has it.
    pub package: String,
    /// Its version as vulnerability data has it.
    pub package_version: Option<String>,
    /// Vendor and product, by which CPE-keyed data knows it.
    pub products: Vec<(String, String)>,
    /// What it may be used under.
    pub licences: Vec<String>,
}

/// What has to be known of a component to judge it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The row's number.
    pub id: i64,
    /// `None` when it could not be told.
    pub version: Option<String>,
    /// Whether `version` is the version, and not just near it.
    pub exact: bool,
    /// As vulnerability data names where it comes from.
    pub ecosystem: String,
    /// The ecosystem without its release.
    pub base: String,
    /// Its name as vulnerability data has it.
    pub package: String,
    /// Its version as vulnerability data has it.
    pub package_version: Option<String>,
    /// Vendor and product, by which CPE-keyed data knows it.
    pub products: Vec<(String, String)>,
}

impl From<&component::Model> for Subject {
    fn from(row: &component::Model) -> Self {
        Self {
            id: row.id,
            version: row.version.clone(),
            exact: row.exact,
            ecosystem: row.ecosystem.clone(),
            base: row.base.clone(),
            package: row.package.clone(),
            package_version: row.package_version.clone(),
            products: serde_json::from_value(row.products.clone()).unwrap_or_default(),
        }
    }
}

/// What is known of a fix.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Fix {
    /// The versions that have it.
    In(Vec<String>),
    /// The distributor said that none will come.
    Refused,
    /// Nobody named one.
    Unknown,
}

/// A flaw that a component has, or may have.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct NewFinding {
    /// The name under which the flaw is shown.
    pub identity: String,
    /// CVSS base score in tenths.
    pub score: Option<i16>,
    /// The CVSS vector.
    pub vector: Option<String>,
    /// 0 not said, 1 minor, 2 major, 3 critical.
    pub severity: i16,
    /// Whether the version was compared.
    pub exact: bool,
    /// What there is to do.
    pub fix: Fix,
    /// Its other names.
    pub aliases: Vec<String>,
    /// The records that say so.
    pub records: Vec<String>,
}

/// Keeps the components that are not there yet, and answers the rows of all of them by key. A new one was judged by no data: its
/// `generation` is -1.
pub async fn keep(db: &Db, components: &[New]) -> Result<HashMap<String, component::Model>> {
    let mut rows = find(&db.write, components).await?;
    let new: Vec<&New> = components
        .iter()
        .filter(|component| !rows.contains_key(&component.key))
        .collect();
    if new.is_empty() {
        return Ok(rows);
    }
    let transaction = db.begin().await?;
    for lot in new.chunks(LOT) {
        component::Entity::insert_many(lot.iter().map(|component| fresh(component)))
            .on_conflict(
                OnConflict::column(component::Column::Key)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(&transaction)
            .await?;
    }
    let new: Vec<New> = new.into_iter().cloned().collect();
    let made = find(&transaction, &new).await?;
    let licences = new.iter().filter_map(|component| {
        let id = made.get(&component.key)?.id;
        Some(component.licences.iter().map(move |licence| (id, licence)))
    });
    let licences: Vec<(i64, &String)> = licences.flatten().collect();
    for lot in licences.chunks(LOT) {
        let rows = lot
            .iter()
            .map(|(id, licence)| component_licence::ActiveModel {
                component_id: Set(*id),
                licence: Set((*licence).clone()),
            });
        component_licence::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([
                    component_licence::Column::ComponentId,
                    component_licence::Column::Licence,
                ])
                .do_nothing()
                .to_owned(),
            )
            .exec_without_returning(&transaction)
            .await?;
    }
    db.commit(transaction).await?;
    rows.extend(made);
    Ok(rows)
}

async fn find<C: ConnectionTrait>(
    connection: &C,
    components: &[New],
) -> Result<HashMap<String, component::Model>> {
    let mut found = HashMap::new();
    for lot in components.chunks(LOT) {
        let keys = lot.iter().map(|component| component.key.as_str());
        let rows = component::Entity::find()
            .filter(component::Column::Key.is_in(keys))
            .all(connection)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.key.clone(), row)));
    }
    Ok(found)
}

fn fresh(new: &New) -> component::ActiveModel {
    let products: Vec<[&str; 2]> = new
        .products
        .iter()
        .map(|(vendor, product)| [vendor.as_str(), product.as_str()])
        .collect();
    component::ActiveModel {
        id: NotSet,
        key: Set(new.key.clone()),
        kind: Set(new.kind.clone()),
        name: Set(new.name.clone()),
        version: Set(new.version.clone()),
        exact: Set(new.exact),
        ecosystem: Set(new.ecosystem.clone()),
        base: Set(new.base.clone()),
        package: Set(new.package.clone()),
        package_version: Set(new.package_version.clone()),
        products: Set(serde_json::json!(products)),
        generation: Set(-1),
        critical: Set(0),
        major: Set(0),
        minor: Set(0),
        unspecified: Set(0),
        fixable: Set(0),
    }
}

/// The findings of these components, by component and name.
pub async fn findings(db: &Db, components: &[i64]) -> Result<Vec<finding::Model>> {
    let mut findings = Vec::new();
    for lot in components.chunks(LOT) {
        findings.extend(
            finding::Entity::find()
                .filter(finding::Column::ComponentId.is_in(lot.iter().copied()))
                .order_by_asc(finding::Column::ComponentId)
                .order_by_asc(finding::Column::Identity)
                .all(&db.read)
                .await?,
        );
    }
    Ok(findings)
}

/// The components of these keys, by key.
pub async fn by_key(db: &Db, keys: &[String]) -> Result<HashMap<String, component::Model>> {
    let mut found = HashMap::new();
    for lot in keys.chunks(LOT) {
        let rows = component::Entity::find()
            .filter(component::Column::Key.is_in(lot))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.key.clone(), row)));
    }
    Ok(found)
}

/// Components of these packages of ecosystem `base` (which is one without its release), behind the one numbered `after`. Those that no
/// data has judged yet are not among them: whoever stores the scan that found them judges them.
pub async fn of_packages(
    db: &Db,
    base: &str,
    packages: &[&str],
    after: i64,
    limit: usize,
) -> Result<Vec<Subject>> {
    let packages = serde_json::Value::from(packages).to_string();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [base.into(), packages.into(), after.into(), limit.into()];
    let from = of_packages_from(db.backend());
    let rows: Vec<SubjectRow> = packed::rows(&db.read, SUBJECT, &from, values).await?;
    let subjects = rows.into_iter().map(|row| {
        let (id, version, exact, ecosystem, package, package_version, products) = row;
        Subject {
            id,
            version,
            exact: exact != 0,
            ecosystem,
            base: base.to_owned(),
            package,
            package_version,
            products: serde_json::from_str(&products).unwrap_or_default(),
        }
    });
    Ok(subjects.collect())
}

pub(crate) const SUBJECT: &str = "id, version, CASE WHEN exact THEN 1 ELSE 0 END, ecosystem, package, package_version, \
    CAST(products AS text)";

/// As [`SUBJECT`] has it.
type SubjectRow = (
    i64,
    Option<String>,
    u8,
    String,
    String,
    Option<String>,
    String,
);

/// In the order of their numbers. A term is no column: `SQLite` does not read all rows in their order for it.
pub(crate) fn of_packages_from(backend: DatabaseBackend) -> String {
    let packages = packed::texts(backend, 2);
    format!(
        "(SELECT * FROM components WHERE base = $1 AND package IN ({packages}) AND generation >= 0 AND id + 0 > $3 \
         ORDER BY id + 0 LIMIT $4) AS page"
    )
}

/// `(base, package)` is one of `packages`, in a form that both databases look up in an index.
pub(crate) fn among(
    packages: &[(String, String)],
    base: impl ColumnTrait,
    package: impl ColumnTrait,
) -> Condition {
    let mut by_base: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (base, package) in packages {
        by_base.entry(base).or_default().push(package);
    }
    by_base
        .into_iter()
        .fold(Condition::any(), |any, (name, packages)| {
            any.add(
                Condition::all()
                    .add(base.eq(name))
                    .add(package.is_in(packages)),
            )
        })
}

/// A page of the packages that components are of, behind `after`, in their order: for judging everything again.
pub async fn packages(
    db: &Db,
    after: Option<&(String, String)>,
    limit: u64,
) -> Result<Vec<(String, String)>> {
    let mut query = component::Entity::find()
        .select_only()
        .column(component::Column::Base)
        .column(component::Column::Package);
    if let Some((base, package)) = after {
        let same_base = Condition::all()
            .add(component::Column::Base.eq(base))
            .add(component::Column::Package.gt(package));
        let later = Condition::any()
            .add(component::Column::Base.gt(base))
            .add(same_base);
        query = query.filter(later);
    }
    Ok(query
        .distinct()
        .order_by_asc(component::Column::Base)
        .order_by_asc(component::Column::Package)
        .limit(limit)
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// All packages of one ecosystem that components are of.
pub async fn packages_of(db: &Db, base: &str) -> Result<Vec<(String, String)>> {
    Ok(component::Entity::find()
        .select_only()
        .column(component::Column::Base)
        .column(component::Column::Package)
        .filter(component::Column::Base.eq(base))
        .distinct()
        .into_tuple()
        .all(&db.read)
        .await?)
}
