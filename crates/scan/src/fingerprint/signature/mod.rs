//! Components by content alone: the bytes of executables are searched once for the literals of the table, and a pattern is
//! tried only around a hit.

mod releases;
mod search;
mod sections;
pub(super) mod soname;
mod table;
#[cfg(test)]
mod tests;

use super::Licence;
use super::found::{Fault, Found};
use super::limits::Reason;
use super::report::{Component, Cpe, Evidence, Kind};
use regex::bytes::{Captures, Regex, RegexBuilder};
use releases::Vote;
use search::{Meaning, SEARCH};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use table::{SIGNATURES, Signature};

/// What a pattern sees before and after its anchor.
const BEFORE: usize = 300;
const AFTER: usize = 300;
/// A file that states more versions of one component than this tells us nothing.
const MAX_VERSIONS: usize = 3;
/// A file full of anchors would keep us busy; real ones have hundreds.
const MAX_TRIES: usize = 100_000;
/// Whoever holds the markers of so many components and none of their versions is a scanner with its table.
const MAX_UNKNOWN: usize = 16;

static PATTERNS: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| {
    let signatures = SIGNATURES.iter();
    signatures.map(|signature| pattern(signature)).collect()
});

fn pattern(signature: &Signature) -> Option<Regex> {
    let pattern = Some(signature.pattern).filter(|pattern| !pattern.is_empty())?;
    // each is compiled by a test
    RegexBuilder::new(pattern)
        .unicode(false)
        .dot_matches_new_line(true)
        .build()
        .ok()
}

/// What one file has shown so far.
#[derive(Default)]
pub(super) struct Matches {
    markers: BTreeSet<usize>,
    alone: BTreeSet<usize>,
    versions: BTreeMap<usize, BTreeSet<String>>,
    releases: BTreeSet<Vote>,
    tries: usize,
}

impl Matches {
    /// Searches a file that is in memory as a whole.
    pub(super) fn whole(&mut self, bytes: &[u8]) {
        for range in sections::searched(bytes) {
            let start = range.start;
            let part = bytes.get(range).unwrap_or_default();
            SEARCH.run(part, |meaning, at| self.hit(meaning, bytes, start + at));
        }
    }

    /// Searches a window of a file that is too long to be in memory.
    pub(super) fn window(&mut self, bytes: &[u8]) {
        SEARCH.run(bytes, |meaning, at| self.hit(meaning, bytes, at));
    }

    fn hit(&mut self, meaning: Meaning, bytes: &[u8], at: usize) {
        match meaning {
            Meaning::Marker(index) => drop(self.markers.insert(index)),
            Meaning::Alone(index) => drop(self.alone.insert(index)),
            Meaning::Anchor(index) => self.version(index, bytes, at),
            Meaning::Release(vote) => drop(self.releases.insert(vote)),
        }
    }

    fn version(&mut self, index: usize, bytes: &[u8], at: usize) {
        self.tries += 1;
        if self.tries > MAX_TRIES {
            return;
        }
        let versions = self.versions.entry(index).or_default();
        let (Some(Some(pattern)), Some(row)) = (PATTERNS.get(index), SIGNATURES.get(index)) else {
            return;
        };
        if versions.len() > MAX_VERSIONS {
            return;
        }
        let around = bytes
            .get(at.saturating_sub(BEFORE)..bytes.len().min(at + AFTER))
            .unwrap_or_default();
        versions.extend(
            pattern
                .captures_iter(around)
                .filter_map(|captures| captured(row, &captures)),
        );
    }

    /// Says which components the file has.
    pub(super) fn report(self, found: &mut Found) {
        if self.tries > MAX_TRIES {
            found.reasons.push(Reason::FileBytes);
            found.faults.push((
                "signature",
                Fault::Malformed("too many strings that begin as a signature does"),
            ));
        }
        let mut rows: Vec<(&Signature, Vec<&str>)> = SIGNATURES
            .iter()
            .enumerate()
            .filter_map(|(index, row)| Some((*row, self.verdict(index, row)?)))
            .collect();
        let unknown = rows.iter().filter(|(_, versions)| versions.is_empty());
        if unknown.count() > MAX_UNKNOWN {
            rows.retain(|(_, versions)| !versions.is_empty());
        }
        let names: BTreeSet<&str> = rows.iter().map(|(row, _)| row.name).collect();
        rows.retain(|(row, _)| !row.excludes.iter().any(|other| names.contains(other)));
        for (row, versions) in rows {
            add(row, &versions, found);
        }
        self.date(found);
    }

    /// Says of which release the libraries without a version are at least.
    fn date(&self, found: &mut Found) {
        let unknown = |component: &&mut Component| {
            component.kind == Kind::Generic && component.version.is_none()
        };
        for component in found.components.iter_mut().filter(unknown) {
            let oldest = releases::oldest(&component.name, &self.releases);
            component.version = oldest.map(str::to_owned);
        }
    }

    /// The versions of a row that is in the file, none where they cannot be told; `None` where it is not.
    fn verdict(&self, index: usize, row: &Signature) -> Option<Vec<&str>> {
        let is_there = self.alone.contains(&index);
        let needs_none = row.markers.is_empty() && row.alone.is_empty();
        if !is_there && !needs_none && !self.markers.contains(&index) {
            return None;
        }
        match self.versions.get(&index).filter(|found| !found.is_empty()) {
            Some(versions) if versions.len() <= MAX_VERSIONS => {
                Some(versions.iter().map(String::as_str).collect())
            }
            Some(_) => Some(Vec::new()),
            None => is_there.then(Vec::new),
        }
    }
}

fn captured(row: &Signature, captures: &Captures<'_>) -> Option<String> {
    let version = captures.iter().skip(1).flatten().next()?;
    let version = std::str::from_utf8(version.as_bytes()).ok()?;
    if !row.is_number {
        return Some(version.to_owned());
    }
    let number: u32 = version.parse().ok()?;
    let (major, minor, patch) = (number / 10_000, number / 100 % 100, number % 100);
    Some(format!("{major}.{minor}.{patch}"))
}

/// Adds a row's components; of one library, a file has one, so what its own name told gives way to what its content tells.
fn add(row: &Signature, versions: &[&str], found: &mut Found) {
    let is_named = |component: &Component| {
        component.evidence == Evidence::Soname && component.name == row.name
    };
    if versions.is_empty() && found.components.iter().any(is_named) {
        return;
    }
    found.components.retain(|component| !is_named(component));
    if versions.is_empty() {
        found.add(component(row, None));
    }
    for version in versions {
        found.add(component(row, Some(version)));
    }
}

fn component(signature: &Signature, version: Option<&str>) -> Component {
    let mut component = Component::new(
        Kind::Generic,
        signature.name,
        version,
        Evidence::Signature,
        "signature",
    );
    component.cpes = cpes(signature.cpes);
    component.licences = Licence::parse(signature.licence).into_iter().collect();
    component
}

fn cpes(names: &[&str]) -> Vec<Cpe> {
    let cpe = |(vendor, product): (&str, &str)| Cpe {
        vendor: vendor.to_owned(),
        product: product.to_owned(),
    };
    names
        .iter()
        .filter_map(|name| name.split_once(':'))
        .map(cpe)
        .collect()
}
