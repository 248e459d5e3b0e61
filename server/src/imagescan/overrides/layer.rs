//! Findings that are set aside as DTR does it: for a layer, and by site administrators.

use api::{
    error::Envelope,
    scan::{LayerOverride, OverrideForm},
};
use axum::{Json, extract::State, http::StatusCode};
use db::{entities::finding_override, scans::overrides};
use serde::Deserialize;

use super::{Wanted, event, find, listed, one};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::Kind,
    input::{Body, Parameters, Segments},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_all))
        .routes(routes!(set_aside_in_layer, delete_layer_override))
}

/// Lists all findings that are set aside; for site administrators. Paged, which DTR's is not.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/layeroverride",
    tag = "scanning",
    params(PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<LayerOverride>, headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn list_all(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<LayerOverride>>> {
    caller.admin()?;
    listed(&state, None, page).await
}

#[derive(Debug, Deserialize)]
struct OfLayer {
    layerid: String,
}

/// Sets a finding aside in every image that has this layer; for site administrators.
#[utoipa::path(
    post,
    path = "/api/v0/imagescan/layeroverride/{layerid}",
    tag = "scanning",
    params(("layerid" = String, Path, description = "Digest of the layer; for DELETE the override's `pk`.")),
    request_body = OverrideForm,
    responses(
        (status = 200, description = "It is set aside.", body = LayerOverride),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`, `INVALID_DIGEST`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn set_aside_in_layer(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OfLayer>,
    Body(form): Body<OverrideForm>,
) -> ApiResult<Json<LayerOverride>> {
    let author = caller.admin()?.name.clone();
    let layer: oci::Digest = path
        .layerid
        .parse()
        .map_err(|error: oci::Error| ApiError::invalid("INVALID_DIGEST", error.message))?;
    let event = event(Kind::Create, &form.cve, &form.component).changes(&form);
    let row = finding_override::Model {
        layer: Some(layer.to_string()),
        ..Wanted::from(form).row(&state, &author).await?
    };
    overrides::create(&state.recording(&caller, event), row.clone()).await?;
    state.promotion.wake();
    one(&state, row).await
}

/// Takes back an override of any kind; for site administrators.
#[utoipa::path(
    delete,
    path = "/api/v0/imagescan/layeroverride/{layerid}",
    tag = "scanning",
    params(("layerid" = String, Path, description = "`pk` of the override.")),
    responses(
        (status = 204, description = "It counts again."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_OVERRIDE`", body = Envelope),
    )
)]
async fn delete_layer_override(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OfLayer>,
) -> ApiResult<StatusCode> {
    caller.admin()?;
    let row = find(&state, &path.layerid).await?;
    let event = event(Kind::Delete, &row.cve, &row.component);
    overrides::delete(&state.recording(&caller, event), row.id).await?;
    state.promotion.wake();
    Ok(StatusCode::NO_CONTENT)
}
