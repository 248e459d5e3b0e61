//! What the jobs of a trust may do in a repository.

use sea_orm::entity::prelude::*;

use crate::grants::Level;

/// What the jobs of a trust may do in a repository.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "workload_grants")]
pub struct Model {
    /// The trust.
    #[sea_orm(primary_key, auto_increment = false)]
    pub trust_id: Uuid,
    /// The repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// How much.
    pub level: Level,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
