//! A chain of an image: one for each of its layers.

use sea_orm::entity::prelude::*;

/// A chain of an image: one for each of its layers.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "image_chain_links")]
pub struct Model {
    /// The image.
    #[sea_orm(primary_key, auto_increment = false)]
    pub image_id: i64,
    /// The layer, from the bottom.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The chain.
    pub chain_id: i64,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
