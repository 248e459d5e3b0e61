//! Our own decisions as OpenVEX 0.2.0.
//!
//! The document's identifier follows from its content. A statement that has a justification says its impact in `status_notes`: OpenVEX's
//! schema allows only one of the two, though its text allows both.

use super::{VexJustification, VexProduct, VexSoftware, VexStatement, VexStatus};
use crate::sbom::{Object, Purl, uuid};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::Hash;
use std::io::{self, Write};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::serde::rfc3339;

/// What the document says of itself.
#[derive(Clone, Copy, Debug)]
pub struct OpenVexFacts<'f> {
    /// The registry, or the organization that speaks.
    pub author: &'f str,
    /// When the newest of its statements was made.
    pub timestamp: OffsetDateTime,
    /// From one, raised whenever the statements change.
    pub version: u64,
    /// The version of this program.
    pub tool_version: &'f str,
}

#[derive(Serialize)]
struct Statement<'s> {
    vulnerability: Vulnerability<'s>,
    #[serde(with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    timestamp: Option<OffsetDateTime>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    products: Vec<Product>,
    status: VexStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_notes: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<VexJustification>,
    #[serde(rename = "impact_statement", skip_serializing_if = "Option::is_none")]
    impact: Option<&'s str>,
    #[serde(rename = "action_statement", skip_serializing_if = "Option::is_none")]
    action: Option<&'s str>,
}

#[derive(Serialize)]
struct Vulnerability<'v> {
    name: &'v str,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    aliases: BTreeSet<&'v str>,
}

#[derive(Serialize)]
struct Product {
    #[serde(flatten)]
    software: Software,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subcomponents: Vec<Software>,
}

#[derive(Serialize)]
struct Software {
    #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifiers: Option<Identifiers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashes: Option<Hashes>,
}

#[derive(Serialize)]
struct Identifiers {
    purl: String,
}

#[derive(Serialize)]
struct Hashes {
    #[serde(rename = "sha-256")]
    sha256: String,
}

/// Writes statements as one OpenVEX document, sorted, each once. The same statements and facts give the same bytes. OpenVEX has no document
/// without a statement: an empty list is refused as invalid input.
pub fn write_openvex(
    statements: &[VexStatement],
    facts: &OpenVexFacts<'_>,
    out: impl Write,
) -> io::Result<()> {
    let mut sorted = BTreeMap::new();
    for statement in statements {
        let statement = Statement::of(statement);
        sorted.insert(serde_json::to_string(&statement)?, statement);
    }
    if sorted.is_empty() {
        let empty = "there is no statement to write";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, empty));
    }
    let timestamp = facts.timestamp.format(&Rfc3339).map_err(io::Error::other)?;
    let mut content = vec![facts.author, &timestamp];
    content.extend(sorted.keys().map(String::as_str));
    let id = format!("urn:uuid:{}", uuid(&content.join("\n")));
    let mut document = Object::open(out)?;
    document.member("@context", &"https://openvex.dev/ns/v0.2.0")?;
    document.member("@id", &id)?;
    document.member("author", &facts.author)?;
    document.member("timestamp", &timestamp)?;
    document.member("version", &facts.version.max(1))?;
    document.member("tooling", &format!("plimsoll {}", facts.tool_version))?;
    let mut list = document.list("statements")?;
    for statement in sorted.values() {
        list.push(statement)?;
    }
    list.close()?;
    document.close()
}

impl<'s> Statement<'s> {
    fn of(statement: &'s VexStatement) -> Self {
        let excused = statement.status == VexStatus::NotAffected;
        let impact = statement.impact.as_deref();
        let justification = statement.justification.filter(|_| excused);
        let alone = excused && justification.is_none();
        Self {
            vulnerability: Vulnerability {
                name: &statement.vulnerability,
                aliases: statement.aliases.iter().map(String::as_str).collect(),
            },
            timestamp: statement.timestamp,
            products: each_once(&statement.products).map(Product::of).collect(),
            status: statement.status,
            status_notes: statement.notes.as_deref().or(impact.filter(|_| !alone)),
            justification,
            impact: alone.then(|| impact.unwrap_or("No reason was given.")),
            action: (statement.status == VexStatus::Affected).then(|| {
                statement
                    .action
                    .as_deref()
                    .unwrap_or("No action was given.")
            }),
        }
    }
}

/// The schema allows none of them twice.
fn each_once<T: Eq + Hash>(list: &[T]) -> impl Iterator<Item = &T> {
    let mut seen = HashSet::new();
    list.iter().filter(move |one| seen.insert(*one))
}

impl Product {
    fn of(product: &VexProduct) -> Self {
        Self {
            software: Software::of(&product.software),
            subcomponents: each_once(&product.parts).map(Software::of).collect(),
        }
    }
}

impl Software {
    fn of(software: &VexSoftware) -> Self {
        let purl = software.purl.as_ref().map(ToString::to_string);
        let name = software.name.as_deref().filter(|_| purl.is_none());
        // a name that is an address already is one here too; any other becomes a package URL
        let is_iri = |name: &str| name.contains(':') && !name.contains(char::is_whitespace);
        let iri = name.filter(|name| is_iri(name) && software.version.is_none());
        let named = name.filter(|_| iri.is_none()).map(|name| {
            let generic = Purl {
                package_type: "generic".into(),
                namespace: String::new(),
                name: name.to_owned(),
                version: software.version.clone(),
                qualifiers: BTreeMap::new(),
                subpath: String::new(),
            };
            generic.to_string()
        });
        let purl = purl.or(named);
        let hex = software.digest.as_deref();
        let hex = hex.and_then(|digest| digest.strip_prefix("sha256:"));
        Self {
            id: purl.clone().or_else(|| iri.map(str::to_owned)),
            identifiers: purl.map(|purl| Identifiers { purl }),
            hashes: hex.map(|hex| Hashes {
                sha256: hex.to_owned(),
            }),
        }
    }
}
