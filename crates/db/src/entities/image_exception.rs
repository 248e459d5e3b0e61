//! Where what an image holds differs from what its chains say.

use sea_orm::entity::prelude::*;

/// Where what an image holds differs from what its chains say.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "image_exceptions")]
pub struct Model {
    /// The image.
    #[sea_orm(primary_key, auto_increment = false)]
    pub image_id: i64,
    /// The component.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component_id: i64,
    /// Whether it is there without a chain that says so, or not there in spite of one.
    pub present: bool,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
