//! One access token: shown, changed, rotated, revoked.

use api::{
    api_token::{ApiToken, NewApiToken, RotateApiToken, UpdateApiToken},
    error::Envelope,
};
use axum::{Json, extract::State, http::StatusCode};
use db::entities::api_token;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{MAX_LABEL, new_secret, new_token, shown_one, visible};
use crate::{
    caller::{Caller, Person},
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Segments, bad_field, one_line},
    operations::{Operations, routes},
    state::AppState,
};

/// For how long the secret of before goes on where nothing is said, and at most, in hours.
const OVERLAP: u16 = 24;
const MAX_OVERLAP: u16 = 720;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_token, update_token, delete_token))
        .routes(routes!(rotate_token))
}

/// What is recorded of what is done to a token.
fn recorded(caller: &Caller, kind: Kind, row: &api_token::Model) -> Event {
    let is_own = caller.own().is_some_and(|own| own.id == row.account_id);
    Event::new(kind, ObjectType::ApiToken, row.id, &row.label)
        .with(ObjectType::User, row.account_id, "")
        .because(if is_own { "their own token" } else { "" })
}

/// Shows an access token: an own one, or anybody's to site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/api_tokens/{hashedtoken}",
    tag = "tokens",
    params(("hashedtoken" = String, Path, description = "Its `hashedToken`.")),
    responses(
        (status = 200, description = "The token.", body = ApiToken),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_API_TOKEN`", body = Envelope),
    )
)]
async fn get_token(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> ApiResult<Json<ApiToken>> {
    let row = visible(&state, &caller, &id).await?;
    Ok(Json(shown_one(&state, row).await?))
}

/// Changes an access token's label, or switches it off or on: an own one, or anybody's by site administrators.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    patch,
    path = "/api/v0/api_tokens/{hashedtoken}",
    tag = "tokens",
    params(("hashedtoken" = String, Path, description = "Its `hashedToken`.")),
    request_body = UpdateApiToken,
    responses(
        (status = 200, description = "The token as it is now.", body = ApiToken),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: by an access token.", body = Envelope),
        (status = 404, description = "`NO_SUCH_API_TOKEN`", body = Envelope),
    )
)]
async fn update_token(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(id): Segments<String>,
    Body(form): Body<UpdateApiToken>,
) -> ApiResult<Json<ApiToken>> {
    let row = visible(&state, &caller, &id).await?;
    let event = recorded(&caller, Kind::Update, &row).changes(&form);
    let update = db::api_tokens::Update {
        label: form
            .token_label
            .map(|text| one_line("tokenLabel", text, MAX_LABEL))
            .transpose()?,
        is_active: form.is_active,
    };
    let db = state.recording(&caller, event);
    let row = db::api_tokens::update(&db, row.id, update)
        .await?
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_API_TOKEN",
                format!("There is no access token {id} any more."),
            )
        })?;
    Ok(Json(shown_one(&state, row).await?))
}

/// Revokes an access token at once: an own one, or anybody's by site administrators.
#[utoipa::path(
    delete,
    path = "/api/v0/api_tokens/{hashedtoken}",
    tag = "tokens",
    params(("hashedtoken" = String, Path, description = "Its `hashedToken`.")),
    responses(
        (status = 200, description = "It is gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_API_TOKEN`", body = Envelope),
    )
)]
async fn delete_token(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> ApiResult<StatusCode> {
    let row = visible(&state, &caller, &id).await?;
    let event = recorded(&caller, Kind::Delete, &row);
    db::api_tokens::delete(&state.recording(&caller, event), row.id).await?;
    Ok(StatusCode::OK)
}

/// Ours: gives an own access token a new secret, which is in this answer and nowhere else; the one of before goes on for a while,
/// so that what uses it can be changed without a gap.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    post,
    path = "/api/v0/api_tokens/{hashedtoken}/rotate",
    tag = "tokens",
    params(("hashedtoken" = String, Path, description = "Its `hashedToken`.")),
    request_body = RotateApiToken,
    responses(
        (status = 200, description = "The token and its new secret.", body = NewApiToken),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: somebody else's, or by an access token.", body = Envelope),
        (status = 404, description = "`NO_SUCH_API_TOKEN`", body = Envelope),
    )
)]
async fn rotate_token(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(id): Segments<String>,
    Body(form): Body<RotateApiToken>,
) -> ApiResult<Json<NewApiToken>> {
    let row = visible(&state, &caller, &id).await?;
    if row.account_id != caller.account()?.id {
        return Err(ApiError::not_authorized(
            "Only its owner may have a token's secret; you can revoke it, and make another.",
        ));
    }
    let overlap = form.overlap_hours.unwrap_or(OVERLAP);
    if overlap > MAX_OVERLAP {
        return Err(bad_field(
            "overlapHours",
            format!("overlapHours is a number from 0 to {MAX_OVERLAP}."),
        ));
    }
    let (secret, hash) = new_secret();
    let now = OffsetDateTime::now_utc();
    let until = now + Duration::hours(overlap.into());
    let event =
        recorded(&caller, Kind::Update, &row).detail(json!({ "rotatedUntil": until.to_string() }));
    let db = state.recording(&caller, event);
    db::api_tokens::rotate(&db, row.id, hash, until, now).await?;
    Ok(Json(new_token(&secret, shown_one(&state, row).await?)))
}
