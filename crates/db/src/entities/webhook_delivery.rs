//! Something that a webhook has to tell, or told.

use sea_orm::entity::prelude::*;

/// Something that a webhook has to tell, or told.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    /// The webhook.
    #[sea_orm(primary_key, auto_increment = false)]
    pub webhook_id: Uuid,
    /// Its id, a UUID of version 7: deliveries of a webhook go in this order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The event; the same for everybody who is told of it, and when it is told again.
    pub event_id: Uuid,
    /// The type of the event, by its name.
    pub kind: String,
    /// What it is about, for people.
    pub subject: String,
    /// What is told: `webhooks::Contents`, as JSON.
    pub contents: String,
    /// How it is written: `dtr` or `cloudevents`.
    pub format: String,
    /// When it happened.
    pub made_at: TimeDateTimeWithTimeZone,
    /// Somebody had it sent again.
    pub by_hand: bool,
    /// What became of it: see `db::webhooks::State`.
    pub state: i16,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next; none where it is not any more.
    pub next_at: Option<TimeDateTimeWithTimeZone>,
    /// When it was tried last…
    pub attempted_at: Option<TimeDateTimeWithTimeZone>,
    /// …with this answer…
    pub status: Option<i32>,
    /// …after so many milliseconds…
    pub took_ms: Option<i32>,
    /// …or with none, for this reason.
    pub error: Option<String>,
    /// The beginning of the answer's body.
    pub answer: Option<String>,
    /// The answer came from an address that is not public.
    pub answer_is_internal: bool,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
