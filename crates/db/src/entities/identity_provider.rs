//! An `OpenID` Connect provider that people sign in with.

use sea_orm::entity::prelude::*;

/// An `OpenID` Connect provider that people sign in with.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "identity_providers")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its name in addresses.
    pub name: String,
    /// What is written on its button.
    pub label: String,
    /// Its issuer, to the letter.
    pub issuer: String,
    /// What it knows us as.
    pub client_id: String,
    /// Our secret there; a public client has none.
    pub client_secret: Option<String>,
    /// What is asked for besides `openid`: a list of texts.
    pub scopes: Json,
    /// The claim with the name that a new account is given.
    pub username_claim: String,
    /// The claim with the groups.
    pub groups_claim: String,
    /// Certificate authorities to trust besides those of the system, PEM.
    pub ca_certificates: Option<String>,
    /// Who signs in for the first time is given an account.
    pub creates_users: bool,
    /// It can be switched off and on again.
    pub is_active: bool,
    /// When it was made.
    pub created_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
