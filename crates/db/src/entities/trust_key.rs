//! A key that the registry signs with, for one collection and one role.

use sea_orm::entity::prelude::*;

/// A key that the registry signs with, for one collection and one role.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_keys")]
pub struct Model {
    /// The collection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub collection_id: Uuid,
    /// Notary's id of the key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// `snapshot` or `timestamp`.
    pub role: String,
    /// The public key, DER.
    pub public: Vec<u8>,
    /// The private key, sealed.
    pub sealed: String,
    /// What it is sealed with.
    pub sealed_with: String,
    /// When it was made.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When it signed first; none while it is only given out.
    pub used_at: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
