//! A tag: a name for a manifest.

use sea_orm::entity::prelude::*;

/// A tag: a name for a manifest.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "tags")]
pub struct Model {
    /// The repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// The tag.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The manifest.
    pub digest: String,
    /// The account, or the trust of a CI job, that set it last.
    pub pushed_by: Option<Uuid>,
    /// The CI job that set it last, in words.
    pub job: Option<String>,
    /// Where to look at that job.
    pub job_url: Option<String>,
    /// When it was set first.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When it was set last.
    pub updated_at: TimeDateTimeWithTimeZone,
    /// The promotion that set it last, if one did.
    pub promotion_id: Option<Uuid>,
    /// Since when promotion policies have to look at it.
    pub due_at: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
