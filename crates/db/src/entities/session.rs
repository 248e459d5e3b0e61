//! A browser's session.

use sea_orm::entity::prelude::*;

/// A browser's session.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// What the cookie holds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who is signed in.
    pub account_id: Option<Uuid>,
    /// What the session holds.
    pub data: Json,
    /// When it began.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When it ends.
    pub expires_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
