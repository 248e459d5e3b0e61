//! What follows a part of the LDAP directory: a team, or the owners of an organization.

use sea_orm::entity::prelude::*;

/// What follows a part of the LDAP directory.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "member_syncs")]
pub struct Model {
    /// The team's id, or the organization's for its owners.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// The team; none for the owners.
    pub team_id: Option<Uuid>,
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
