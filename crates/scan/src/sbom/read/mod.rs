//! Bills of materials that somebody attached to an image: more evidence, and never the only truth.
//!
//! Read are SPDX 2.2 and 2.3 and CycloneDX 1.3 to 1.6 in JSON, each alone or as the predicate of an in-toto statement, plain or in a DSSE
//! envelope. A component counts if it has a package URL of a world that we know, or else a CPE; all others are passed over and counted.
//! Components become ours one at a time, so that a document of empty objects cannot become a large memory.

mod component;
mod cyclonedx;
mod spdx;
#[cfg(test)]
mod tests;

use self::component::Gathered;
use crate::document::{DocumentError, Opened};
use crate::fingerprint::{Component, ImageReport};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::Read;

/// The largest document. That of an image with ten thousand packages has some ten megabytes.
const LARGEST: u64 = 64 << 20;

/// A bill of materials that somebody attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedSbom {
    /// In which format it is written.
    pub format: SbomFormat,
    /// `sha256:…` of what the statement around it is about; empty without a statement. A bill that is about another image proves
    /// nothing about this one.
    pub subjects: Vec<String>,
    /// What it lists, sorted, each once. Their evidence is [`crate::fingerprint::Evidence::AttachedSbom`].
    pub components: Vec<Component>,
    /// How many more it lists that nothing can be matched with.
    pub passed_over: usize,
}

/// A format of bills of materials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the formats")]
pub enum SbomFormat {
    Spdx,
    CycloneDx,
}

impl AttachedSbom {
    /// Its components that the scan of the image itself did not find.
    pub fn unseen<'s>(&'s self, report: &ImageReport) -> impl Iterator<Item = &'s Component> {
        let there = report.components.iter();
        let there = there.filter(|placed| placed.removed.is_none());
        let found: BTreeSet<_> = there
            .map(|placed| &placed.component)
            .map(|component| {
                (
                    component.kind,
                    spelling(component),
                    component.version.clone(),
                )
            })
            .collect();
        self.components.iter().filter(move |component| {
            let key = (
                component.kind,
                spelling(component),
                component.version.clone(),
            );
            !found.contains(&key)
        })
    }
}

/// As the package URL has it: Python's packages have many spellings.
fn spelling(component: &Component) -> String {
    let purl = super::Purl::of(component, None);
    purl.map_or_else(|| component.name.clone(), |purl| purl.native_name())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    spdx_version: Option<String>,
    bom_format: Option<String>,
    spec_version: Option<String>,
}

/// Reads an attached bill of materials.
pub fn read(bytes: impl Read) -> Result<AttachedSbom, DocumentError> {
    let opened = Opened::read(bytes, LARGEST)?;
    let head: Head = opened.parse()?;
    let format = (head.spdx_version.as_deref(), head.bom_format.as_deref());
    let (format, gathered): (_, Gathered) = match format {
        (Some("SPDX-2.2" | "SPDX-2.3"), _) => {
            let document: spdx::Document = opened.parse()?;
            (SbomFormat::Spdx, document.packages.into())
        }
        (Some(version), _) => {
            return Err(DocumentError::version(version, "SPDX-2.2 and SPDX-2.3"));
        }
        (None, Some("CycloneDX")) => match head.spec_version.as_deref() {
            Some("1.3" | "1.4" | "1.5" | "1.6") => {
                let document: cyclonedx::Document = opened.parse()?;
                (SbomFormat::CycloneDx, document.components.into())
            }
            version => {
                let version = version.unwrap_or_default();
                return Err(DocumentError::version(version, "CycloneDX 1.3 to 1.6"));
            }
        },
        _ => {
            return Err(DocumentError::Unknown {
                wanted: "an SPDX or CycloneDX bill of materials",
            });
        }
    };
    let (components, passed_over) = gathered.finish();
    Ok(AttachedSbom {
        format,
        subjects: opened.subjects,
        components,
        passed_over,
    })
}
