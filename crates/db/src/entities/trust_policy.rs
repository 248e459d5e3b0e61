//! Which images may be pulled, by who signed them, as one level asks it.

use sea_orm::entity::prelude::*;

/// Which images may be pulled, by who signed them, as one level asks it.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_policies")]
pub struct Model {
    /// The account's id, or the repository's; nil for the registry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization whose it is.
    pub account_id: Option<Uuid>,
    /// The repository whose it is.
    pub repository_id: Option<Uuid>,
    /// JSON, which only the server reads.
    pub content: String,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
