//! Real images, made here by `images/make.py`: what is found in them against what the package managers themselves list.
//!
//! It takes minutes and fetches packages, so it runs only when it is asked for: `cargo test -p scan --test images -- --ignored`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "what was compared is worth seeing")]

use scan::fingerprint::{
    ImageReport, LayerReport, Limits, compose, compose_knowing, learned, scan_layer,
};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

/// Kind, name and version.
type Component = (String, String, String);
/// The layer that brought a component, and the one that took it away.
type Place = (usize, Option<usize>);

/// Where what is found must be what is listed, and nothing else.
const COMPLETE: [&str; 4] = ["deb", "rpm", "pypi", "maven"];

#[test]
#[ignore = "it makes whole images: minutes, root and a network"]
fn what_package_managers_list_is_found_in_its_layer() {
    let directory = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/make.py");
    let made = Command::new("python3")
        .arg(script)
        .arg(directory.path())
        .output()
        .unwrap();
    let says = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match made.status.code() {
        Some(0) => {}
        Some(77) => return println!("SKIPPED: {}", says(&made.stdout)),
        _ => panic!("the images were not made: {}", says(&made.stderr)),
    }
    for image in ["rpm", "debian"] {
        check(&directory.path().join(image));
    }
    check_known(&directory.path().join("debian"));
}

fn check(image: &Path) {
    let expected = expected(&fs::read_to_string(image.join("expected.tsv")).unwrap());
    let layers = layers(image);
    let layers: Vec<&LayerReport> = layers.iter().collect();
    let report = compose(&layers);
    assert_eq!(report.incomplete, BTreeMap::new());
    let found = found(&report);
    let mut recall: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (component, place) in &expected {
        let (right, all) = recall.entry(&component.0).or_default();
        *all += 1;
        if found.get(component) == Some(place) {
            *right += 1;
        } else {
            wrong.push(format!(
                "{component:?} is {place:?} and was found as {:?}",
                found.get(component)
            ));
        }
    }
    let more = found
        .iter()
        .filter(|(component, _)| COMPLETE.contains(&component.0.as_str()))
        .filter(|(component, _)| !expected.contains_key(component));
    wrong.extend(more.map(|(component, place)| format!("{component:?} {place:?} is not listed")));
    println!("{}: {recall:?}", image.display());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines of layer, kind, name, version, and the layer that removed it or a dash.
fn expected(text: &str) -> BTreeMap<Component, Place> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [layer, kind, name, version, removed] = fields.as_slice() else {
            panic!("{line}")
        };
        let component = (
            (*kind).to_owned(),
            (*name).to_owned(),
            (*version).to_owned(),
        );
        (component, (layer.parse().unwrap(), removed.parse().ok()))
    };
    text.lines().map(line).collect()
}

fn layers(image: &Path) -> Vec<LayerReport> {
    (0..)
        .map_while(|layer| File::open(image.join(format!("{layer}.tar.gz"))).ok())
        .map(|file| scan_layer(file, "", &Limits::default(), || false).unwrap())
        .collect()
}

/// What the base image's packages teach tells a copy of their library, which shows nothing by itself.
fn check_known(image: &Path) {
    let layers = layers(image);
    let layers: Vec<&LayerReport> = layers.iter().collect();
    let learned = learned(&layers[..1]).into_iter();
    let table = learned
        .map(|file| (file.sha256, vec![file.component]))
        .collect();
    let report = compose_knowing(&layers, &table);
    let copy = report.counted().find(|placed| {
        let mut paths = placed.component.paths.iter();
        paths.any(|path| path.as_str() == "opt/none/plugin")
    });
    println!("{} files are known", table.len());
    assert_eq!(copy.unwrap().component.name, "libdebconfclient0");
}

fn found(report: &ImageReport) -> BTreeMap<Component, Place> {
    let components = report
        .components
        .iter()
        .filter(|placed| placed.part_of.is_none());
    components
        .map(|placed| {
            let component = &placed.component;
            let version = component.version.clone().unwrap_or_default();
            (
                (
                    component.kind.purl_type().to_owned(),
                    component.name.clone(),
                    version,
                ),
                (placed.introduced, placed.removed),
            )
        })
        .collect()
}
