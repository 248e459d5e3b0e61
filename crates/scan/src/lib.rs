//! What is in an image, and what is wrong with it.
//!
//! * [`fingerprint`] takes a layer apart, once, as it streams by.
//! * [`question`] says what to ask about a component that was found.
//! * [`vulnerability`] knows vulnerabilities and version orders, and says which of them a component has.
//!
//! This crate reads bytes that strangers send. It does no IO but `Read`, writes nothing to disk, knows no clock and is not async.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::panic))]

pub mod fingerprint;
pub mod question;
pub mod vulnerability;
