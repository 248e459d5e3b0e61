//! Content trust as Docker knows it: what a Notary server has to read, check, make and say, without HTTP, database or clock.
//!
//! * [`Gun`] and [`Role`] are the words, and [`json`] is how signed files are read and what of them is signed.
//!
//! The rules are those of notaryproject/notary, the server that Docker's clients are written for, measured; where they differ, the
//! place says why. Bytes are hashed, stored and served as they came. This crate reads what strangers upload: everything has a
//! limit, and nothing panics.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::panic))]

pub mod gun;
pub mod json;
pub mod role;

pub use gun::{Gun, GunError};
pub use role::Role;
