//! Something that was done to a collection.

use sea_orm::entity::prelude::*;

/// Something that was done to a collection.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_changes")]
pub struct Model {
    /// Its number: later changes have higher ones.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The repository, which may be gone.
    pub repository_id: Uuid,
    /// The collection's name.
    pub gun: String,
    /// The version of the timestamp; 0 for a deletion.
    pub version: i64,
    /// The SHA-256 of the timestamp, in hexadecimal digits; empty for a deletion.
    pub sha256: String,
    /// `update` or `deletion`.
    pub category: String,
    /// When.
    pub created_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
