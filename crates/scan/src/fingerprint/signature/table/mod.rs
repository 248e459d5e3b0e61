//! The table of binary signatures: one row per component that is recognised by what it carries, whatever the file is called.
//!
//! The rules, and what breaks without them:
//! - **A**: a version that consumers carry too (a header's constant) needs a `marker` that only the implementation has;
//! - **B**: a version that stands alone is never enough: the pattern holds words that stand beside it, and which are the
//!   implementation's own;
//! - **C**: where no string tells the version, what the row lists as `alone` says that it is there; `releases` tells since which one, where
//!   their strings differ, and see `soname.rs`;
//! - **D**: the most specific wins: a row gives way to those that it `excludes`. Patterns admit no version that the
//!   component cannot have: the first number is spelled out as far as it is known.
//!
//! `anchors`, `markers` and `alone` are what the search looks for; `pattern` is tried on the bytes around an anchor, and the first of its
//! groups that took part is the version. In patterns, `.` is any byte. Each row has a sample beside it, which a test scans.

mod compression;
mod cryptography;
mod databases;
mod fonts;
mod languages;
mod media;
mod network;
mod servers;
mod services;
mod shells;
mod system;
mod text;

use std::sync::LazyLock;

pub(super) struct Signature {
    pub(super) name: &'static str,
    /// `vendor:product`, as in the CPE dictionary.
    pub(super) cpes: &'static [&'static str],
    pub(super) licence: &'static str,
    pub(super) anchors: &'static [&'static str],
    pub(super) pattern: &'static str,
    /// The version is written as one number, with two digits for each part but the first: `20914`.
    pub(super) is_number: bool,
    /// One of these must be in the file too; none where the pattern is the implementation's own.
    pub(super) markers: &'static [&'static str],
    /// Markers that suffice to say that it is there, in some version.
    pub(super) alone: &'static [&'static str],
    /// Components which carry what this row looks for; where one of them is, this one is not.
    pub(super) excludes: &'static [&'static str],
}

#[cfg(test)]
impl Signature {
    /// All that the search looks for on behalf of the row.
    pub(super) fn literals(&self) -> impl Iterator<Item = &'static str> {
        let lists = [self.anchors, self.markers, self.alone];
        lists.into_iter().flatten().copied()
    }
}

/// What a row leaves out.
const ROW: Signature = Signature {
    name: "",
    cpes: &[],
    licence: "",
    anchors: &[],
    pattern: "",
    is_number: false,
    markers: &[],
    alone: &[],
    excludes: &[],
};

pub(super) static SIGNATURES: LazyLock<Vec<&'static Signature>> = LazyLock::new(|| {
    [
        cryptography::ROWS,
        compression::ROWS,
        media::ROWS,
        fonts::ROWS,
        network::ROWS,
        databases::ROWS,
        languages::ROWS,
        shells::ROWS,
        servers::ROWS,
        services::ROWS,
        text::ROWS,
        system::ROWS,
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// What the binaries of each row hold, and the version; `?` where it cannot be told. In the order of the rows.
#[cfg(test)]
pub(super) fn samples() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    [
        cryptography::SAMPLES,
        compression::SAMPLES,
        media::SAMPLES,
        fonts::SAMPLES,
        network::SAMPLES,
        databases::SAMPLES,
        languages::SAMPLES,
        shells::SAMPLES,
        servers::SAMPLES,
        services::SAMPLES,
        text::SAMPLES,
        system::SAMPLES,
    ]
    .into_iter()
    .flatten()
    .copied()
}
