//! An account is in a team, and so in its organization.

use sea_orm::entity::prelude::*;

/// An account is in a team, and so in its organization.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "team_members")]
pub struct Model {
    /// The team.
    #[sea_orm(primary_key, auto_increment = false)]
    pub team_id: Uuid,
    /// The member.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// The account's name.
    pub name: String,
    /// Since when.
    pub created_at: TimeDateTimeWithTimeZone,
    /// The directory that the team follows put it there, and nobody did by hand.
    pub is_synced: bool,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
