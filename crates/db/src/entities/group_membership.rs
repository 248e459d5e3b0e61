//! A membership of a team that a rule made.

use sea_orm::entity::prelude::*;

/// A membership of a team that a rule made.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "group_memberships")]
pub struct Model {
    /// Who is in the team.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// The provider whose rule it was.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider_id: Uuid,
    /// The team.
    #[sea_orm(primary_key, auto_increment = false)]
    pub team_id: Uuid,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
