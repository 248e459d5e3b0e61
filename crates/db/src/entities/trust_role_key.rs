//! A key that may sign a role of a collection, whether it did or not.

use sea_orm::entity::prelude::*;

/// A key that may sign a role of a collection, whether it did or not.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_role_keys")]
pub struct Model {
    /// The collection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub collection_id: Uuid,
    /// The role: `root`, `targets`, or a delegation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: String,
    /// The key's id in the metadata; of a certificate it is the certificate's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: String,
    /// The id of the key itself, by which people are known.
    pub canonical_id: String,
    /// What the tags start with that the role may name, as a list in JSON; none where it may name any.
    pub paths: Option<String>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
