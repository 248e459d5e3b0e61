//! A key whose signature on a role's newest file was verified.

use sea_orm::entity::prelude::*;

/// A key whose signature on a role's newest file was verified.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_signers")]
pub struct Model {
    /// The collection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub collection_id: Uuid,
    /// The role: `targets`, or one that it delegates to directly.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: String,
    /// The key's id in the metadata; of a certificate it is the certificate's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: String,
    /// The id of the key itself, by which people are known; none of a certificate that cannot be read.
    pub canonical_id: Option<String>,
    /// The version of the file.
    pub version: i64,
    /// When the file was published here.
    pub signed_at: TimeDateTimeWithTimeZone,
    /// When the file expires.
    pub expires_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
