//! A finding that somebody set aside.

use sea_orm::entity::prelude::*;

/// A finding that somebody set aside.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "finding_overrides")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Only where this layer brings the component.
    pub layer: Option<String>,
    /// Only in this repository.
    pub repository_id: Option<Uuid>,
    /// Only in repositories of this account.
    pub account_id: Option<Uuid>,
    /// The component.
    pub component: String,
    /// Its version; `None` for any.
    pub component_version: Option<String>,
    /// The flaw.
    pub cve: String,
    /// One of VEX's five, or nothing.
    pub justification: String,
    /// Why, in words.
    pub note: String,
    /// Who set it aside.
    pub author: String,
    /// When.
    pub created_at: TimeDateTimeWithTimeZone,
    /// Until when.
    pub expires_at: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
