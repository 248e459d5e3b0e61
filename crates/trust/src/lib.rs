//! Content trust as Docker knows it: what a Notary server has to read, check, make and say, without HTTP, database or clock.
//!
//! * [`Gun`], [`Role`], [`KeyId`] and [`PublicKey`] are the words; [`metadata`] are the four kinds of signed files, and [`json`] is
//!   how they are read and what of them is signed.
//! * [`Upload`] is an update of a collection. [`Upload::validate`] decides about it, given the [`Collection`] that is stored and
//!   the [`HeldKey`]s; [`Pending::sign`] makes the registry's part with its [`SigningKey`]s. [`renew()`] signs that part again in
//!   time.
//! * [`Mark`] is what a signed file is known by, so that it is not brought to another place than it was signed for.
//! * [`View`] is a collection as a client would verify it: what is signed, by whom, and what is wrong with it.
//! * [`Refusal`] is what the registry answers instead.
//! * [`attached`] is apart from all that: signatures of cosign and notation, which hang on an image as manifests of their own.
//! * [`provenance`] is what an attestation says of how an image was built.
//!
//! The rules are those of notaryproject/notary, the server that Docker's clients are written for, measured; where they differ, the
//! place says why. Bytes are hashed, stored and served as they came. This crate reads what strangers upload: everything has a
//! limit, and nothing panics.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::panic))]

pub mod attached;
pub mod collection;
mod cosign;
pub mod gun;
pub mod invalid;
pub mod json;
pub mod key;
pub mod make;
mod mark;
pub mod metadata;
pub mod notation;
pub mod provenance;
pub mod refusal;
pub mod renew;
pub mod role;
pub mod server_keys;
pub mod update;
mod verify;
pub mod view;
pub mod x509;

pub use collection::{Collection, Unreadable};
pub use gun::{Gun, GunError};
pub use invalid::Invalid;
pub use key::{KeyId, KeyType, PublicKey, SigningError, SigningKey};
pub use make::{File, MakeError, Pending};
pub use mark::Mark;
pub use metadata::FileMeta;
pub use refusal::{Refusal, UpdateError};
pub use renew::renew;
pub use role::Role;
pub use server_keys::{HeldKey, ServerRole};
pub use update::Upload;
pub use view::View;
