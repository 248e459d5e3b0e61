//! A record of vulnerability data, for the generations from `since` until before `until`.

use sea_orm::entity::prelude::*;

/// A record of vulnerability data, for the generations from `since` until before `until`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "advisories")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Its identifier.
    pub name: String,
    /// 0 a record of OSV, 1 one of NVD.
    pub format: i16,
    /// Whose it is.
    pub source: String,
    /// Of its content.
    pub hash: String,
    /// When it changed last.
    pub modified: Option<TimeDateTimeWithTimeZone>,
    /// The generation that brought it.
    pub since: i64,
    /// The generation that replaced it.
    pub until: Option<i64>,
    /// One line.
    pub summary: String,
    /// The record, as JSON compressed by zstd.
    pub body: Vec<u8>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
