//! What a promotion policy was at a time.

use sea_orm::entity::prelude::*;

/// What a promotion policy was at a time.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "promotion_revisions")]
pub struct Model {
    /// The policy.
    #[sea_orm(primary_key, auto_increment = false)]
    pub policy_id: Uuid,
    /// Counts from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    /// As in the policy.
    pub enabled: bool,
    /// As in the policy.
    pub rules: Json,
    /// As in the policy.
    pub tag_template: String,
    /// As in the policy.
    pub referrers: bool,
    /// The target then.
    pub target_id: Uuid,
    /// Its name then.
    pub target: String,
    /// Name of who made the revision.
    pub author: String,
    /// When it was made.
    pub made_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
