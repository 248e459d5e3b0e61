//! A team that follows a part of the LDAP directory.

use sea_orm::entity::prelude::*;

/// A team that follows a part of the LDAP directory.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "team_syncs")]
pub struct Model {
    /// The team.
    #[sea_orm(primary_key, auto_increment = false)]
    pub team_id: Uuid,
    /// Which part: `auth::ldap::MemberSync`.
    pub config: Json,
    /// When it was made what the directory says.
    pub synced_at: Option<TimeDateTimeWithTimeZone>,
    /// Why that failed the last time; empty where it did not.
    pub error: String,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
