//! Where a file that names targets was first published, as one key signed it: it counts nowhere else.

use sea_orm::entity::prelude::*;

/// Where a file that names targets was first published, as one key signed it. It outlives the collection.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_marks")]
pub struct Model {
    /// The SHA-256 over the key and what it signed, in hexadecimal digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub mark: String,
    /// The collection's name.
    pub gun: String,
    /// The roles as whose file it was published there, in one update, with spaces between them.
    pub roles: String,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
