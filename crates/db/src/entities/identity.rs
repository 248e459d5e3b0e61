//! Who an account is at a provider.

use sea_orm::entity::prelude::*;

/// Who an account is at a provider.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    /// Names it in lists and addresses.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The provider.
    pub provider_id: Uuid,
    /// Its issuer when the two were linked.
    pub issuer: String,
    /// The id of the person there, which no other has.
    pub subject: String,
    /// The account.
    pub account_id: Uuid,
    /// What the provider called the person last; for reading only.
    pub username: String,
    /// When the two were linked.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When it was signed in with last.
    pub used_at: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
