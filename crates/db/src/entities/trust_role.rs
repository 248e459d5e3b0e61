//! A role of a collection, and its newest file.

use sea_orm::entity::prelude::*;

/// A role of a collection, and its newest file.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_roles")]
pub struct Model {
    /// The collection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub collection_id: Uuid,
    /// The role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: String,
    /// The newest version.
    pub version: i64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// The newest snapshot names the file, or it is none that a snapshot names: clients find it.
    pub is_listed: bool,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
