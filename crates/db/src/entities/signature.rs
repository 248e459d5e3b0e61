//! A signature, and what was found of it.

use sea_orm::entity::prelude::*;

use crate::signatures::Kind;

/// A signature, and what was found of it when it was looked at.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "signatures")]
pub struct Model {
    /// The repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// The manifest that is signed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_digest: String,
    /// The manifest with the signature.
    #[sea_orm(primary_key, auto_increment = false)]
    pub manifest_digest: String,
    /// Which layer of it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// What it is, or says that it is.
    pub kind: Kind,
    /// Somebody who is trusted made it.
    pub is_verified: bool,
    /// Why it does not count.
    pub refusal: Option<String>,
    /// The user's key that made it.
    pub public_key_id: Option<Uuid>,
    /// The registered key or trust store by which it was verified.
    pub trust_id: Option<Uuid>,
    /// Who made it, for people: a key's fingerprint, or the subject of a certificate.
    pub signer: String,
    /// Of an attestation, what it says something about.
    pub predicate_type: Option<String>,
    /// When it was looked at.
    pub checked_at: TimeDateTimeWithTimeZone,
    /// From when on it does not count any more.
    pub valid_until: Option<TimeDateTimeWithTimeZone>,
    /// When the first certificate of its chain ends.
    pub certificates_until: Option<TimeDateTimeWithTimeZone>,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
