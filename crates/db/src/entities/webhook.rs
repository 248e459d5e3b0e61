//! Who is told of what happens, and how.

use sea_orm::entity::prelude::*;

/// Who is told of what happens, and how.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The repository that it listens at…
    pub repository_id: Option<Uuid>,
    /// …or the account whose repositories it listens at; without both, it hears of everything.
    pub account_id: Option<Uuid>,
    /// Where it listens, by name: `namespace/name`, `namespace`, or nothing.
    pub key: String,
    /// The types of events that it takes, by their names.
    pub kinds: Json,
    /// The tags that it takes, as patterns; without any, all.
    pub tag_patterns: Json,
    /// How an event is written: `dtr` or `cloudevents`.
    pub format: String,
    /// Where requests go, sealed.
    pub endpoint: String,
    /// The same for people, with secrets masked.
    pub shown_endpoint: String,
    /// PEM of certificates that are trusted besides the system's.
    pub tls_certificate: String,
    /// The receiver's certificate is not checked.
    pub skip_verify: bool,
    /// Names of the headers that are sent along.
    pub header_names: Json,
    /// The headers with their values, sealed.
    pub headers: Option<String>,
    /// What requests are signed with, sealed.
    pub secret: Option<String>,
    /// What they were signed with before, and still are, sealed.
    pub previous_secret: Option<String>,
    /// It can be switched off and on again.
    pub enabled: bool,
    /// The account that made it.
    pub author_id: Option<Uuid>,
    /// Its name then.
    pub author: String,
    /// When it was made.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When an attempt succeeded last, or it was made or switched on.
    pub healthy_at: TimeDateTimeWithTimeZone,
    /// Attempts that failed since.
    pub failures: i32,
    /// When an attempt succeeded last.
    pub last_success_at: Option<TimeDateTimeWithTimeZone>,
    /// Since when nothing is sent, because nothing came through…
    pub paused_at: Option<TimeDateTimeWithTimeZone>,
    /// …and why.
    pub pause_reason: Option<String>,
    /// Who sends for it at present…
    pub leased_by: Option<Uuid>,
    /// …until when, unless they say so again.
    pub lease_until: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
