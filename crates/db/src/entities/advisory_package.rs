//! What a record is about.

use sea_orm::entity::prelude::*;

/// What a record is about.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "advisory_packages")]
pub struct Model {
    /// The ecosystem without its release; `cpe` for products of NVD.
    #[sea_orm(primary_key, auto_increment = false)]
    pub base: String,
    /// The package, normalised; `vendor:product` for products of NVD.
    #[sea_orm(primary_key, auto_increment = false)]
    pub package: String,
    /// The record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub advisory_id: i64,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
