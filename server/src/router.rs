//! The one table of routes. `/v2/` is apart from the rest: it is hot, and has credentials and errors of its own. But for what is
//! open to everybody, all of it is behind [`CsrfLayer`]: a browser adds a session's cookie and a client certificate by itself.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{any, get},
};
use tower_http::{catch_panic::CatchPanicLayer, csrf::CsrfLayer};

use crate::{
    assets, health, oidc, openapi, registry, sessions, state::AppState, telemetry, tls, token,
    trust, ui,
};

/// Everything that is served, without what a listener puts around it.
pub fn build(state: &AppState) -> Router {
    let registry = Router::new()
        .route("/v2", any(registry::handle))
        .route("/v2/", any(registry::handle))
        .route("/v2/{*rest}", any(registry::handle))
        // Each operation has a limit of its own.
        .layer(DefaultBodyLimit::disable());
    let token = Router::new().route(
        "/auth/token",
        get(token::endpoint::get_token).post(token::endpoint::post_token),
    );
    let open = Router::new()
        .merge(health::router(&state.db, &state.blobs))
        .merge(tls::router(&state.config))
        .route("/_notary_server/health", get(trust::health))
        .route("/assets/{file}", get(assets::serve));
    Router::new()
        .merge(registry.merge(token).layer(CsrfLayer::new()))
        .merge(open)
        .merge(pages(state))
        .layer(CatchPanicLayer::new())
        .with_state(state.clone())
}

/// The API and the pages: what a browser's session is good for, and what another site may not make a browser do.
fn pages(state: &AppState) -> Router<AppState> {
    let guarded =
        |router: Router<AppState>| router.layer(sessions::layer(state)).layer(CsrfLayer::new());
    let data = guarded(openapi::routes());
    let pages = Router::new()
        .merge(telemetry::router())
        .merge(sessions::router())
        .merge(oidc::router())
        .merge(ui::router(data.clone().with_state(state.clone())));
    data.merge(guarded(pages))
}
