//! The documents that an image's scan is written as.

use std::{collections::HashMap, fmt};

use api::scan::{Component, Finding, Justification, LayerOverride, ScannedImage, Severity};
use scan::{
    fingerprint::LayerReport,
    sbom::{
        ImageFacts, ImageLayer, Purl,
        csv::{FindingRow, FindingTable},
        write_cyclonedx, write_spdx,
    },
    vex::{
        OpenVexFacts, VexJustification, VexProduct, VexSoftware, VexStatement, VexStatus,
        write_openvex,
    },
};
use time::OffsetDateTime;

use super::Format;
use crate::{
    scanning::{self, Composed},
    state::AppState,
};

/// An image that is to be written.
pub(super) struct Export {
    /// With the host.
    pub(super) repository: String,
    pub(super) platform: String,
    pub(super) image: ScannedImage,
    pub(super) composed: Composed,
}

impl Export {
    fn name(&self) -> String {
        if self.image.tag.is_empty() {
            format!("{}@{}", self.repository, self.image.manifest_digest)
        } else {
            format!("{}:{}", self.repository, self.image.tag)
        }
    }

    pub(super) fn csv(&self) -> std::io::Result<Vec<u8>> {
        let mut table = FindingTable::new(Vec::new())?;
        let name = self.name();
        let flaws: HashMap<&str, &api::scan::Cve> = self
            .image
            .cves
            .iter()
            .map(|cve| (cve.pk.as_str(), cve))
            .collect();
        let overrides: HashMap<&str, &LayerOverride> = self
            .image
            .vuln_overrides
            .iter()
            .map(|row| (row.pk.as_str(), row))
            .collect();
        let there = self
            .image
            .components
            .iter()
            .filter(|component| component.removed_by.is_none());
        for component in there {
            for finding in &component.findings {
                let cve = flaws.get(finding.cve.as_str()).copied();
                let aside = finding.set_aside.map(|id| id.to_string());
                let aside = aside.and_then(|id| overrides.get(id.as_str()).copied());
                self.line(&mut table, &name, component, finding, cve, aside)?;
            }
        }
        table.finish()
    }

    fn line(
        &self,
        table: &mut FindingTable<Vec<u8>>,
        name: &str,
        component: &Component,
        finding: &Finding,
        cve: Option<&api::scan::Cve>,
        aside: Option<&LayerOverride>,
    ) -> std::io::Result<()> {
        let layer = usize::try_from(component.layer).unwrap_or(usize::MAX);
        let layer = self.image.layers.get(layer);
        let text =
            |value: Option<&dyn fmt::Display>| value.map_or(String::new(), ToString::to_string);
        let score = finding.score.map(|tenths| f32::from(tenths) / 10.0);
        table.row(&FindingRow {
            image: name,
            digest: &self.image.manifest_digest,
            platform: &self.platform,
            layer: layer.map_or("", |layer| &layer.digest),
            component: &component.name,
            version: &component.version,
            package_type: &component.source,
            path: component.filepaths.first().map_or("", String::as_str),
            vulnerability: &finding.cve,
            severity: severity(finding.severity),
            score: &score.map_or(String::new(), |score| format!("{score:.1}")),
            vector: finding.vector.as_deref().unwrap_or_default(),
            exact: if finding.exact { "yes" } else { "no" },
            fixed_in: &finding.fixed_in.join(" "),
            epss: &text(cve.and_then(|cve| cve.epss.as_ref()).map(|epss| epss as _)),
            exploited: cve
                .and_then(|cve| cve.exploited_since.as_deref())
                .unwrap_or_default(),
            set_aside: if finding.set_aside.is_some() {
                "yes"
            } else {
                "no"
            },
            justification: aside.map_or("", |row| &row.justification),
            note: aside.map_or("", |row| &row.notes),
            summary: cve.map_or("", |cve| &cve.summary),
        })
    }

    /// The findings that are set aside, each in its component of this image.
    pub(super) fn openvex(&self, author: &str) -> std::io::Result<Vec<u8>> {
        let mut statements = Vec::new();
        let os = self.composed.report.os.as_ref();
        for (placed, key) in self
            .composed
            .report
            .components
            .iter()
            .zip(&self.composed.keys)
        {
            let Some(shown) = self.image.components.iter().find(|shown| shown.pk == *key) else {
                continue;
            };
            for finding in shown
                .findings
                .iter()
                .filter(|finding| finding.set_aside.is_some())
            {
                let id = finding
                    .set_aside
                    .map(|id| id.to_string())
                    .unwrap_or_default();
                let Some(aside) = self.image.vuln_overrides.iter().find(|row| row.pk == id) else {
                    continue;
                };
                let part = VexSoftware {
                    purl: Purl::of(&placed.component, os),
                    digest: None,
                    name: Some(shown.name.clone()),
                    version: Some(shown.version.clone()).filter(|version| !version.is_empty()),
                };
                statements.push(self.statement(finding, aside, part));
            }
        }
        let newest = self
            .image
            .vuln_overrides
            .iter()
            .filter_map(|row| row.created_at)
            .max();
        let facts = OpenVexFacts {
            author,
            timestamp: newest.unwrap_or(OffsetDateTime::UNIX_EPOCH),
            version: 1,
            tool_version: env!("CARGO_PKG_VERSION"),
        };
        let mut out = Vec::new();
        write_openvex(&statements, &facts, &mut out)?;
        Ok(out)
    }

    fn statement(
        &self,
        finding: &Finding,
        aside: &LayerOverride,
        part: VexSoftware,
    ) -> VexStatement {
        let justification = justification(&aside.justification);
        let notes = Some(aside.notes.clone()).filter(|notes| !notes.is_empty());
        VexStatement {
            vulnerability: finding.cve.clone(),
            aliases: Vec::new(),
            products: vec![VexProduct {
                software: VexSoftware {
                    digest: Some(self.image.manifest_digest.clone()),
                    ..VexSoftware::default()
                },
                parts: vec![part],
            }],
            status: VexStatus::NotAffected,
            // a statement needs one or the other
            impact: match justification {
                Some(_) => None,
                None => Some(
                    notes
                        .clone()
                        .unwrap_or_else(|| "Set aside in the registry.".to_owned()),
                ),
            },
            notes: justification.and(notes),
            justification,
            action: None,
            timestamp: aside.created_at,
        }
    }

    pub(super) async fn bill(&self, state: &AppState, format: Format) -> std::io::Result<Vec<u8>> {
        let reports = scanning::reports(state, &self.composed.layers)
            .await
            .map_err(std::io::Error::other)?;
        let layers: Vec<ImageLayer<'_>> = self
            .composed
            .layers
            .iter()
            .map(|digest| ImageLayer {
                digest,
                files: reports
                    .get(digest)
                    .map_or(&[][..], |report: &LayerReport| &report.executables),
            })
            .collect();
        let facts = ImageFacts {
            repository: &self.repository,
            tag: Some(self.image.tag.as_str()).filter(|tag| !tag.is_empty()),
            manifest_digest: &self.image.manifest_digest,
            platform: Some(self.platform.as_str()).filter(|platform| !platform.is_empty()),
            layers: &layers,
            created: self.composed.read_at,
            tool_version: env!("CARGO_PKG_VERSION"),
        };
        let mut out = Vec::new();
        match format {
            Format::Cyclonedx => write_cyclonedx(&self.composed.report, &facts, &mut out)?,
            _ => write_spdx(&self.composed.report, &facts, &mut out)?,
        }
        Ok(out)
    }
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Major => "major",
        Severity::Minor => "minor",
        Severity::Unspecified => "unspecified",
    }
}

/// VEX's own word.
fn justification(word: &str) -> Option<VexJustification> {
    let known = Justification::ALL
        .into_iter()
        .find(|known| known.as_str() == word)?;
    serde_json::from_value(serde_json::json!(known)).ok()
}
