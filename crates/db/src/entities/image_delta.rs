//! Scratch: how the sums of an image change.

use sea_orm::entity::prelude::*;

/// Scratch: how the sums of an image change.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "image_deltas")]
pub struct Model {
    /// The image.
    #[sea_orm(primary_key, auto_increment = false)]
    pub image_id: i64,
    /// More, or fewer.
    pub critical: i32,
    /// More, or fewer.
    pub major: i32,
    /// More, or fewer.
    pub minor: i32,
    /// More, or fewer.
    pub unspecified: i32,
    /// More, or fewer.
    pub fixable: i32,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
