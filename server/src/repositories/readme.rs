//! A repository's README as HTML.

use api::{error::Envelope, repository::Readme};
use axum::{Json, extract::State};

use super::{Found, Named};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input::Segments,
    markdown,
    operations::{Operations, routes},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(get_readme))
}

/// Ours: the README (`longDescription`) as HTML that is safe to put into a page.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/readme",
    tag = "repositories",
    params(Named),
    responses(
        (status = 200, description = "The HTML; empty where there is no README.", body = Readme),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn get_readme(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
) -> ApiResult<Json<Readme>> {
    let found = Found::visible(&state, &caller, &named).await?;
    let html =
        tokio::task::spawn_blocking(move || markdown::to_safe_html(&found.row.long_description))
            .await
            .map_err(|error| ApiError::internal(&error))?;
    Ok(Json(Readme { html }))
}
