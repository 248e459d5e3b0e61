//! A checkpoint that seals events.

use sea_orm::entity::prelude::*;

/// A checkpoint that seals events, as it was signed.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "event_checkpoints")]
pub struct Model {
    /// Counts from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// What is signed: JSON.
    pub header: String,
    /// The id of the key.
    pub key: String,
    /// Base64.
    pub signature: String,
    /// The events that it seals, in their order: each 16 bytes of id and 32 of hash.
    pub leaves: Vec<u8>,
    /// The highest id that is sealed by it or one before.
    pub last_id: Uuid,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
