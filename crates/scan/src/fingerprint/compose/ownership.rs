//! Which package a file belongs to, as long as it is what the package installed: an OpenSSL inside the distribution's own
//! library carries the distribution's fixes, whatever version it states.

use super::known::KnownFiles;
use crate::fingerprint::report::{Component, Evidence, ExecutableFile, LayerReport, OwnedFile};
use std::collections::HashMap;

/// The owners of files, by path after usr-merge.
pub(super) struct Owners<'r> {
    owned: HashMap<&'r str, Vec<&'r OwnedFile>>,
    /// Of each layer, by path.
    files: Vec<HashMap<&'r str, &'r ExecutableFile>>,
}

impl<'r> Owners<'r> {
    pub(super) fn of(layers: &[&'r LayerReport]) -> Self {
        let mut owned: HashMap<&str, Vec<&OwnedFile>> = HashMap::new();
        for file in layers.iter().flat_map(|report| &report.owned) {
            owned.entry(file.path.merged()).or_default().push(file);
        }
        let by_path = |file: &'r ExecutableFile| (file.path.as_str(), file);
        let files = layers
            .iter()
            .map(|report| report.executables.iter().map(by_path).collect())
            .collect();
        Self { owned, files }
    }

    /// The package that all files of a find belong to, if they are as it installed them.
    pub(super) fn owner_of(&self, component: &Component, layer: usize) -> Option<String> {
        let mut owners = component.paths.iter().map(|path| {
            let file = self.files.get(layer)?.get(path.as_str())?;
            Some(self.owner(file)?.package.as_str())
        });
        let first = owners.next()??;
        owners
            .all(|owner| owner == Some(first))
            .then(|| first.to_owned())
    }

    /// The record of the package that installed the file, if it is as that installed it.
    pub(super) fn owner(&self, file: &ExecutableFile) -> Option<&'r OwnedFile> {
        let digests = file.digests.as_ref()?;
        let candidates = self.owned.get(file.path.merged())?;
        let intact = |owned: &&&OwnedFile| {
            owned
                .recorded
                .as_ref()
                .is_some_and(|recorded| recorded.matches(digests))
        };
        candidates.iter().find(intact).copied()
    }

    /// A component for each file of a layer that no package owns and that is `known`.
    pub(super) fn identified(&self, report: &LayerReport, known: &KnownFiles) -> Vec<Component> {
        let unowned = report
            .executables
            .iter()
            .filter(|file| self.owner(file).is_none());
        unowned
            .filter_map(|file| {
                let packages = known.get(&file.digests.as_ref()?.sha256)?;
                Some(packages.iter().map(|package| Component {
                    evidence: Evidence::KnownFile,
                    paths: vec![file.path.clone()],
                    ..package.clone()
                }))
            })
            .flatten()
            .collect()
    }
}
