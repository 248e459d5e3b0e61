//! A browser's session.

use sea_orm::entity::prelude::*;

/// A browser's session.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// SHA-256 of what the cookie holds, in hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Names the session to people; nothing can be done with it.
    pub public_id: Uuid,
    /// Who is signed in, or has given the password and owes a code.
    pub account_id: Option<Uuid>,
    /// What the session holds.
    pub data: Json,
    /// From where it was seen last.
    pub address: String,
    /// What it was seen with last, in a few words.
    pub device: String,
    /// Since when somebody is signed in; `None` where nobody is.
    pub signed_in_at: Option<TimeDateTimeWithTimeZone>,
    /// When it was seen last, to the minute.
    pub last_seen_at: TimeDateTimeWithTimeZone,
    /// When it ends, unless it is seen again before.
    pub expires_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
