//! The bytes of a small blob; larger ones are in the store.

use sea_orm::entity::prelude::*;

/// The bytes of a small blob; larger ones are in the store.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "blob_contents")]
pub struct Model {
    /// `algorithm:hex` of the content.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// All of it.
    pub content: Vec<u8>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
