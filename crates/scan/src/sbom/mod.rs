//! Bills of materials: what is in an image, for other tools to read, and what other tools say is in it.
//!
//! * [`write_spdx`] and [`write_cyclonedx`] write what [`crate::fingerprint`] found, as it is read, into any `Write`.
//! * [`read`] reads what somebody attached: SPDX, CycloneDX, or an in-toto statement about one.
//! * [`Purl`] is the name that all of them share.
//! * [`csv`] is not a bill but goes the same way out: findings as a table.

mod bill;
mod cpe;
pub mod csv;
mod cyclonedx;
mod identifier;
mod licence;
mod purl;
mod read;
mod spdx;
mod stream;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use crate::document::DocumentError;
pub use bill::{ImageFacts, ImageLayer};
pub use cyclonedx::write_cyclonedx;
pub use purl::{Purl, PurlError};
pub use read::{AttachedSbom, SbomFormat, read};
pub use spdx::write_spdx;

pub(crate) use identifier::uuid;
pub(crate) use stream::Object;
