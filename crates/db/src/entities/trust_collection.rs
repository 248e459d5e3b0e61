//! The trust data of a repository under one of the registry's hosts.

use sea_orm::entity::prelude::*;

/// The trust data of a repository under one of the registry's hosts.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "trust_collections")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The repository.
    pub repository_id: Uuid,
    /// Its name, which the repository's root signs: the host, the namespace and the name.
    pub gun: String,
    /// How many bytes all versions of its files have.
    pub bytes: i64,
    /// Since when it is known: somebody asked for a key.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When something was published last; none while nothing is.
    pub published_at: Option<TimeDateTimeWithTimeZone>,
    /// When it has to be looked whether the registry signs its part again.
    pub renew_at: Option<TimeDateTimeWithTimeZone>,
    /// By which rules what is signed was verified; 0 by none. Those of before are verified anew.
    pub verified: i32,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
