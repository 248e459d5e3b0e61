//! A client's refresh token (OAuth2), by its hash.

use sea_orm::entity::prelude::*;

/// A client's refresh token (OAuth2), by its hash.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "refresh_tokens")]
pub struct Model {
    /// For lists and revocation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    /// SHA-256 of the token, in hex; the token itself is not kept.
    pub hash: String,
    /// The client's name for itself.
    pub client: String,
    /// When it was given.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When it was used last.
    pub used_at: TimeDateTimeWithTimeZone,
    /// When it ends.
    pub expires_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
