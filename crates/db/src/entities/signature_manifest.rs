//! A manifest that holds signatures of another one.

use sea_orm::entity::prelude::*;

/// A manifest that holds signatures of another one, or says that it does.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "signature_manifests")]
pub struct Model {
    /// The repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// The manifest that is signed; it need not be here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_digest: String,
    /// The manifest with the signatures.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// The tag by which it hangs on its subject, and while it does; none where it says itself what it refers to.
    pub tag: Option<String>,
    /// Since when it is to be looked at.
    pub due_at: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
