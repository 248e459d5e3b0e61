//! A key that signs registry tokens.

use sea_orm::entity::prelude::*;

/// A key that signs registry tokens.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "token_keys")]
pub struct Model {
    /// The key id in a token's header.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// PKCS#8, DER.
    pub private_key: Vec<u8>,
    /// X.509, DER.
    pub certificate: Vec<u8>,
    /// When it was made.
    pub created_at: TimeDateTimeWithTimeZone,
    /// Since when it signs no more; it verifies until the last token it signed has ended.
    pub retired_at: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
