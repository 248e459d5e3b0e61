//! Scans in short: of many images at once, and as DTR answered before 2.6.

use std::collections::{BTreeMap, HashSet};

use api::{
    error::Envelope,
    scan::{ImagesForm, ShortSummary, ThinSummaries, VulnCount},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::short::{self, Shorts, worst};
use crate::{
    caller::Caller,
    error::ApiResult,
    image::describe,
    input::{Body, Parameters, Segments, bad_field},
    operations::{Operations, routes},
    repositories::{Found, Named, images},
    state::AppState,
};

/// Images that one request asks about.
const MOST: usize = 1_000;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(summarize_tags))
        .routes(routes!(get_old_summary))
}

/// Counts the findings of many images of one platform each; of those that are scanned and that the caller may see. What is set aside in
/// a repository is counted: an image may be in several.
#[utoipa::path(
    post,
    path = "/api/v0/imagescan/scansummary/tags",
    tag = "scanning",
    request_body = ImagesForm,
    responses(
        (status = 200, description = "The counts.", body = ThinSummaries),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
    )
)]
async fn summarize_tags(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<ImagesForm>,
) -> ApiResult<Json<ThinSummaries>> {
    let viewer = caller.subject().viewer();
    if form.images.len() > MOST {
        return Err(bad_field(
            "images",
            format!("Ask about at most {MOST} images at once."),
        ));
    }
    let digests: HashSet<&str> = form
        .images
        .iter()
        .map(|image| image.digest.as_str())
        .collect();
    let places = db::images::visible(&state.db, &viewer, digests.iter().copied()).await?;
    let asked = form.images.iter().filter(|image| {
        places.iter().any(|place| {
            let (namespace, rest) = image.name.split_once('/').unwrap_or_default();
            let name = rest.split(':').next().unwrap_or_default();
            place.digest == image.digest && place.namespace == namespace && place.name == name
        })
    });
    let asked: HashSet<&str> = asked.map(|image| image.digest.as_str()).collect();
    let scans = db::scans::summary::of_images(&state.db, asked).await?;
    let images: BTreeMap<String, VulnCount> = scans
        .into_iter()
        .filter(|(_, row)| row.scan.detector_version > 0)
        .map(|(digest, row)| (digest, short::count(row.sums)))
        .collect();
    Ok(Json(ThinSummaries { images }))
}

#[derive(Debug, Deserialize)]
struct Tagged {
    namespace: String,
    reponame: String,
    tag: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OldQuery {
    /// Not used: the details are in the scan summary.
    #[serde(rename = "detailed")]
    _detailed: Option<bool>,
    /// Only this operating system, as `linux`.
    os: Option<String>,
    /// Only this architecture, as `amd64`.
    arch: Option<String>,
}

/// Shows an image's scan in short, of several platforms the worst. Deprecated by DTR: use the scan summary.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/repositories/{namespace}/{reponame}/{tag}",
    tag = "scanning",
    params(Named, ("tag" = String, Path, description = "A tag or a digest."), OldQuery),
    responses(
        (status = 200, description = "The scan in short.", body = ShortSummary),
        (status = 400, description = "`INVALID_TAG_NAME`, `INVALID_DIGEST`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`, `NO_SUCH_REF`", body = Envelope),
    )
)]
async fn get_old_summary(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<Tagged>,
    Parameters(query): Parameters<OldQuery>,
) -> ApiResult<Json<ShortSummary>> {
    let named = Named {
        namespace: path.namespace,
        reponame: path.reponame,
    };
    let found = Found::visible(&state, &caller, &named).await?;
    let platform = images::Platform::new(query.os.as_deref(), query.arch.as_deref());
    let images = images::of(&state, &found, &path.tag, &platform).await?;
    let mut platforms: Vec<_> = images.rows.iter().map(describe::platform).collect();
    let digests = images.rows.iter().map(|row| row.digest.as_str());
    Shorts::of(&state, &found.row, digests)
        .await?
        .fill(&mut platforms);
    Ok(Json(ShortSummary {
        namespace: named.namespace,
        reponame: named.reponame,
        tag: images.tag,
        ..worst(&platforms).unwrap_or_default()
    }))
}
