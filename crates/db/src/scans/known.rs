//! The known-file table: what the files are, by their content, that packages installed in some image.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, JoinType,
    QueryFilter, QueryOrder, QuerySelect, RelationDef, Select,
    sea_query::{Expr, OnConflict, Query},
};

use super::LOT;
use crate::{
    Db, Result,
    entities::{
        chain_component, component, image_chain_link, image_exception, known_file, known_package,
        layer_file,
    },
};

/// A package, and the files that it installed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Package {
    /// The component that such a file shows, as the scanner writes it.
    pub component: serde_json::Value,
    /// SHA-256 of its files, in hex.
    pub files: Vec<String>,
}

/// Writes down what an image teaches: packages by a digest over their component. What is known already costs no writing.
pub async fn learn(db: &Db, packages: &BTreeMap<String, Package>) -> Result<()> {
    let known = numbers(&db.read, packages).await?;
    if known.len() == packages.len() && missing(&db.read, packages, &known).await?.is_empty() {
        return Ok(());
    }
    let transaction = db.begin().await?;
    let new: Vec<(&String, &Package)> = packages
        .iter()
        .filter(|(key, _)| !known.contains_key(*key))
        .collect();
    for lot in new.chunks(LOT) {
        let rows = lot.iter().map(|(key, package)| known_package::ActiveModel {
            id: NotSet,
            key: Set((*key).clone()),
            component: Set(package.component.clone()),
        });
        known_package::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::column(known_package::Column::Key)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(&transaction)
            .await?;
    }
    let numbers = numbers(&transaction, packages).await?;
    let missing = missing(&transaction, packages, &numbers).await?;
    for lot in missing.chunks(LOT) {
        let rows = lot.iter().map(|(sha256, package)| known_file::ActiveModel {
            sha256: Set(sha256.clone()),
            package_id: Set(*package),
        });
        known_file::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([known_file::Column::Sha256, known_file::Column::PackageId])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(&transaction)
            .await?;
    }
    db.commit(transaction).await
}

/// The numbers of those packages that are known.
async fn numbers<C: ConnectionTrait>(
    connection: &C,
    packages: &BTreeMap<String, Package>,
) -> Result<HashMap<String, i64>> {
    let keys: Vec<&str> = packages.keys().map(String::as_str).collect();
    let mut numbers = HashMap::new();
    for lot in keys.chunks(LOT) {
        let rows: Vec<(String, i64)> = known_package::Entity::find()
            .select_only()
            .column(known_package::Column::Key)
            .column(known_package::Column::Id)
            .filter(known_package::Column::Key.is_in(lot.iter().copied()))
            .into_tuple()
            .all(connection)
            .await?;
        numbers.extend(rows);
    }
    Ok(numbers)
}

/// The files that are not known to be of these packages.
async fn missing<C: ConnectionTrait>(
    connection: &C,
    packages: &BTreeMap<String, Package>,
    numbers: &HashMap<String, i64>,
) -> Result<Vec<(String, i64)>> {
    let taught = packages.iter().filter_map(|(key, package)| {
        let number = *numbers.get(key)?;
        Some(package.files.iter().map(move |file| (file.clone(), number)))
    });
    let mut taught: Vec<(String, i64)> = taught.flatten().collect();
    let mut known: HashSet<(String, i64)> = HashSet::new();
    for lot in taught.chunks(LOT) {
        let rows: Vec<(String, i64)> = known_file::Entity::find()
            .select_only()
            .column(known_file::Column::Sha256)
            .column(known_file::Column::PackageId)
            .filter(known_file::Column::Sha256.is_in(lot.iter().map(|(file, _)| file.as_str())))
            .into_tuple()
            .all(connection)
            .await?;
        known.extend(rows);
    }
    taught.retain(|file| !known.contains(file));
    taught.sort_unstable();
    taught.dedup();
    Ok(taught)
}

/// Packages that are told of one file, at most: who claims more, claims it of everything.
const PACKAGES: usize = 8;

/// The components that files of these digests show, by digest.
pub async fn find(db: &Db, files: &[String]) -> Result<HashMap<String, Vec<serde_json::Value>>> {
    let mut found: HashMap<String, Vec<serde_json::Value>> = HashMap::new();
    for lot in files.chunks(LOT) {
        let rows: Vec<(String, serde_json::Value)> =
            of_files(lot).into_tuple().all(&db.read).await?;
        for (sha256, component) in rows {
            let components = found.entry(sha256).or_default();
            if components.len() < PACKAGES {
                components.push(component);
            }
        }
    }
    Ok(found)
}

pub(crate) fn of_files(files: &[String]) -> Select<known_file::Entity> {
    let to_package: RelationDef = known_file::Entity::belongs_to(known_package::Entity)
        .from(known_file::Column::PackageId)
        .to(known_package::Column::Id)
        .into();
    known_file::Entity::find()
        .select_only()
        .column(known_file::Column::Sha256)
        .column(known_package::Column::Component)
        .join(JoinType::InnerJoin, to_package)
        .filter(known_file::Column::Sha256.is_in(files))
        .order_by_asc(known_file::Column::Sha256)
        .order_by_asc(known_file::Column::PackageId)
}

/// Which of the components of these keys the scan of this number found: more may be known since.
pub async fn found_by(db: &Db, scan: i64, keys: &[String]) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    for lot in keys.chunks(LOT) {
        let rows: Vec<String> = in_scan(scan, lot).into_tuple().all(&db.read).await?;
        found.extend(rows);
    }
    Ok(found)
}

pub(crate) fn in_scan(scan: i64, keys: &[String]) -> Select<component::Entity> {
    let id = (component::Entity, component::Column::Id);
    let chain = (image_chain_link::Entity, image_chain_link::Column::ChainId);
    let by_chain = Query::select()
        .expr(Expr::val(1))
        .from(image_chain_link::Entity)
        .inner_join(
            chain_component::Entity,
            Expr::col((chain_component::Entity, chain_component::Column::ChainId)).equals(chain),
        )
        .and_where(image_chain_link::Column::ImageId.eq(scan))
        .and_where(
            Expr::col((
                chain_component::Entity,
                chain_component::Column::ComponentId,
            ))
            .equals(id),
        )
        .to_owned();
    let besides = Query::select()
        .expr(Expr::val(1))
        .from(image_exception::Entity)
        .and_where(image_exception::Column::ImageId.eq(scan))
        .and_where(image_exception::Column::Present.eq(true))
        .and_where(
            Expr::col((
                image_exception::Entity,
                image_exception::Column::ComponentId,
            ))
            .equals(id),
        )
        .to_owned();
    component::Entity::find()
        .select_only()
        .column(component::Column::Key)
        .filter(component::Column::Key.is_in(keys))
        .filter(
            Condition::any()
                .add(Expr::exists(by_chain))
                .add(Expr::exists(besides)),
        )
}

/// Forgets the files that only these layers hold; before it is forgotten what the layers hold.
pub(super) async fn forget_files(
    transaction: &DatabaseTransaction,
    layers: &[String],
) -> Result<()> {
    let among = || layer_file::Column::Layer.is_in(layers);
    let files: Vec<String> = layer_file::Entity::find()
        .select_only()
        .column(layer_file::Column::Sha256)
        .filter(among())
        .distinct()
        .into_tuple()
        .all(transaction)
        .await?;
    for lot in files.chunks(LOT) {
        let elsewhere: Vec<String> = layer_file::Entity::find()
            .select_only()
            .column(layer_file::Column::Sha256)
            .filter(layer_file::Column::Sha256.is_in(lot))
            .filter(among().not())
            .distinct()
            .into_tuple()
            .all(transaction)
            .await?;
        let elsewhere: HashSet<String> = elsewhere.into_iter().collect();
        let gone = lot.iter().filter(|file| !elsewhere.contains(*file));
        known_file::Entity::delete_many()
            .filter(known_file::Column::Sha256.is_in(gone))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

/// Forgets packages without a file.
pub(super) async fn forget_packages(transaction: &DatabaseTransaction) -> Result<()> {
    let files = Query::select()
        .expr(Expr::val(1))
        .from(known_file::Entity)
        .and_where(
            Expr::col((known_file::Entity, known_file::Column::PackageId))
                .equals((known_package::Entity, known_package::Column::Id)),
        )
        .to_owned();
    known_package::Entity::delete_many()
        .filter(Expr::exists(files).not())
        .exec(transaction)
        .await?;
    Ok(())
}
