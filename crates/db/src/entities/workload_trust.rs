//! CI jobs that an organization trusts.

use sea_orm::entity::prelude::*;

use crate::grants::Level;

/// CI jobs that an organization trusts.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "workload_trusts")]
pub struct Model {
    /// Its id, for which registry tokens of its jobs stand.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// Its name in the organization.
    pub name: String,
    /// Whose tokens: `gitlab` or `github`.
    pub kind: String,
    /// Who signs them, to the letter.
    pub issuer: String,
    /// For whom they are.
    pub audience: String,
    /// A pattern for each claim that matters.
    pub conditions: Json,
    /// What its jobs may do in every repository of the organization.
    pub namespace_level: Option<Level>,
    /// It can be switched off and on again.
    pub is_active: bool,
    /// When it was made.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When a job came last, to the minute.
    pub used_at: Option<TimeDateTimeWithTimeZone>,
    /// Which job it was.
    pub used_by: Option<String>,
    /// When a token was refused last.
    pub refused_at: Option<TimeDateTimeWithTimeZone>,
    /// Why it was.
    pub refusal: Option<String>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
