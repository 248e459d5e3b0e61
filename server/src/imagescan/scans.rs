//! Asking for scans, and stopping them.

use api::{
    error::Envelope,
    scan::{ScanOptions, ToggleScanOnPush},
};
use axum::{extract::State, http::StatusCode};
use db::scans::queue::{self, Priority};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::must_be_on;
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Segments},
    operations::{Operations, routes},
    repositories::{Found, Named, images},
    scanning,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(start_scan, stop_scan))
        .routes(routes!(scan_all))
        .routes(routes!(toggle_scan_on_push))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OnePlatform {
    /// Name of the account that owns the repository.
    namespace: String,
    /// Name of the repository within the namespace.
    reponame: String,
    /// A tag, or a digest.
    tag: String,
    /// As `linux`; `-` for any, as an image may not say it.
    os: String,
    /// As `amd64`; `-` for any.
    arch: String,
}

/// Stands for an operating system or architecture that does not matter.
const ANY: &str = "-";

impl OnePlatform {
    fn named(&self) -> Named {
        Named {
            namespace: self.namespace.clone(),
            reponame: self.reponame.clone(),
        }
    }

    /// The digests of the images that this is about.
    async fn digests(&self, state: &AppState, found: &Found) -> ApiResult<Vec<String>> {
        let [os, arch] = [&self.os, &self.arch].map(|part| (part != ANY).then_some(part.as_str()));
        let platform = images::Platform::new(os, arch);
        let images = images::of(state, found, &self.tag, &platform).await?;
        Ok(images.rows.into_iter().map(|row| row.digest).collect())
    }

    fn event(&self, found: &Found, caller: &Caller, kind: Kind) -> Event {
        let name = format!("{}/{}:{}", self.namespace, self.reponame, self.tag);
        Event::new(kind, ObjectType::Scan, None, name)
            .with(
                ObjectType::Repository,
                found.row.id,
                format!("{}/{}", self.namespace, self.reponame),
            )
            .because(found.reason(caller))
    }
}

/// Scans an image, also one that was scanned before. Needs read-write access.
#[utoipa::path(
    post,
    path = "/api/v0/imagescan/scan/{namespace}/{reponame}/{tag}/{os}/{arch}",
    tag = "scanning",
    params(OnePlatform),
    responses(
        (status = 200, description = "It is in the queue."),
        (status = 400, description = "`INVALID_TAG_NAME`, `INVALID_DIGEST`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`, `NO_SUCH_REF`", body = Envelope),
        (status = 503, description = "`SCANNING_DISABLED`", body = Envelope),
    )
)]
async fn start_scan(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OnePlatform>,
) -> ApiResult<StatusCode> {
    let found = Found::with(&state, &caller, &path.named(), Level::ReadWrite).await?;
    must_be_on(&state).await?;
    let digests = path.digests(&state, &found).await?;
    let db = state.recording(&caller, path.event(&found, &caller, Kind::Create));
    queue::enqueue(
        &db,
        &digests,
        Priority::Asked,
        true,
        scanning::detector_version(),
        OffsetDateTime::now_utc(),
    )
    .await?;
    state.scanning.wake();
    for digest in &digests {
        db::scans::announce(&state.db, digest).await?;
    }
    Ok(StatusCode::OK)
}

/// Ours: takes an image's scan out of the queue, or stops it; what was found before stays. Needs read-write access.
#[utoipa::path(
    delete,
    path = "/api/v0/imagescan/scan/{namespace}/{reponame}/{tag}/{os}/{arch}",
    tag = "scanning",
    params(OnePlatform),
    responses(
        (status = 204, description = "It does not go on."),
        (status = 400, description = "`INVALID_TAG_NAME`, `INVALID_DIGEST`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`, `NO_SUCH_REF`, `NO_SUCH_SCAN`", body = Envelope),
    )
)]
async fn stop_scan(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OnePlatform>,
) -> ApiResult<StatusCode> {
    let found = Found::with(&state, &caller, &path.named(), Level::ReadWrite).await?;
    let digests = path.digests(&state, &found).await?;
    let db = state.recording(&caller, path.event(&found, &caller, Kind::Delete));
    let mut stopped = false;
    for digest in &digests {
        if queue::cancel(&db, digest).await? {
            stopped = true;
            db::scans::announce(&state.db, digest).await?;
        }
    }
    if stopped {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found(
            "NO_SUCH_SCAN",
            "No scan of this image waits or goes on.",
        ))
    }
}

/// Scans all images again that an older scanner read, or nobody (`scan`), or judges all of them again (`check`). For site administrators.
#[utoipa::path(
    post,
    path = "/api/v0/imagescan/scan",
    tag = "scanning",
    request_body = ScanOptions,
    responses(
        (status = 200, description = "It is in the queue."),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 503, description = "`SCANNING_DISABLED`", body = Envelope),
    )
)]
async fn scan_all(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<ScanOptions>,
) -> ApiResult<StatusCode> {
    caller.admin()?;
    must_be_on(&state).await?;
    if !form.scan && !form.check {
        return Err(ApiError::invalid(
            "INVALID_PARAMETERS",
            "Say what to do: scan, check, or both.",
        ));
    }
    let event = Event::new(Kind::Create, ObjectType::Scan, None, "all images").changes(&form);
    state.record(caller.known(), caller.client, event).await?;
    if form.scan {
        let version = scanning::detector_version();
        queue::enqueue_all(&state.db, version, OffsetDateTime::now_utc()).await?;
    }
    if form.check {
        db::advisories::judge_again(&state.db).await?;
    }
    state.scanning.wake();
    Ok(StatusCode::OK)
}

/// Switches scanning on push on or off in all repositories that the caller administers.
#[utoipa::path(
    post,
    path = "/api/v0/repositories/scan/toggle",
    tag = "scanning",
    request_body = ToggleScanOnPush,
    responses(
        (status = 200, description = "It is so."),
        (status = 400, description = "`INVALID_JSON`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn toggle_scan_on_push(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<ToggleScanOnPush>,
) -> ApiResult<StatusCode> {
    caller.admin()?;
    let event = Event::new(Kind::Update, ObjectType::Repository, None, "all").changes(&form);
    let db = state.recording(&caller, event);
    db::repositories::set_scan_on_push(&db, form.scan_on_push).await?;
    Ok(StatusCode::OK)
}
