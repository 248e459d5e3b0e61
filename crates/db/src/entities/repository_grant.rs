//! What a team may do in a repository of its organization.

use sea_orm::entity::prelude::*;

use crate::grants::Level;

/// What a team may do in a repository of its organization.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "repository_grants")]
pub struct Model {
    /// The team.
    #[sea_orm(primary_key, auto_increment = false)]
    pub team_id: Uuid,
    /// The repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// The team's name, kept here so that the teams of a repository are listed and searched in the order of their names.
    pub team_name: String,
    /// The repository's name without its namespace, kept here for the repositories of a team.
    pub repository_name: String,
    /// How much.
    pub level: Level,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
