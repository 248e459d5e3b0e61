//! Package databases are whole files: the topmost copy says what is installed, and the layers' copies, compared, say which
//! layer installed a package and which removed it.

use super::Place;
use super::visible::Removals;
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Evidence, Kind, LayerReport};
use std::collections::{BTreeMap, HashMap};

/// A database, wherever it lies: distributions have moved theirs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Database {
    Dpkg,
    Opkg,
    Apk,
    Rpm,
    /// One file per package, so each is a database of its own.
    Single(LayerPath),
}

impl Database {
    fn at(path: &LayerPath) -> Self {
        match path.as_str() {
            "var/lib/dpkg/status" => Self::Dpkg,
            "usr/lib/opkg/status" | "var/lib/opkg/status" => Self::Opkg,
            "lib/apk/db/installed" | "usr/lib/apk/db/installed" => Self::Apk,
            // a log beside the database is not a copy of it
            text if path.name() != "rpmdb.sqlite-wal"
                && (text.starts_with("var/lib/rpm/")
                    || text.starts_with("usr/lib/sysimage/rpm/")) =>
            {
                Self::Rpm
            }
            _ => Self::Single(path.clone()),
        }
    }
}

type Package<'r> = (Kind, &'r str, Option<&'r str>, Option<&'r str>);

/// One layer's copy of a database.
struct Copy<'r> {
    layer: usize,
    path: &'r LayerPath,
    packages: HashMap<Package<'r>, &'r Component>,
}

/// Each package of each copy's history: from the layer that first had it to the one that had it no longer.
pub(super) fn packages<'r>(
    layers: &[&'r LayerReport],
    removals: &Removals<'_>,
) -> Vec<(&'r Component, Place)> {
    let mut copies: BTreeMap<Database, Vec<Copy<'r>>> = BTreeMap::new();
    for (layer, report) in layers.iter().enumerate() {
        let mut inside: HashMap<&LayerPath, HashMap<Package<'_>, &Component>> = HashMap::new();
        for found in report
            .components
            .iter()
            .filter(|found| found.evidence == Evidence::Database)
        {
            for path in &found.paths {
                inside.entry(path).or_default().insert(key(found), found);
            }
        }
        for path in &report.databases {
            let packages = inside.remove(path).unwrap_or_default();
            copies.entry(Database::at(path)).or_default().push(Copy {
                layer,
                path,
                packages,
            });
        }
    }
    copies
        .values()
        .flat_map(|copies| history(copies, removals))
        .collect()
}

fn key(component: &Component) -> Package<'_> {
    (
        component.kind,
        &component.name,
        component.version.as_deref(),
        component.architecture.as_deref(),
    )
}

fn history<'r>(copies: &[Copy<'r>], removals: &Removals<'_>) -> Vec<(&'r Component, Place)> {
    let mut places = Vec::new();
    for (index, copy) in copies.iter().enumerate() {
        for (package, component) in &copy.packages {
            let before = copies.iter().take(index).next_back();
            // the layer before had it, and it has been placed
            if before.is_some_and(|before| {
                before.packages.contains_key(package) && continues(before, copy, removals)
            }) {
                continue;
            }
            let removed = end(copies, index, package, removals);
            places.push((
                *component,
                Place {
                    layer: copy.layer,
                    path: copy.path.clone(),
                    removed,
                },
            ));
        }
    }
    places
}

/// Whether nothing took the database away between the two copies.
fn continues(before: &Copy<'_>, copy: &Copy<'_>, removals: &Removals<'_>) -> bool {
    removals
        .after(before.layer, before.path)
        .is_none_or(|removed| removed >= copy.layer)
}

/// The layer in which a package that stands in copy `from` is no longer.
fn end(
    copies: &[Copy<'_>],
    from: usize,
    package: &Package<'_>,
    removals: &Removals<'_>,
) -> Option<usize> {
    let mut last = copies.get(from)?;
    for copy in copies.iter().skip(from + 1) {
        if !continues(last, copy, removals) {
            break;
        }
        if !copy.packages.contains_key(package) {
            return Some(copy.layer);
        }
        last = copy;
    }
    removals.after(last.layer, last.path)
}
