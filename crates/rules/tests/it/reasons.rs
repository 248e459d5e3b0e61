//! What people read: what was found, and where, or what is not known.

use rules::{
    Facts, Rule,
    facts::{Component, Findings, Scan},
};

use crate::image::{FINDINGS, completed, components, evaluate, image, not, rule, unknown_image};

fn line(rule: Rule, facts: &Facts<'_>) -> String {
    evaluate(&[rule], facts).lines[0].to_string()
}

#[test]
fn of_what_is_known() {
    let cases = [
        (
            rule("tag", "glob", &["v*", "!v0.*"]),
            r#"Tag name fits pattern v*, !v0.*: holds; the tag is "v1.2.3""#,
        ),
        (
            not(rule("tag", "sw", &["v"])),
            r#"not: Tag name starts with v: does not hold; the tag is "v1.2.3""#,
        ),
        (
            rule("platform", "eq", &["linux/s390x"]),
            "Platform equals linux/s390x: does not hold; none of 2 platforms fits",
        ),
        (
            rule("label stage", "eq", &["dev"]),
            r#"Label stage equals dev: does not hold; the label stage is "production""#,
        ),
        (
            rule("label owner", "ew", &["team"]),
            "Label owner ends with team: holds; 2 of 2 values of the label owner fit: first-team, second-team",
        ),
        (
            rule("label x", "eq", &["dev"]),
            "Label x equals dev: does not hold; there is no label x",
        ),
        (
            rule("component.name", "noo", &["bash", "zsh"]),
            "Component name not one of bash, zsh: does not hold; 1 of 3 components fits: bash 5.2.15-2+b2 (var/lib/dpkg/status)",
        ),
        (
            rule("license.name", "oo", &["MIT"]),
            "License name one of MIT: holds; 1 of 3 components fits: Zope.Interface 6.0, ZPL-2.1 OR MIT (srv/app/METADATA)",
        ),
        (
            rule("component.version openssl", "lt", &["3.0.14"]),
            "Component version openssl less than 3.0.14: holds; 1 component fits: openssl 3.0.11-1~deb12u1 (var/lib/dpkg/status)",
        ),
        (
            rule("component.version openssl", "gte", &["3.0.14"]),
            "Component version openssl greater than or equals 3.0.14: does not hold; what there is does not fit: \
             openssl 3.0.11-1~deb12u1 (var/lib/dpkg/status)",
        ),
        (
            rule("component.version musl", "lt", &["1"]),
            "Component version musl less than 1: does not hold; there is no component musl",
        ),
        (
            rule("vulnerability_unspecified", "lte", &["0"]),
            "Vulnerabilities of unspecified severity less than or equals 0: holds; no vulnerabilities of unspecified severity",
        ),
        (
            rule("vulnerability_minor", "lte", &["0"]),
            "Minor vulnerabilities less than or equals 0: does not hold; 3 minor vulnerabilities",
        ),
        (
            rule("vulnerability_cvss", "lt", &["7"]),
            "Highest CVSS score less than 7: does not hold; the highest CVSS score is 9.8: CVE-2022-2068 in openssl \
             3.0.11-1~deb12u1 (usr/lib/x86_64-linux-gnu/libssl.so.3)",
        ),
        (
            rule("size", "lt", &["1GB"]),
            "Compressed size less than 1GB: holds; it has 50000000 bytes",
        ),
        (
            rule("signed", "eq", &["true"]),
            "Signed equals true: holds; 1 signature: alice (cosign)",
        ),
        (
            rule("signature.team", "eq", &["ci/gitlab"]),
            "Signed by team equals ci/gitlab: holds; 1 of 1 valid signature fits: alice (cosign)",
        ),
        (
            rule("updated_at_duration", "bf", &["24h"]),
            "Last updated at (age) before 24h: holds; it was pushed last at 2026-03-08T12:00:00Z, 2d ago",
        ),
        (
            rule("scan_status", "eq", &["failed"]),
            "Scan status equals failed: does not hold; the scan's status is completed",
        ),
    ];
    for (rule, expected) in cases {
        assert_eq!(line(rule, &image()), expected);
    }
}

fn assert_unknown(rule: Rule, facts: &Facts<'_>, expected: &str) {
    let evaluation = evaluate(&[rule], facts);
    assert_eq!(evaluation.verdict, rules::Verdict::Unknown);
    assert_eq!(evaluation.lines[0].reason, expected);
}

#[test]
fn of_what_is_not_known() {
    let cases = [
        ("label stage", "eq", "dev", "the labels are not known"),
        ("annotation x", "eq", "dev", "the annotations are not known"),
        ("platform", "eq", "dev", "the platform is not known"),
        ("author", "eq", "dev", "the author is not known"),
        ("size", "lt", "1", "the size is not known"),
        (
            "pushed_at_duration",
            "bf",
            "1h",
            "when it was pushed is not known",
        ),
        (
            "updated_at_duration",
            "bf",
            "1h",
            "when it was pushed last is not known",
        ),
        ("signed", "eq", "true", "the signatures are not known"),
        (
            "signature.team",
            "eq",
            "ci/a",
            "the signatures are not known",
        ),
        ("vulnerability_all", "lte", "0", "the image is not scanned"),
        (
            "scanned_at_duration",
            "af",
            "1h",
            "the image is not scanned",
        ),
    ];
    for (field, operator, value, expected) in cases {
        assert_unknown(rule(field, operator, &[value]), &unknown_image(), expected);
    }
    let scans = [
        (Scan::Pending, "the scan waits for a worker"),
        (Scan::Scanning, "the scan is still reading layers"),
        (Scan::Failed("disk full"), "the scan failed: disk full"),
        (
            Scan::Incomplete("a layer is not kept here"),
            "the scan is incomplete: a layer is not kept here",
        ),
    ];
    for (scan, expected) in scans {
        let facts = Facts { scan, ..image() };
        assert_unknown(rule("component.name", "noo", &["x"]), &facts, expected);
    }
}

#[test]
fn of_components_that_are_known_in_part() {
    let mut components = components();
    components.push(Component {
        name: "busybox",
        version: None,
        licences: &[],
        place: "bin/busybox",
        ..components[0]
    });
    let facts = Facts {
        scan: completed(FINDINGS, components),
        ..image()
    };
    assert_unknown(
        rule("license.name", "noo", &["AGPL-3.0-only"]),
        &facts,
        "none of 4 components is known to fit, but of 1 the licence is not known: busybox of unknown version (bin/busybox)",
    );
    assert_unknown(
        rule("component.version busybox", "lt", &["1.36"]),
        &facts,
        "the version cannot be compared with 1.36: busybox of unknown version (bin/busybox)",
    );
}

#[test]
fn of_scores_that_are_known_in_part() {
    let with = |findings| Facts {
        scan: completed(findings, Vec::new()),
        ..image()
    };
    let unscored = Findings {
        unspecified: 1,
        ..Findings::default()
    };
    assert_unknown(
        rule("vulnerability_cvss", "lt", &["7"]),
        &with(unscored),
        "no vulnerability has a CVSS score",
    );
    let partly_scored = Findings {
        unspecified: 1,
        ..FINDINGS
    };
    assert_unknown(
        rule("vulnerability_cvss", "lt", &["9.9"]),
        &with(partly_scored),
        "the highest CVSS score is 9.8, and 1 vulnerability has none: CVE-2022-2068 in openssl 3.0.11-1~deb12u1 \
         (usr/lib/x86_64-linux-gnu/libssl.so.3)",
    );
}

#[test]
fn a_reason_names_a_few_and_counts_the_rest() {
    let many = (0..20).map(|_| components()[1]).collect();
    let facts = Facts {
        scan: completed(FINDINGS, many),
        ..image()
    };
    let evaluation = evaluate(&[rule("component.name", "eq", &["bash"])], &facts);
    assert_eq!(evaluation.lines[0].found.len(), rules::verdict::MAX_FOUND);
    assert!(evaluation.lines[0].reason.ends_with(" and 15 more"));
}
