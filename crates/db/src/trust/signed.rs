//! Which tags are signed, and as what: verified when it was published, so that a list of tags asks once. Who the keys belong to is
//! looked up when it is asked ([`super::signers`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, JoinType,
    QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{marks::Mark, role_keys, signers};
use crate::{
    Db, Error, Result,
    entities::{tag, trust_collection, trust_target},
    promotions::due,
};

/// Rows of one statement. A statement of each length would be kept prepared, so there are only these.
const LOTS: [usize; 4] = [1000, 100, 10, 1];
/// Names in one question: a page of tags is one, and a manifest may have any number of tags.
const LOT: usize = 1000;

/// What a tag is signed as, in one collection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signed {
    /// The collection.
    pub collection: Uuid,
    /// The collection's name.
    pub gun: String,
    /// The tag.
    pub tag: String,
    /// The manifest's digest.
    pub digest: String,
    /// The role that releases it.
    pub role: String,
    /// The roles that say so, this one among them.
    pub signed_in: Vec<String>,
    /// Until when.
    pub expires_at: OffsetDateTime,
}

impl Signed {
    fn new(target: trust_target::Model, gun: String) -> Self {
        let roles = target.signed_in.split_whitespace();
        Self {
            signed_in: roles.map(str::to_owned).collect(),
            collection: target.collection_id,
            gun,
            tag: target.name,
            digest: target.digest,
            role: target.role,
            expires_at: target.expires_at,
        }
    }
}

/// Which trust data says that a tag is signed: what is under a host of ours, until it expires.
#[derive(Clone, Copy)]
pub struct Rule<'r> {
    /// The moment for which it is asked.
    pub now: OffsetDateTime,
    /// Whether clients know the registry by this host.
    pub is_ours: &'r (dyn Fn(&str) -> bool + Sync),
}

impl Rule<'_> {
    /// Whether it is said by the collection of that name.
    #[must_use]
    pub fn counts(&self, gun: &str, expires_at: OffsetDateTime) -> bool {
        let host = gun.split_once('/').map_or("", |(host, _)| host);
        expires_at >= self.now && (self.is_ours)(host)
    }
}

/// What was verified of a collection.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// The tags that are signed.
    pub targets: Vec<trust_target::Model>,
    /// Whose keys signed the roles that say so.
    pub signers: Vec<signers::New>,
    /// Whose keys may sign its roles.
    pub role_keys: Vec<role_keys::New>,
    /// Those signatures, and all others on files that name targets: what they are known by.
    pub marks: Vec<Mark>,
    /// How it stands with its roles: JSON, which only the server reads.
    pub standing: String,
    /// Nothing is delegated.
    pub targets_only: bool,
    /// By which rules it was verified.
    pub rules: i32,
}

/// What these tags of a repository are signed as, by their names: two queries for a page of them.
pub async fn of_tags(
    db: &Db,
    repository: Uuid,
    names: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, Vec<Signed>>> {
    let names: Vec<&str> = names.into_iter().collect();
    let mut found: HashMap<String, Vec<Signed>> = HashMap::new();
    for (target, gun) in rows(&db.read, repository, By::Name, &names).await? {
        let signed = Signed::new(target, gun);
        found.entry(signed.tag.clone()).or_default().push(signed);
    }
    Ok(found)
}

/// The releases of these manifests by a repository, by digest; whether the tags point there is not looked at.
pub async fn of_digests(
    db: &Db,
    repository: Uuid,
    digests: impl IntoIterator<Item = &str>,
    releases: Releases,
) -> Result<HashMap<String, Vec<Signed>>> {
    let digests: BTreeSet<&str> = digests.into_iter().collect();
    let digests: Vec<&str> = digests.into_iter().collect();
    let mut found: HashMap<String, Vec<Signed>> = HashMap::new();
    let rows = rows(&db.read, repository, By::Digest(releases), &digests);
    for (target, gun) in rows.await? {
        let signed = Signed::new(target, gun);
        found.entry(signed.digest.clone()).or_default().push(signed);
    }
    Ok(found)
}

/// How many tags a collection signs.
pub async fn count(db: &Db, collection: Uuid) -> Result<u64> {
    use sea_orm::PaginatorTrait as _;
    Ok(trust_target::Entity::find()
        .filter(trust_target::Column::CollectionId.eq(collection))
        .count(&db.read)
        .await?)
}

/// The tags that are another manifest now than the one that the collection signs, by name.
pub async fn moved(
    db: &Db,
    collection: &trust_collection::Model,
    limit: u64,
) -> Result<Vec<String>> {
    let to_tag: sea_orm::RelationDef = trust_target::Entity::belongs_to(tag::Entity)
        .from(trust_target::Column::Name)
        .to(tag::Column::Name)
        .into();
    Ok(trust_target::Entity::find()
        .select_only()
        .column(trust_target::Column::Name)
        .join(JoinType::InnerJoin, to_tag)
        .filter(trust_target::Column::CollectionId.eq(collection.id))
        .filter(tag::Column::RepositoryId.eq(collection.repository_id))
        .filter(Expr::col((tag::Entity, tag::Column::Digest)).ne(Expr::col((
            trust_target::Entity,
            trust_target::Column::Digest,
        ))))
        .order_by_asc(trust_target::Column::Name)
        .limit(limit)
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// Which releases of a manifest are read: a collection may release thousands of tags as one manifest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Releases {
    /// Each tag.
    Each,
    /// Of what differs only in the tag, one.
    EachSort,
}

/// What is looked for.
#[derive(Clone, Copy)]
enum By {
    Name,
    Digest(Releases),
}

fn targets(by: By, values: &[&str]) -> Select<trust_target::Entity> {
    use trust_target::Column;
    let values = values.iter().copied();
    match by {
        By::Name => trust_target::Entity::find().filter(Column::Name.is_in(values)),
        By::Digest(Releases::Each) => {
            trust_target::Entity::find().filter(Column::Digest.is_in(values))
        }
        By::Digest(Releases::EachSort) => {
            let same = [
                Column::CollectionId,
                Column::Role,
                Column::Digest,
                Column::ExpiresAt,
                Column::SignedIn,
            ];
            let mut select = trust_target::Entity::find()
                .select_only()
                .columns(same)
                .column_as(Column::Name.min(), Column::Name)
                .filter(Column::Digest.is_in(values));
            for column in same {
                select = select.group_by(column);
            }
            select
        }
    }
}

async fn rows<C: ConnectionTrait>(
    connection: &C,
    repository: Uuid,
    by: By,
    values: &[&str],
) -> Result<Vec<(trust_target::Model, String)>> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
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
    let mut found = Vec::new();
    for lot in values.chunks(LOT) {
        let lot = targets(by, lot)
            .filter(trust_target::Column::CollectionId.is_in(guns.keys().copied()))
            .all(connection)
            .await?;
        found.extend(lot);
    }
    Ok(found
        .into_iter()
        .filter_map(|target| {
            let gun = guns.get(&target.collection_id)?.clone();
            Some((target, gun))
        })
        .collect())
}

/// That none of these tags is signed, in the transaction that would delete them; [`Error::SignedTag`] where one is.
pub(crate) async fn refuse<C: ConnectionTrait>(
    connection: &C,
    repository: Uuid,
    names: &[&str],
    rule: Rule<'_>,
) -> Result<()> {
    let rows = rows(connection, repository, By::Name, names).await?;
    let mut rows = rows.into_iter();
    let signed = rows.find(|(target, gun)| rule.counts(gun, target.expires_at));
    signed.map_or(Ok(()), |(target, gun)| {
        Err(Error::SignedTag {
            tag: target.name,
            gun,
        })
    })
}

/// Says which tags of a collection are signed from now on. Only what changed is written; the tags that it is about are due.
pub(super) async fn replace(
    transaction: &DatabaseTransaction,
    collection: &trust_collection::Model,
    targets: Vec<trust_target::Model>,
    now: OffsetDateTime,
) -> Result<()> {
    let before = trust_target::Entity::find()
        .filter(trust_target::Column::CollectionId.eq(collection.id))
        .all(transaction)
        .await?;
    let mut left: BTreeMap<String, trust_target::Model> = before
        .into_iter()
        .map(|row| (row.name.clone(), row))
        .collect();
    let mut changed: Vec<trust_target::Model> = Vec::new();
    let mut digests: BTreeSet<String> = BTreeSet::new();
    for target in targets {
        let before = left.remove(&target.name);
        if before.as_ref() == Some(&target) {
            continue;
        }
        if !before.is_some_and(|before| says_the_same(before, &target, now)) {
            digests.insert(target.digest.clone());
        }
        changed.push(target);
    }
    digests.extend(left.values().map(|row| row.digest.clone()));
    let gone: Vec<String> = left.into_keys().collect();
    for lot in lots(&gone) {
        trust_target::Entity::delete_many()
            .filter(trust_target::Column::CollectionId.eq(collection.id))
            .filter(trust_target::Column::Name.is_in(lot.iter().map(String::as_str)))
            .exec(transaction)
            .await?;
    }
    write(transaction, &changed).await?;
    let digests: Vec<String> = digests.into_iter().collect();
    for lot in lots(&digests) {
        due::of_digests(transaction, collection.repository_id, lot, now).await?;
    }
    Ok(())
}

/// Whether only the day on which it expires is another, and it had not come.
fn says_the_same(
    before: trust_target::Model,
    after: &trust_target::Model,
    now: OffsetDateTime,
) -> bool {
    let expires_at = after.expires_at;
    before.expires_at >= now
        && *after
            == trust_target::Model {
                expires_at,
                ..before
            }
}

async fn write(transaction: &DatabaseTransaction, changed: &[trust_target::Model]) -> Result<()> {
    let mut moved = OnConflict::columns([
        trust_target::Column::CollectionId,
        trust_target::Column::Name,
    ]);
    moved.update_columns([
        trust_target::Column::Role,
        trust_target::Column::Digest,
        trust_target::Column::ExpiresAt,
        trust_target::Column::SignedIn,
    ]);
    for lot in lots(changed) {
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
pub(super) fn lots<T>(rows: &[T]) -> Vec<&[T]> {
    let mut lots = Vec::new();
    let mut left = rows;
    for size in LOTS {
        let mut chunks = left.chunks_exact(size);
        lots.extend(chunks.by_ref());
        left = chunks.remainder();
    }
    lots
}
