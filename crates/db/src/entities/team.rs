//! A team of an organization: members, and what they may do.

use sea_orm::entity::prelude::*;

/// A team of an organization: members, and what they may do.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "teams")]
pub struct Model {
    /// Stays the same when the team is renamed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// Its name within the organization.
    pub name: String,
    /// What it is for, in words.
    pub description: String,
    /// When it was made.
    pub created_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
