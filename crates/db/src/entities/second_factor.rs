//! A user's second factor.

use sea_orm::entity::prelude::*;

/// A user's second factor: what their app makes codes of.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "second_factors")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// The secret, sealed by the server.
    pub secret: Vec<u8>,
    /// The step of the last code that was accepted: none up to it is accepted again.
    pub last_step: Option<i64>,
    /// When it was begun.
    pub created_at: TimeDateTimeWithTimeZone,
    /// Since when it counts; `None` until a first code was right.
    pub confirmed_at: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
