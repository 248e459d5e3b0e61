//! Which layer takes a lower layer's file away: by a whiteout, an opaque directory, or something else in its place.

use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::LayerReport;
use std::collections::HashSet;

/// What each layer does to those below.
pub(super) struct Removals<'r> {
    layers: Vec<Layer<'r>>,
}

#[derive(Default)]
struct Layer<'r> {
    /// The path and all below it are gone: whiteouts, and links and files where a directory may have been.
    gone: HashSet<&'r str>,
    /// All below the path is gone.
    opaque: HashSet<&'r str>,
    /// Some layer hides all that is below it, whatever is at the root.
    hides_root: bool,
}

impl<'r> Removals<'r> {
    pub(super) fn of(layers: &[&'r LayerReport]) -> Self {
        Self {
            layers: layers.iter().map(|report| Layer::of(report)).collect(),
        }
    }

    /// The first layer above `layer` that takes the file away.
    pub(super) fn after(&self, layer: usize, path: &LayerPath) -> Option<usize> {
        let above = self.layers.iter().enumerate().skip(layer + 1);
        above
            .filter(|(_, above)| above.takes(path))
            .map(|(index, _)| index)
            .next()
    }
}

impl<'r> Layer<'r> {
    fn of(report: &'r LayerReport) -> Self {
        let links = report.links.iter().map(|link| &link.path);
        let files = report
            .executables
            .iter()
            .map(|file| &file.path)
            .chain(&report.plain)
            .chain(&report.databases);
        let gone = report.whiteouts.iter().chain(links).chain(files);
        Self {
            gone: gone.map(LayerPath::as_str).collect(),
            opaque: report.opaque.iter().map(LayerPath::as_str).collect(),
            hides_root: report.hides_all,
        }
    }

    fn takes(&self, path: &LayerPath) -> bool {
        if self.hides_root || self.gone.contains(path.as_str()) {
            return true;
        }
        let directories = path
            .as_str()
            .match_indices('/')
            .filter_map(|(at, _)| path.as_str().get(..at));
        directories
            .into_iter()
            .any(|directory| self.gone.contains(directory) || self.opaque.contains(directory))
    }
}
