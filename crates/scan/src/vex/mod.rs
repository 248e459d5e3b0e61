//! VEX: which vulnerability does not matter in which software, and why.
//!
//! [`read`] takes OpenVEX 0.2.0 and CycloneDX's VEX (1.4 to 1.6: `vulnerabilities[].analysis`), alone or as the predicate of an in-toto
//! statement, plain or in a DSSE envelope. [`write_openvex`] writes our own decisions.
//!
//! CycloneDX has other words than VEX. They are taken like this; where the two differ, the weaker claim is taken:
//!
//! | CycloneDX `state` | VEX status |
//! |---|---|
//! | `resolved`, `resolved_with_pedigree` | `fixed` |
//! | `exploitable` | `affected` |
//! | `in_triage` | `under_investigation` |
//! | `not_affected`, `false_positive` | `not_affected` |
//!
//! | CycloneDX `justification` | VEX justification |
//! |---|---|
//! | `code_not_present` | `vulnerable_code_not_present` |
//! | `code_not_reachable`, `requires_configuration`, `requires_dependency`, `requires_environment` | `vulnerable_code_not_in_execute_path` |
//! | `protected_by_compiler`, `protected_at_runtime`, `protected_at_perimeter`, `protected_by_mitigating_control` | `inline_mitigations_already_exist` |
//!
//! VEX's `component_not_present` and `vulnerable_code_cannot_be_controlled_by_adversary` have no counterpart there. `not_affected` needs a
//! justification or a statement of impact; in CycloneDX `detail` is that, and `false_positive` is one by itself.
//!
//! What is read never says more than what is written: a statement whose products, parts or versions are named only in ways that we do not
//! read is passed over and counted, and is not taken to be about everything.

mod cyclonedx;
mod openvex;
#[cfg(test)]
mod tests;
mod write;

pub use crate::document::DocumentError;
pub use write::{OpenVexFacts, write_openvex};

use crate::document::Opened;
use crate::fingerprint::{Component, OsRelease};
use crate::sbom::Purl;
use serde::{Deserialize, Serialize};
use std::io::Read;
use time::OffsetDateTime;

/// The largest document. Read, one of empty products takes some twenty times as much.
const LARGEST: u64 = 8 << 20;
const MOST_STATEMENTS: usize = 20_000;
/// Of one statement, and subcomponents of one product.
const MOST_PRODUCTS: usize = 10_000;
const LONGEST_TEXT: usize = 16 << 10;

/// What one document states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VexDocument {
    /// Its own identifier, if it has one.
    pub id: Option<String>,
    /// Who speaks.
    pub author: Option<String>,
    /// `sha256:…` of what the in-toto statement around it is about; they are the products of statements that name none.
    pub subjects: Vec<String>,
    /// In the order of the document: a later one goes before an earlier one of the same time.
    pub statements: Vec<VexStatement>,
    /// How many more it makes, about products that it names only by what we do not read: CPEs, other digests, ranges of versions.
    pub passed_over: usize,
}

/// That a vulnerability has a status in some products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VexStatement {
    /// `CVE-2023-12345`.
    pub vulnerability: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// Where that holds; empty means that the document does not say, never "everywhere".
    pub products: Vec<VexProduct>,
    /// What holds.
    pub status: VexStatus,
    /// Why it is not affected.
    pub justification: Option<VexJustification>,
    /// Why it is not affected, in words.
    pub impact: Option<String>,
    /// What there is to do where it is affected.
    pub action: Option<String>,
    /// How the status was found out.
    pub notes: Option<String>,
    /// When this was known to be true.
    pub timestamp: Option<OffsetDateTime>,
}

/// A product, and the parts of it that a statement is about; without parts, all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VexProduct {
    /// The product.
    pub software: VexSoftware,
    /// The parts.
    pub parts: Vec<VexSoftware>,
}

/// How a document names software. One of the names is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VexSoftware {
    /// By package URL.
    pub purl: Option<Purl>,
    /// `sha256:…`: an image's manifest, a layer or a file.
    pub digest: Option<String>,
    /// By name.
    pub name: Option<String>,
    /// With `name`; any if not said.
    pub version: Option<String>,
}

impl VexSoftware {
    /// Whether it is the component of an image with that operating system. A digest alone names no component.
    pub fn covers(&self, component: &Component, os: Option<&OsRelease>) -> bool {
        match (&self.purl, &self.name) {
            (Some(purl), _) => purl.covers(component, os),
            (None, Some(name)) => {
                let version = self.version.as_ref();
                component.name == *name
                    && version.is_none_or(|stated| component.version.as_ref() == Some(stated))
            }
            (None, None) => false,
        }
    }

    /// The digest that it names an image by: its own, or that of an `oci` package URL.
    pub fn image_digest(&self) -> Option<&str> {
        let oci = self.purl.as_ref().filter(|purl| purl.package_type == "oci");
        let of_purl = oci.and_then(|purl| purl.version.as_deref());
        self.digest.as_deref().or(of_purl)
    }
}

/// VEX's four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VexStatus {
    /// Nothing needs to be done.
    NotAffected,
    /// Something should be done.
    Affected,
    /// These versions have the fix.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

/// VEX's five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VexJustification {
    /// The component is not in the product.
    ComponentNotPresent,
    /// The component is there without the vulnerable code.
    VulnerableCodeNotPresent,
    /// The code is there and is never run.
    VulnerableCodeNotInExecutePath,
    /// The code is run, and never with what an attacker gives.
    VulnerableCodeCannotBeControlledByAdversary,
    /// Something in the product prevents the exploit.
    InlineMitigationsAlreadyExist,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "@context")]
    context: Option<String>,
    #[serde(rename = "bomFormat")]
    bom_format: Option<String>,
    #[serde(rename = "specVersion")]
    spec_version: Option<String>,
}

/// Reads a VEX document.
pub fn read(bytes: impl Read) -> Result<VexDocument, DocumentError> {
    let opened = Opened::read(bytes, LARGEST)?;
    let head: Head = opened.parse()?;
    let mut document = match (head.context.as_deref(), head.bom_format.as_deref()) {
        (Some("https://openvex.dev/ns" | "https://openvex.dev/ns/v0.2.0"), _) => {
            openvex::read(&opened)?
        }
        (Some(context), _) if context.starts_with("https://openvex.dev/") => {
            return Err(DocumentError::version(context, "OpenVEX 0.2.0"));
        }
        (None, Some("CycloneDX")) => match head.spec_version.as_deref() {
            Some("1.4" | "1.5" | "1.6") => cyclonedx::read(&opened)?,
            version => {
                let version = version.unwrap_or_default();
                return Err(DocumentError::version(version, "CycloneDX 1.4 to 1.6"));
            }
        },
        _ => {
            return Err(DocumentError::Unknown {
                wanted: "an OpenVEX or CycloneDX document",
            });
        }
    };
    document.subjects = opened.subjects;
    Ok(document)
}

/// What is wrong with a part of a document.
fn wrong(at: String, what: &str) -> DocumentError {
    DocumentError::Content {
        at,
        what: what.to_owned(),
    }
}

/// A vulnerability's name is one word; it ends up in addresses and tables.
fn name(text: String, at: &str) -> Result<String, DocumentError> {
    if crate::vulnerability::osv::is_id(&text) {
        Ok(text)
    } else {
        Err(wrong(at.to_owned(), "this is no name of a vulnerability"))
    }
}

fn text(text: Option<String>, at: &str) -> Result<Option<String>, DocumentError> {
    match text.filter(|text| !text.trim().is_empty()) {
        Some(text) if text.len() > LONGEST_TEXT => {
            Err(wrong(at.to_owned(), "the text is longer than 16 KiB"))
        }
        text => Ok(text),
    }
}
