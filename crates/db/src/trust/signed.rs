//! Which tags are signed, and as what: verified when it was published, so that a list of tags asks once.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{trust_collection, trust_target},
};

/// Rows of one statement. A statement of each length would be kept prepared, so there are only these.
const LOTS: [usize; 4] = [1000, 100, 10, 1];
/// Names in one question: a page of tags is one, and a manifest may have any number of tags.
const LOT: usize = 1000;

/// What a tag is signed as, in one collection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signed {
    /// The collection's name.
    pub gun: String,
    /// The manifest's digest.
    pub digest: String,
    /// The role that releases it.
    pub role: String,
    /// Until when.
    pub expires_at: OffsetDateTime,
}

/// What these tags of a repository are signed as, by their names: two queries for a page of them.
pub async fn of_tags(
    db: &Db,
    repository: Uuid,
    names: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, Vec<Signed>>> {
    let names: Vec<&str> = names.into_iter().collect();
    let mut found: HashMap<String, Vec<Signed>> = HashMap::new();
    if names.is_empty() {
        return Ok(found);
    }
    for (target, gun) in rows(&db.read, repository, &names).await? {
        found.entry(target.name).or_default().push(Signed {
            gun,
            digest: target.digest,
            role: target.role,
            expires_at: target.expires_at,
        });
    }
    Ok(found)
}

async fn rows<C: ConnectionTrait>(
    connection: &C,
    repository: Uuid,
    names: &[&str],
) -> Result<Vec<(trust_target::Model, String)>> {
    let collections: Vec<trust_collection::Model> = trust_collection::Entity::find()
        .filter(trust_collection::Column::RepositoryId.eq(repository))
        .filter(trust_collection::Column::PublishedAt.is_not_null())
        .all(connection)
        .await?;
    if collections.is_empty() {
        return Ok(Vec::new());
    }
    let guns: HashMap<Uuid, String> = collections
        .into_iter()
        .map(|row| (row.id, row.gun))
        .collect();
    let mut targets = Vec::new();
    for lot in names.chunks(LOT) {
        let found = trust_target::Entity::find()
            .filter(trust_target::Column::CollectionId.is_in(guns.keys().copied()))
            .filter(trust_target::Column::Name.is_in(lot.iter().copied()))
            .all(connection)
            .await?;
        targets.extend(found);
    }
    Ok(targets
        .into_iter()
        .filter_map(|target| {
            let gun = guns.get(&target.collection_id)?.clone();
            Some((target, gun))
        })
        .collect())
}

/// One of these tags that is signed, in the transaction that would delete it.
pub(crate) async fn any<C: ConnectionTrait>(
    connection: &C,
    repository: Uuid,
    names: &[&str],
) -> Result<Option<String>> {
    let mut rows = rows(connection, repository, names).await?;
    Ok(rows.pop().map(|(target, _)| target.name))
}

/// Says which tags of a collection are signed from now on. Only what changed is written.
pub(super) async fn replace(
    transaction: &DatabaseTransaction,
    collection: Uuid,
    targets: Vec<trust_target::Model>,
) -> Result<()> {
    let before = trust_target::Entity::find()
        .filter(trust_target::Column::CollectionId.eq(collection))
        .all(transaction)
        .await?;
    let mut left: BTreeMap<String, trust_target::Model> = before
        .into_iter()
        .map(|row| (row.name.clone(), row))
        .collect();
    let changed: Vec<trust_target::Model> = targets
        .into_iter()
        .filter(|target| left.remove(&target.name).as_ref() != Some(target))
        .collect();
    let gone: Vec<String> = left.into_keys().collect();
    for lot in lots(&gone) {
        trust_target::Entity::delete_many()
            .filter(trust_target::Column::CollectionId.eq(collection))
            .filter(trust_target::Column::Name.is_in(lot.iter().map(String::as_str)))
            .exec(transaction)
            .await?;
    }
    let mut moved = OnConflict::columns([
        trust_target::Column::CollectionId,
        trust_target::Column::Name,
    ]);
    moved.update_columns([
        trust_target::Column::Role,
        trust_target::Column::Digest,
        trust_target::Column::ExpiresAt,
    ]);
    for lot in lots(&changed) {
        let rows = lot
            .iter()
            .map(|row| trust_target::ActiveModel::from(row.clone()).reset_all());
        trust_target::Entity::insert_many(rows)
            .on_conflict(moved.clone())
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

/// The rows in lots of a few lengths.
fn lots<T>(rows: &[T]) -> Vec<&[T]> {
    let mut lots = Vec::new();
    let mut left = rows;
    for size in LOTS {
        let mut chunks = left.chunks_exact(size);
        lots.extend(chunks.by_ref());
        left = chunks.remainder();
    }
    lots
}
