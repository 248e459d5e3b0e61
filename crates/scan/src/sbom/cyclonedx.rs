//! CycloneDX 1.6 JSON: the image is the subject, its components are the list.
//!
//! What CycloneDX has no field for is a property:
//!
//! | property of a component | |
//! |---|---|
//! | `plimsoll:layer:index`, `plimsoll:layer:digest` | the layer that brought it, from one |
//! | `plimsoll:version:exact` | `false` where the version is near and not sure |
//! | `plimsoll:source:name`, `plimsoll:source:version` | what a distribution built the package from |
//! | `plimsoll:cpe` | further CPE names; the first is in `cpe` |
//! | `plimsoll:license:LicenseRef-raw-…` | the words behind a reference in the licence expression |
//!
//! A file's digest is in the `additionalContext` of its occurrence, `sha256:…`. The document's metadata says whether all layers were read
//! (`plimsoll:complete`); if not, a composition is `incomplete` and `plimsoll:incomplete` says why.

use super::bill::{Bill, Entry, ImageFacts};
use super::cpe;
use super::licence::Expression;
use super::purl::Purl;
use super::stream::Object;
use crate::fingerprint::{Evidence, ImageReport, Kind, OsRelease};
use serde::Serialize;
use std::io::{self, Write};

const IMAGE: &str = "image";

#[derive(Serialize)]
struct Metadata {
    timestamp: String,
    tools: Tools,
    component: Component,
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct Tools {
    components: [Component; 1],
}

#[derive(Default, Serialize)]
struct Component {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<Licence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpe: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Shown>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Serialize)]
struct Licence {
    expression: String,
}

#[derive(Serialize)]
struct Shown {
    identity: [Identity; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    occurrences: Vec<Occurrence>,
}

#[derive(Serialize)]
struct Identity {
    field: &'static str,
    methods: [Method; 1],
}

#[derive(Serialize)]
struct Method {
    technique: &'static str,
    confidence: f32,
    value: String,
}

#[derive(Serialize)]
struct Occurrence {
    location: String,
    #[serde(rename = "additionalContext", skip_serializing_if = "Option::is_none")]
    context: Option<String>,
}

#[derive(Serialize)]
struct Property {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Composition {
    aggregate: &'static str,
    assemblies: [&'static str; 1],
}

/// Writes the bill of materials of an image as CycloneDX 1.6 JSON. The same report and facts give the same bytes.
pub fn write_cyclonedx(
    report: &ImageReport,
    facts: &ImageFacts<'_>,
    out: impl Write,
) -> io::Result<()> {
    let bill = Bill::new(facts, report);
    let incomplete = bill.incomplete();
    let mut document = Object::open(out)?;
    document.member(
        "$schema",
        &"http://cyclonedx.org/schema/bom-1.6.schema.json",
    )?;
    document.member("bomFormat", &"CycloneDX")?;
    document.member("specVersion", &"1.6")?;
    let serial = format!("urn:uuid:{}", facts.uuid("cyclonedx-1.6"));
    document.member("serialNumber", &serial)?;
    document.member("version", &1)?;
    document.member("metadata", &metadata(facts, incomplete.as_deref()))?;
    let mut list = document.list("components")?;
    if let Some(os) = &report.os {
        list.push(&system(os))?;
    }
    for entry in &bill.entries {
        list.push(&component(&bill, entry))?;
    }
    list.close()?;
    if incomplete.is_some() {
        let composition = Composition {
            aggregate: "incomplete",
            assemblies: [IMAGE],
        };
        document.member("compositions", &[composition])?;
    }
    document.close()
}

fn metadata(facts: &ImageFacts<'_>, incomplete: Option<&str>) -> Metadata {
    let tool = Component {
        kind: "application",
        name: "plimsoll".into(),
        version: Some(facts.tool_version.to_owned()),
        ..Component::default()
    };
    let hash = facts.digest_parts().and_then(|(algorithm, hex)| {
        let alg = match algorithm {
            "sha256" => "SHA-256",
            "sha512" => "SHA-512",
            _ => return None,
        };
        Some(Hash {
            alg,
            content: hex.to_owned(),
        })
    });
    let mut of_image: Vec<Property> = Vec::new();
    of_image.extend(
        facts
            .platform
            .map(|platform| property("plimsoll:platform", platform)),
    );
    let layers = facts.layers.iter();
    of_image.extend(layers.map(|layer| property("plimsoll:layer:digest", layer.digest)));
    let image = Component {
        kind: "container",
        reference: Some(IMAGE.into()),
        name: facts.name(),
        version: Some(facts.manifest_digest.to_owned()),
        hashes: hash.into_iter().collect(),
        purl: Some(facts.purl().to_string()),
        properties: of_image,
        ..Component::default()
    };
    let complete = if incomplete.is_none() {
        "true"
    } else {
        "false"
    };
    let mut properties = vec![property("plimsoll:complete", complete)];
    properties.extend(incomplete.map(|why| property("plimsoll:incomplete", why)));
    Metadata {
        timestamp: facts.created(),
        tools: Tools { components: [tool] },
        component: image,
        properties,
    }
}

fn system(os: &OsRelease) -> Component {
    Component {
        kind: "operating-system",
        reference: Some("operating-system".into()),
        name: os.id.clone(),
        version: os.version_id.clone(),
        ..Component::default()
    }
}

fn component(bill: &Bill<'_>, entry: &Entry<'_>) -> Component {
    let found = &entry.placed.component;
    let expression = Expression::of(found);
    let mut cpes = found
        .cpes
        .iter()
        .filter_map(|cpe| cpe::formatted(cpe, found.version.as_deref()));
    let (first, others) = (cpes.next(), cpes);
    let mut properties = properties(bill, entry);
    properties.extend(others.map(|cpe| property("plimsoll:cpe", &cpe)));
    let references = expression.references.iter();
    properties
        .extend(references.map(|(id, words)| property(&format!("plimsoll:license:{id}"), words)));
    let (group, name) = match found.kind {
        Kind::Maven => found.name.split_once(':'),
        Kind::Npm if found.name.starts_with('@') => found.name.split_once('/'),
        Kind::Composer => found.name.split_once('/'),
        _ => None,
    }
    .map_or((None, found.name.as_str()), |(group, name)| {
        (Some(group.to_owned()), name)
    });
    Component {
        kind: "library",
        reference: Some(entry.id.clone()),
        group,
        name: name.to_owned(),
        version: found.version.clone(),
        hashes: Vec::new(),
        licenses: expression
            .text
            .into_iter()
            .map(|expression| Licence { expression })
            .collect(),
        cpe: first,
        purl: Purl::of(found, bill.report.os.as_ref()).map(|purl| purl.to_string()),
        evidence: Some(shown(bill, entry)),
        properties,
    }
}

fn properties(bill: &Bill<'_>, entry: &Entry<'_>) -> Vec<Property> {
    let (found, layer) = (&entry.placed.component, entry.placed.introduced);
    let mut properties = vec![property("plimsoll:layer:index", &(layer + 1).to_string())];
    if let Some(layer) = bill.facts.layers.get(layer) {
        properties.push(property("plimsoll:layer:digest", layer.digest));
    }
    if !found.exact {
        properties.push(property("plimsoll:version:exact", "false"));
    }
    if let Some(source) = &found.source {
        properties.push(property("plimsoll:source:name", &source.name));
        let version = source.version.as_ref().or(found.version.as_ref());
        properties.extend(version.map(|version| property("plimsoll:source:version", version)));
    }
    properties
}

fn shown(bill: &Bill<'_>, entry: &Entry<'_>) -> Shown {
    let found = &entry.placed.component;
    let mut within = String::new();
    for inner in &found.nested {
        within.push_str("!/");
        within.push_str(inner);
    }
    let occurrences = bill.places(entry).map(|(place, known)| Occurrence {
        location: format!("{}{within}", place.path),
        context: known.map(|(_, digests)| format!("sha256:{}", digests.sha256)),
    });
    let (technique, confidence) = technique(found.evidence);
    Shown {
        identity: [Identity {
            field: "purl",
            methods: [Method {
                technique,
                confidence,
                value: found.detector.clone(),
            }],
        }],
        occurrences: occurrences.collect(),
    }
}

/// CycloneDX's word, and how sure we are: a database says what is installed, the name of a file is a hint.
fn technique(evidence: Evidence) -> (&'static str, f32) {
    match evidence {
        Evidence::Database | Evidence::Metadata => ("manifest-analysis", 1.0),
        Evidence::BuildInfo => ("binary-analysis", 1.0),
        Evidence::KnownFile => ("hash-comparison", 1.0),
        Evidence::Signature => ("binary-analysis", 0.9),
        Evidence::Soname => ("binary-analysis", 0.6),
        Evidence::FileName => ("filename", 0.4),
        Evidence::AttachedSbom => ("attestation", 0.3),
    }
}

fn property(name: &str, value: &str) -> Property {
    Property {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}
