//! Index → manifest.

use sea_orm::entity::prelude::*;

/// Index → manifest.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "manifest_children")]
pub struct Model {
    /// The repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// The index.
    #[sea_orm(primary_key, auto_increment = false)]
    pub parent_digest: String,
    /// The manifest in it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub child_digest: String,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
