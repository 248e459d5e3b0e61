//! What was found in an image, as a file: CSV for people, SPDX and CycloneDX for other programs, and what was set aside as OpenVEX.

use std::{collections::HashMap, fmt};

use api::{
    error::Envelope,
    scan::{Component, Finding, Justification, LayerOverride, ScannedImage, Severity},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
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
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::image;
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input::{Parameters, Segments},
    operations::{Operations, routes},
    origin::Origin,
    repositories::{Found, Named, images},
    scanning::{self, Composed},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(export_summary))
}

#[derive(Debug, Deserialize)]
struct Tagged {
    namespace: String,
    reponame: String,
    reference: String,
}

/// What is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// One line for each finding.
    Csv,
    /// A bill of materials: SPDX 2.3.
    Spdx,
    /// A bill of materials: `CycloneDX` 1.6.
    Cyclonedx,
    /// What was set aside: `OpenVEX` 0.2.0.
    Openvex,
}

impl Format {
    /// By the media types that the client takes; CSV, which is DTR's, where none of ours is named.
    fn accepted(headers: &HeaderMap) -> Self {
        let accept = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        [Self::Spdx, Self::Cyclonedx, Self::Openvex]
            .into_iter()
            .find(|format| accept.contains(format.media_type()))
            .unwrap_or(Self::Csv)
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Spdx => "application/spdx+json",
            Self::Cyclonedx => "application/vnd.cyclonedx+json",
            Self::Openvex => "application/openvex+json",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Spdx => "spdx.json",
            Self::Cyclonedx => "cdx.json",
            Self::Openvex => "openvex.json",
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// Only this operating system, as `linux`.
    os: Option<String>,
    /// Only this architecture, as `amd64`.
    arch: Option<String>,
    /// Not used.
    #[serde(rename = "scanstatus")]
    _scanstatus: Option<bool>,
    /// Ours: the format; without it the header `Accept` says it.
    #[param(inline)]
    format: Option<Format>,
}

/// Gives what was found in an image of one platform as a file: CSV; ours: SPDX, `CycloneDX`, or what was set aside as `OpenVEX`.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/scansummary/repositories/{namespace}/{reponame}/{reference}/export",
    tag = "scanning",
    params(Named, ("reference" = String, Path, description = "A tag or a digest."), ExportQuery),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "text/csv"),
        (status = 400, description = "`INVALID_TAG_NAME`, `INVALID_DIGEST`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`, `NO_SUCH_REF`, `NO_SUCH_SCAN`", body = Envelope),
    )
)]
async fn export_summary(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<Tagged>,
    Parameters(query): Parameters<ExportQuery>,
    parts: axum::http::request::Parts,
) -> ApiResult<Response> {
    let named = Named {
        namespace: path.namespace,
        reponame: path.reponame,
    };
    let found = Found::visible(&state, &caller, &named).await?;
    let platform = images::Platform::new(query.os.as_deref(), query.arch.as_deref());
    let images = images::of(&state, &found, &path.reference, &platform).await?;
    let [row] = images.rows.as_slice() else {
        return Err(ApiError::invalid(
            "INVALID_PARAMETERS",
            "The image has several platforms; say which one with os and arch.",
        ));
    };
    let (image, composed) = image::show(&state, &found, &images.tag, row).await?;
    let composed = composed.ok_or_else(|| {
        ApiError::not_found("NO_SUCH_SCAN", "This image has not been scanned yet.")
    })?;
    let format = query
        .format
        .unwrap_or_else(|| Format::accepted(&parts.headers));
    let origin = Origin::of(&state.config, &parts);
    let host = origin.base.split("://").last().unwrap_or_default();
    let export = Export {
        repository: format!("{host}/{}", found.full_name()),
        platform: platform_name(row),
        image,
        composed,
    };
    let body = match format {
        Format::Csv => export.csv(),
        Format::Openvex => export.openvex(host),
        Format::Spdx | Format::Cyclonedx => export.bill(&state, format).await,
    };
    let body = body.map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidInput => ApiError::not_found(
            "NO_SUCH_SCAN",
            "Nothing of this image is set aside, and OpenVEX has no empty document.",
        ),
        _ => ApiError::internal(&error),
    })?;
    Ok(attachment(&export.image, format, body))
}

fn platform_name(row: &db::manifests::Summary) -> String {
    let parts = [&row.os, &row.architecture, &row.variant];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join("/")
}

fn attachment(image: &ScannedImage, format: Format, body: Vec<u8>) -> Response {
    // names of repositories and tags have no character that a header, or a file's name, cannot have
    let which = if image.tag.is_empty() {
        image.manifest_digest.replace(':', "-")
    } else {
        image.tag.clone()
    };
    let name = format!(
        "attachment; filename=\"{}-{which}.{}\"",
        image.repository.replace('/', "-"),
        format.extension()
    );
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(format.media_type()),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, body).into_response()
}

/// An image that is to be written.
struct Export {
    /// With the host.
    repository: String,
    platform: String,
    image: ScannedImage,
    composed: Composed,
}

impl Export {
    fn name(&self) -> String {
        if self.image.tag.is_empty() {
            format!("{}@{}", self.repository, self.image.manifest_digest)
        } else {
            format!("{}:{}", self.repository, self.image.tag)
        }
    }

    fn csv(&self) -> std::io::Result<Vec<u8>> {
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
    fn openvex(&self, author: &str) -> std::io::Result<Vec<u8>> {
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

    async fn bill(&self, state: &AppState, format: Format) -> std::io::Result<Vec<u8>> {
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
