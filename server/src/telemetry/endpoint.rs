//! `GET /metrics` for Prometheus: on a listener of its own for everybody who reaches it (`metrics = ADDR`), and beside
//! everything else for administrators, who may be a scraper with Basic credentials.

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

use super::{Meters, meters::CONTENT_TYPE};
use crate::{caller::Caller, error::ApiResult, state::AppState};

/// For administrators.
pub fn router() -> Router<AppState> {
    Router::new().route("/metrics", get(for_admins))
}

/// For everybody.
pub fn open_router(meters: Meters) -> Router {
    Router::new()
        .route(
            "/metrics",
            get(async |State(meters): State<Meters>| rendered(&meters)),
        )
        .with_state(meters)
}

async fn for_admins(State(state): State<AppState>, caller: Caller) -> ApiResult<Response> {
    caller.admin()?;
    Ok(rendered(&state.meters))
}

fn rendered(meters: &Meters) -> Response {
    (
        [
            (header::CONTENT_TYPE, CONTENT_TYPE),
            (header::CACHE_CONTROL, "no-store"),
        ],
        meters.render(),
    )
        .into_response()
}
