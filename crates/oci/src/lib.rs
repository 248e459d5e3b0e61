//! What a registry speaks: names, digests, `/v2` paths, manifests, ranges, token scopes and errors of the
//! OCI Distribution Specification 1.1 and of Docker's older schema 2.
//!
//! This crate reads bytes that strangers send. It does no IO, knows no clock and is not async; each type parses
//! once and is right from then on, and each refusal is an [`Error`] that says what would have been right.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::panic))]

pub mod digest;
pub mod error;
pub mod manifest;
pub mod name;
pub mod path;
pub mod range;
pub mod scope;
mod strict;

pub use digest::{Algorithm, Digest, Hasher};
pub use error::{Code, Envelope, Error};
pub use manifest::{Descriptor, Manifest, Platform};
pub use name::{Namespace, Reference, RepositoryName, Tag};
pub use path::Endpoint;
pub use range::RangeRequest;
pub use scope::{Scope, ScopeKind};
