//! A user or an organization; both share one space of names.

use sea_orm::entity::prelude::*;

/// A user or an organization; both share one space of names.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a row: one column per property"
)]
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    /// Stays the same when the account is renamed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The name in URLs and image names.
    pub name: String,
    /// The person's or organization's name in words.
    pub full_name: String,
    /// An organization, which cannot sign in.
    pub is_org: bool,
    /// May do everything.
    pub is_admin: bool,
    /// May sign in.
    pub is_active: bool,
    /// Argon2id, as a PHC string; none for who signs in elsewhere.
    pub password_hash: Option<String>,
    /// A person of the LDAP directory, whose password is there.
    pub is_imported: bool,
    /// When the account was made.
    pub created_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
