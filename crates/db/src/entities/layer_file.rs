//! A file of a layer that is code, by its content.

use sea_orm::entity::prelude::*;

/// A file of a layer that is code, by its content.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "layer_files")]
pub struct Model {
    /// Its digest, in hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: String,
    /// The layer that holds it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub layer: String,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
