//! A file that a package installed somewhere, by its content.

use sea_orm::entity::prelude::*;

/// A file that a package installed somewhere, by its content.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "known_files")]
pub struct Model {
    /// Its digest, in hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: String,
    /// The package.
    #[sea_orm(primary_key, auto_increment = false)]
    pub package_id: i64,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
