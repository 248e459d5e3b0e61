//! DTR's way to ask where something is: `scansummary/{cve|component|layer|license}/{value}`. Of each image only what fits is answered:
//! the rest is in its own summary.

use std::collections::{BTreeSet, HashMap};

use api::{
    error::Envelope,
    scan::{Component, Layer, ScanSummary, ScannedImage, ScannerFingerprint, VulnCount},
};
use axum::extract::State;
use db::{
    entities::component,
    scans::{components, places::Place, sought},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    cves,
    image::{self, Known},
    question::{Asked, Question},
    short::Shorts,
    whereabouts::components_of,
};
use crate::{
    caller::Caller,
    error::ApiResult,
    input::{Parameters, Segments},
    operations::{Operations, routes},
    paging::{Page, PageQuery, Paged},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(by_cve))
        .routes(routes!(by_component))
        .routes(routes!(by_layer))
        .routes(routes!(by_license))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StatusQuery {
    /// Also answer `scanStatus`.
    #[param(default = true)]
    scanstatus: Option<bool>,
}

/// Lists the images with a flaw, of those that the caller may see.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/scansummary/cve/{cve}",
    tag = "scanning",
    params(("cve" = String, Path, description = "Any name of the flaw."), StatusQuery, PageQuery),
    responses(
        (status = 200, description = "One page, the newest image first.", body = Vec<ScanSummary>,
            headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
    )
)]
async fn by_cve(
    State(state): State<AppState>,
    caller: Caller,
    Segments(value): Segments<String>,
    Parameters(query): Parameters<StatusQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<ScanSummary>>> {
    list(
        &state,
        &caller,
        Question::flaw(value)?,
        &query,
        &page.page()?,
    )
    .await
}

/// Lists the images with a component, of those that the caller may see.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/scansummary/component/{component}",
    tag = "scanning",
    params(("component" = String, Path, description = "Its name."), StatusQuery, PageQuery),
    responses(
        (status = 200, description = "One page, the newest image first.", body = Vec<ScanSummary>,
            headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
    )
)]
async fn by_component(
    State(state): State<AppState>,
    caller: Caller,
    Segments(value): Segments<String>,
    Parameters(query): Parameters<StatusQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<ScanSummary>>> {
    list(
        &state,
        &caller,
        Question::component(value, None)?,
        &query,
        &page.page()?,
    )
    .await
}

/// Lists the images with a layer, of those that the caller may see.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/scansummary/layer/{layer}",
    tag = "scanning",
    params(("layer" = String, Path, description = "Its digest."), StatusQuery, PageQuery),
    responses(
        (status = 200, description = "One page, the newest image first.", body = Vec<ScanSummary>,
            headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
    )
)]
async fn by_layer(
    State(state): State<AppState>,
    caller: Caller,
    Segments(value): Segments<String>,
    Parameters(query): Parameters<StatusQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<ScanSummary>>> {
    list(
        &state,
        &caller,
        Question::layer(&value)?,
        &query,
        &page.page()?,
    )
    .await
}

/// Lists the images with a component under a licence, of those that the caller may see.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/scansummary/license/{license}",
    tag = "scanning",
    params(("license" = String, Path, description = "An SPDX expression, or what was written."), StatusQuery, PageQuery),
    responses(
        (status = 200, description = "One page, the newest image first.", body = Vec<ScanSummary>,
            headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
    )
)]
async fn by_license(
    State(state): State<AppState>,
    caller: Caller,
    Segments(value): Segments<String>,
    Parameters(query): Parameters<StatusQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<ScanSummary>>> {
    list(
        &state,
        &caller,
        Question::licence(value)?,
        &query,
        &page.page()?,
    )
    .await
}

async fn list(
    state: &AppState,
    caller: &Caller,
    question: Question,
    query: &StatusQuery,
    page: &Page,
) -> ApiResult<Paged<Vec<ScanSummary>>> {
    let viewer = caller.subject().viewer();
    let asked = question.ask(state).await?;
    let (places, next) = asked.places(state, &viewer, page).await?;
    let digests = places.iter().map(|place| place.digest.as_str());
    let shorts = Shorts::anywhere(state, digests).await?;
    let said = Said::read(state, &asked, &places).await?;
    let mut body = Vec::with_capacity(places.len());
    for place in &places {
        let mut image = said.image(place);
        image.summary = shorts.image(&place.digest);
        image.cves = said.cves(&image.components);
        image.total_vuln_count = VulnCount {
            critical: image.summary.critical,
            major: image.summary.major,
            minor: image.summary.minor,
            unspecified: image.summary.unspecified,
        };
        body.push(ScanSummary {
            scan_status: query
                .scanstatus
                .unwrap_or(true)
                .then_some(image.summary.last_scan_status),
            should_rescan: image.summary.should_rescan,
            scanned_image: image,
        });
    }
    Ok(Paged {
        body,
        next,
        count: None,
    })
}

/// What is said of everything on a page, read at once.
struct Said {
    rows: HashMap<i64, component::Model>,
    licences: HashMap<i64, Vec<String>>,
    findings: HashMap<i64, Vec<api::scan::Finding>>,
    cves: Vec<api::scan::Cve>,
}

impl Said {
    async fn read(state: &AppState, asked: &Asked, places: &[Place]) -> ApiResult<Self> {
        let ids = components_of(places);
        let rows = sought::components(&state.db, &ids).await?;
        let found = if asked.flaws.is_empty() {
            components::findings(&state.db, &ids).await?
        } else {
            sought::findings(&state.db, &ids, &asked.flaws).await?
        };
        let by_key = rows
            .values()
            .map(|row| (row.key.clone(), row.clone()))
            .collect();
        let known = Known::new(&by_key, found);
        let findings: HashMap<i64, Vec<_>> =
            ids.iter().map(|id| (*id, known.findings_of(*id))).collect();
        let cves = cves::of(state, findings.values().flatten(), &known).await?;
        Ok(Self {
            licences: sought::licences(&state.db, &ids).await?,
            rows,
            findings,
            cves,
        })
    }

    fn image(&self, place: &Place) -> ScannedImage {
        let mut layers: Vec<Layer> = Vec::new();
        let mut components = Vec::new();
        for (id, digest) in &place.brought {
            if digest.is_empty() {
                components.extend(self.component(*id));
                continue;
            }
            let position = layers.iter().position(|layer| &layer.digest == digest);
            let position = position.unwrap_or_else(|| {
                layers.push(layer(digest));
                layers.len() - 1
            });
            let Some(component) = self.component(*id) else {
                continue;
            };
            if let Some(layer) = layers.get_mut(position) {
                layer.components.push(component.pk.clone());
            }
            components.push(component);
        }
        let max = components
            .iter()
            .flat_map(|component: &Component| &component.findings)
            .filter_map(|finding| finding.score)
            .max();
        ScannedImage {
            pk: place.digest.clone(),
            namespace: place.namespace.clone(),
            repository: place.name.clone(),
            tag: place.tags.first().cloned().unwrap_or_default(),
            manifest_digest: place.digest.clone(),
            max_cvss_value: max.map_or(0.0, |tenths| f32::from(tenths) / 10.0),
            licenses: image::licences(&components),
            layers,
            components,
            scanner_fingerprint: ScannerFingerprint {
                scanner_type: 1,
                version: vec![crate::scanning::detector_version().to_string()],
            },
            ..ScannedImage::default()
        }
    }

    fn component(&self, id: i64) -> Option<Component> {
        let row = self.rows.get(&id)?;
        let findings = self.findings.get(&id).cloned().unwrap_or_default();
        Some(Component {
            pk: row.key.clone(),
            name: row.name.clone(),
            version: row.version.clone().unwrap_or_default(),
            source: row.kind.clone(),
            filepaths: Vec::new(),
            licenses: self.licences.get(&id).cloned().unwrap_or_default(),
            cves: findings.iter().map(|finding| finding.cve.clone()).collect(),
            vuln_count: image::count(&findings),
            findings,
            layer: 0,
            removed_by: None,
            evidence: String::new(),
            exact: row.exact,
        })
    }

    /// The flaws of these components.
    fn cves(&self, components: &[Component]) -> Vec<api::scan::Cve> {
        let names: BTreeSet<&String> = components.iter().flat_map(|one| &one.cves).collect();
        let of_these = self.cves.iter().filter(|cve| names.contains(&cve.pk));
        of_these.cloned().collect()
    }
}

/// A layer, as far as it is known without its image.
fn layer(digest: &str) -> Layer {
    Layer {
        digest: digest.to_owned(),
        media_type: String::new(),
        author: String::new(),
        size: 0,
        components: Vec::new(),
        incomplete: Vec::new(),
    }
}
