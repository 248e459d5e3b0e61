//! Scratch: how the sums of a component change, while the images that have it are brought up to date.

use sea_orm::entity::prelude::*;

/// Scratch: how the sums of a component change, while the images that have it are brought up to date.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "component_deltas")]
pub struct Model {
    /// The component.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component_id: i64,
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
