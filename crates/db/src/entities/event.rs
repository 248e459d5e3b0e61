//! Something that happened.

use sea_orm::entity::prelude::*;

/// Something that happened: who did what to what, from where, and why they could or could not.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// A UUID of version 7: it sorts by, and tells, the time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The account that did it; none for who did not sign in.
    pub actor_id: Option<Uuid>,
    /// The account's name then, or the name that somebody tried.
    pub actor: String,
    /// What they proved it with: `session`, `password`, `token:` and its id, …
    pub credential: String,
    /// The kind of event in DTR's words: `CREATE`, `UPDATE`, …
    pub kind: String,
    /// What kind of thing it was done to.
    pub object_type: String,
    /// The id of that thing.
    pub object_id: Option<String>,
    /// Its name then.
    pub object: String,
    /// The kind of a second thing that took part: who was put into the team, what a right was given for.
    pub target_type: Option<String>,
    /// Its id.
    pub target_id: Option<String>,
    /// Its name then.
    pub target: Option<String>,
    /// The address it came from.
    pub address: Option<String>,
    /// Why it was allowed, or refused.
    pub reason: String,
    /// What changed.
    pub detail: Option<Json>,
    /// The repository that it is about, if it is about one.
    pub repository_id: Option<String>,
    /// The request that made it.
    pub request_id: Option<String>,
    /// The manifest that it is about, if it is about one.
    pub digest: Option<String>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
