//! How many findings an image has.

use sea_orm::entity::prelude::*;

/// How many findings an image has.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "image_sums")]
pub struct Model {
    /// Number of the image's scan.
    #[sea_orm(primary_key, auto_increment = false)]
    pub image_id: i64,
    /// Findings of this severity.
    pub critical: i32,
    /// Findings of this severity.
    pub major: i32,
    /// Findings of this severity.
    pub minor: i32,
    /// Findings whose severity nobody said.
    pub unspecified: i32,
    /// Findings with a version that has the fix.
    pub fixable: i32,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
