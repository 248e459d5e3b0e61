//! An image to ask rules about, and short ways to write them.

use std::sync::LazyLock;

use oci::{Algorithm, Digest, Tag};
use rules::{
    Criteria, Evaluation, Facts, Rule, Verdict,
    facts::{Component, Finding, Findings, Results, Scan, Signature},
};
use scan::vulnerability::{
    ecosystem::Ecosystem,
    severity::{Score, Severity},
};
use time::{OffsetDateTime, macros::datetime};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-03-10 12:00 UTC);

static DEBIAN: LazyLock<Ecosystem> =
    LazyLock::new(|| Ecosystem::parse("Debian:12").expect("a name"));
static PYPI: LazyLock<Ecosystem> = LazyLock::new(|| Ecosystem::parse("PyPI").expect("a name"));

pub(crate) const FINDINGS: Findings<'static> = Findings {
    critical: 2,
    major: 1,
    minor: 3,
    unspecified: 0,
    fixable: 4,
    exploited: 1,
    highest: Some(Score::from_tenths(98)),
    named: &[
        Finding {
            id: "CVE-2022-2068",
            severity: Severity::Critical,
            score: Some(Score::from_tenths(98)),
            fixable: true,
            exploited: true,
            component: "openssl",
            version: Some("3.0.11-1~deb12u1"),
            place: "usr/lib/x86_64-linux-gnu/libssl.so.3",
        },
        Finding {
            id: "CVE-2024-6119",
            severity: Severity::Major,
            score: Some(Score::from_tenths(59)),
            fixable: false,
            exploited: false,
            component: "openssl",
            version: None,
            place: "usr/lib/x86_64-linux-gnu/libssl.so.3",
        },
    ],
};

pub(crate) fn components() -> Vec<Component<'static>> {
    let component = |name, version, ecosystem, licences, place| Component {
        name,
        version: Some(version),
        ecosystem: Some(ecosystem),
        licences,
        place,
    };
    vec![
        component(
            "openssl",
            "3.0.11-1~deb12u1",
            &*DEBIAN,
            &["Apache-2.0"],
            "var/lib/dpkg/status",
        ),
        component(
            "bash",
            "5.2.15-2+b2",
            &*DEBIAN,
            &["GPL-3.0-or-later"],
            "var/lib/dpkg/status",
        ),
        component(
            "Zope.Interface",
            "6.0",
            &*PYPI,
            &["ZPL-2.1 OR MIT"],
            "srv/app/METADATA",
        ),
    ]
}

pub(crate) fn completed(
    findings: Findings<'static>,
    components: Vec<Component<'static>>,
) -> Scan<'static> {
    Scan::Completed(Results {
        completed_at: datetime!(2026-03-10 11:00 UTC),
        findings,
        components: Some(components.leak()),
    })
}

pub(crate) fn tag(text: &str) -> &'static Tag {
    Box::leak(Box::new(text.parse().expect("a tag")))
}

/// Of which everything is known.
pub(crate) fn image() -> Facts<'static> {
    Facts {
        now: NOW,
        tag: tag("v1.2.3"),
        digest: Digest::of(Algorithm::Sha256, b"image"),
        platforms: Some(&["linux/amd64", "linux/arm64/v8"]),
        labels: Some(&[
            ("stage", "production"),
            ("owner", "first-team"),
            ("owner", "second-team"),
        ]),
        annotations: Some(&[("org.opencontainers.image.vendor", "Example Ltd.")]),
        size: Some(50_000_000),
        author: Some("gitlab"),
        pushed_at: Some(datetime!(2026-03-01 12:00 UTC)),
        updated_at: Some(datetime!(2026-03-08 12:00 UTC)),
        scan: completed(FINDINGS, components()),
        signatures: Some(&[Signature {
            signer: "alice",
            teams: &["ci/gitlab", "ci/release"],
            format: "cosign",
        }]),
    }
}

/// Of which nothing is known but the tag and what it points at.
pub(crate) fn unknown_image() -> Facts<'static> {
    Facts {
        platforms: None,
        labels: None,
        annotations: None,
        size: None,
        author: None,
        pushed_at: None,
        updated_at: None,
        scan: Scan::Unscanned,
        signatures: None,
        ..image()
    }
}

/// A rule; the field may have a key behind a space.
pub(crate) fn rule<V: AsRef<str>>(field: &str, operator: &str, values: &[V]) -> Rule {
    let (field, key) = match field.split_once(' ') {
        Some((field, key)) => (field, Some(key.to_owned())),
        None => (field, None),
    };
    Rule {
        field: field.to_owned(),
        key,
        operator: operator.to_owned(),
        not: false,
        values: values
            .iter()
            .map(|value| value.as_ref().to_owned())
            .collect(),
    }
}

pub(crate) fn not(rule: Rule) -> Rule {
    Rule {
        not: !rule.not,
        ..rule
    }
}

pub(crate) fn evaluate(rules: &[Rule], facts: &Facts<'_>) -> Evaluation {
    Criteria::new(rules.to_vec())
        .expect("rules")
        .evaluate(facts)
}

pub(crate) fn verdict(rule: &Rule, facts: &Facts<'_>) -> Verdict {
    evaluate(std::slice::from_ref(rule), facts).verdict
}
