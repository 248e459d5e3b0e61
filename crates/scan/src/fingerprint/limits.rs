//! How much of a stranger's layer is read before it is called incomplete.

use serde::{Deserialize, Serialize};

/// Bounds of one layer. The defaults are meant for a real registry; tests take small ones.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes after decompression.
    pub uncompressed: u64,
    /// Bytes after decompression for one before, once [`Limits::ratio_from`] have come.
    pub ratio: u64,
    /// Below this many bytes any ratio is harmless.
    pub ratio_from: u64,
    /// Entries of the archive.
    pub entries: u64,
    /// Bytes of a name.
    pub path_bytes: usize,
    /// Directories of a name.
    pub path_depth: usize,
    /// Bytes of one file that are held in memory at a time; a longer executable is read in windows of this size.
    pub window: usize,
    /// Bytes of a file of text that a detector reads.
    pub metadata: usize,
    /// Bytes of a package manager's database.
    pub database: usize,
    /// Archives within archives.
    pub nested_depth: usize,
    /// Bytes that all archives within one file may expand to.
    pub nested_bytes: u64,
    /// Entries of all archives within one file.
    pub nested_entries: u64,
    /// Bytes of names and versions that a report may hold: what a layer can make us remember.
    pub report: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            uncompressed: 20 << 30,
            ratio: 200,
            ratio_from: 64 << 20,
            entries: 2_000_000,
            path_bytes: 4096,
            path_depth: 255,
            window: 48 * MIB,
            metadata: 16 * MIB,
            database: 128 * MIB,
            nested_depth: 6,
            nested_bytes: 4 << 30,
            nested_entries: 200_000,
            report: 64 * MIB,
        }
    }
}

/// Why a report does not say everything. Any of them keeps a gate shut.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is encrypted, or of a media type that is no layer's.
    #[error("the media type is not that of a layer that can be read")]
    MediaType,
    /// The bytes are not what the format demands.
    #[error("the archive is corrupt: {0}")]
    Corrupt(String),
    /// It ends too early.
    #[error("the archive ends too early")]
    Truncated,
    /// More bytes than [`Limits::uncompressed`].
    #[error("the layer is too large")]
    Bytes,
    /// It expands more than [`Limits::ratio`] times.
    #[error("the layer expands too much")]
    Ratio,
    /// More entries than [`Limits::entries`].
    #[error("the layer has too many entries")]
    Entries,
    /// A name was longer, deeper or otherwise than allowed; the entry was left out.
    #[error("a name is not allowed")]
    Name,
    /// A file that a detector would have read whole was too large.
    #[error("a file is too large to be read")]
    FileBytes,
    /// A package manager's database is corrupt, or of a format that is not read.
    #[error("a package database cannot be read")]
    Database,
    /// Archives lie too deep in each other, or expand too much.
    #[error("an archive within the layer exceeds the limits")]
    Nested,
    /// The report reached [`Limits::report`].
    #[error("the layer holds more components than a report may")]
    Report,
    /// The caller said stop: out of time, or cancelled.
    #[error("the scan was stopped")]
    Stopped,
}
