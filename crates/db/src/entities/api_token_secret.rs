//! A secret of an access token, by its hash.

use sea_orm::entity::prelude::*;

/// A secret of an access token, by its hash.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "api_token_secrets")]
pub struct Model {
    /// SHA-256 of the secret, in hex; the secret itself is not kept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// The token.
    pub token_id: Uuid,
    /// When it was made.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When it ends before its token does: another has taken its place.
    pub expires_at: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
