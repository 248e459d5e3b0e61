//! Where somebody is signed in, and signing them out there.

use api::{
    error::Envelope,
    session::{Session as Shown, Sessions},
};
use axum::{Json, extract::State, http::StatusCode};
use db::entities::account;
use serde::Deserialize;
use time::OffsetDateTime;
use tower_sessions::Session;
use utoipa::IntoParams;
use uuid::Uuid;

use super::row_id;
use crate::{
    accounts,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Parameters, Segments},
    operations::{Operations, routes},
    paging::IdStartQuery,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_sessions, end_sessions))
        .routes(routes!(end_session))
}

/// The segments of a session's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct SessionPath {
    /// The user's name, or `id:` and its id.
    #[serde(rename = "nameOrId")]
    #[param(rename = "nameOrId")]
    user: String,
    /// The session's `id`.
    id: String,
}

/// The part of the query that says what to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ContainsQuery {
    /// Only sessions whose device or address contains this, whatever the case.
    contains: Option<String>,
}

/// Ours: lists where a user is signed in, the latest sign-in first: the own sessions, or anybody's to site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/sessions",
    tag = "sessions",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id."), ContainsQuery, IdStartQuery),
    responses(
        (status = 200, description = "One page.", body = Sessions),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
    )
)]
async fn list_sessions(
    State(state): State<AppState>,
    caller: Caller,
    session: Session,
    Segments(user): Segments<String>,
    Parameters(wanted): Parameters<ContainsQuery>,
    Parameters(query): Parameters<IdStartQuery>,
) -> ApiResult<Json<Sessions>> {
    let user = accounts::visible_user(&state, &caller, &user).await?;
    let (start, size) = query.read()?;
    let limit = u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1);
    let now = OffsetDateTime::now_utc();
    let contains = wanted.contains.as_deref();
    let mut rows = db::sessions::list(&state.db, user.id, now, contains, start, limit).await?;
    let next = rows.get(size).map(|row| row.public_id.to_string());
    rows.truncate(size);
    let own = row_id(&session);
    let sessions = rows
        .into_iter()
        .map(|row| Shown {
            id: row.public_id,
            is_current: own.as_ref() == Some(&row.id),
            device: row.device,
            address: row.address,
            signed_in_at: row.signed_in_at.unwrap_or(row.last_seen_at),
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
        })
        .collect();
    Ok(Json(Sessions {
        sessions,
        next_page_start: next.unwrap_or_default(),
    }))
}

/// Ours: signs a user out in one session, at once: an own one, or anybody's by site administrators.
#[utoipa::path(
    delete,
    path = "/enzi/v0/accounts/{nameOrId}/sessions/{id}",
    tag = "sessions",
    params(SessionPath),
    responses(
        (status = 204, description = "It is ended."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`, `NO_SUCH_SESSION`", body = Envelope),
    )
)]
async fn end_session(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<SessionPath>,
) -> ApiResult<StatusCode> {
    let user = accounts::visible_user(&state, &caller, &path.user).await?;
    let is_ended = match path.id.parse::<Uuid>() {
        Ok(id) => {
            let event = Event::new(Kind::Delete, ObjectType::Session, id, &user.name);
            let db = state.recording(&caller, because(event, &caller, &user));
            db::sessions::delete_one(&db, user.id, id).await?
        }
        Err(_) => false,
    };
    if is_ended {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found(
        "NO_SUCH_SESSION",
        format!("{} has no session {}.", user.name, path.id),
    ))
}

/// Ours: signs a user out everywhere but in the session that asks, and ends the tokens that `docker login` got for a password.
///
/// Access tokens go on.
#[utoipa::path(
    delete,
    path = "/enzi/v0/accounts/{nameOrId}/sessions",
    tag = "sessions",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id.")),
    responses(
        (status = 204, description = "They are ended."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
    )
)]
async fn end_sessions(
    State(state): State<AppState>,
    caller: Caller,
    session: Session,
    Segments(user): Segments<String>,
) -> ApiResult<StatusCode> {
    let user = accounts::visible_user(&state, &caller, &user).await?;
    let event = Event::new(Kind::Delete, ObjectType::Session, None, &user.name);
    let db = state.recording(&caller, because(event, &caller, &user));
    db::sessions::delete_of(&db, user.id, row_id(&session).as_deref()).await?;
    db::tokens::delete_refresh_tokens_of(&state.db, user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Of a site administrator it is said without this.
fn because(event: Event, caller: &Caller, user: &account::Model) -> Event {
    if caller.own().is_some_and(|own| own.id == user.id) {
        event.because("their own")
    } else {
        event
    }
}
