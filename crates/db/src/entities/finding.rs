//! A flaw that a component has, or may have.

use sea_orm::entity::prelude::*;

/// A flaw that a component has, or may have.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "findings")]
pub struct Model {
    /// The component.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component_id: i64,
    /// The name under which the flaw is shown: its CVE, if it has one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub identity: String,
    /// CVSS base score in tenths.
    pub score: Option<i16>,
    /// The CVSS vector.
    pub vector: Option<String>,
    /// 0 not said, 1 minor, 2 major, 3 critical.
    pub severity: i16,
    /// Whether the version was compared.
    pub exact: bool,
    /// `in`, `refused` or `unknown`.
    pub fix: String,
    /// The versions that have the fix.
    pub fixed_in: Json,
    /// Its other names.
    pub aliases: Json,
    /// The records that say so.
    pub records: Json,
    /// When it was found first.
    pub found_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
