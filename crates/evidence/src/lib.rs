//! Evidence that records are as they were: they are put into a chain of signed checkpoints, and what is told of one image is told with
//! the proofs that its records are in it. Nothing here knows a database, a network or a clock; a [`Bundle`] is verified with nothing but
//! the registry's public key.
//!
//! * A [`Checkpoint`] seals some records by the root of their Merkle [`tree`], and names the checkpoint before it by its hash.
//! * An [`AuditKey`] signs checkpoints, a [`PublicKey`] verifies them.
//! * A [`Bundle`] is what an auditor takes away, and [`Bundle::verify`] says what in it was changed.
//!
//! What it cannot see: that the last checkpoints were thrown away, with the records in them, before anybody saw one of them. Who notes
//! a checkpoint elsewhere, an [`Anchor`], sees that too.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::panic))]

mod bundle;
mod checkpoint;
mod hash;
mod json;
mod key;
pub mod tree;
mod verify;

pub use bundle::{Bundle, FORMAT, Gone, Manifest, Proof, Proved, Unreadable, Withheld};
pub use checkpoint::{Checkpoint, Sealed, back, walk};
pub use hash::{Hash, HashError};
pub use json::canonical;
pub use key::{AuditKey, KeyError, PublicKey};
pub use verify::{Anchor, AnchorError, Problem, Report};

/// The hash by which a record is sealed: that of a leaf, of its canonical JSON.
pub fn sealed_hash(record: &serde_json::Value) -> Hash {
    tree::leaf(&canonical(record))
}
