//! Random images and rules, out of so few words that they meet.

use std::sync::LazyLock;

use oci::{Algorithm, Digest};
use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use rules::{
    Facts, Rule,
    facts::{Component, Findings, Results, Scan, Signature},
};
use scan::vulnerability::{ecosystem::Ecosystem, severity::Score};
use time::Duration;

use crate::image::{NOW, tag};

static NPM: LazyLock<Ecosystem> = LazyLock::new(|| Ecosystem::parse("npm").expect("a name"));

const TEXTS: [&str; 6] = ["a", "ab", "ba", "aab", "abb", "v1"];
const NAMES: [&str; 3] = ["left", "right", "Lefty"];
const VERSIONS: [&str; 5] = ["1.0.0", "1.0.1", "1.2.0", "2.0.0", "latest"];
const LICENCES: [&str; 4] = ["MIT", "mit OR GPL-3.0-only", "GPL-3.0-only", "Zlib"];
const TEAMS: [&str; 3] = ["ci/a", "ci/b", "ops/a"];

#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) tag: String,
    pub(super) author: Option<&'static str>,
    pub(super) platforms: Option<Vec<&'static str>>,
    pub(super) labels: Option<Vec<(&'static str, &'static str)>>,
    pub(super) size: Option<u64>,
    /// Hours since it was updated.
    pub(super) age: Option<i64>,
    pub(super) status: &'static str,
    /// Critical, major, minor, unspecified, fixable, exploited.
    pub(super) counts: [u32; 6],
    /// Of the findings with a severity, in tenths.
    pub(super) highest: u8,
    pub(super) components: Option<Vec<Part>>,
    pub(super) signatures: Option<Vec<(&'static str, Vec<&'static str>)>>,
}

#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) version: Option<&'static str>,
    pub(super) licences: Vec<&'static str>,
}

impl World {
    pub(super) fn with_facts<R>(&self, then: impl FnOnce(&Facts<'_>) -> R) -> R {
        let components: Option<Vec<Component<'_>>> = self.components.as_ref().map(|parts| {
            let parts = parts.iter();
            parts
                .map(|part| Component {
                    name: part.name,
                    version: part.version,
                    ecosystem: Some(&*NPM),
                    licences: &part.licences,
                    place: "here",
                })
                .collect()
        });
        let signatures: Option<Vec<Signature<'_>>> = self.signatures.as_ref().map(|all| {
            let signatures = all.iter();
            signatures
                .map(|(signer, teams)| Signature {
                    signer,
                    teams,
                    format: "cosign",
                })
                .collect()
        });
        let [critical, major, minor, unspecified, fixable, exploited] = self.counts;
        let highest = (critical + major + minor > 0).then(|| Score::from_tenths(self.highest));
        let results = Results {
            completed_at: NOW,
            findings: Findings {
                critical,
                major,
                minor,
                unspecified,
                fixable,
                exploited,
                highest,
                named: &[],
            },
            components: components.as_deref(),
        };
        let scan = match self.status {
            "completed" => Scan::Completed(results),
            "incomplete" => Scan::Incomplete("a limit"),
            _ => Scan::Unscanned,
        };
        then(&Facts {
            now: NOW,
            tag: tag(&self.tag),
            digest: Digest::of(Algorithm::Sha256, b""),
            platforms: self.platforms.as_deref(),
            labels: self.labels.as_deref(),
            annotations: None,
            size: self.size,
            author: self.author,
            pushed_at: None,
            updated_at: self.age.map(|hours| NOW - Duration::hours(hours)),
            scan,
            signatures: signatures.as_deref(),
        })
    }
}

pub(super) fn world() -> impl Strategy<Value = World> {
    let part = (
        select(&NAMES[..]),
        prop::option::weighted(0.9, select(&VERSIONS[..])),
        subsequence(&LICENCES[..], 0..=2),
    )
        .prop_map(|(name, version, licences)| Part {
            name,
            version,
            licences,
        });
    let label = (select(&["k", "l"][..]), select(&TEXTS[..]));
    let signature = (select(&TEXTS[..]), subsequence(&TEAMS[..], 0..=2));
    let image = (
        select(&TEXTS[..]).prop_map(str::to_owned),
        prop::option::weighted(0.9, select(&TEXTS[..])),
        prop::option::weighted(0.9, subsequence(&TEXTS[..], 0..=2)),
        prop::option::weighted(0.9, prop::collection::vec(label, 0..4)),
        prop::option::weighted(0.9, 0..4_u64),
        prop::option::weighted(0.9, 0..4_i64),
    );
    let scan = (
        select(
            &[
                "completed",
                "completed",
                "completed",
                "incomplete",
                "unscanned",
            ][..],
        ),
        prop::array::uniform6(0..3_u32),
        prop_oneof![Just(0_u8), 38..42_u8, Just(100)],
        prop::option::weighted(0.9, prop::collection::vec(part, 0..4)),
        prop::option::weighted(0.9, prop::collection::vec(signature, 0..3)),
    );
    (image, scan).prop_map(|(image, scan)| {
        let (tag, author, platforms, labels, size, age) = image;
        let (status, counts, highest, components, signatures) = scan;
        World {
            tag,
            author,
            platforms,
            labels,
            size,
            age,
            status,
            counts,
            highest,
            components,
            signatures,
        }
    })
}

fn text_rule() -> impl Strategy<Value = Rule> {
    let fields: &'static [&str] = &[
        "tag",
        "tag",
        "author",
        "platform",
        "label k",
        "label m",
        "component.name",
        "license.name",
        "license.found",
        "signature.signer",
        "signature.team",
    ];
    let words: &'static [&str] = &[
        "a",
        "b",
        "ab",
        "ba",
        "v1",
        "left",
        "LEFT",
        "ri",
        "MIT",
        "gpl-3.0-only",
        "-only",
        "ci/a",
        "a/",
    ];
    let one = (
        select(&["eq", "sw", "ew", "c"][..]),
        select(words).prop_map(|word| vec![word]),
    );
    let many = (select(&["oo", "noo"][..]), subsequence(words, 1..=3));
    let pattern = (
        Just("matches"),
        select(&["^a", "b$", "^a+b$", "^.i"][..]).prop_map(|one| vec![one]),
    );
    let globs: &'static [&str] = &[
        "a*", "*b", "!ab", "*", "!*t", "ci/*", "!*gpl*", "M*T", "a*b*",
    ];
    let globs = (Just("glob"), subsequence(globs, 1..=3));
    let test = prop_oneof![one, many, pattern, globs];
    (select(fields), test).prop_map(|(field, (operator, mut values))| {
        let has_one = ["tag", "author", "label k", "label m"].contains(&field);
        if operator == "glob" && !has_one {
            values.retain(|value| !value.starts_with('!'));
            values.push("a*");
        }
        crate::image::rule(field, operator, &values)
    })
}

fn ordered_rule() -> impl Strategy<Value = Rule> {
    let numbers: &'static [&str] = &[
        "vulnerability_all",
        "vulnerability_critical",
        "vulnerability_major",
        "vulnerability_minor",
        "vulnerability_unspecified",
        "vulnerability_fixable",
        "vulnerability_exploited",
        "size",
    ];
    let number = (select(numbers), select(&["0", "1", "2", "5"][..]));
    let score = (
        Just("vulnerability_cvss"),
        select(&["0", "3.9", "4.0", "10"][..]),
    );
    let version = (
        select(
            &[
                "component.version left",
                "component.version lefty",
                "component.version none",
            ][..],
        ),
        select(&["1.0.0", "1.0.1", "2.0.0-rc.1", "latest"][..]),
    );
    let operator = select(&["gte", "gt", "eq", "neq", "lte", "lt"][..]);
    (prop_oneof![2 => number, 1 => score, 1 => version], operator)
        .prop_map(|((field, value), operator)| crate::image::rule(field, operator, &[value]))
}

fn other_rule() -> impl Strategy<Value = Rule> {
    let status = (
        Just("scan_status"),
        select(&["eq", "neq", "oo", "noo"][..]),
        select(&["completed", "incomplete", "failed"][..]),
    );
    let signed = (
        Just("signed"),
        select(&["eq", "neq"][..]),
        select(&["true", "false"][..]),
    );
    let age = (
        Just("updated_at_duration"),
        select(&["bf", "af"][..]),
        select(&["0", "1h", "90m", "2h"][..]),
    );
    prop_oneof![status, signed, age]
        .prop_map(|(field, operator, value)| crate::image::rule(field, operator, &[value]))
}

pub(super) fn rule() -> impl Strategy<Value = Rule> {
    let rule = prop_oneof![2 => text_rule(), 2 => ordered_rule(), 1 => other_rule()];
    (rule, any::<bool>()).prop_map(|(rule, not)| Rule { not, ..rule })
}
