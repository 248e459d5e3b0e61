//! What is promoted from one repository to another, and when.

use sea_orm::entity::prelude::*;

/// What is promoted from one repository to another, and when.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "promotion_policies")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The repository that it looks at.
    pub source_id: Uuid,
    /// The repository that it promotes to.
    pub target_id: Uuid,
    /// It can be switched off and on again.
    pub enabled: bool,
    /// Counts from 1; each change is another.
    pub revision: i32,
    /// The criteria, of which all have to hold: a list of `rules::Rule`.
    pub rules: Json,
    /// What the tag is called in the target.
    pub tag_template: String,
    /// Whether what refers to the image goes with it.
    pub referrers: bool,
    /// Tags that were set before are left alone.
    pub applies_from: Option<TimeDateTimeWithTimeZone>,
    /// The account that made the last revision: the policy may do what that account may.
    pub author_id: Uuid,
    /// Its name then.
    pub author: String,
    /// When it was made.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When it was changed last.
    pub updated_at: TimeDateTimeWithTimeZone,
    /// When it promoted something last.
    pub last_promoted_at: Option<TimeDateTimeWithTimeZone>,
    /// Why it does nothing at present, although it is enabled.
    pub stopped: Option<String>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
