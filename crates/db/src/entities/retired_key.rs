//! A public key whose account is gone.

use sea_orm::entity::prelude::*;

/// A public key whose account is gone, revoked or not: nobody registers it again.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "retired_keys")]
pub struct Model {
    /// SHA-256 of the key's DER, in hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fingerprint: String,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
