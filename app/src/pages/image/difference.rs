//! What one image has and another has not: components by their package world and name, findings by the flaw and the component.

use std::collections::{BTreeMap, BTreeSet};

use api::scan::{Component, Finding, ScannedImage};

/// Two images beside each other.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Difference {
    /// Components that differ, by name.
    pub(super) components: Vec<Part>,
    /// Findings that only this image has, the worst first.
    pub(super) here: Vec<Flaw>,
    /// Findings that only the other image has, the worst first.
    pub(super) there: Vec<Flaw>,
}

/// A component, and its versions in each of the images; none where it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) source: String,
    pub(super) name: String,
    pub(super) here: Vec<String>,
    pub(super) there: Vec<String>,
}

/// A finding, and the component that has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flaw {
    pub(super) finding: Finding,
    pub(super) component: String,
    pub(super) version: String,
}

/// The versions of one component: here and there.
type Versions<'i> = (BTreeSet<&'i str>, BTreeSet<&'i str>);

impl Difference {
    /// Of what is in a container: what a layer takes away again is in neither. A component that only has another version has the
    /// same flaw still.
    pub(super) fn between(this: &ScannedImage, other: &ScannedImage) -> Self {
        let mut parts: BTreeMap<(&str, &str), Versions<'_>> = BTreeMap::new();
        for component in present(this) {
            let (here, _) = parts.entry(key(component)).or_default();
            here.insert(&component.version);
        }
        for component in present(other) {
            let (_, there) = parts.entry(key(component)).or_default();
            there.insert(&component.version);
        }
        let (here, there) = (flaws(this), flaws(other));
        Self {
            components: parts
                .into_iter()
                .filter(|(_, (here, there))| here != there)
                .map(|((name, source), (here, there))| Part {
                    source: source.to_owned(),
                    name: name.to_owned(),
                    here: here.into_iter().map(ToOwned::to_owned).collect(),
                    there: there.into_iter().map(ToOwned::to_owned).collect(),
                })
                .collect(),
            here: only(&here, &there),
            there: only(&there, &here),
        }
    }
}

fn present(image: &ScannedImage) -> impl Iterator<Item = &Component> {
    let components = image.components.iter();
    components.filter(|component| component.removed_by.is_none())
}

fn key(component: &Component) -> (&str, &str) {
    (&component.name, &component.source)
}

type Flaws<'i> = BTreeMap<(&'i str, &'i str, &'i str), (&'i Component, &'i Finding)>;

/// The findings that count.
fn flaws(image: &ScannedImage) -> Flaws<'_> {
    let mut flaws = BTreeMap::new();
    for component in present(image) {
        let (name, source) = key(component);
        let findings = component.findings.iter();
        for finding in findings.filter(|finding| finding.set_aside.is_none()) {
            flaws.insert((finding.cve.as_str(), name, source), (component, finding));
        }
    }
    flaws
}

fn only(these: &Flaws<'_>, others: &Flaws<'_>) -> Vec<Flaw> {
    let mut only: Vec<Flaw> = these
        .iter()
        .filter(|(key, _)| !others.contains_key(*key))
        .map(|(_, (component, finding))| Flaw {
            finding: (*finding).clone(),
            component: component.name.clone(),
            version: component.version.clone(),
        })
        .collect();
    only.sort_by_key(|flaw| std::cmp::Reverse((flaw.finding.severity, flaw.finding.score)));
    only
}

#[cfg(test)]
mod tests {
    use api::scan::{ScannedImage, Severity};
    use serde_json::{Value, json};

    use super::{Difference, Part};

    fn component(name: &str, version: &str, cves: &[(&str, &str)]) -> Value {
        let findings = cves.iter().map(|(cve, severity)| {
            json!({"cve": cve, "severity": severity, "fixedIn": [], "exact": true, "records": [],
                "foundAt": "2026-11-01T00:00:00Z"})
        });
        json!({"componentPK": name, "name": name, "version": version, "source": "deb", "filepaths": [], "licenses": [],
            "cves": [], "vuln_count": {"critical": 0, "major": 0, "minor": 0}, "vulnCount": {"critical": 0, "major": 0, "minor": 0},
            "findings": findings.collect::<Vec<_>>()})
    }

    fn image(components: Vec<Value>) -> ScannedImage {
        let components = components
            .into_iter()
            .map(|component| serde_json::from_value(component).unwrap())
            .collect();
        ScannedImage {
            components,
            ..ScannedImage::default()
        }
    }

    #[test]
    fn only_what_differs_is_told() {
        let other = image(vec![
            component("bash", "5.2", &[]),
            component(
                "openssl",
                "3.0.2",
                &[("CVE-1", "critical"), ("CVE-2", "minor")],
            ),
            component("curl", "7", &[("CVE-3", "major")]),
        ]);
        let this = image(vec![
            component("bash", "5.2", &[]),
            component(
                "openssl",
                "3.0.9",
                &[
                    ("CVE-2", "minor"),
                    ("CVE-4", "minor"),
                    ("CVE-5", "critical"),
                ],
            ),
            component("zlib", "1.3", &[]),
        ]);
        let difference = Difference::between(&this, &other);
        let part = |name: &str, here: &[&str], there: &[&str]| Part {
            source: "deb".to_owned(),
            name: name.to_owned(),
            here: here.iter().map(ToString::to_string).collect(),
            there: there.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(
            difference.components,
            [
                part("curl", &[], &["7"]),
                part("openssl", &["3.0.9"], &["3.0.2"]),
                part("zlib", &["1.3"], &[]),
            ]
        );
        let names = |flaws: &[super::Flaw]| -> Vec<(String, Severity)> {
            flaws
                .iter()
                .map(|flaw| (flaw.finding.cve.clone(), flaw.finding.severity))
                .collect()
        };
        assert_eq!(
            names(&difference.here),
            [
                ("CVE-5".to_owned(), Severity::Critical),
                ("CVE-4".to_owned(), Severity::Minor)
            ]
        );
        assert_eq!(
            names(&difference.there),
            [
                ("CVE-1".to_owned(), Severity::Critical),
                ("CVE-3".to_owned(), Severity::Major)
            ]
        );
        assert_eq!(
            Difference::between(&this, &this),
            Difference::default(),
            "an image is like itself"
        );
    }

    #[test]
    fn what_a_layer_takes_away_or_a_person_sets_aside_is_in_neither() {
        let mut gone = component("numpy", "1", &[("CVE-1", "critical")]);
        gone["removedBy"] = json!(2);
        let mut aside = component("curl", "7", &[("CVE-3", "major")]);
        aside["findings"][0]["setAside"] = json!("00000000-0000-0000-0000-000000000001");
        let difference = Difference::between(
            &image(vec![gone, aside]),
            &image(vec![component("curl", "7", &[])]),
        );
        assert_eq!(difference, Difference::default());
    }
}
