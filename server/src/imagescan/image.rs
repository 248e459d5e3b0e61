//! What a scan found in an image: components, findings, layers.

use std::collections::{BTreeSet, HashMap};

use api::{
    error::Envelope,
    scan::{
        Component, Finding, Layer, LayerOverride, License, ScanSummary, ScannedImage,
        ScannerFingerprint, Severity, ShortSummary, VulnCount,
    },
};
use axum::{Json, extract::State};
use db::{
    entities::{component, finding, image_scan},
    manifests::Summary,
};
use scan::fingerprint::Placed;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{aside::Aside, base, composed, cves, overrides, short, unsigned};
use crate::{
    caller::Caller,
    error::ApiResult,
    input::{Parameters, Segments},
    operations::{Operations, routes},
    repositories::{Found, Named, images},
    scanning::Composed,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(get_summary))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SummaryQuery {
    /// Also answer `scanStatus`.
    #[param(default = true)]
    scanstatus: Option<bool>,
    /// Only this operating system, as `linux`.
    os: Option<String>,
    /// Only this architecture, as `amd64`.
    arch: Option<String>,
}

/// Shows what was found in an image: one entry for each platform that fits the query.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/scansummary/repositories/{namespace}/{reponame}/{reference}",
    tag = "scanning",
    params(Named, ("reference" = String, Path, description = "A tag or a digest."), SummaryQuery),
    responses(
        (status = 200, description = "One entry for each platform.", body = Vec<ScanSummary>),
        (status = 400, description = "`INVALID_TAG_NAME`, `INVALID_DIGEST`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`, `NO_SUCH_REF`", body = Envelope),
    )
)]
async fn get_summary(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<images::Referenced>,
    Parameters(query): Parameters<SummaryQuery>,
) -> ApiResult<Json<Vec<ScanSummary>>> {
    let (named, reference) = path.split();
    let found = Found::visible(&state, &caller, &named).await?;
    let platform = images::Platform::new(query.os.as_deref(), query.arch.as_deref());
    let images = images::of(&state, &found, &reference, &platform).await?;
    let viewer = caller.subject().viewer();
    let mut summaries = Vec::with_capacity(images.rows.len());
    for row in images.rows.iter().take(MAX_PLATFORMS) {
        let mut image = show(&state, &found, &images.tag, row).await?.0;
        image.base = base::of(&state, &viewer, &row.digest).await?;
        summaries.push(ScanSummary {
            scan_status: query
                .scanstatus
                .unwrap_or(true)
                .then_some(image.summary.last_scan_status),
            should_rescan: image.summary.should_rescan,
            scanned_image: image,
        });
    }
    Ok(Json(summaries))
}

/// Platforms that are answered in full; with `os` and `arch` any single one is to be had.
const MAX_PLATFORMS: usize = 8;

/// The image in full, or as far as it was scanned.
pub(super) async fn show(
    state: &AppState,
    found: &Found,
    tag: &str,
    row: &Summary,
) -> ApiResult<(ScannedImage, Option<Composed>)> {
    let digest = row.digest.as_str();
    let scans = db::scans::summary::of_images(&state.db, [digest]).await?;
    let shorts = short::Shorts::of(state, &found.row, [digest]).await?;
    let (namespace, name) = (&found.row.namespace, &found.row.name);
    let mut image = ScannedImage {
        pk: row.digest.clone(),
        namespace: namespace.clone(),
        repository: name.clone(),
        tag: tag.to_owned(),
        manifest_digest: row.digest.clone(),
        summary: ShortSummary {
            namespace: namespace.clone(),
            reponame: name.clone(),
            tag: tag.to_owned(),
            ..shorts.image(digest)
        },
        ..ScannedImage::default()
    };
    let Some(scan) = scans
        .get(digest)
        .map(|found| &found.scan)
        .filter(|scan| scan.detector_version > 0)
    else {
        return Ok((image, None));
    };
    let composed = fill(state, found, &mut image, scan).await?;
    Ok((image, Some(composed)))
}

async fn fill(
    state: &AppState,
    found: &Found,
    image: &mut ScannedImage,
    scan: &image_scan::Model,
) -> ApiResult<Composed> {
    let aside = Aside::of(state, &found.row).await?;
    let (layers, composed) = composed::scanned(state, scan).await?;
    let rows = db::scans::components::by_key(&state.db, &composed.keys).await?;
    let ids: Vec<i64> = rows.values().map(|row| row.id).collect();
    let findings = db::scans::components::findings(&state.db, &ids).await?;
    let known = Known::new(&rows, findings);
    image.components = known.components(&composed, &aside);
    image.layers = layers
        .into_iter()
        .zip(0..)
        .map(|(layer, index)| of_layer(&layer, index, &image.components, &composed))
        .collect();
    image.total_vuln_count = VulnCount {
        critical: image.summary.critical,
        major: image.summary.major,
        minor: image.summary.minor,
        unspecified: image.summary.unspecified,
    };
    image.licenses = licences(&image.components);
    let findings = image.components.iter().flat_map(|one| &one.findings);
    image.cves = cves::of(state, findings, &known).await?;
    image.max_cvss_value = image
        .components
        .iter()
        .filter(|component| component.removed_by.is_none())
        .flat_map(|component| &component.findings)
        .filter(|finding| finding.set_aside.is_none())
        .filter_map(|finding| finding.score)
        .max()
        .map_or(0.0, |tenths| f32::from(tenths) / 10.0);
    image.scanner_fingerprint = ScannerFingerprint {
        scanner_type: 1,
        version: vec![scan.detector_version.to_string()],
    };
    image.os.clone_from(&scan.os);
    image.vuln_overrides = overrides_in(state, image, aside).await?;
    Ok(composed)
}

/// The overrides that set a finding of this image aside.
async fn overrides_in(
    state: &AppState,
    image: &ScannedImage,
    aside: Aside,
) -> ApiResult<Vec<LayerOverride>> {
    let used: BTreeSet<_> = image
        .components
        .iter()
        .flat_map(|component| &component.findings)
        .filter_map(|finding| finding.set_aside)
        .collect();
    let rows = aside.rows().filter(|row| used.contains(&row.id)).collect();
    overrides::shown(state, rows).await
}

/// What rows say of the components.
pub(super) struct Known<'k> {
    rows: &'k HashMap<String, component::Model>,
    /// The findings of each, by its number.
    pub(super) findings: HashMap<i64, Vec<finding::Model>>,
}

impl<'k> Known<'k> {
    pub(super) fn new(
        rows: &'k HashMap<String, component::Model>,
        all: Vec<finding::Model>,
    ) -> Self {
        let mut findings: HashMap<i64, Vec<finding::Model>> = HashMap::new();
        for finding in all {
            findings
                .entry(finding.component_id)
                .or_default()
                .push(finding);
        }
        Self { rows, findings }
    }

    /// The image's own components, the worst first.
    fn components(&self, composed: &Composed, aside: &Aside) -> Vec<Component> {
        let mut shown: Vec<Component> = composed
            .report
            .components
            .iter()
            .zip(&composed.keys)
            .filter(|(placed, _)| placed.part_of.is_none())
            .map(|(placed, key)| self.component(placed, key, &composed.layers, aside))
            .collect();
        shown.sort_by(|one, other| {
            let rank = |component: &Component| {
                let count = component.vuln_count;
                (
                    component.removed_by.is_some(),
                    std::cmp::Reverse((
                        count.critical,
                        count.major,
                        count.minor,
                        count.unspecified,
                    )),
                )
            };
            rank(one)
                .cmp(&rank(other))
                .then_with(|| one.name.cmp(&other.name))
                .then_with(|| one.version.cmp(&other.version))
        });
        shown
    }

    /// The findings of the component of that number.
    pub(super) fn findings_of(&self, id: i64) -> Vec<Finding> {
        let found = self.findings.get(&id).map_or(&[][..], Vec::as_slice);
        found.iter().map(of_finding).collect()
    }

    fn component(&self, placed: &Placed, key: &str, layers: &[String], aside: &Aside) -> Component {
        let component = &placed.component;
        let row = self.rows.get(key);
        let mut findings = row.map_or_else(Vec::new, |row| self.findings_of(row.id));
        let version = component.version.as_deref().unwrap_or_default();
        let layer = layers.get(placed.introduced);
        for finding in &mut findings {
            finding.set_aside = aside.by(&finding.cve, (&component.name, version), layer);
        }
        Component {
            pk: key.to_owned(),
            name: component.name.clone(),
            version: component.version.clone().unwrap_or_default(),
            source: component.kind.purl_type().to_owned(),
            filepaths: component
                .paths
                .iter()
                .map(|path| nested(path.as_str(), &component.nested))
                .collect(),
            licenses: component
                .licences
                .iter()
                .map(|licence| licence.name().to_owned())
                .collect(),
            cves: counted(&findings)
                .map(|finding| finding.cve.clone())
                .collect(),
            vuln_count: count(&findings),
            findings,
            layer: unsigned(placed.introduced),
            removed_by: placed.removed.map(unsigned),
            evidence: serde_json::to_value(component.evidence)
                .ok()
                .and_then(|value| value.as_str().map(str::to_owned))
                .unwrap_or_default(),
            exact: component.exact,
        }
    }
}

/// Those that are not set aside.
fn counted(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings
        .iter()
        .filter(|finding| finding.set_aside.is_none())
}

/// Findings by severity, but for those set aside.
pub(super) fn count(findings: &[Finding]) -> VulnCount {
    let mut count = VulnCount::default();
    for finding in counted(findings) {
        *match finding.severity {
            Severity::Critical => &mut count.critical,
            Severity::Major => &mut count.major,
            Severity::Minor => &mut count.minor,
            Severity::Unspecified => &mut count.unspecified,
        } += 1;
    }
    count
}

/// A path, and where in the archive there.
fn nested(path: &str, inside: &[String]) -> String {
    inside.iter().fold(format!("/{path}"), |path, inside| {
        format!("{path}!/{inside}")
    })
}

pub(super) fn of_finding(row: &finding::Model) -> Finding {
    let list = |value: &serde_json::Value| -> Vec<String> {
        serde_json::from_value(value.clone()).unwrap_or_default()
    };
    Finding {
        cve: row.identity.clone(),
        severity: match row.severity {
            3 => Severity::Critical,
            2 => Severity::Major,
            1 => Severity::Minor,
            _ => Severity::Unspecified,
        },
        score: row.score.and_then(|score| u8::try_from(score).ok()),
        vector: row.vector.clone(),
        fixed_in: list(&row.fixed_in),
        will_not_fix: row.fix == "refused",
        exact: row.exact,
        records: list(&row.records),
        found_at: row.found_at,
        set_aside: None,
    }
}

fn of_layer(
    layer: &oci::Descriptor,
    index: u32,
    components: &[Component],
    composed: &Composed,
) -> Layer {
    let brings = components
        .iter()
        .filter(|component| component.layer == index);
    let position = usize::try_from(index).unwrap_or(usize::MAX);
    Layer {
        digest: layer.digest.to_string(),
        media_type: layer.media_type.clone(),
        author: String::new(),
        size: layer.size,
        components: brings.map(|component| component.pk.clone()).collect(),
        incomplete: composed
            .report
            .incomplete
            .get(&position)
            .map(|reasons| reasons.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
    }
}

pub(super) fn licences(components: &[Component]) -> Vec<License> {
    let all: BTreeSet<&String> = components
        .iter()
        .filter(|component| component.removed_by.is_none())
        .flat_map(|component| &component.licenses)
        .collect();
    all.into_iter().map(|name| licence(name)).collect()
}

fn licence(name: &str) -> License {
    let is_expression = scan::fingerprint::normalise_licence(name).is_some_and(|spdx| spdx == name);
    let is_plain = is_expression && !name.contains(' ');
    License {
        name: name.to_owned(),
        kind: if is_expression { "spdx" } else { "other" }.to_owned(),
        url: if is_plain {
            format!("https://spdx.org/licenses/{name}.html")
        } else {
            String::new()
        },
    }
}
