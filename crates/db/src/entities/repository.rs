//! A repository: `namespace/name`, with its settings and counters.

use sea_orm::entity::prelude::*;

/// A repository: `namespace/name`, with its settings and counters.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "repositories")]
pub struct Model {
    /// Stays the same for the repository's life; never used again.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The account that owns it.
    pub account_id: Uuid,
    /// The name of that account, kept here so that names are found and listed without a join.
    pub namespace: String,
    /// The part after the slash.
    pub name: String,
    /// Everybody may pull.
    pub is_public: bool,
    /// One line.
    pub short_description: String,
    /// The README, in Markdown.
    pub long_description: String,
    /// Images are scanned when they arrive.
    pub scan_on_push: bool,
    /// A tag cannot be set twice.
    pub immutable_tags: bool,
    /// Patterns of tags that cannot be set twice, and exceptions: a list of texts.
    pub immutable_patterns: Option<Json>,
    /// How many tags are kept; 0 is no limit.
    pub tag_limit: i64,
    /// Manifests pulled by tag or digest.
    pub pulls: i64,
    /// Manifests pushed.
    pub pushes: i64,
    /// When it was made.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When a manifest was pushed last.
    pub pushed_at: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
