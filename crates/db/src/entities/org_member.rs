//! An account is in an organization.

use sea_orm::entity::prelude::*;

/// An account is in an organization.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "org_members")]
pub struct Model {
    /// The organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    /// The member.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// The account's name.
    pub name: String,
    /// May do everything in the organization.
    pub is_owner: bool,
    /// Since when.
    pub created_at: TimeDateTimeWithTimeZone,
    /// It owns the organization because the directory says so, and nobody made it an owner by hand.
    pub is_synced: bool,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
