//! What one file has given, and what a layer's files have given together.

use super::digests;
use super::licence::Licence;
use super::limits::{Limits, Reason};
use super::path::LayerPath;
use super::report::{
    Component, Digests, ExecutableFile, FileFault, Format, Kind, LayerReport, Link, OsRelease,
    OwnedFile, Recorded,
};
use std::collections::{HashMap, HashSet};

/// What one file may make us remember: a database can name its files in a byte each, below a long directory.
const MAX_WEIGHT: usize = 48 << 20;
const MAX_PATH: usize = 4096;
const MAX_DEPTH: usize = 255;

/// Why a detector lost a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("it is not text")]
    NotText,
    #[error("it is malformed: {0}")]
    Malformed(&'static str),
    #[error("its JSON is malformed: {0}")]
    Json(#[from] serde_json::Error),
    #[error("it is not a sound executable: {0}")]
    Executable(#[from] object::Error),
    #[error("it is larger than a detector reads")]
    TooLarge,
    #[error("the detector failed on it")]
    Panicked,
}

/// What one file has given.
#[derive(Default)]
pub(super) struct Found {
    pub(super) components: Vec<Component>,
    pub(super) os: Option<OsRelease>,
    pub(super) owned: Vec<OwnedFile>,
    pub(super) executable: Option<ExecutableFile>,
    /// Licences of a dpkg package, from its copyright file.
    pub(super) copyright: Option<(String, Vec<Licence>)>,
    /// The file is a package database, even when nothing is in it.
    pub(super) database: bool,
    pub(super) reasons: Vec<Reason>,
    weight: usize,
    pub(super) faults: Vec<(&'static str, Fault)>,
}

impl Found {
    /// Adds a component, if it has a name and the file has not given too much.
    pub(super) fn add(&mut self, component: Component) {
        if !component.name.is_empty() && self.may_give(component.weight()) {
            self.components.push(component);
        }
    }

    /// Adds an owned file, and says whether it did.
    pub(super) fn own(
        &mut self,
        path: &[u8],
        kind: Kind,
        package: &str,
        recorded: Option<Recorded>,
    ) -> bool {
        if self.weight > MAX_WEIGHT {
            return false;
        }
        let Ok(Some(path)) = LayerPath::parse(path, MAX_PATH, MAX_DEPTH) else {
            return false;
        };
        let gives = self.may_give(path.as_str().len() + package.len() + 120);
        if gives {
            self.owned.push(OwnedFile {
                path,
                kind,
                package: package.to_owned(),
                recorded,
            });
        }
        gives
    }

    fn may_give(&mut self, bytes: usize) -> bool {
        self.weight = self.weight.saturating_add(bytes);
        if self.weight > MAX_WEIGHT && !self.reasons.contains(&Reason::Report) {
            self.reasons.push(Reason::Report);
        }
        self.weight <= MAX_WEIGHT
    }
}

/// What a layer's files have given together.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) report: LayerReport,
    copyrights: HashMap<String, Vec<Licence>>,
    /// By path as it is after usr-merge: databases name tens of thousands of files, of which few matter.
    owned: HashMap<String, OwnedFile>,
    weight: usize,
}

impl Gathered {
    /// Takes over what a file gave. `bytes` is the file where it is in memory and nobody has hashed it yet.
    pub(super) fn take(
        &mut self,
        path: &LayerPath,
        mut found: Found,
        bytes: Option<&[u8]>,
        limits: &Limits,
    ) {
        let weight: usize = found
            .components
            .iter()
            .map(Component::weight)
            .sum::<usize>()
            + found
                .owned
                .iter()
                .map(|owned| owned.path.as_str().len() + owned.package.len() + 120)
                .sum::<usize>()
            + path.as_str().len()
            + 200;
        if self.weight.saturating_add(weight) > limits.report {
            self.report.incomplete.insert(Reason::Report);
            return;
        }
        self.weight += weight;
        for component in &mut found.components {
            component.paths.push(path.clone());
        }
        if let Some(bytes) = bytes {
            remember_digests(path, &mut found, bytes);
        }
        let report = &mut self.report;
        if found.database {
            report.databases.push(path.clone());
        }
        if let Some(os) = found.os {
            // /etc/os-release is what an administrator may have changed; /usr/lib's is the vendor's
            if report.os.is_none() || path.as_str().starts_with("etc/") {
                report.os = Some(os);
            }
        }
        report.incomplete.extend(found.reasons);
        report.components.append(&mut found.components);
        report.executables.extend(found.executable);
        for (detector, fault) in found.faults {
            report.faults.push(FileFault {
                path: path.as_str().into(),
                detector: detector.into(),
                error: fault.to_string(),
            });
        }
        if let Some((package, licences)) = found.copyright {
            self.copyrights.insert(package, licences);
        }
        for owned in found.owned {
            self.own(owned);
        }
    }

    /// Whether so many bytes more may be remembered.
    pub(super) fn may_remember(&mut self, bytes: usize, limits: &Limits) -> bool {
        self.weight = self.weight.saturating_add(bytes);
        if self.weight > limits.report {
            self.report.incomplete.insert(Reason::Report);
            return false;
        }
        true
    }

    fn own(&mut self, owned: OwnedFile) {
        let kept = self.owned.get(owned.path.merged());
        if kept.is_none_or(|kept| kept.recorded.is_none()) {
            self.owned.insert(owned.path.merged().to_owned(), owned);
        }
    }

    /// Gives dpkg's packages the licences of their copyright files. A package whose documentation is another's has a link there.
    fn license(&mut self) {
        const DOCUMENTATION: &str = "usr/share/doc/";
        let linked = |link: &Link| {
            let from = link.path.as_str().strip_prefix(DOCUMENTATION)?;
            let to = link.target.as_ref()?.as_str().strip_prefix(DOCUMENTATION)?;
            Some((from.to_owned(), to.to_owned()))
        };
        let links: HashMap<String, String> = self.report.links.iter().filter_map(linked).collect();
        let packages = self.report.components.iter_mut();
        for component in packages.filter(|component| component.kind == Kind::Deb) {
            let source = component.source.as_ref().map(|source| &source.name);
            let names = [Some(&component.name), links.get(&component.name), source];
            let licences = names
                .into_iter()
                .flatten()
                .find_map(|name| self.copyrights.get(name));
            if let Some(licences) = licences {
                component.licences.clone_from(licences);
            }
        }
    }

    /// Joins what came from different files.
    pub(super) fn finish(mut self) -> LayerReport {
        self.license();
        let named: HashSet<&str> = self
            .report
            .executables
            .iter()
            .map(|file| file.path.merged())
            .collect();
        let mut owned: Vec<OwnedFile> = self
            .owned
            .into_iter()
            .filter(|(path, _)| named.contains(path.as_str()))
            .map(|(_, owned)| owned)
            .collect();
        owned.sort_by(|a, b| a.path.cmp(&b.path));
        self.report.owned = owned;
        self.report
    }
}

/// A file that shows a component is listed with its digests, so that it can be compared with a package's record.
fn remember_digests(path: &LayerPath, found: &mut Found, bytes: &[u8]) {
    let shows = found
        .components
        .iter()
        .any(|component| !component.kind.is_of_the_system());
    if !shows || found.database || found.executable.is_some() {
        return;
    }
    let size = bytes.len() as u64;
    let digests: Option<Digests> = Some(digests::of(bytes, digests::may_be_packaged(path)));
    found.executable = Some(ExecutableFile {
        path: path.clone(),
        format: Format::Text,
        size,
        digests,
        build_id: None,
        soname: None,
    });
}
