//! `/api/v0/meta/…` and `/api/v0/admin/version`: settings that an administrator changes while the registry runs, and what this
//! registry is.

use api::{
    error::Envelope,
    settings::{Features, Settings, UpdateSettings, Version},
};
use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{caller::Caller, error::ApiResult, input::Body, state::AppState};

/// Key of the setting in the database.
const CREATE_REPOSITORY_ON_PUSH: &str = "createRepositoryOnPush";

/// Key of the setting in the database.
const READ_ONLY_REGISTRY: &str = "readOnlyRegistry";

/// All of it.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(get_settings, update_settings))
        .routes(routes!(get_features))
        .routes(routes!(get_version))
}

/// A push makes the repository that it goes to; off until an administrator turns it on.
pub async fn create_repository_on_push(state: &AppState) -> db::Result<bool> {
    Ok(db::settings::get(&state.db, CREATE_REPOSITORY_ON_PUSH)
        .await?
        .unwrap_or(false))
}

/// Pulls work, pushes and deletions through `/v2/` do not; off until an administrator turns it on.
pub async fn read_only_registry(state: &AppState) -> db::Result<bool> {
    Ok(db::settings::get(&state.db, READ_ONLY_REGISTRY)
        .await?
        .unwrap_or(false))
}

/// Shows the registry's settings; for site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/meta/settings",
    tag = "settings",
    responses(
        (status = 200, description = "The settings.", body = Settings),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn get_settings(State(state): State<AppState>, caller: Caller) -> ApiResult<Json<Settings>> {
    caller.admin()?;
    let host = state
        .config
        .external_url
        .as_ref()
        .map(|url| url.authority().to_owned());
    Ok(Json(Settings {
        create_repository_on_push: create_repository_on_push(&state).await?,
        read_only_registry: read_only_registry(&state).await?,
        dtr_host: host.unwrap_or_default(),
    }))
}

/// Changes the settings that the body names, and leaves the others; for site administrators.
#[utoipa::path(
    post,
    path = "/api/v0/meta/settings",
    tag = "settings",
    request_body = UpdateSettings,
    responses(
        (status = 202, description = "They are in force."),
        (status = 400, description = "`INVALID_JSON`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn update_settings(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<UpdateSettings>,
) -> ApiResult<StatusCode> {
    caller.admin()?;
    if let Some(on) = form.create_repository_on_push {
        db::settings::set(&state.db, CREATE_REPOSITORY_ON_PUSH, &on).await?;
    }
    if let Some(on) = form.read_only_registry {
        db::settings::set(&state.db, READ_ONLY_REGISTRY, &on).await?;
    }
    Ok(StatusCode::ACCEPTED)
}

/// Shows what this registry can do; for everybody with an account.
#[utoipa::path(
    get,
    path = "/api/v0/meta/features",
    tag = "settings",
    responses(
        (status = 200, description = "The features.", body = Features),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
    )
)]
async fn get_features(caller: Caller) -> ApiResult<Json<Features>> {
    caller.account()?;
    Ok(Json(Features {
        scanning_enabled: false,
        scanning_licensed: false,
        promotion_licensed: false,
        mirroring_licensed: false,
        online_gc_enabled: false,
    }))
}

/// Shows the version; for everybody with an account.
#[utoipa::path(
    get,
    path = "/api/v0/admin/version",
    tag = "settings",
    responses(
        (status = 200, description = "The version.", body = Version),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
    )
)]
async fn get_version(caller: Caller) -> ApiResult<Json<Version>> {
    caller.account()?;
    Ok(Json(Version {
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }))
}
