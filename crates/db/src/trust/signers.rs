//! Whose keys signed the roles of a collection, and how it stands with those roles: verified when it was published. Only the keys are
//! kept; who has them now is asked when it matters, so that a key which is revoked counts no more from then on.

use std::collections::{BTreeMap, HashSet};

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{trust_file, trust_role, trust_signer, trust_standing},
};

/// A signature that was verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct New {
    /// The role whose newest file it is on.
    pub role: String,
    /// The key's id in the metadata.
    pub key: String,
    /// The id of the key itself.
    pub canonical: Option<String>,
    /// The file's version.
    pub version: i64,
    /// When the file expires.
    pub expires_at: OffsetDateTime,
}

/// The signatures of these collections.
pub async fn of(
    db: &Db,
    collections: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<trust_signer::Model>> {
    let collections: Vec<Uuid> = collections.into_iter().collect();
    if collections.is_empty() {
        return Ok(Vec::new());
    }
    Ok(trust_signer::Entity::find()
        .filter(trust_signer::Column::CollectionId.is_in(collections))
        .all(&db.read)
        .await?)
}

/// How it stands with the roles of a collection; `None` where it was not verified yet.
pub async fn standing(db: &Db, collection: Uuid) -> Result<Option<String>> {
    let row = trust_standing::Entity::find_by_id(collection);
    Ok(row.one(&db.read).await?.map(|row| row.content))
}

/// Those of these collections in which nothing is delegated.
pub async fn targets_only(
    db: &Db,
    collections: impl IntoIterator<Item = Uuid>,
) -> Result<HashSet<Uuid>> {
    let collections: Vec<Uuid> = collections.into_iter().collect();
    if collections.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<Uuid> = trust_standing::Entity::find()
        .select_only()
        .column(trust_standing::Column::CollectionId)
        .filter(trust_standing::Column::CollectionId.is_in(collections))
        .filter(trust_standing::Column::TargetsOnly.eq(true))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(ids.into_iter().collect())
}

/// Says who signed, from `now` on. Whether that is somebody else than before.
pub(super) async fn replace(
    transaction: &DatabaseTransaction,
    collection: Uuid,
    signers: Vec<New>,
    now: OffsetDateTime,
) -> Result<bool> {
    let of = trust_signer::Column::CollectionId.eq(collection);
    let before = trust_signer::Entity::find().filter(of.clone());
    let before: BTreeMap<_, _> = before
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| ((row.role.clone(), row.key_id.clone()), row))
        .collect();
    let published = published(transaction, collection).await?;
    let rows = signers.into_iter().filter_map(|new| {
        let signed_at = *published.get(&new.role)?;
        Some(trust_signer::Model {
            collection_id: collection,
            role: new.role,
            key_id: new.key,
            canonical_id: new.canonical,
            version: new.version,
            signed_at,
            expires_at: new.expires_at,
        })
    });
    let rows: Vec<_> = rows.collect();
    let all = |same: &dyn Fn(&trust_signer::Model, &trust_signer::Model) -> bool| {
        let known = |row: &trust_signer::Model| {
            let before = before.get(&(row.role.clone(), row.key_id.clone()));
            before.is_some_and(|before| same(before, row))
        };
        rows.len() == before.len() && rows.iter().all(known)
    };
    if all(&|before, row| before == row) {
        return Ok(false);
    }
    // What had expired did not count.
    let same_people = all(&|before, _| before.expires_at >= now);
    trust_signer::Entity::delete_many()
        .filter(of)
        .exec(transaction)
        .await?;
    for lot in super::signed::lots(&rows) {
        let rows = lot
            .iter()
            .map(|row| trust_signer::ActiveModel::from(row.clone()).reset_all());
        trust_signer::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(!same_people)
}

/// When the newest file of each role was published.
async fn published(
    transaction: &DatabaseTransaction,
    collection: Uuid,
) -> Result<BTreeMap<String, OffsetDateTime>> {
    let to_role: RelationDef = trust_file::Entity::belongs_to(trust_role::Entity)
        .from((trust_file::Column::CollectionId, trust_file::Column::Role))
        .to((trust_role::Column::CollectionId, trust_role::Column::Role))
        .into();
    let rows: Vec<(String, OffsetDateTime)> = trust_file::Entity::find()
        .select_only()
        .column(trust_file::Column::Role)
        .column(trust_file::Column::CreatedAt)
        .join(JoinType::InnerJoin, to_role)
        .filter(trust_file::Column::CollectionId.eq(collection))
        .filter(
            Expr::col((trust_file::Entity, trust_file::Column::Version))
                .eq(Expr::col((trust_role::Entity, trust_role::Column::Version))),
        )
        .into_tuple()
        .all(transaction)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Says how it stands, from now on. Whether something is delegated now and was not, or the other way round.
pub(super) async fn stand(
    transaction: &DatabaseTransaction,
    collection: Uuid,
    content: String,
    targets_only: bool,
) -> Result<bool> {
    let before: Option<bool> = trust_standing::Entity::find_by_id(collection)
        .select_only()
        .column(trust_standing::Column::TargetsOnly)
        .into_tuple()
        .one(transaction)
        .await?;
    let row = trust_standing::ActiveModel {
        collection_id: Set(collection),
        content: Set(content),
        targets_only: Set(targets_only),
    };
    let mut newer = OnConflict::column(trust_standing::Column::CollectionId);
    newer.update_columns([
        trust_standing::Column::Content,
        trust_standing::Column::TargetsOnly,
    ]);
    trust_standing::Entity::insert(row)
        .on_conflict(newer)
        .exec_without_returning(transaction)
        .await?;
    Ok(before.is_some_and(|before| before != targets_only))
}
