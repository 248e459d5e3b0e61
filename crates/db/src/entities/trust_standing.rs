//! How it stands with the roles of a collection, as it was verified when it was published.

use sea_orm::entity::prelude::*;

/// How it stands with the roles of a collection, as it was verified when it was published.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_standings")]
pub struct Model {
    /// The collection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub collection_id: Uuid,
    /// JSON, which only the server reads.
    pub content: String,
    /// Nothing is delegated in it: `targets` is all that there is to sign.
    pub targets_only: bool,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
