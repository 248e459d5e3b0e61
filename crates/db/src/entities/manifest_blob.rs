//! Manifest → blob: a configuration or layer.

use sea_orm::entity::prelude::*;

/// Manifest → blob: a configuration or layer.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "manifest_blobs")]
pub struct Model {
    /// The repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// The manifest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub manifest_digest: String,
    /// The blob.
    #[sea_orm(primary_key, auto_increment = false)]
    pub blob_digest: String,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
