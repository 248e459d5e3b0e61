//! A state of vulnerability data, and how it came here.

use sea_orm::entity::prelude::*;

/// A state of vulnerability data, and how it came here.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "advisory_generations")]
pub struct Model {
    /// Its number; the first is 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// `loading`, `current`, `old` or `failed`.
    pub state: String,
    /// `upload` or `online`.
    pub origin: String,
    /// The name of the file, or the address.
    pub file: String,
    /// Who brought it.
    pub started_by: String,
    /// What the bundle calls itself.
    pub db_version: Option<i64>,
    /// When the bundle was made.
    pub built_at: Option<TimeDateTimeWithTimeZone>,
    /// When it began.
    pub started_at: TimeDateTimeWithTimeZone,
    /// When whoever loads it was last heard of.
    pub alive_at: TimeDateTimeWithTimeZone,
    /// When it was loaded.
    pub finished_at: Option<TimeDateTimeWithTimeZone>,
    /// When all components were judged by it.
    pub checked_at: Option<TimeDateTimeWithTimeZone>,
    /// Records of each source.
    pub sources: Json,
    /// Records in it.
    pub records: i64,
    /// Records that are new, gone or different.
    pub changed: i64,
    /// Records that could not be used.
    pub refused: i64,
    /// Images whose sums changed.
    pub images: i64,
    /// Why it failed.
    pub error: Option<String>,
    /// The generation whose EPSS rows count.
    pub exploitation: Option<i64>,
    /// The generation whose KEV rows count.
    pub exploited: Option<i64>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
