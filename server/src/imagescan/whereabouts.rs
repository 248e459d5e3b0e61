//! Where is it: the images that have a flaw, a component, a licence, a file or a layer, of those that the caller may see.

use std::collections::{BTreeSet, HashMap};

use api::{
    error::Envelope,
    scan::Severity,
    security::{FoundComponent, FoundIn},
};
use axum::extract::State;
use db::{
    entities::{component, finding},
    scans::{places::Place, sought},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    image,
    question::{Asked, Question},
};
use crate::{
    caller::Caller,
    error::ApiResult,
    input::{Parameters, bad_field},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(where_is))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WhereQuery {
    /// A flaw, by any of its names, as `CVE-2024-5535` or `GHSA-…`.
    cve: Option<String>,
    /// A component, by its name.
    component: Option<String>,
    /// Only these versions of the component: one, or bounds like `>=3.0.0 <3.0.12`.
    version: Option<String>,
    /// A licence, as `MIT`.
    license: Option<String>,
    /// A file, by its SHA-256 in hex.
    file: Option<String>,
    /// A layer, by its digest.
    layer: Option<String>,
}

impl WhereQuery {
    fn question(self) -> ApiResult<Question> {
        let Self {
            cve,
            component,
            version,
            license,
            file,
            layer,
        } = self;
        let one = || {
            bad_field(
                "cve",
                "Say one thing to look for: cve, component (with version), license, file or layer.",
            )
        };
        if version.is_some() && component.is_none() {
            return Err(bad_field("version", "version goes with component."));
        }
        let given = |value: Option<String>| value.filter(|text| !text.trim().is_empty());
        match (
            given(cve),
            given(component),
            given(license),
            given(file),
            given(layer),
        ) {
            (Some(cve), None, None, None, None) => Question::flaw(cve),
            (None, Some(name), None, None, None) => Question::component(name, version.as_deref()),
            (None, None, Some(licence), None, None) => Question::licence(licence),
            (None, None, None, Some(hash), None) => Question::file(&hash),
            (None, None, None, None, Some(digest)) => Question::layer(&digest),
            _ => Err(one()),
        }
    }
}

/// Ours: finds the images that have something, the newest first, among those that the caller may see; without an account those of
/// public repositories. What a later layer took away is not there. The results are not counted.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/where",
    tag = "scanning",
    params(WhereQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<FoundIn>,
            headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
    )
)]
async fn where_is(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(query): Parameters<WhereQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<FoundIn>>> {
    let viewer = caller.subject().viewer();
    let (question, page) = (query.question()?, page.page()?);
    let asked = question.ask(&state).await?;
    let (places, next) = asked.places(&state, &viewer, &page).await?;
    let known = Known::read(&state, &asked, &places).await?;
    let found = places.into_iter().map(|place| known.found(place, &asked));
    Ok(Paged {
        body: found.collect(),
        next,
        count: None,
    })
}

/// Components of one image that are listed, at most.
const SHOWN: usize = 50;

/// What is known of the components that were found.
struct Known {
    rows: HashMap<i64, component::Model>,
    findings: HashMap<i64, Vec<finding::Model>>,
}

impl Known {
    async fn read(state: &AppState, asked: &Asked, places: &[Place]) -> ApiResult<Self> {
        let ids = components_of(places);
        let rows = sought::components(&state.db, &ids).await?;
        let mut findings: HashMap<i64, Vec<finding::Model>> = HashMap::new();
        if !asked.flaws.is_empty() {
            for row in sought::findings(&state.db, &ids, &asked.flaws).await? {
                findings.entry(row.component_id).or_default().push(row);
            }
        }
        Ok(Self { rows, findings })
    }

    fn found(&self, place: Place, asked: &Asked) -> FoundIn {
        let mut components: Vec<FoundComponent> = place
            .brought
            .into_iter()
            .filter_map(|(id, layer)| self.component(id, layer, asked))
            .collect();
        components.sort_by(|one, other| {
            (other.severity.cmp(&one.severity))
                .then_with(|| one.name.cmp(&other.name))
                .then_with(|| one.version.cmp(&other.version))
        });
        let more = components.len().saturating_sub(SHOWN);
        components.truncate(SHOWN);
        FoundIn {
            namespace: place.namespace,
            repository: place.name,
            digest: place.digest,
            tags: place.tags,
            os: place.os,
            architecture: place.architecture,
            components,
            more: u32::try_from(more).unwrap_or(u32::MAX),
        }
    }

    fn component(&self, id: i64, layer: String, asked: &Asked) -> Option<FoundComponent> {
        let row = self.rows.get(&id)?;
        let findings: Vec<_> = self
            .findings
            .get(&id)
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .map(image::of_finding)
            .collect();
        let severity = if asked.flaws.is_empty() {
            worst(row)
        } else {
            findings.iter().map(|finding| finding.severity).max()
        };
        let fixed_in: BTreeSet<String> = findings
            .into_iter()
            .flat_map(|finding| finding.fixed_in)
            .collect();
        Some(FoundComponent {
            name: row.name.clone(),
            version: row.version.clone().unwrap_or_default(),
            exact: row.exact && row.version.is_some() && !asked.unsure.contains(&id),
            layer,
            severity,
            fixed_in: fixed_in.into_iter().collect(),
        })
    }
}

/// The numbers of the components that were found somewhere.
pub(super) fn components_of(places: &[Place]) -> Vec<i64> {
    let ids: BTreeSet<i64> = places
        .iter()
        .flat_map(|place| place.brought.iter().map(|(id, _)| *id))
        .collect();
    ids.into_iter().collect()
}

fn worst(row: &component::Model) -> Option<Severity> {
    [
        (row.critical, Severity::Critical),
        (row.major, Severity::Major),
        (row.minor, Severity::Minor),
        (row.unspecified, Severity::Unspecified),
    ]
    .into_iter()
    .find_map(|(count, severity)| (count > 0).then_some(severity))
}
