//! Which components and findings are shown: what the page's address asks for, so that a narrowed view can be handed on.

use std::collections::{BTreeMap, HashMap};

use api::{
    manifest::DockerfileLine,
    scan::{Component, Cve, Finding, Layer, LayerOverride, ScannedImage, Severity, status},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// What was found in an image, to look things up in.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// As the API says it.
    pub(super) image: ScannedImage,
    cves: HashMap<String, usize>,
    numbers: Vec<usize>,
}

impl Found {
    /// For an image that these lines of a Dockerfile made.
    pub(super) fn new(image: ScannedImage, lines: &[DockerfileLine]) -> Self {
        let cves = image.cves.iter().enumerate();
        Self {
            cves: cves.map(|(index, cve)| (cve.pk.clone(), index)).collect(),
            numbers: numbers(lines, &image.layers),
            image,
        }
    }

    /// What is known of a flaw.
    pub(super) fn cve(&self, name: &str) -> Option<&Cve> {
        self.image.cves.get(*self.cves.get(name)?)
    }

    /// What sets a finding aside.
    pub(super) fn set_aside(&self, finding: &Finding) -> Option<&LayerOverride> {
        let id = finding.set_aside?.to_string();
        self.image.vuln_overrides.iter().find(|one| one.pk == id)
    }

    /// What was read was compared with vulnerability data.
    pub(super) fn is_judged(&self) -> bool {
        self.image.summary.last_scan_status == status::COMPLETED
    }

    /// The number under which people see a layer: that of its line.
    pub(super) fn number(&self, layer: u32) -> usize {
        let index = usize::try_from(layer).unwrap_or(usize::MAX);
        self.numbers
            .get(index)
            .copied()
            .unwrap_or(index.saturating_add(1))
    }

    /// Whether a layer is one of the base image's.
    pub(super) fn is_of_base(&self, layer: u32) -> bool {
        self.image
            .base
            .as_ref()
            .is_some_and(|base| layer < base.layers)
    }

    /// What was read of the layer that a line made; `None` where it made none, or it was not read.
    pub(super) fn layer(&self, number: usize) -> Option<(u32, &Layer)> {
        let index = self.numbers.iter().position(|other| *other == number)?;
        Some((u32::try_from(index).ok()?, self.image.layers.get(index)?))
    }

    /// Components by the number of the layer that brings them.
    pub(super) fn by_layer(&self) -> BTreeMap<usize, Vec<&Component>> {
        let mut layers: BTreeMap<usize, Vec<&Component>> = BTreeMap::new();
        for component in &self.image.components {
            let number = self.number(component.layer);
            layers.entry(number).or_default().push(component);
        }
        layers
    }
}

/// For each layer that was read, the number of its line. Layers that are not kept here were not read, and one layer may be there twice.
fn numbers(lines: &[DockerfileLine], layers: &[Layer]) -> Vec<usize> {
    let mut lines = lines.iter().zip(1..).filter(|(line, _)| !line.is_empty);
    let mut numbers = Vec::with_capacity(layers.len());
    for (layer, index) in layers.iter().zip(1..) {
        let line = lines.find(|(line, _)| line.layer_digest == layer.digest);
        numbers.push(line.map_or(index, |(_, number)| number));
    }
    numbers
}

/// Which layers are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layers {
    /// The one of this number.
    Layer(usize),
    /// Those of the base image.
    Base,
    /// Those on top of it.
    Above,
}

impl Layers {
    fn read(text: &str) -> Option<Self> {
        match text {
            BASE => Some(Self::Base),
            ABOVE => Some(Self::Above),
            number => number.parse().ok().map(Self::Layer),
        }
    }

    fn has(self, found: &Found, component: &Component) -> bool {
        match self {
            Self::Layer(number) => number == found.number(component.layer),
            Self::Base => found.is_of_base(component.layer),
            Self::Above => !found.is_of_base(component.layer),
        }
    }
}

/// Asks for the layers of the base image.
pub(super) const BASE: &str = "base";
/// Asks for the layers on top of it.
pub(super) const ABOVE: &str = "above";

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Narrow {
    /// In lower case, in the name of a component, its version, licence or path, or in the name of a flaw.
    text: String,
    severity: Option<Severity>,
    fixable: Option<bool>,
    layer: Option<Layers>,
    since: Option<OffsetDateTime>,
}

impl Narrow {
    /// From the parameters of the address; what cannot be read asks for nothing.
    pub(super) fn new(text: &str, severity: &str, fix: &str, layer: &str, since: &str) -> Self {
        Self {
            text: text.trim().to_lowercase(),
            severity: serde_json::from_value(severity.into()).ok(),
            fixable: match fix {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
            layer: Layers::read(layer),
            since: OffsetDateTime::parse(&format!("{since}T00:00:00Z"), &Rfc3339).ok(),
        }
    }

    /// Asks for findings, not just for components.
    fn is_about_findings(&self) -> bool {
        self.severity.is_some() || self.fixable.is_some() || self.since.is_some()
    }

    /// The findings of a component that are asked for, the worst first; `None` where the component is not.
    pub(super) fn of<'c>(
        &self,
        found: &Found,
        component: &'c Component,
    ) -> Option<Vec<&'c Finding>> {
        if self.layer.is_some_and(|from| !from.has(found, component)) {
            return None;
        }
        let is_named = self.names(component);
        let mut findings: Vec<&Finding> = component
            .findings
            .iter()
            .filter(|finding| self.fits(finding))
            .filter(|finding| is_named || self.is_in(found, finding))
            .collect();
        if findings.is_empty() && (self.is_about_findings() || !is_named) {
            return None;
        }
        findings.sort_by(|one, other| {
            let rank =
                |finding: &Finding| (finding.set_aside.is_none(), finding.severity, finding.score);
            rank(other)
                .cmp(&rank(one))
                .then_with(|| one.cve.cmp(&other.cve))
        });
        Some(findings)
    }

    fn names(&self, component: &Component) -> bool {
        let has = |text: &String| text.to_lowercase().contains(&self.text);
        self.text.is_empty()
            || has(&component.name)
            || has(&component.version)
            || component.licenses.iter().any(has)
            || component.filepaths.iter().any(has)
    }

    fn is_in(&self, found: &Found, finding: &Finding) -> bool {
        let has = |text: &String| text.to_lowercase().contains(&self.text);
        let aliases = found.cve(&finding.cve).map(|cve| cve.aliases.as_slice());
        has(&finding.cve) || aliases.unwrap_or_default().iter().any(has)
    }

    fn fits(&self, finding: &Finding) -> bool {
        let has_fix = !finding.fixed_in.is_empty();
        self.severity
            .is_none_or(|severity| severity == finding.severity)
            && self.fixable.is_none_or(|wanted| wanted == has_fix)
            && self.since.is_none_or(|since| finding.found_at >= since)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use api::scan::BaseImage;

    use super::*;

    fn finding(cve: &str, severity: Severity, fixed: &[&str]) -> Finding {
        Finding {
            cve: cve.to_owned(),
            severity,
            score: None,
            vector: None,
            fixed_in: fixed.iter().map(|version| (*version).to_owned()).collect(),
            will_not_fix: false,
            exact: true,
            records: Vec::new(),
            found_at: datetime!(2026-11-10 12:00 UTC),
            set_aside: None,
        }
    }

    fn component(name: &str, layer: u32, findings: Vec<Finding>) -> Component {
        Component {
            pk: name.to_owned(),
            name: name.to_owned(),
            version: "1.0".to_owned(),
            source: "deb".to_owned(),
            filepaths: vec!["/usr/lib/x".to_owned()],
            licenses: vec!["MIT".to_owned()],
            cves: Vec::new(),
            vuln_count: api::scan::VulnCount::default(),
            findings,
            layer,
            removed_by: None,
            evidence: String::new(),
            exact: true,
        }
    }

    fn line(digest: &str) -> DockerfileLine {
        DockerfileLine {
            is_empty: digest.is_empty(),
            layer_digest: digest.to_owned(),
            line: String::new(),
            media_type: None,
            size: 1,
            urls: Vec::new(),
            annotations: BTreeMap::default(),
        }
    }

    fn layer(digest: &str) -> Layer {
        Layer {
            digest: digest.to_owned(),
            media_type: String::new(),
            author: String::new(),
            size: 1,
            components: Vec::new(),
            incomplete: Vec::new(),
        }
    }

    fn found() -> Found {
        let openssl = vec![
            finding("CVE-1", Severity::Minor, &["1.1"]),
            finding("CVE-2", Severity::Critical, &[]),
        ];
        let image = ScannedImage {
            components: vec![
                component("openssl", 0, openssl),
                component("bash", 1, Vec::new()),
            ],
            cves: vec![Cve {
                pk: "CVE-1".to_owned(),
                cvss: 1.0,
                summary: String::new(),
                notes: String::new(),
                aliases: vec!["GHSA-abcd".to_owned()],
                epss: None,
                exploited_since: None,
            }],
            layers: vec![layer("a"), layer("a")],
            base: Some(BaseImage {
                namespace: "alice".to_owned(),
                repository: "base".to_owned(),
                tags: vec!["12".to_owned()],
                digest: String::new(),
                layers: 1,
            }),
            ..ScannedImage::default()
        };
        Found::new(image, &[line("a"), line(""), line("foreign"), line("a")])
    }

    /// What is shown: `openssl: CVE-2 CVE-1; bash:`.
    fn shown(narrow: &Narrow) -> String {
        let found = found();
        let rows = found.image.components.iter().filter_map(|component| {
            let findings = narrow.of(&found, component)?;
            let names: Vec<&str> = findings
                .iter()
                .map(|finding| finding.cve.as_str())
                .collect();
            Some(format!("{}: {}", component.name, names.join(" ")))
        });
        rows.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn each_choice_narrows_what_is_shown() {
        let ask = |text, severity, fix, layer, since| {
            shown(&Narrow::new(text, severity, fix, layer, since))
        };
        assert_eq!(ask("", "", "", "", ""), "openssl: CVE-2 CVE-1; bash: ");
        assert_eq!(ask("BASH", "", "", "", ""), "bash: ");
        assert_eq!(ask("cve-1", "", "", "", ""), "openssl: CVE-1");
        assert_eq!(ask("ghsa", "", "", "", ""), "openssl: CVE-1");
        assert_eq!(ask("usr/lib", "", "", "4", ""), "bash: ");
        assert_eq!(ask("", "critical", "", "", ""), "openssl: CVE-2");
        assert_eq!(ask("", "major", "", "", ""), "");
        assert_eq!(ask("", "", "yes", "", ""), "openssl: CVE-1");
        assert_eq!(ask("", "", "no", "", ""), "openssl: CVE-2");
        assert_eq!(ask("", "", "", "1", ""), "openssl: CVE-2 CVE-1");
        assert_eq!(ask("", "", "", "base", ""), "openssl: CVE-2 CVE-1");
        assert_eq!(ask("", "", "", "above", ""), "bash: ");
        assert_eq!(ask("", "", "", "", "2026-11-10"), "openssl: CVE-2 CVE-1");
        assert_eq!(ask("", "", "", "", "2026-11-11"), "");
        assert_eq!(
            ask("", "hacked", "maybe", "x", "soon"),
            ask("", "", "", "", "")
        );
    }

    #[test]
    fn a_layer_has_the_number_of_its_line_whatever_stands_between() {
        let found = found();
        assert_eq!((found.number(0), found.number(1)), (1, 4));
        assert_eq!(found.layer(4).map(|(index, _)| index), Some(1));
        assert!(found.layer(2).is_none() && found.layer(3).is_none());
    }
}
