//! Components by content alone: the bytes of executables are searched once for the literals of the table, and a pattern is
//! tried only around a hit.

pub(super) mod soname;
mod table;
#[cfg(test)]
mod tests;

use super::Licence;
use super::found::{Fault, Found};
use super::limits::Reason;
use super::report::{Component, Cpe, Evidence, Kind};
use aho_corasick::{AhoCorasick, packed};
use regex::bytes::{Regex, RegexBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use table::{SIGNATURES, Signature};

/// Beyond this many patterns the vectorised search falls back to an automaton that is several times slower.
const GROUP: usize = 48;
/// What is searched at a time, and how far a literal may reach beyond it.
const PIECE: usize = 128 << 10;
const MAX_LITERAL: usize = 64;
/// What a pattern sees before and after its anchor.
const BEFORE: usize = 300;
const AFTER: usize = 300;
/// A file that states more versions of one component than this tells us nothing.
const MAX_VERSIONS: usize = 3;
/// A file full of anchors would keep us busy; real ones have hundreds.
const MAX_TRIES: usize = 100_000;
/// The scanner's own copy of the table, and other scanners, hold the strings of everything.
const MAX_COMPONENTS: usize = 24;

#[derive(Clone, Copy)]
enum Meaning {
    Anchor(usize),
    Marker(usize),
}

struct Group {
    searcher: Searcher,
    meanings: Vec<Vec<Meaning>>,
}

impl Group {
    fn hits(&self, bytes: &[u8], mut hit: impl FnMut(usize, usize)) {
        match &self.searcher {
            Searcher::Packed(packed) => packed
                .find_iter(bytes)
                .for_each(|found| hit(found.pattern().as_usize(), found.start())),
            Searcher::Automaton(automaton) => automaton
                .find_iter(bytes)
                .for_each(|found| hit(found.pattern().as_usize(), found.start())),
        }
    }
}

enum Searcher {
    Packed(Box<packed::Searcher>),
    Automaton(AhoCorasick),
}

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(groups);
static PATTERNS: LazyLock<Vec<Option<Regex>>> =
    LazyLock::new(|| SIGNATURES.iter().map(pattern).collect());

fn pattern(signature: &Signature) -> Option<Regex> {
    let pattern = Some(signature.pattern).filter(|pattern| !pattern.is_empty())?;
    // each is compiled by a test
    RegexBuilder::new(pattern)
        .unicode(false)
        .dot_matches_new_line(true)
        .build()
        .ok()
}

fn groups() -> Vec<Group> {
    let mut literals: BTreeMap<&'static str, Vec<Meaning>> = BTreeMap::new();
    for (index, signature) in SIGNATURES.iter().enumerate() {
        for anchor in signature.anchors {
            literals
                .entry(anchor)
                .or_default()
                .push(Meaning::Anchor(index));
        }
        for marker in signature.markers {
            literals
                .entry(marker)
                .or_default()
                .push(Meaning::Marker(index));
        }
    }
    let literals: Vec<_> = literals.into_iter().collect();
    literals.chunks(GROUP).filter_map(group).collect()
}

fn group(literals: &[(&'static str, Vec<Meaning>)]) -> Option<Group> {
    let patterns = || literals.iter().map(|(literal, _)| literal.as_bytes());
    let searcher = match packed::Searcher::new(patterns()) {
        Some(packed) => Searcher::Packed(Box::new(packed)),
        None => Searcher::Automaton(AhoCorasick::new(patterns()).ok()?),
    };
    Some(Group {
        searcher,
        meanings: literals
            .iter()
            .map(|(_, meanings)| meanings.clone())
            .collect(),
    })
}

/// What one file has shown so far.
#[derive(Default)]
pub(super) struct Matches {
    markers: BTreeSet<usize>,
    versions: BTreeMap<usize, BTreeSet<String>>,
    tries: usize,
}

impl Matches {
    /// Searches a window of the file, piece by piece: a piece stays in the cache for all groups.
    pub(super) fn scan(&mut self, bytes: &[u8]) {
        for start in (0..bytes.len()).step_by(PIECE) {
            let end = bytes.len().min(start + PIECE + MAX_LITERAL);
            let piece = bytes.get(start..end).unwrap_or_default();
            for group in GROUPS.iter() {
                group.hits(piece, |literal, at| {
                    self.hit(group, literal, bytes, start + at);
                });
            }
        }
    }

    fn hit(&mut self, group: &Group, literal: usize, bytes: &[u8], at: usize) {
        for meaning in group.meanings.get(literal).into_iter().flatten() {
            match *meaning {
                Meaning::Marker(index) => drop(self.markers.insert(index)),
                Meaning::Anchor(index) => self.version(index, bytes, at),
            }
        }
    }

    fn version(&mut self, index: usize, bytes: &[u8], at: usize) {
        self.tries += 1;
        if self.tries > MAX_TRIES {
            return;
        }
        let versions = self.versions.entry(index).or_default();
        let Some(Some(pattern)) = PATTERNS
            .get(index)
            .filter(|_| versions.len() <= MAX_VERSIONS)
        else {
            return;
        };
        let around = bytes
            .get(at.saturating_sub(BEFORE)..bytes.len().min(at + AFTER))
            .unwrap_or_default();
        for captures in pattern.captures_iter(around) {
            if let Some(version) = captures
                .get(1)
                .and_then(|version| std::str::from_utf8(version.as_bytes()).ok())
            {
                versions.insert(version.to_owned());
            }
        }
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
        let mut components = Vec::new();
        for (index, signature) in SIGNATURES.iter().enumerate() {
            let is_marked = self.markers.contains(&index);
            if !is_marked && !signature.markers.is_empty() {
                continue;
            }
            match self
                .versions
                .get(&index)
                .filter(|versions| !versions.is_empty())
            {
                Some(versions) if versions.len() <= MAX_VERSIONS => {
                    components.extend(
                        versions
                            .iter()
                            .map(|version| component(signature, Some(version))),
                    );
                }
                Some(_) => components.push(component(signature, None)),
                None if signature.alone && is_marked => components.push(component(signature, None)),
                None => {}
            }
        }
        if components.len() <= MAX_COMPONENTS {
            for component in components {
                found.add(component);
            }
        }
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
