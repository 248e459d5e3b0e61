//! Which images an update of the vulnerability data changed: "2 new critical in 14 images", one by one.

use api::{
    error::Envelope,
    security::{ChangedImage, ChangedWay, CountChange},
};
use axum::{extract::State, http::StatusCode};
use db::{
    entities::image_change,
    scans::{
        Sums,
        changed::{self, Changed, Way},
        places::{self, Place},
    },
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{question, short};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input::{Parameters, Segments},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_changed_images))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChangedQuery {
    /// Which of them: `any`, `critical`, `worse` or `better`.
    #[serde(default)]
    #[param(inline, default = "any")]
    change: ChangedWay,
}

/// Ours: lists the images that have other findings since an update of the vulnerability data, the newest first, among those that the
/// caller may see; without an account those of public repositories. It is known of the last 31 updates. The results are not counted.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/updates/{generation}/images",
    tag = "scanning",
    params(("generation" = i64, Path, description = "Number of the update."), ChangedQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<ChangedImage>,
            headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 404, description = "`NO_SUCH_UPDATE`", body = Envelope),
    )
)]
async fn list_changed_images(
    State(state): State<AppState>,
    caller: Caller,
    Segments(generation): Segments<i64>,
    Parameters(query): Parameters<ChangedQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<ChangedImage>>> {
    let viewer = caller.subject().viewer();
    let page = page.page()?;
    if !db::advisories::exists(&state.db, generation).await? {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "NO_SUCH_UPDATE",
            "There is no update of the vulnerability data with this number.",
        ));
    }
    let changed = Changed {
        generation,
        way: match query.change {
            ChangedWay::Any => Way::Any,
            ChangedWay::Critical => Way::Critical,
            ChangedWay::Worse => Way::Worse,
            ChangedWay::Better => Way::Better,
        },
    };
    let after = page.after.as_deref().map(question::read_key).transpose()?;
    let limit = u64::try_from(page.size).unwrap_or(u64::MAX);
    let (places, next) =
        places::changed(&state.db, &viewer, &changed, after.as_ref(), limit).await?;
    let images: Vec<i64> = places.iter().map(|place| place.image).collect();
    let deltas = changed::of_images(&state.db, generation, &images).await?;
    let digests = places.iter().map(|place| place.digest.as_str());
    let scans = db::scans::summary::of_images(&state.db, digests).await?;
    let body = places.into_iter().filter_map(|place| {
        let change = deltas.get(&place.image)?;
        let now = scans.get(&place.digest)?.sums;
        Some(shown(place, change, now))
    });
    Ok(Paged {
        body: body.collect(),
        next: next.map(question::write_key),
        count: None,
    })
}

fn shown(place: Place, change: &image_change::Model, now: Sums) -> ChangedImage {
    ChangedImage {
        namespace: place.namespace,
        repository: place.name,
        digest: place.digest,
        tags: place.tags,
        os: place.os,
        architecture: place.architecture,
        change: CountChange {
            critical: change.critical,
            major: change.major,
            minor: change.minor,
            unspecified: change.unspecified,
        },
        now: short::count(now),
    }
}
