//! An image of one platform: what was found in it, or how far the scan is.

use sea_orm::entity::prelude::*;

/// An image of one platform: what was found in it, or how far the scan is.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "image_scans")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Its manifest.
    pub digest: String,
    /// DTR's code: 0 failed, 1 unscanned, 2 scanning, 3 pending, 4 scanned, 5 checking, 6 completed.
    pub state: i16,
    /// The higher, the sooner.
    pub priority: i16,
    /// When it was asked for.
    pub requested_at: TimeDateTimeWithTimeZone,
    /// Until when whoever works on it has to be heard of again.
    pub lease_until: Option<TimeDateTimeWithTimeZone>,
    /// Who works on it.
    pub leased_by: Option<Uuid>,
    /// How often it was begun.
    pub attempts: i16,
    /// Layers that are read.
    pub layers_done: i32,
    /// Layers that there are.
    pub layers_total: i32,
    /// Why the last scan failed.
    pub error: Option<String>,
    /// What it was last read by; 0 if it never was.
    pub detector_version: i32,
    /// When it was read.
    pub scanned_at: Option<TimeDateTimeWithTimeZone>,
    /// When it was judged last.
    pub checked_at: Option<TimeDateTimeWithTimeZone>,
    /// Its operating system, in words.
    pub os: Option<String>,
    /// The layers that it ends with.
    pub chain_id: Option<i64>,
    /// It has layers that are not to be had here.
    pub foreign_layers: bool,
    /// Layers that were not read to their end, and why.
    pub incomplete: Option<Json>,
    /// Components in it.
    pub components: i32,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
