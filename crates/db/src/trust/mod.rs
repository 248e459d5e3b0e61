//! Content trust: the collections of signed files that repositories have, one for each host that they are known by (their GUN).
//!
//! What a client finds is read here; what changes a collection goes through [`Locked`], in one transaction. All versions of files are
//! kept, because clients ask for old ones. What was verified of tags is kept beside them ([`signed`]), so that lists need not verify.

pub mod by_key;
pub mod changes;
pub mod desk;
mod locked;
pub mod marks;
pub mod policies;
pub mod role_keys;
pub mod signed;
pub mod signers;
#[cfg(test)]
mod tests;

pub use locked::{File, Locked, Stored};

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait as _},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{repository, trust_collection, trust_file, trust_key, trust_role},
};

/// Collections that a repository may have: it is known by few hosts.
pub const MOST_COLLECTIONS: u64 = 16;

/// The collection of that name in a repository.
pub async fn find(db: &Db, repository: Uuid, gun: &str) -> Result<Option<trust_collection::Model>> {
    Ok(named(repository, gun).one(&db.read).await?)
}

pub(crate) fn named(repository: Uuid, gun: &str) -> Select<trust_collection::Entity> {
    trust_collection::Entity::find()
        .filter(trust_collection::Column::Gun.eq(gun))
        .filter(trust_collection::Column::RepositoryId.eq(repository))
}

/// The collections of a repository, the oldest first.
pub async fn of_repository(db: &Db, repository: Uuid) -> Result<Vec<trust_collection::Model>> {
    Ok(trust_collection::Entity::find()
        .filter(trust_collection::Column::RepositoryId.eq(repository))
        .order_by_asc(trust_collection::Column::Id)
        .all(&db.read)
        .await?)
}

/// Frees the names of collections of an account's repositories, because the account is to be renamed: a collection in which nothing
/// was published goes. Where something was, the answer is the name of such a repository.
pub(crate) async fn leave(
    transaction: &DatabaseTransaction,
    account: Uuid,
) -> Result<Option<String>> {
    let owned = || {
        repository::Entity::find()
            .select_only()
            .column(repository::Column::Id)
            .filter(repository::Column::AccountId.eq(account))
    };
    let published = trust_collection::Entity::find()
        .select_only()
        .column(trust_collection::Column::RepositoryId)
        .filter(trust_collection::Column::PublishedAt.is_not_null())
        .filter(trust_collection::Column::RepositoryId.in_subquery(owned().into_query()));
    let signed = repository::Entity::find()
        .select_only()
        .column(repository::Column::Name)
        .filter(repository::Column::Id.in_subquery(published.into_query()))
        .into_tuple()
        .one(transaction)
        .await?;
    if signed.is_none() {
        trust_collection::Entity::delete_many()
            .filter(trust_collection::Column::RepositoryId.in_subquery(owned().into_query()))
            .exec(transaction)
            .await?;
    }
    Ok(signed)
}

/// The roles of a collection, with the versions of their newest files, in no order that means anything.
pub async fn roles(db: &Db, collection: Uuid) -> Result<Vec<trust_role::Model>> {
    Ok(trust_role::Entity::find()
        .filter(trust_role::Column::CollectionId.eq(collection))
        .all(&db.read)
        .await?)
}

/// The registry's keys for a collection.
pub async fn keys(db: &Db, collection: Uuid) -> Result<Vec<trust_key::Model>> {
    Ok(trust_key::Entity::find()
        .filter(trust_key::Column::CollectionId.eq(collection))
        .all(&db.read)
        .await?)
}

/// The collection of that id.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<trust_collection::Model>> {
    let query = trust_collection::Entity::find_by_id(id);
    Ok(query.one(&db.read).await?)
}

/// The newest file of a role, if the snapshot names it.
pub async fn current(db: &Db, collection: Uuid, role: &str) -> Result<Option<trust_file::Model>> {
    let listed = trust_role::Entity::find_by_id((collection, role.to_owned()))
        .filter(trust_role::Column::IsListed.eq(true));
    let Some(head) = listed.one(&db.read).await? else {
        return Ok(None);
    };
    by_version(db, collection, role, head.version).await
}

/// That version of a role's file.
pub async fn by_version(
    db: &Db,
    collection: Uuid,
    role: &str,
    version: i64,
) -> Result<Option<trust_file::Model>> {
    let id = (collection, role.to_owned(), version);
    Ok(trust_file::Entity::find_by_id(id).one(&db.read).await?)
}

/// A role's file with that SHA-256, in hexadecimal digits.
pub async fn by_hash(
    db: &Db,
    collection: Uuid,
    role: &str,
    sha256: &str,
) -> Result<Option<trust_file::Model>> {
    Ok(hashed(collection, role, sha256).one(&db.read).await?)
}

pub(crate) fn hashed(collection: Uuid, role: &str, sha256: &str) -> Select<trust_file::Entity> {
    trust_file::Entity::find()
        .filter(trust_file::Column::CollectionId.eq(collection))
        .filter(trust_file::Column::Role.eq(role))
        .filter(trust_file::Column::Sha256.eq(sha256))
        // The same bytes have the same version.
        .limit(1)
}

/// The ids of the registry's keys for a collection.
pub async fn key_ids(db: &Db, collection: Uuid) -> Result<HashSet<String>> {
    let ids: Vec<String> = trust_key::Entity::find()
        .select_only()
        .column(trust_key::Column::Id)
        .filter(trust_key::Column::CollectionId.eq(collection))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(ids.into_iter().collect())
}

/// Collections of which it has to be looked whether the registry signs its part again, the longest due first.
pub async fn due(db: &Db, now: OffsetDateTime, limit: u64) -> Result<Vec<trust_collection::Model>> {
    Ok(due_query(now, limit).all(&db.read).await?)
}

pub(crate) fn due_query(now: OffsetDateTime, limit: u64) -> Select<trust_collection::Entity> {
    trust_collection::Entity::find()
        .filter(Expr::cust("renew_at IS NOT NULL"))
        .filter(trust_collection::Column::RenewAt.lte(now))
        .order_by_asc(trust_collection::Column::RenewAt)
        .order_by_asc(trust_collection::Column::Id)
        .limit(limit)
}

/// Collections in which something is published that was not verified by these rules, behind the one of id `after`.
pub async fn verified_otherwise(
    db: &Db,
    rules: i32,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Uuid>> {
    let mut query = trust_collection::Entity::find()
        .select_only()
        .column(trust_collection::Column::Id)
        .filter(trust_collection::Column::PublishedAt.is_not_null())
        .filter(trust_collection::Column::Verified.ne(rules));
    if let Some(after) = after {
        query = query.filter(trust_collection::Column::Id.gt(after));
    }
    Ok(query
        .order_by_asc(trust_collection::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// Keys that are not sealed with `with`, with the names of their collections; those behind `after`, a collection and the key's id.
pub async fn sealed_otherwise(
    db: &Db,
    with: &str,
    after: Option<(Uuid, &str)>,
    limit: u64,
) -> Result<Vec<(trust_key::Model, String)>> {
    use trust_key::Column::{CollectionId, Id, SealedWith};
    let mut query = trust_key::Entity::find().filter(SealedWith.ne(with));
    if let Some((collection, key)) = after {
        query = query.filter(
            Condition::any()
                .add(CollectionId.gt(collection))
                .add(CollectionId.eq(collection).and(Id.gt(key))),
        );
    }
    let keys = query
        .order_by_asc(CollectionId)
        .order_by_asc(Id)
        .limit(limit)
        .all(&db.read)
        .await?;
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        let collection = trust_collection::Entity::find_by_id(key.collection_id);
        if let Some(collection) = collection.one(&db.read).await? {
            found.push((key, collection.gun));
        }
    }
    Ok(found)
}

/// Seals a key otherwise, unless somebody else did meanwhile.
pub async fn seal(db: &Db, before: &trust_key::Model, sealed: String, with: &str) -> Result<()> {
    trust_key::Entity::update_many()
        .col_expr(trust_key::Column::Sealed, Expr::val(sealed))
        .col_expr(trust_key::Column::SealedWith, Expr::val(with))
        .filter(trust_key::Column::CollectionId.eq(before.collection_id))
        .filter(trust_key::Column::Id.eq(before.id.as_str()))
        .filter(trust_key::Column::SealedWith.eq(before.sealed_with.as_str()))
        .exec(&db.write)
        .await?;
    Ok(())
}

/// Whether something is published in a repository.
pub async fn has_data(db: &Db, repository: Uuid) -> Result<bool> {
    Ok(published(&db.read, repository).await?.is_some())
}

/// As [`has_data`], by the name of such a collection, in the transaction that deletes the repository, which waits for whoever publishes.
pub(crate) async fn published<C: ConnectionTrait>(
    connection: &C,
    repository: Uuid,
) -> Result<Option<String>> {
    let published = trust_collection::Entity::find()
        .filter(trust_collection::Column::RepositoryId.eq(repository))
        .filter(trust_collection::Column::PublishedAt.is_not_null())
        .order_by_asc(trust_collection::Column::Id);
    Ok(published.one(connection).await?.map(|row| row.gun))
}

/// The repositories of an account in which something is published.
pub async fn owned_with_data(db: &Db, account: Uuid, limit: u64) -> Result<Vec<String>> {
    use crate::entities::repository;
    let published = trust_collection::Entity::find()
        .select_only()
        .column(trust_collection::Column::RepositoryId)
        .filter(trust_collection::Column::PublishedAt.is_not_null());
    let rows = repository::Entity::find()
        .filter(repository::Column::AccountId.eq(account))
        .filter(repository::Column::Id.in_subquery(published.into_query()))
        .order_by_asc(repository::Column::Name)
        .limit(limit)
        .all(&db.read)
        .await?;
    let name = |row: repository::Model| format!("{}/{}", row.namespace, row.name);
    Ok(rows.into_iter().map(name).collect())
}
