//! A blob is visible in a repository: without this row it is not there.

use sea_orm::entity::prelude::*;

/// A blob is visible in a repository: without this row it is not there.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "blob_links")]
pub struct Model {
    /// The repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// The blob.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// Its bytes.
    pub size: i64,
    /// When it was pushed or mounted.
    pub created_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
