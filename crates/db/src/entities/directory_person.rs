//! An account that is a person of the LDAP directory.

use sea_orm::entity::prelude::*;

/// An account that is a person of the LDAP directory, and signs in there.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "directory_people")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// What the directory knows the person by, whatever they are called.
    pub directory_id: String,
    /// When the two were put together.
    pub created_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
