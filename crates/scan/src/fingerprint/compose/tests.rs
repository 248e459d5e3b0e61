//! What an image holds after its layers.

use super::*;
use crate::fingerprint::testing::Layer;
use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};

fn image(layers: &[Layer]) -> ImageReport {
    let reports: Vec<LayerReport> = layers.iter().map(Layer::scan).collect();
    assert!(
        reports
            .iter()
            .all(|report| report.faults.is_empty() && report.incomplete.is_empty())
    );
    compose(&reports.iter().collect::<Vec<_>>())
}

/// `name version introduced removed`
fn lines(image: &ImageReport) -> Vec<String> {
    let line = |placed: &Placed| {
        let version = placed.component.version.as_deref().unwrap_or("?");
        let removed = placed
            .removed
            .map_or("-".to_owned(), |layer| layer.to_string());
        format!(
            "{} {version} {} {removed}",
            placed.component.name, placed.introduced
        )
    };
    image.components.iter().map(line).collect()
}

fn package(name: &str, version: &str) -> String {
    format!(r#"{{"name":"{name}","version":"{version}"}}"#)
}

const LODASH: &str = "app/node_modules/lodash/package.json";

#[test]
fn a_whiteout_removes_what_lies_below_it() {
    let base = || Layer::default().file(LODASH, package("lodash", "4.17.4"));
    let kept = image(&[
        base(),
        Layer::default().file("app/node_modules/.wh.minimist", ""),
    ]);
    assert_eq!(lines(&kept), ["lodash 4.17.4 0 -"]);
    for whiteout in [
        "app/node_modules/.wh.lodash",
        "app/.wh.node_modules",
        ".wh.app",
        "app/node_modules/lodash/.wh.package.json",
    ] {
        let gone = image(&[
            base(),
            Layer::default(),
            Layer::default().file(whiteout, ""),
        ]);
        assert_eq!(lines(&gone), ["lodash 4.17.4 0 2"], "{whiteout}");
        assert_eq!(gone.counted().count(), 0);
    }
}

#[test]
fn an_opaque_directory_hides_what_is_below_and_not_what_comes_with_it() {
    let base = Layer::default().file(LODASH, package("lodash", "4.17.4"));
    let next = Layer::default()
        .file("app/a/package.json", package("a", "1"))
        .file("app/.wh..wh..opq", "");
    assert_eq!(
        lines(&image(&[base, next])),
        ["a 1 1 -", "lodash 4.17.4 0 1"]
    );
    let base = Layer::default().file(LODASH, package("lodash", "4.17.4"));
    assert_eq!(
        lines(&image(&[base, Layer::default().file(".wh..wh..opq", "")])),
        ["lodash 4.17.4 0 1"]
    );
}

#[test]
fn a_file_in_its_place_takes_a_component_away() {
    let base = || Layer::default().file(LODASH, package("lodash", "4.17.4"));
    let newer = image(&[
        base(),
        Layer::default().file(LODASH, package("lodash", "4.17.21")),
    ]);
    assert_eq!(lines(&newer), ["lodash 4.17.21 1 -", "lodash 4.17.4 0 1"]);
    let emptied = image(&[base(), Layer::default().file(LODASH, "{}")]);
    assert_eq!(lines(&emptied), ["lodash 4.17.4 0 1"]);
    let linked = image(&[
        base(),
        Layer::default().symlink("app/node_modules", "/elsewhere"),
    ]);
    assert_eq!(lines(&linked), ["lodash 4.17.4 0 1"]);
}

#[test]
fn a_component_that_comes_back_is_introduced_by_the_layer_that_brought_it_back() {
    let with = || Layer::default().file(LODASH, package("lodash", "4.17.4"));
    let image = image(&[
        with(),
        Layer::default().file("app/.wh.node_modules", ""),
        with(),
    ]);
    assert_eq!(lines(&image), ["lodash 4.17.4 2 -"]);
    assert_eq!(image.components[0].places.len(), 2);
}

#[test]
fn a_hard_link_keeps_what_is_deleted_under_its_other_name() {
    let base = Layer::default()
        .file(
            "opt/a.gemspec/specifications/x.gemspec",
            "s.name = \"x\"\ns.version = \"1\"\n",
        )
        .entry(
            b"srv/kept",
            b'1',
            b"",
            b"opt/a.gemspec/specifications/x.gemspec",
        );
    let image = image(&[base, Layer::default().file(".wh.opt", "")]);
    assert_eq!(lines(&image), ["x 1 0 -"]);
    assert_eq!(image.components[0].component.paths[0].as_str(), "srv/kept");
}

fn status(packages: &[(&str, &str)]) -> Layer {
    let paragraphs = packages.iter().map(|(name, version)| {
        format!("Package: {name}\nStatus: install ok installed\nVersion: {version}\n\n")
    });
    Layer::default().file("var/lib/dpkg/status", paragraphs.collect::<String>())
}

#[test]
fn the_topmost_copy_of_a_database_speaks_and_the_first_that_had_a_package_introduced_it() {
    let image = image(&[
        status(&[("a", "1"), ("b", "1"), ("c", "1")]),
        status(&[("a", "1"), ("b", "2"), ("c", "1"), ("d", "1")]),
        Layer::default(),
        status(&[("a", "1"), ("b", "2"), ("d", "1")]),
    ]);
    assert_eq!(
        lines(&image),
        ["a 1 0 -", "b 1 0 1", "b 2 1 -", "c 1 0 3", "d 1 1 -"]
    );
}

#[test]
fn an_emptied_or_deleted_database_means_that_nothing_is_installed() {
    assert_eq!(
        lines(&image(&[status(&[("a", "1")]), status(&[])])),
        ["a 1 0 1"]
    );
    let deleted = Layer::default().file("var/lib/.wh.dpkg", "");
    assert_eq!(
        lines(&image(&[status(&[("a", "1")]), deleted])),
        ["a 1 0 1"]
    );
}

#[test]
fn a_database_that_moved_is_the_same_database() {
    let old = Layer::default().file("lib/apk/db/installed", "P:musl\nV:1\n\nP:gone\nV:1\n");
    let new = Layer::default()
        .file("usr/lib/apk/db/installed", "P:musl\nV:1\n")
        .symlink("lib", "usr/lib");
    assert_eq!(lines(&image(&[old, new])), ["gone 1 0 1", "musl 1 0 -"]);
}

#[test]
fn an_empty_log_beside_a_database_empties_nothing() {
    let database = include_bytes!("../detect/rpm/testdata/rpmdb.sqlite");
    let layer = Layer::default()
        .file("var/lib/rpm/rpmdb.sqlite", database)
        .file("var/lib/rpm/rpmdb.sqlite-wal", "");
    assert_eq!(image(&[layer]).counted().count(), 60);
}

#[test]
fn distroless_packages_stand_each_for_itself() {
    let one = Layer::default().file("var/lib/dpkg/status.d/base", "Package: base\nVersion: 1\n");
    let two = Layer::default().file("var/lib/dpkg/status.d/rpm", "Package: rpm\nVersion: 2\n");
    assert_eq!(lines(&image(&[one, two])), ["base 1 0 -", "rpm 2 1 -"]);
}

fn library(more: &[u8]) -> Vec<u8> {
    [
        &b"\x7fELF"[..],
        &[0; 80],
        b" inflate 1.2.13 Copyright 1995-2022 ",
        more,
    ]
    .concat()
}

/// A layer with zlib in a library of the package, at the path before usr-merge.
fn owned(content: &[u8]) -> Layer {
    let sum = HEXLOWER.encode(&Md5::digest(content));
    Layer::default().file("usr/lib/libz.so.1", content).file(
        "var/lib/dpkg/info/zlib1g:amd64.md5sums",
        format!("{sum}  lib/libz.so.1\n"),
    )
}

#[test]
fn one_component_has_what_any_of_its_evidence_knows() {
    let layer = Layer::default()
        .file(
            "opt/conda/conda-meta/zlib.json",
            r#"{"name":"zlib","version":"1.2.13"}"#,
        )
        .file("opt/conda/lib/z", library(b""));
    let image = compose(&[&layer.scan()]);
    let zlib = &image.counted().next().unwrap().component;
    assert_eq!((zlib.paths.len(), zlib.evidence), (2, Evidence::Metadata));
    assert!(!zlib.cpes.is_empty() && !zlib.licences.is_empty());
}

#[test]
fn a_packages_own_file_is_no_second_component() {
    let image = compose(&[&owned(&library(b"")).scan()]);
    assert_eq!(image.components[0].part_of.as_deref(), Some("zlib1g"));
    assert_eq!(image.counted().count(), 0);
}

#[test]
fn a_file_that_differs_from_the_packages_record_is_nobodys() {
    let replaced = Layer::default().file("usr/lib/libz.so.1", library(b"changed"));
    let image = compose(&[&owned(&library(b"")).scan(), &replaced.scan()]);
    let counted: Vec<_> = image.counted().collect();
    assert_eq!((counted.len(), counted[0].introduced), (1, 1));
    let copied = Layer::default().file("opt/mine", library(b""));
    let image = compose(&[&owned(&library(b"")).scan(), &copied.scan()]);
    assert_eq!(
        image.counted().next().unwrap().component.paths[0].as_str(),
        "opt/mine"
    );
}

#[test]
fn what_was_not_read_is_said() {
    let mut cut = Layer::default().file("a", "b").bytes();
    cut.truncate(520);
    let report = crate::fingerprint::testing::scan(&cut, &crate::fingerprint::Limits::default());
    let image = compose(&[&Layer::default().scan(), &report]);
    assert_eq!(image.incomplete.keys().copied().collect::<Vec<_>>(), [1]);
}
