//! A key or a trust store of an organization, or of the registry.

use sea_orm::entity::prelude::*;

use crate::signatures::TrustKind;

/// A key or a trust store by which signatures count: of an organization for its repositories, of the registry for all.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "signature_trusts")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization; none for the registry.
    pub account_id: Option<Uuid>,
    /// What it is.
    pub kind: TrustKind,
    /// What it is for, in words.
    pub name: String,
    /// The key, or the certificates, PEM.
    pub pem: String,
    /// SHA-256 of the key's DER, or of the first certificate's, in hex.
    pub fingerprint: String,
    /// Of a trust store, who may sign: a list of texts.
    pub identities: Option<Json>,
    /// When it was registered.
    pub created_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
