//! Layers from the bottom up to one of them, under an operating system: what images share.

use sea_orm::entity::prelude::*;

/// Layers from the bottom up to one of them, under an operating system: what images share.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "image_chains")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// A digest over the layers and the operating system.
    pub key: String,
    /// The topmost of its layers.
    pub layer: String,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
