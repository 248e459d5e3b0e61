//! A tag that is signed: what a client would find, as it was verified when it was published.

use sea_orm::entity::prelude::*;

/// A tag that is signed: what a client would find, as it was verified when it was published.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_targets")]
pub struct Model {
    /// The collection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub collection_id: Uuid,
    /// The tag.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The role that releases it: `targets/releases`, or else `targets`.
    pub role: String,
    /// The manifest's digest.
    pub digest: String,
    /// When the first of the files that say so expires.
    pub expires_at: TimeDateTimeWithTimeZone,
    /// The roles that say so, with a space between them: `targets`, and what it delegates to directly. Who signed those is in
    /// `trust_signers`.
    pub signed_in: String,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
