//! Attached bills as other tools write them, and hostile ones.

use super::*;
use crate::document::hostile::withstands;
use crate::fingerprint::{Evidence, Kind, LayerPath};
use data_encoding::BASE64;

/// In the manner of Syft, with the category as SPDX 2.2 spelt it.
const SPDX: &str = r#"{"spdxVersion":"SPDX-2.2","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"app","packages":[
    {"SPDXID":"SPDXRef-1","name":"libssl3","versionInfo":"3.0.11-1","licenseConcluded":"NOASSERTION","licenseDeclared":"Apache-2.0",
     "externalRefs":[{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:openssl:openssl:3.0.11:*:*:*:*:*:*:*"},
        {"referenceCategory":"PACKAGE_MANAGER","referenceType":"purl","referenceLocator":"pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&upstream=openssl%403.0.11-1&distro=debian-12"}]},
    {"SPDXID":"SPDXRef-2","name":"github.com/BurntSushi/toml","versionInfo":"v1.3.2","licenseDeclared":"NONE",
     "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:golang/github.com/burntsushi/toml@v1.3.2"}]},
    {"SPDXID":"SPDXRef-3","name":"busybox","versionInfo":"1.36.1","licenseDeclared":"NOASSERTION",
     "externalRefs":[{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:busybox:busybox:1.36.1:*:*:*:*:*:*:*"}]},
    {"SPDXID":"SPDXRef-4","name":"openssl","versionInfo":"3.0.11-1",
     "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:deb/debian/openssl@3.0.11-1?arch=source"}]},
    {"SPDXID":"SPDXRef-5","name":"app","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:oci/app@sha256:abc"}]},
    {"SPDXID":"SPDXRef-6","name":"nothing is known of it"}]}"#;

/// In the manner of Trivy.
const CYCLONEDX: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,
    "metadata":{"component":{"type":"container","name":"app","purl":"pkg:oci/app@sha256:abc"}},
    "components":[
    {"type":"operating-system","name":"debian","version":"12"},
    {"type":"library","name":"bash","version":"5.2.15-2","purl":"pkg:deb/debian/bash@5.2.15-2%2Bb2?arch=amd64&distro=debian-12.4",
     "licenses":[{"license":{"name":"GPL-3+"}},{"license":{"id":"MIT"}},{"expression":"ISC OR MIT"}],
     "properties":[{"name":"aquasecurity:trivy:SrcName","value":"bash-src"}],
     "evidence":{"occurrences":[{"location":"/usr/bin/bash"},{"location":"../../etc"}]}},
    {"type":"application","name":"Gemfile.lock","components":[
        {"type":"library","group":"@angular","name":"Core","version":"16.0.0","purl":"pkg:npm/%40angular/core@16.0.0"},
        {"type":"library","group":"org.acme","name":"a","purl":"pkg:maven/org.acme/a@1"}]}]}"#;

fn parsed(document: &str) -> AttachedSbom {
    read(document.as_bytes()).unwrap()
}

#[track_caller]
fn refused(document: &str, because: &str) {
    let error = read(document.as_bytes()).unwrap_err().to_string();
    assert!(error.contains(because), "{error}");
}

fn names(bill: &AttachedSbom) -> Vec<String> {
    let name = |component: &Component| {
        let version = component.version.as_deref().unwrap_or("?");
        format!(
            "{} {} {version}",
            component.kind.purl_type(),
            component.name
        )
    };
    bill.components.iter().map(name).collect()
}

#[test]
fn packages_of_spdx_are_read() {
    let bill = parsed(SPDX);
    assert_eq!(
        names(&bill),
        [
            "deb libssl3 3.0.11-1",
            "golang github.com/BurntSushi/toml v1.3.2",
            "generic busybox 1.36.1"
        ]
    );
    assert_eq!((bill.format, bill.passed_over), (SbomFormat::Spdx, 3));
    let libssl = &bill.components[0];
    assert_eq!(libssl.architecture.as_deref(), Some("amd64"));
    let source = libssl.source.as_ref().unwrap();
    assert_eq!(
        (source.name.as_str(), source.version.as_deref()),
        ("openssl", Some("3.0.11-1"))
    );
    assert_eq!(libssl.cpes[0].product, "openssl");
    assert_eq!(libssl.licences[0].spdx.as_deref(), Some("Apache-2.0"));
    assert!(bill.components[1].licences.is_empty());
    assert_eq!(bill.components[2].evidence, Evidence::AttachedSbom);
}

#[test]
fn what_is_listed_twice_is_there_once() {
    let (before, packages) = SPDX.split_once("\"packages\":[").unwrap();
    let packages = packages.strip_suffix("]}").unwrap();
    let twice = format!("{before}\"packages\":[{packages},{packages}]}}");
    assert_eq!(parsed(&twice).components, parsed(SPDX).components);
}

#[test]
fn components_of_cyclonedx_are_read_with_those_within_them() {
    let bill = parsed(CYCLONEDX);
    assert_eq!(
        names(&bill),
        [
            "deb bash 5.2.15-2+b2",
            "npm @angular/Core 16.0.0",
            "maven org.acme:a 1"
        ]
    );
    assert_eq!((bill.format, bill.passed_over), (SbomFormat::CycloneDx, 2));
    let bash = &bill.components[0];
    assert_eq!(bash.source.as_ref().unwrap().name, "bash-src");
    let licences: Vec<_> = bash
        .licences
        .iter()
        .map(|one| one.spdx.as_deref())
        .collect();
    assert_eq!(
        licences,
        [Some("GPL-3.0-or-later"), Some("MIT"), Some("ISC OR MIT")]
    );
    let paths: Vec<_> = bash.paths.iter().map(LayerPath::as_str).collect();
    assert_eq!(paths, ["usr/bin/bash"]);
}

#[test]
fn a_statement_and_an_envelope_are_opened() {
    let digest = "AB".repeat(32);
    let statement = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document",
        "subject":[{{"name":"app","digest":{{"sha256":"{digest}"}}}},{{"name":"b","digest":{{"sha1":"00"}}}}],"predicate":{SPDX}}}"#
    );
    let envelope = format!(
        r#"{{"payloadType":"application/vnd.in-toto+json","payload":"{}","signatures":[]}}"#,
        BASE64.encode(statement.as_bytes())
    );
    for document in [&statement, &envelope] {
        let bill = parsed(document);
        assert_eq!(bill.components, parsed(SPDX).components);
        assert_eq!(bill.subjects, [format!("sha256:{}", digest.to_lowercase())]);
    }
    refused(
        &envelope.replace("\"payload\":\"", "\"payload\":\"!"),
        "payload of the envelope is not base64",
    );
    refused(
        &statement.replace("\"name\":\"libssl3\"", "\"name\":3"),
        "predicate.packages[0].name: invalid type: integer `3`, expected a string",
    );
    withstands(&statement, |bytes| read(bytes));
}

#[test]
fn a_refusal_says_what_is_wrong_and_where() {
    refused(
        &SPDX.replace("\"versionInfo\":\"v1.3.2\"", "\"versionInfo\":1.3"),
        "packages[1].versionInfo: invalid type: floating point `1.3`",
    );
    refused(
        &CYCLONEDX.replace("\"Core\"", "null"),
        "components[2].components[0].name: invalid type: null",
    );
    refused(
        &SPDX.replace("SPDX-2.2", "SPDX-3.0"),
        "SPDX-2.2 and SPDX-2.3 are read",
    );
    refused(
        &CYCLONEDX.replace("\"1.5\"", "\"1.2\""),
        "CycloneDX 1.3 to 1.6 are read",
    );
    refused("{}", "an SPDX or CycloneDX bill");
    refused("[\"SPDX-2.3\",null,null]", "a JSON object");
}

#[test]
fn hostile_documents_are_refused_and_nothing_breaks() {
    withstands(SPDX, |bytes| read(bytes));
    withstands(CYCLONEDX, |bytes| read(bytes));
    let many = |entry: &str| format!("[{}{entry}]", format!("{entry},").repeat(100_000));
    refused(
        &format!(
            r#"{{"spdxVersion":"SPDX-2.3","packages":{}}}"#,
            many(r#"{"name":""}"#)
        ),
        "there are more than 100000 components",
    );
    refused(
        &format!(
            r#"{{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{{"name":"a","components":{}}}]}}"#,
            many(r#"{"name":""}"#)
        ),
        "there are more than 100000 components",
    );
    let padding = "x".repeat(usize::try_from(LARGEST).unwrap());
    refused(
        &format!("{{\"x\":\"{padding}\"}}"),
        "larger than 67108864 bytes",
    );
}

#[test]
fn names_that_break_a_line_or_have_no_end_are_passed_over() {
    let entry = |name: &str| {
        format!(
            r#"{{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{{"name":"{name}","version":"1","cpe":"cpe:2.3:a:v:p:1"}}]}}"#
        )
    };
    assert_eq!(parsed(&entry("p")).components.len(), 1);
    assert_eq!(parsed(&entry("p\\n")).components[0].name, "p");
    assert_eq!(parsed(&entry("p\\nq")).passed_over, 1);
    assert_eq!(parsed(&entry(&"p".repeat(2_000))).passed_over, 1);
}

#[test]
fn only_what_the_scan_did_not_find_is_unseen() {
    let bill = parsed(CYCLONEDX);
    let mut layer = crate::fingerprint::LayerReport::default();
    let mut bash = bill.components[0].clone();
    bash.evidence = Evidence::Signature;
    bash.kind = Kind::Deb;
    layer.components.push(bash);
    let report = crate::fingerprint::compose(&[&layer]);
    let unseen: Vec<&str> = bill.unseen(&report).map(|one| one.name.as_str()).collect();
    assert_eq!(unseen, ["@angular/Core", "org.acme:a"]);
}
