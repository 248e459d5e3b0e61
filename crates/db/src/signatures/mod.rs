//! Signatures of cosign and notation: which manifests hold some and are to be looked at (`due`), what was found of each (`list`,
//! [`verified`]), and who is trusted besides users' own keys (`trusted`).
//!
//! A row says what was found when the signature was looked at. Whether it counts is asked anew each time: the key must not have been
//! revoked since, its user must be active, the trust must still be there, no certificate may have expired, and a tag that hung the
//! signature on its image must still do so. So what is taken away counts no more at once, and what is added counts when it was
//! looked at again.

mod due;
mod list;
mod trusted;

#[cfg(test)]
mod tests;

use sea_orm::{DeriveActiveEnum, EnumIter};

pub use due::{Finding, Holder, before, done, next, postpone};
pub(crate) use due::{again_for, of_pushed, of_users_again};
pub use list::{
    After, At, By, Listed, Standing, counting_first, list, signers_of_all, tools_of_all,
};
pub use trusted::{
    NewTrust, UserKey, count_trusts, forget, register, trust, trusts, used_trusts, user_keys,
};

/// What a signature is.
#[derive(Clone, Copy, Debug, DeriveActiveEnum, EnumIter, Eq, PartialEq)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Kind {
    /// Nothing that is known.
    #[sea_orm(num_value = 0)]
    Unknown,
    /// cosign: that an image is somebody's.
    #[sea_orm(num_value = 1)]
    Cosign,
    /// in-toto: something about an image. It is no signature of the image.
    #[sea_orm(num_value = 2)]
    Attestation,
    /// notation: that an image is somebody's.
    #[sea_orm(num_value = 3)]
    Notation,
}

/// What is trusted.
#[derive(Clone, Copy, Debug, DeriveActiveEnum, EnumIter, Eq, PartialEq)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum TrustKind {
    /// A public key, for cosign.
    #[sea_orm(num_value = 1)]
    Key,
    /// Certificates, for notation's scheme `notary.x509` and for cosign.
    #[sea_orm(num_value = 2)]
    Store,
    /// Certificates, for notation's scheme `notary.x509.signingAuthority`.
    #[sea_orm(num_value = 3)]
    Authority,
}

/// On what a manifest that is pushed hangs signatures.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signs {
    /// The manifest that is signed.
    pub subject: String,
    /// The tag that says so; none where the manifest does itself.
    pub tag: Option<String>,
}
