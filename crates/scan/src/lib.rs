//! What is in an image, and what is wrong with it.
//!
//! * [`fingerprint`] takes a layer apart, once, as it streams by.
//! * [`question`] says what to ask about a component that was found.
//! * [`sbom`] writes that down as SPDX and CycloneDX, and reads what others wrote.
//! * [`vex`] says which flaws do not matter where, and why.
//! * [`vulnerability`] knows vulnerabilities and version orders, and says which of them a component has.
//!
//! This crate reads bytes that strangers send. It does no IO but `Read` and, for
//! what it exports, `Write`; it writes nothing to disk, knows no clock and is not async.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::panic))]

mod document;
pub mod fingerprint;
pub mod question;
pub mod sbom;
pub mod vex;
pub mod vulnerability;
