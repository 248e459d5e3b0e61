//! One version of a role's file, byte for byte as it was uploaded or signed here.

use sea_orm::entity::prelude::*;

/// One version of a role's file, byte for byte as it was uploaded or signed here.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_files")]
pub struct Model {
    /// The collection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub collection_id: Uuid,
    /// The role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: String,
    /// The version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    /// The SHA-256 of the content, in hexadecimal digits.
    pub sha256: String,
    /// When it was stored.
    pub created_at: TimeDateTimeWithTimeZone,
    /// The file.
    pub content: Vec<u8>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
