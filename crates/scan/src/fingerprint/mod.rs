//! Phase one: a layer becomes a [`LayerReport`], a pure function of its bytes and of [`DETECTOR_VERSION`]; the reports of
//! an image's layers become one [`ImageReport`].
//!
//! Start reading at [`scan_layer`]. `source` and `tar` bring the entries and keep the limits, `inspect` decides what a file is,
//! `detect` holds one small file per kind of evidence, `signature` the table of binaries, `compose` puts layers together.

mod compose;
mod detect;
mod digests;
mod found;
#[cfg(test)]
mod hostile;
mod inspect;
mod layer;
mod licence;
mod limits;
mod path;
mod report;
mod signature;
mod source;
mod tar;
#[cfg(test)]
mod testing;
mod zip;

pub use compose::{
    ImageReport, KnownFile, KnownFiles, Place, Placed, compose, compose_knowing, learned, unowned,
};
pub(crate) use detect::bitnami::NAME as BITNAMI;
pub use layer::scan_layer;
pub use licence::{Licence, normalise as normalise_licence};
pub use limits::{Limits, Reason};
pub use path::{LayerPath, PathFault};
pub use report::{
    Component, Cpe, Digests, Evidence, ExecutableFile, FileFault, Format, Kind, LayerReport, Link,
    LinkKind, OsRelease, OwnedFile, Recorded, SourcePackage,
};

/// Stored with each report: a report of an older detector is due for another look. Raise it when any detector, signature
/// or limit changes what is found.
pub const DETECTOR_VERSION: u32 = 3;
