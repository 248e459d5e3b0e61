//! What was found in a layer, once, whichever images it is in.

use sea_orm::entity::prelude::*;

/// What was found in a layer, once, whichever images it is in.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "layer_reports")]
pub struct Model {
    /// The layer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// Of the program that read it; an older one is due for another look.
    pub detector_version: i32,
    /// Why it was not read to its end; `None` where it was.
    pub incomplete: Option<Json>,
    /// Bytes after decompression.
    pub uncompressed: i64,
    /// The report, as JSON compressed by zstd.
    pub report: Vec<u8>,
    /// When it was read.
    pub scanned_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
