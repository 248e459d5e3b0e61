//! CycloneDX's VEX: the analyses in a bill of materials, or in a document that refers to one.
//!
//! Rules: CycloneDX 1.6, `vulnerabilities[]`; `affects[].ref` is the `bom-ref` of a component here, or a BOM-Link
//! (`urn:cdx:serial/version#bom-ref`) to one elsewhere, whose reference is used if it is a package URL; `affects[].versions` narrow it, and
//! ranges of them are not read. What has no analysis is a finding and no statement.

use super::{
    MOST_PRODUCTS, MOST_STATEMENTS, VexDocument, VexJustification, VexProduct, VexSoftware,
    VexStatement, VexStatus, name, text, wrong,
};
use crate::document::{DocumentError, Opened, sha256};
use crate::sbom::Purl;
use crate::vulnerability::osv::List;
use serde::Deserialize;
use std::collections::HashMap;
use time::OffsetDateTime;
use time::serde::rfc3339;

const MOST_COMPONENTS: usize = 20_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    serial_number: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    components: List<Component, MOST_COMPONENTS>,
    #[serde(default)]
    vulnerabilities: List<Vulnerability, MOST_STATEMENTS>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default, with = "rfc3339::option")]
    timestamp: Option<OffsetDateTime>,
    component: Option<Component>,
    #[serde(default)]
    authors: List<Named, 100>,
    supplier: Option<Named>,
    manufacturer: Option<Named>,
    manufacture: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "bom-ref")]
    reference: Option<String>,
    name: String,
    version: Option<String>,
    purl: Option<String>,
    #[serde(default)]
    hashes: List<Hash, 100>,
    #[serde(default)]
    components: List<Component, MOST_COMPONENTS>,
}

#[derive(Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: Option<String>,
    #[serde(default)]
    references: List<Reference, 1_000>,
    analysis: Option<Analysis>,
    #[serde(default)]
    affects: List<Affected, MOST_PRODUCTS>,
    recommendation: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    state: Option<State>,
    justification: Option<Justification>,
    detail: Option<String>,
    #[serde(default, with = "rfc3339::option")]
    first_issued: Option<OffsetDateTime>,
    #[serde(default, with = "rfc3339::option")]
    last_updated: Option<OffsetDateTime>,
}

#[derive(Deserialize)]
struct Affected {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    versions: List<AffectedVersion, 1_000>,
}

#[derive(Deserialize)]
struct AffectedVersion {
    version: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Resolved,
    ResolvedWithPedigree,
    Exploitable,
    InTriage,
    FalsePositive,
    NotAffected,
}

impl State {
    pub(super) fn status(self) -> VexStatus {
        match self {
            Self::Resolved | Self::ResolvedWithPedigree => VexStatus::Fixed,
            Self::Exploitable => VexStatus::Affected,
            Self::InTriage => VexStatus::UnderInvestigation,
            Self::FalsePositive | Self::NotAffected => VexStatus::NotAffected,
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Justification {
    CodeNotPresent,
    CodeNotReachable,
    RequiresConfiguration,
    RequiresDependency,
    RequiresEnvironment,
    ProtectedByCompiler,
    ProtectedAtRuntime,
    ProtectedAtPerimeter,
    ProtectedByMitigatingControl,
}

impl Justification {
    pub(super) fn of_vex(self) -> VexJustification {
        match self {
            Self::CodeNotPresent => VexJustification::VulnerableCodeNotPresent,
            Self::CodeNotReachable
            | Self::RequiresConfiguration
            | Self::RequiresDependency
            | Self::RequiresEnvironment => VexJustification::VulnerableCodeNotInExecutePath,
            Self::ProtectedByCompiler
            | Self::ProtectedAtRuntime
            | Self::ProtectedAtPerimeter
            | Self::ProtectedByMitigatingControl => VexJustification::InlineMitigationsAlreadyExist,
        }
    }
}

pub(super) fn read(opened: &Opened) -> Result<VexDocument, DocumentError> {
    let document: Document = opened.parse()?;
    let metadata = document.metadata;
    let author = metadata.authors.0.into_iter();
    let makers = [
        metadata.manufacturer,
        metadata.manufacture,
        metadata.supplier,
    ];
    let author = author
        .chain(makers.into_iter().flatten())
        .find_map(|named| named.name);
    let mut known = HashMap::new();
    let mut open: Vec<Component> = document.components.0;
    open.extend(metadata.component);
    while let Some(mut component) = open.pop() {
        open.append(&mut component.components.0);
        component.remember(&mut known)?;
    }
    let mut read = VexDocument {
        id: text(document.serial_number, "serialNumber")?,
        author: text(author, "metadata.authors")?,
        subjects: Vec::new(),
        statements: Vec::new(),
        passed_over: 0,
    };
    for (at, vulnerability) in document.vulnerabilities.0.into_iter().enumerate() {
        let at = format!("vulnerabilities[{at}]");
        let names_products = !vulnerability.affects.0.is_empty();
        match vulnerability.statement(&known, metadata.timestamp, &at)? {
            Some(statement) if names_products && statement.products.is_empty() => {
                read.passed_over += 1;
            }
            statement => read.statements.extend(statement),
        }
    }
    Ok(read)
}

impl Component {
    fn remember(self, known: &mut HashMap<String, VexSoftware>) -> Result<(), DocumentError> {
        let Some(reference) = self.reference else {
            return Ok(());
        };
        let at = format!("the component {:?}", short(&reference));
        let purl = self.purl.map(|purl| purl.parse::<Purl>()).transpose();
        let purl = purl.map_err(|error| wrong(at.clone(), &error.to_string()))?;
        let mut hashes = self.hashes.0.iter();
        let software = VexSoftware {
            purl,
            digest: hashes
                .find(|hash| hash.alg == "SHA-256")
                .and_then(|hash| sha256(&hash.content)),
            name: Some(self.name),
            version: self.version.filter(|version| !version.is_empty()),
        };
        match known.insert(reference, software) {
            None => Ok(()),
            Some(_) => Err(wrong(at, "its bom-ref is another component's too")),
        }
    }
}

impl Vulnerability {
    fn statement(
        self,
        known: &HashMap<String, VexSoftware>,
        issued: Option<OffsetDateTime>,
        at: &str,
    ) -> Result<Option<VexStatement>, DocumentError> {
        let inside = |field: &str| format!("{at}.{field}");
        let Some((analysis, state)) = self.analysis.and_then(|analysis| {
            let state = analysis.state?;
            Some((analysis, state))
        }) else {
            return Ok(None);
        };
        let Some(id) = self.id else {
            return Err(wrong(at.to_owned(), "it has an analysis and no id"));
        };
        let status = state.status();
        let detail = text(analysis.detail, &inside("analysis.detail"))?;
        let excused = status == VexStatus::NotAffected;
        let justification = analysis.justification.filter(|_| excused);
        let own = (state == State::FalsePositive).then(|| "false positive".to_owned());
        let impact = if excused {
            detail.clone().or(own)
        } else {
            None
        };
        if excused && justification.is_none() && impact.is_none() {
            let what = "not_affected needs a justification or a detail";
            return Err(wrong(inside("analysis"), what));
        }
        let aliases = self.references.0.into_iter();
        let aliases = aliases.map(|reference| name(reference.id, &inside("references")));
        let mut products = Vec::new();
        for (index, affected) in self.affects.0.into_iter().enumerate() {
            products.extend(affected.products(known, &format!("{at}.affects[{index}]"))?);
        }
        Ok(Some(VexStatement {
            vulnerability: name(id, &inside("id"))?,
            aliases: aliases.collect::<Result<_, _>>()?,
            products,
            status,
            justification: justification.map(Justification::of_vex),
            impact,
            action: text(self.recommendation, &inside("recommendation"))?
                .filter(|_| status == VexStatus::Affected),
            notes: detail.filter(|_| !excused),
            timestamp: analysis.last_updated.or(analysis.first_issued).or(issued),
        }))
    }
}

impl Affected {
    /// One for each version that it names; none if it names only ranges.
    fn products(
        self,
        known: &HashMap<String, VexSoftware>,
        at: &str,
    ) -> Result<Vec<VexProduct>, DocumentError> {
        let reference = match self.reference.strip_prefix("urn:cdx:") {
            Some(link) => link.split_once('#').map_or("", |(_, reference)| reference),
            None => &self.reference,
        };
        let software = known.get(reference).cloned().or_else(|| {
            Some(VexSoftware {
                purl: Some(reference.parse().ok()?),
                ..VexSoftware::default()
            })
        });
        let software = software.ok_or_else(|| {
            let what = format!("it refers to {:?}, which is not there", short(reference));
            wrong(at.to_owned(), &what)
        })?;
        let product = |software| VexProduct {
            software,
            parts: Vec::new(),
        };
        if self.versions.0.is_empty() {
            return Ok(vec![product(software)]);
        }
        let versions = self.versions.0.into_iter().filter_map(|one| one.version);
        let narrowed = versions.filter_map(|version| software.clone().narrowed(version));
        Ok(narrowed.map(product).collect())
    }
}

impl VexSoftware {
    /// Only that version of it; `None` if it is another version already.
    fn narrowed(mut self, version: String) -> Option<Self> {
        let stated = self.purl.as_ref().and_then(Purl::native_version);
        let stated = stated.or_else(|| self.version.clone());
        if stated.is_some_and(|stated| stated != version) {
            return None;
        }
        if let Some(purl) = &mut self.purl
            && purl.version.is_none()
        {
            purl.version = Some(version.clone());
        }
        self.version = Some(version);
        Some(self)
    }
}

fn short(text: &str) -> String {
    text.chars().take(100).collect()
}
