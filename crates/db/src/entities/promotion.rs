//! An image that was promoted, or that could not be although its policy says so.

use sea_orm::entity::prelude::*;

/// An image that was promoted, or that could not be although its policy says so.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "promotions")]
pub struct Model {
    /// Its id, in the order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The policy; none where somebody did it by hand.
    pub policy_id: Option<Uuid>,
    /// Its revision; 0 where somebody did it by hand.
    pub revision: i32,
    /// The source, which may be gone.
    pub source_id: Uuid,
    /// Its name then.
    pub source: String,
    /// The tag there.
    pub source_tag: String,
    /// When that tag was set.
    pub source_set_at: TimeDateTimeWithTimeZone,
    /// The target.
    pub target_id: Uuid,
    /// Its name then.
    pub target: String,
    /// The tag there.
    pub target_tag: String,
    /// What the tags point at.
    pub digest: String,
    /// Name of whose rights it was done with.
    pub actor: String,
    /// Whether it was promoted.
    pub is_done: bool,
    /// Why it could not be.
    pub reason: String,
    /// What the policy said of the image: `rules::Evaluation`.
    pub verdict: Option<Json>,
    /// When it was done, or tried.
    pub made_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
