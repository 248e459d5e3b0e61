//! What a component may be used under.

use sea_orm::entity::prelude::*;

/// What a component may be used under.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "component_licences")]
pub struct Model {
    /// The component.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component_id: i64,
    /// An SPDX expression, or what was written.
    #[sea_orm(primary_key, auto_increment = false)]
    pub licence: String,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
