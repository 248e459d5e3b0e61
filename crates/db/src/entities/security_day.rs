//! The sums of the registry at the end of a day.

use sea_orm::entity::prelude::*;

/// The sums of the registry at the end of a day.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "security_days")]
pub struct Model {
    /// The day, as a date.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: String,
    /// Images that are scanned.
    pub images: i64,
    /// Images without a finding.
    pub clean: i64,
    /// Findings of this severity, counted in each image.
    pub critical: i64,
    /// Findings of this severity, counted in each image.
    pub major: i64,
    /// Findings of this severity, counted in each image.
    pub minor: i64,
    /// Findings whose severity nobody said, counted in each image.
    pub unspecified: i64,
    /// Findings with a version that has the fix.
    pub fixable: i64,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
