//! What an administrator does with the keys that sign registry tokens.

use api::error::Envelope;
use axum::{extract::State, http::StatusCode};
use time::OffsetDateTime;

use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    operations::{Operations, routes},
    state::AppState,
};

/// The API of the token service.
pub(crate) fn router() -> Operations {
    Operations::default().routes(routes!(rotate_token_key))
}

/// Makes a new key that signs registry tokens from now on; for site administrators. The old key verifies for as long as a
/// token that it signed may live, so nobody is cut off. Ours.
#[utoipa::path(
    post,
    path = "/api/v0/admin/tokenKeys/rotate",
    tag = "settings",
    responses(
        (status = 204, description = "The new key signs."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn rotate_token_key(State(state): State<AppState>, caller: Caller) -> ApiResult<StatusCode> {
    let admin = caller.admin()?;
    let event = Event::new(Kind::Update, ObjectType::TokenKey, None, "");
    state
        .tokens
        .rotate(&state.recording(&caller, event), OffsetDateTime::now_utc())
        .await
        .map_err(|error| ApiError::internal(&error))?;
    tracing::info!(
        admin = admin.name,
        "the key that signs registry tokens was rotated"
    );
    Ok(StatusCode::NO_CONTENT)
}
