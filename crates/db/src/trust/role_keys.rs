//! Whose keys may sign the roles of collections, as it was verified when it was published.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult, JoinType,
    QueryFilter, QueryOrder, QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{repository, trust_collection, trust_role_key},
    repositories::Viewer,
};

/// A key that may sign a role.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct New {
    /// The role.
    pub role: String,
    /// The key's id in the metadata.
    pub key: String,
    /// The id of the key itself.
    pub canonical: String,
    /// What the tags start with that the role may name; `None` where it may name any.
    pub paths: Option<Vec<String>>,
}

/// A role that one of somebody's keys may sign.
#[derive(Clone, Debug, Eq, FromQueryResult, PartialEq)]
pub struct Held {
    /// The id of the key itself.
    pub canonical_id: String,
    /// The key's id in the metadata.
    pub key_id: String,
    /// The role.
    pub role: String,
    /// The collection.
    pub collection: Uuid,
    /// The collection's name.
    pub gun: String,
    /// The repository.
    pub repository: Uuid,
    /// The repository's namespace.
    pub namespace: String,
    /// The repository's name.
    pub name: String,
    paths: Option<String>,
}

impl Held {
    /// Whether the role may say what this tag is.
    pub fn permits(&self, tag: &str) -> bool {
        let Some(paths) = &self.paths else {
            return true;
        };
        let paths: Vec<String> = serde_json::from_str(paths).unwrap_or_default();
        paths.iter().any(|path| tag.starts_with(path.as_str()))
    }
}

/// The roles that these keys may sign, in the repositories that `viewer` sees; the first `limit`, by the collections' names.
pub async fn held(db: &Db, keys: &[&str], viewer: &Viewer, limit: u64) -> Result<Vec<Held>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    Ok(held_query(keys, viewer, limit)
        .into_model()
        .all(&db.read)
        .await?)
}

pub(crate) fn held_query(
    keys: &[&str],
    viewer: &Viewer,
    limit: u64,
) -> Select<trust_role_key::Entity> {
    let to_collection: RelationDef = trust_role_key::Entity::belongs_to(trust_collection::Entity)
        .from(trust_role_key::Column::CollectionId)
        .to(trust_collection::Column::Id)
        .into();
    let to_repository: RelationDef = trust_collection::Entity::belongs_to(repository::Entity)
        .from(trust_collection::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    trust_role_key::Entity::find()
        .select_only()
        .columns([
            trust_role_key::Column::CanonicalId,
            trust_role_key::Column::KeyId,
            trust_role_key::Column::Role,
            trust_role_key::Column::Paths,
        ])
        .column_as(trust_collection::Column::Id, "collection")
        .column(trust_collection::Column::Gun)
        .column_as(repository::Column::Id, "repository")
        .column(repository::Column::Namespace)
        .column(repository::Column::Name)
        .join(JoinType::InnerJoin, to_collection)
        .join(JoinType::InnerJoin, to_repository)
        .filter(trust_role_key::Column::CanonicalId.is_in(keys.iter().copied()))
        .filter(viewer.condition())
        .order_by_asc(trust_collection::Column::Gun)
        .order_by_asc(trust_role_key::Column::Role)
        .order_by_asc(trust_role_key::Column::KeyId)
        .limit(limit)
}

/// Says whose keys may sign, from now on.
pub(super) async fn replace(
    transaction: &DatabaseTransaction,
    collection: Uuid,
    keys: Vec<New>,
) -> Result<()> {
    let of = trust_role_key::Column::CollectionId.eq(collection);
    let row = |new: New| trust_role_key::Model {
        collection_id: collection,
        role: new.role,
        key_id: new.key,
        canonical_id: new.canonical,
        paths: new
            .paths
            .map(|paths| serde_json::Value::from(paths).to_string()),
    };
    let mut rows: Vec<_> = keys.into_iter().map(row).collect();
    rows.sort_by(|one, other| (&one.role, &one.key_id).cmp(&(&other.role, &other.key_id)));
    let before = trust_role_key::Entity::find().filter(of.clone());
    let mut before = before.all(transaction).await?;
    before.sort_by(|one, other| (&one.role, &one.key_id).cmp(&(&other.role, &other.key_id)));
    if rows == before {
        return Ok(());
    }
    trust_role_key::Entity::delete_many()
        .filter(of)
        .exec(transaction)
        .await?;
    for lot in super::signed::lots(&rows) {
        let rows = lot
            .iter()
            .map(|row| trust_role_key::ActiveModel::from(row.clone()).reset_all());
        trust_role_key::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}
