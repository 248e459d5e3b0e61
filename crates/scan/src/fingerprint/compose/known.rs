//! The known-file table: what the files are that packages installed, and which files to ask it for.
//!
//! An answer only ever adds a component. Whoever pushes an image writes its package database too, so what one image teaches
//! must not hide a find in another.

use super::ownership::Owners;
use crate::fingerprint::report::{Component, Evidence, Kind, LayerReport};
use std::collections::{BTreeSet, HashMap};

/// A file that is as its package installed it: wherever it turns up again, under whatever name, it is of that package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// The digest of its content, in hex.
    pub sha256: String,
    /// The package, without a path; with the release that it is of, for its advisories are the release's.
    pub component: Component,
}

/// The packages that a file of this SHA-256, in hex, is of: usually one, and several where they install the same file.
pub type KnownFiles = HashMap<String, Vec<Component>>;

/// What an image teaches: each library, and each file that shows a component, whose digest is what its package recorded; of
/// rpm, which records SHA-256, each code file.
pub fn learned(layers: &[&LayerReport]) -> Vec<KnownFile> {
    let owners = Owners::of(layers);
    let packages = packages(layers);
    let os = layers.iter().rev().find_map(|report| report.os.clone());
    let mut seen = BTreeSet::new();
    let mut known = Vec::new();
    for file in layers.iter().flat_map(|report| &report.executables) {
        let (Some(digests), Some(owned)) = (&file.digests, owners.owner(file)) else {
            continue;
        };
        let Some(Some(package)) = packages.get(&(owned.kind, owned.package.as_str())) else {
            continue;
        };
        if seen.insert(&digests.sha256) {
            let mut component = (*package).clone();
            component.paths.clear();
            component.evidence = Evidence::KnownFile;
            component.release.clone_from(&os);
            known.push(KnownFile {
                sha256: digests.sha256.clone(),
                component,
            });
        }
    }
    known
}

/// The packages of the databases by name; `None` where the layers have one in several versions, so that a file could be of
/// either.
fn packages<'r>(layers: &[&'r LayerReport]) -> HashMap<(Kind, &'r str), Option<&'r Component>> {
    let mut packages: HashMap<(Kind, &str), Option<&Component>> = HashMap::new();
    let installed = layers
        .iter()
        .flat_map(|report| &report.components)
        .filter(|component| component.evidence == Evidence::Database);
    for component in installed {
        let package = packages
            .entry((component.kind, &component.name))
            .or_insert(Some(component));
        if package.is_some_and(|package| package.version != component.version) {
            *package = None;
        }
    }
    packages
}

/// The digests of the code files that no package owns: what to look up before [`super::compose_knowing`].
pub fn unowned<'r>(layers: &[&'r LayerReport]) -> BTreeSet<&'r str> {
    let owners = Owners::of(layers);
    layers
        .iter()
        .flat_map(|report| &report.executables)
        .filter(|file| owners.owner(file).is_none())
        .filter_map(|file| Some(file.digests.as_ref()?.sha256.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::testing::Layer;
    use crate::fingerprint::{compose, compose_knowing};
    use data_encoding::HEXLOWER;
    use md5::{Digest as _, Md5};

    /// A shared library of nothing but its name.
    fn library() -> Vec<u8> {
        crate::fingerprint::testing::library("libfoo.so.1")
    }

    fn taught(version: &str, recorded: &[u8]) -> Layer {
        let sum = HEXLOWER.encode(&Md5::digest(recorded));
        Layer::default()
            .file("usr/lib/libfoo.so.1", library())
            .file("usr/lib/os-release", "ID=debian\nVERSION_ID=12\n")
            .file("var/lib/dpkg/info/libfoo1.md5sums", format!("{sum}  usr/lib/libfoo.so.1\n"))
            .file(
                "var/lib/dpkg/status",
                format!("Package: libfoo1\nStatus: install ok installed\nSource: foo\nVersion: {version}\n"),
            )
    }

    fn table(layers: &[&LayerReport]) -> HashMap<String, Vec<Component>> {
        let known = learned(layers).into_iter();
        known
            .map(|known| (known.sha256, vec![known.component]))
            .collect()
    }

    #[test]
    fn a_copied_and_renamed_library_is_known_by_its_content() {
        let base = taught("1.2-3", &library()).scan();
        let known = learned(&[&base]);
        assert_eq!(
            (
                known.len(),
                known[0].component.release.as_ref().unwrap().id.as_str()
            ),
            (1, "debian")
        );
        let table = table(&[&base]);
        let copy = Layer::default().file("srv/plugin.bin", library()).scan();
        assert_eq!(
            unowned(&[&copy]),
            BTreeSet::from([known[0].sha256.as_str()])
        );
        assert_eq!(compose(&[&copy]).components, []);
        let image = compose_knowing(&[&copy], &table);
        let placed = &image.components[0];
        assert_eq!(
            (
                placed.component.name.as_str(),
                placed.component.version.as_deref(),
                placed.component.evidence
            ),
            ("libfoo1", Some("1.2-3"), Evidence::KnownFile)
        );
        assert_eq!(placed.component.paths[0].as_str(), "srv/plugin.bin");
        assert_eq!(placed.component.source.as_ref().unwrap().name, "foo");
    }

    #[test]
    fn a_packages_own_file_is_asked_for_by_nobody_and_adds_nothing() {
        let base = taught("1", &library()).scan();
        let table = table(&[&base]);
        assert!(unowned(&[&base]).is_empty());
        let image = compose_knowing(&[&base], &table);
        assert_eq!(image, compose(&[&base]));
    }

    #[test]
    fn what_several_packages_installed_is_of_any_of_them() {
        let base = taught("1", &library()).scan();
        let mut table = table(&[&base]);
        let other = Component::new(Kind::Deb, "libbar1", Some("2"), Evidence::KnownFile, "dpkg");
        for packages in table.values_mut() {
            packages.push(other.clone());
        }
        let copy = Layer::default().file("srv/plugin.bin", library()).scan();
        let image = compose_knowing(&[&copy], &table);
        let names: Vec<_> = image
            .counted()
            .map(|placed| placed.component.name.as_str())
            .collect();
        assert_eq!(names, ["libbar1", "libfoo1"]);
    }

    #[test]
    fn a_copy_beside_its_package_is_of_the_image_own_release() {
        let base = taught("1.2-3", &library()).scan();
        let table = table(&[&base]);
        let copy = Layer::default().file("srv/plugin.bin", library()).scan();
        let image = compose_knowing(&[&base, &copy], &table);
        let placed = &image.components[0];
        assert_eq!(
            (image.components.len(), placed.component.evidence),
            (1, Evidence::Database)
        );
        assert_eq!(placed.component.release, None);
    }

    #[test]
    fn a_file_that_is_not_what_was_recorded_teaches_nothing() {
        let base = taught("1", b"another").scan();
        assert!(learned(&[&base]).is_empty());
        assert_eq!(unowned(&[&base]).len(), 1);
    }

    #[test]
    fn a_package_in_two_versions_teaches_nothing() {
        let (one, two) = (
            taught("1", &library()).scan(),
            taught("2", &library()).scan(),
        );
        assert!(learned(&[&one, &two]).is_empty());
    }

    #[test]
    fn an_answer_hides_nothing() {
        let content = [&library(), &b" inflate 1.2.13 Copyright 1995-2022 "[..]].concat();
        let copy = Layer::default().file("srv/x", content).scan();
        let answer = Component::new(Kind::Deb, "zlib1g", Some("9"), Evidence::KnownFile, "dpkg");
        let asked = unowned(&[&copy]).into_iter();
        let table = asked
            .map(|sha256| (sha256.to_owned(), vec![answer.clone()]))
            .collect();
        let image = compose_knowing(&[&copy], &table);
        let names: Vec<_> = image
            .counted()
            .map(|placed| placed.component.name.as_str())
            .collect();
        assert_eq!(names, ["zlib1g", "zlib"]);
    }
}
