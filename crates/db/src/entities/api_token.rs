//! An access token of a person or a machine; its secrets are rows of their own.

use sea_orm::entity::prelude::*;

/// An access token of a person or a machine; its secrets are rows of their own.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    /// Names it in lists and addresses; it is no secret.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    /// What it is for, in words.
    pub label: String,
    /// What the client that made it calls itself.
    pub creator: String,
    /// It can be switched off and on again.
    pub is_active: bool,
    /// It is good only for the repositories that `api_token_scopes` names.
    pub is_limited: bool,
    /// When it was made.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When it ends; never, where there is none.
    pub expires_at: Option<TimeDateTimeWithTimeZone>,
    /// When it was used last, to the minute.
    pub used_at: Option<TimeDateTimeWithTimeZone>,
    /// From which address it was used last.
    pub used_from: Option<String>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
