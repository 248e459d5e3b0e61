//! What is written: the structure that both formats demand, and what a reader must be told. `end2end/clients/check-sbom.py` checks with the
//! validators of others.

use super::testing::{MANIFEST, component, layers, report, written};
use super::*;
use crate::fingerprint::{Component, Evidence, Kind, LayerReport, Reason};
use serde_json::Value;
use std::collections::BTreeSet;
use time::macros::datetime;

fn documents(layers: &[LayerReport]) -> [Value; 2] {
    written(layers, &report(layers)).map(|text| serde_json::from_str(&text).unwrap())
}

/// The element of a list whose name it is.
fn named<'d>(document: &'d Value, list: &str, name: &str) -> &'d Value {
    let elements = document[list].as_array().unwrap();
    let found = elements.iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not in {list}"))
}

#[test]
fn spdx_describes_the_image_which_contains_the_packages() {
    let [spdx, _] = documents(&layers());
    assert_eq!(spdx["spdxVersion"], "SPDX-2.3");
    assert_eq!(spdx["dataLicense"], "CC0-1.0");
    assert_eq!(spdx["creationInfo"]["created"], "2026-01-02T01:04:05Z");
    assert_eq!(
        named(&spdx, "packages", "registry.example/team/App:1.0")["externalRefs"][0]["referenceLocator"],
        format!(
            "pkg:oci/app@{MANIFEST}?arch=amd64&repository_url=registry.example%2Fteam%2FApp&tag=1.0"
        )
    );
    let libssl = named(&spdx, "packages", "libssl3");
    assert_eq!(
        libssl["externalRefs"][0]["referenceLocator"],
        "pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12"
    );
    assert_eq!(libssl["sourceInfo"], "built package from: openssl 3.0.11-1");
    assert_eq!(
        libssl["licenseDeclared"],
        "Apache-2.0 AND (GPL-2.0-or-later OR MIT)"
    );
    let openssl = named(&spdx, "packages", "openssl");
    assert_eq!(
        openssl["comment"],
        "Introduced by layer 2 of 3 (sha256:bb). Known by the content of a binary at /opt/tool."
    );
    assert_eq!(openssl["externalRefs"].as_array().unwrap().len(), 3);
    assert_eq!(
        openssl["externalRefs"][2]["referenceLocator"],
        "cpe:2.3:a:openssl:ssl:1.0.2k:*:*:*:*:*:*:*"
    );
    let comment = named(&spdx, "packages", "zlib")["comment"]
        .as_str()
        .unwrap();
    assert!(
        comment.contains("within inner.jar. Its version is not known."),
        "{comment}"
    );
    let packages = spdx["packages"].as_array().unwrap().iter();
    let ids: BTreeSet<&str> = packages
        .map(|one| one["SPDXID"].as_str().unwrap())
        .collect();
    let contained = spdx["relationships"].as_array().unwrap().iter();
    let contained = contained.filter(|one| one["relationshipType"] == "CONTAINS");
    let contained: BTreeSet<&str> = contained
        .map(|one| one["relatedSpdxElement"].as_str().unwrap())
        .chain(["SPDXRef-Image"])
        .collect();
    assert_eq!(ids, contained);
    assert_eq!(spdx["relationships"][0]["relationshipType"], "DESCRIBES");
}

#[test]
fn spdx_lists_a_file_with_the_digests_that_it_demands_and_no_other() {
    let [spdx, _] = documents(&layers());
    let files = spdx["files"].as_array().unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["fileName"], "./opt/tool");
    assert_eq!(files[0]["checksums"][0]["algorithm"], "SHA1");
    assert_eq!(files[0]["checksums"][1]["checksumValue"], "ab".repeat(32));
    assert_eq!(files[0]["comment"], "In layer 2 of 3 (sha256:bb).");
    let shown = spdx["relationships"].as_array().unwrap().iter();
    let shown: Vec<&Value> = shown
        .filter(|one| one["relationshipType"] == "OTHER")
        .collect();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["relatedSpdxElement"], files[0]["SPDXID"]);
    let openssl = named(&spdx, "packages", "openssl");
    assert_eq!(shown[0]["spdxElementId"], openssl["SPDXID"]);
}

#[test]
fn words_that_are_no_licence_of_spdx_are_given_with_their_text() {
    let [spdx, cyclonedx] = documents(&layers());
    let extracted = &spdx["hasExtractedLicensingInfos"][0];
    assert_eq!(extracted["extractedText"], "Sendmail-ish");
    let openssl = named(&spdx, "packages", "openssl");
    assert_eq!(openssl["licenseDeclared"], extracted["licenseId"]);
    let openssl = named(&cyclonedx, "components", "openssl");
    assert_eq!(openssl["licenses"][0]["expression"], extracted["licenseId"]);
    let name = format!(
        "plimsoll:license:{}",
        extracted["licenseId"].as_str().unwrap()
    );
    assert_eq!(property(openssl, &name), "Sendmail-ish");
}

fn property<'d>(component: &'d Value, name: &str) -> &'d Value {
    let properties = component["properties"].as_array().unwrap();
    let found = properties.iter().find(|one| one["name"] == name);
    &found.unwrap_or_else(|| panic!("no {name} in {properties:?}"))["value"]
}

#[test]
fn cyclonedx_lists_the_components_of_the_image() {
    let [_, cyclonedx] = documents(&layers());
    assert_eq!(cyclonedx["bomFormat"], "CycloneDX");
    assert_eq!(cyclonedx["specVersion"], "1.6");
    assert_eq!(cyclonedx["metadata"]["component"]["type"], "container");
    assert_eq!(
        cyclonedx["metadata"]["component"]["hashes"][0]["content"],
        MANIFEST.strip_prefix("sha256:").unwrap()
    );
    assert_eq!(
        named(&cyclonedx, "components", "debian")["type"],
        "operating-system"
    );
    let scoped = named(&cyclonedx, "components", "b");
    assert_eq!(
        (&scoped["group"], &scoped["purl"]),
        (&"@a".into(), &"pkg:npm/%40a/b@1.0.0".into())
    );
    let openssl = named(&cyclonedx, "components", "openssl");
    assert_eq!(
        openssl["cpe"],
        "cpe:2.3:a:openssl:openssl:1.0.2k:*:*:*:*:*:*:*"
    );
    assert_eq!(property(openssl, "plimsoll:layer:digest"), "sha256:bb");
    assert_eq!(property(openssl, "plimsoll:layer:index"), "2");
    let shown = &openssl["evidence"]["occurrences"][0];
    assert_eq!(shown["location"], "/opt/tool");
    assert_eq!(
        shown["additionalContext"],
        format!("sha256:{}", "ab".repeat(32))
    );
    let zlib = named(&cyclonedx, "components", "zlib");
    assert_eq!(
        zlib["evidence"]["occurrences"][0]["location"],
        "/opt/other!/inner.jar"
    );
    assert_eq!(property(zlib, "plimsoll:version:exact"), "false");
    let libssl = named(&cyclonedx, "components", "libssl3");
    assert_eq!(property(libssl, "plimsoll:source:name"), "openssl");
    assert!(cyclonedx.get("compositions").is_none());
}

#[test]
fn what_was_removed_or_belongs_to_a_package_is_not_listed() {
    let layers = layers();
    let mut report = report(&layers);
    for placed in &mut report.components {
        if placed.component.name == "zlib" {
            placed.part_of = Some("zlib1g".into());
        }
    }
    for text in written(&layers, &report) {
        assert!(!text.contains("gone") && !text.contains("zlib"), "{text}");
        assert!(text.contains("libssl3"));
    }
}

#[test]
fn what_could_not_be_read_is_said_aloud() {
    let mut layers = layers();
    layers[1].incomplete.insert(Reason::Ratio);
    let [spdx, cyclonedx] = documents(&layers);
    let comment = spdx["comment"].as_str().unwrap();
    assert!(comment.starts_with("INCOMPLETE"), "{comment}");
    assert!(
        comment.ends_with("layer 2 of 3 (sha256:bb): the layer expands too much"),
        "{comment}"
    );
    assert_eq!(cyclonedx["compositions"][0]["aggregate"], "incomplete");
    assert_eq!(
        cyclonedx["compositions"][0]["assemblies"][0],
        cyclonedx["metadata"]["component"]["bom-ref"]
    );
    assert_eq!(
        property(&cyclonedx["metadata"], "plimsoll:complete"),
        "false"
    );
    assert_eq!(
        property(&cyclonedx["metadata"], "plimsoll:incomplete"),
        comment
    );
}

#[test]
fn the_same_report_gives_the_same_bytes_in_whatever_order_it_is() {
    let layers = layers();
    let mut shuffled = report(&layers);
    let documents = written(&layers, &shuffled);
    shuffled.components.reverse();
    assert_eq!(written(&layers, &shuffled), documents);
}

#[test]
fn no_identifier_is_there_twice_even_for_the_same_component() {
    let layers = layers();
    let mut report = report(&layers);
    report.components.extend(report.components.clone());
    let [spdx, cyclonedx] = written(&layers, &report);
    let (spdx, cyclonedx): (Value, Value) = (
        serde_json::from_str(&spdx).unwrap(),
        serde_json::from_str(&cyclonedx).unwrap(),
    );
    for (document, list, key) in [
        (&spdx, "packages", "SPDXID"),
        (&cyclonedx, "components", "bom-ref"),
    ] {
        let elements = document[list].as_array().unwrap();
        let ids: BTreeSet<&str> = elements
            .iter()
            .map(|one| one[key].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), elements.len());
    }
}

#[test]
fn hostile_names_stay_text() {
    let name = "\"}],\u{0}\u{7f}\n../../é\u{202e}&<script>".to_owned() + &"x".repeat(5000);
    let hostile = LayerReport {
        components: vec![component(Kind::Pypi, &name, Some("1 \"\\"), "a")],
        ..LayerReport::default()
    };
    let [spdx, cyclonedx] = documents(&[hostile]);
    let package = named(&spdx, "packages", &name);
    assert_eq!(package["versionInfo"], "1 \"\\");
    let id = package["SPDXID"].as_str().unwrap();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    assert!(id.len() < 100 && id.bytes().all(allowed), "{id}");
    named(&cyclonedx, "components", &name);
}

#[test]
fn a_writer_that_fails_fails_the_document() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let layers = layers();
    let facts = ImageFacts {
        repository: "a",
        tag: None,
        manifest_digest: MANIFEST,
        platform: None,
        layers: &[],
        created: datetime!(2026-01-02 0:00 UTC),
        tool_version: "0",
    };
    assert!(write_spdx(&report(&layers), &facts, Full).is_err());
    assert!(write_cyclonedx(&report(&layers), &facts, Full).is_err());
}

/// What we write of an image is a bill that we read: with the names, versions, sources and architectures of the report.
#[test]
fn what_is_written_is_read_back() {
    let layers = layers();
    let report = report(&layers);
    let mut wanted: Vec<_> = report
        .counted()
        .map(|placed| key(&placed.component))
        .collect();
    wanted.sort();
    for text in written(&layers, &report) {
        let attached = read(text.as_bytes()).unwrap();
        let components: Vec<_> = attached.components.iter().map(key).collect();
        assert_eq!(components, wanted);
        assert!(
            attached
                .components
                .iter()
                .all(|one| one.evidence == Evidence::AttachedSbom)
        );
        assert_eq!(attached.unseen(&report).count(), 0);
        let libssl = attached.components.iter().find(|one| one.name == "libssl3");
        assert_eq!(libssl.unwrap().source.as_ref().unwrap().name, "openssl");
    }
}

fn key(component: &Component) -> (Kind, String, Option<String>, Option<String>) {
    (
        component.kind,
        component.name.clone(),
        component.version.clone(),
        component.architecture.clone(),
    )
}
