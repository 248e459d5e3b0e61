//! A public key of a user, with the certificate that it has, if it has one.

use sea_orm::entity::prelude::*;

use crate::public_keys::Kind;

/// A public key of a user, with the certificate that it has, if it has one.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "public_keys")]
pub struct Model {
    /// Orders lists; in addresses a key is named by its fingerprint.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    /// What it is for, in words.
    pub label: String,
    /// Where it comes from.
    pub kind: Kind,
    /// What kind of key it is, for people, such as `ECDSA P-256`.
    pub algorithm: String,
    /// SHA-256 of the key's DER, in hex; no two rows have the same.
    pub fingerprint: String,
    /// Its id in Notary.
    pub notary_id: String,
    /// The key, PEM.
    pub public_key: String,
    /// Serial number of the certificate that this registry issued for it, in hex.
    pub serial: Option<String>,
    /// The certificate, PEM: ours, or the one that was uploaded.
    pub certificate: Option<String>,
    /// SHA-256 of the certificate's DER, in hex.
    pub certificate_fingerprint: Option<String>,
    /// Its user signs with it.
    pub is_signing: bool,
    /// When its user had shown that they hold the private half; `None` where the key is only claimed.
    pub proven_at: Option<TimeDateTimeWithTimeZone>,
    /// When it was registered.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When its certificate ends.
    pub expires_at: Option<TimeDateTimeWithTimeZone>,
    /// When somebody came with its certificate last, to the minute.
    pub used_at: Option<TimeDateTimeWithTimeZone>,
    /// From which address that was.
    pub used_from: Option<String>,
    /// When it was revoked; the row stays, so that nobody registers the key again.
    pub revoked_at: Option<TimeDateTimeWithTimeZone>,
}

impl Model {
    /// Whether signatures of the key count as its user's, while it is not revoked and the account is active: it is proven, and
    /// designated, or made to verify what cosign signs.
    pub fn counts(&self) -> bool {
        self.proven_at.is_some() && (self.is_signing || self.kind == Kind::Cosign)
    }
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
