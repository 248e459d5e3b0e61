//! Layers on top of each other: what an image holds, which layer brought it, and which took it away.
//!
//! Nothing is read again: whiteouts, opaque directories, links and files that replace others are in the reports.

mod databases;
mod known;
mod ownership;
#[cfg(test)]
mod tests;
mod visible;

pub use known::{KnownFile, KnownFiles, learned, unowned};

use super::limits::Reason;
use super::path::LayerPath;
use super::report::{Component, Evidence, LayerReport, LinkKind, OsRelease};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What an image holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageReport {
    /// Of the topmost layer that states one.
    pub os: Option<OsRelease>,
    /// What is there, and what a later layer took away.
    pub components: Vec<Placed>,
    /// Which layers were not read to their end, and why. While there are any, nothing is proved absent.
    pub incomplete: BTreeMap<usize, BTreeSet<Reason>>,
}

/// A component of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// The component, with the paths at which it is or last was.
    pub component: Component,
    /// The layer that brought it, from the bottom.
    pub introduced: usize,
    /// The layer that took it away.
    pub removed: Option<usize>,
    /// Where it was found, layer by layer.
    pub places: Vec<Place>,
    /// The package that owns its files as they are: then it is what that package holds, and no component of its own.
    pub part_of: Option<String>,
}

/// A file that showed a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// From the bottom.
    pub layer: usize,
    /// Where it lies.
    pub path: LayerPath,
    /// The layer that deleted or replaced it.
    pub removed: Option<usize>,
}

impl ImageReport {
    /// What counts: there, and not merely a package's own file.
    pub fn counted(&self) -> impl Iterator<Item = &Placed> {
        self.components
            .iter()
            .filter(|placed| placed.removed.is_none() && placed.part_of.is_none())
    }
}

/// What makes two finds one component.
type Identity = (
    super::Kind,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
);

/// Puts the reports of an image's layers together, the bottom one first.
pub fn compose(layers: &[&LayerReport]) -> ImageReport {
    compose_knowing(layers, &KnownFiles::new())
}

/// The same where some files are known by the SHA-256 of their content: those that no package owns are looked up, see
/// [`unowned`].
pub fn compose_knowing(layers: &[&LayerReport], known: &KnownFiles) -> ImageReport {
    let removals = visible::Removals::of(layers);
    let owners = ownership::Owners::of(layers);
    let mut joined: BTreeMap<Identity, Placed> = BTreeMap::new();
    for (layer, report) in layers.iter().enumerate() {
        let names = hard_links(report);
        let by_identity = owners.identified(report, known);
        let found = report
            .components
            .iter()
            .filter(|found| found.evidence != Evidence::Database);
        for component in found.chain(&by_identity) {
            let part_of = owners.owner_of(component, layer);
            let others = component
                .paths
                .iter()
                .filter_map(|path| names.get(path))
                .flatten()
                .copied();
            for path in component.paths.iter().chain(others) {
                let place = Place {
                    layer,
                    path: path.clone(),
                    removed: removals.after(layer, path),
                };
                join(&mut joined, component, part_of.clone(), place);
            }
        }
    }
    for (component, place) in databases::packages(layers, &removals) {
        join(&mut joined, component, None, place);
    }
    let mut components: Vec<Placed> = joined.into_values().collect();
    components.iter_mut().for_each(Placed::settle);
    ImageReport {
        os: layers.iter().rev().find_map(|report| report.os.clone()),
        components,
        incomplete: incomplete(layers),
    }
}

fn incomplete(layers: &[&LayerReport]) -> BTreeMap<usize, BTreeSet<Reason>> {
    layers
        .iter()
        .enumerate()
        .filter(|(_, report)| !report.incomplete.is_empty())
        .map(|(layer, report)| (layer, report.incomplete.clone()))
        .collect()
}

/// The other names of files: one that is deleted is still there under them.
fn hard_links(report: &LayerReport) -> HashMap<&LayerPath, Vec<&LayerPath>> {
    let mut names: HashMap<&LayerPath, Vec<&LayerPath>> = HashMap::new();
    for link in report
        .links
        .iter()
        .filter(|link| link.kind == LinkKind::Hard)
    {
        if let Some(target) = &link.target {
            names.entry(target).or_default().push(&link.path);
        }
    }
    names
}

fn join(
    joined: &mut BTreeMap<Identity, Placed>,
    component: &Component,
    part_of: Option<String>,
    place: Place,
) {
    let identity = (
        component.kind,
        component.name.clone(),
        component.version.clone(),
        component.architecture.clone(),
        // a package's own file beside a copy that nobody owns are two matters
        part_of.clone(),
    );
    let new = || Placed {
        component: component.clone(),
        introduced: place.layer,
        removed: None,
        places: Vec::new(),
        part_of,
    };
    let placed = joined.entry(identity).or_insert_with(new);
    if component.evidence < placed.component.evidence {
        placed.component.evidence = component.evidence;
        placed.component.release.clone_from(&component.release);
        placed.component.detector.clone_from(&component.detector);
    }
    placed.component.exact |= component.exact;
    // each evidence may know what the other does not
    if placed.component.cpes.is_empty() {
        placed.component.cpes.clone_from(&component.cpes);
    }
    if placed.component.licences.is_empty() {
        placed.component.licences.clone_from(&component.licences);
    }
    placed.places.push(place);
}

impl Placed {
    /// Sums up the places.
    fn settle(&mut self) {
        self.places.sort();
        self.places.dedup();
        let standing: Vec<&Place> = self
            .places
            .iter()
            .filter(|place| place.removed.is_none())
            .collect();
        // where it is there, the layer that brought what is there; else all of its history
        let speaking: Vec<&Place> = if standing.is_empty() {
            self.places.iter().collect()
        } else {
            standing
        };
        self.introduced = speaking
            .iter()
            .map(|place| place.layer)
            .min()
            .unwrap_or_default();
        self.removed = speaking.iter().map(|place| place.removed).max().flatten();
        let paths: BTreeSet<&LayerPath> = speaking.iter().map(|place| &place.path).collect();
        self.component.paths = paths.into_iter().cloned().collect();
    }
}
