//! A name of the flaw that a record is about.

use sea_orm::entity::prelude::*;

/// A name of the flaw that a record is about.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "advisory_names")]
pub struct Model {
    /// Its identifier, an alias, or a name upstream.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub advisory_id: i64,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
