//! A component that the topmost layer of a chain brings.

use sea_orm::entity::prelude::*;

/// A component that the topmost layer of a chain brings.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "chain_components")]
pub struct Model {
    /// The chain.
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain_id: i64,
    /// The component.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component_id: i64,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
