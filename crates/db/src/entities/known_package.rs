//! A package whose files are known by their content.

use sea_orm::entity::prelude::*;

/// A package whose files are known by their content.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "known_packages")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// A digest over `component`.
    pub key: String,
    /// The component that such a file shows, as the scanner writes it.
    pub component: Json,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
