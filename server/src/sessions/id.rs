//! eNZi's `/enzi/v0/id/…`: who am I, sign in, sign out, as JSON.

use api::{
    account::{Account, Login, LoginAnswer},
    error::Envelope,
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, request::Parts},
};
use tower_sessions::Session;

use super::{begin, end};
use crate::{
    accounts,
    caller::{self, Caller},
    error::{ApiError, ApiResult},
    input::Body,
    operations::{Operations, routes},
    origin::Origin,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(who_am_i))
        .routes(routes!(login))
        .routes(routes!(logout))
}

/// The account that is signed in.
#[utoipa::path(
    get,
    path = "/enzi/v0/id/",
    tag = "sessions",
    responses(
        (status = 200, description = "The caller's account.", body = Account),
        (status = 401, description = "`NOT_AUTHENTICATED`: nobody is signed in.", body = Envelope),
    )
)]
async fn who_am_i(caller: Caller) -> ApiResult<Json<Account>> {
    Ok(Json(accounts::shown(caller.signed_in()?)))
}

/// Signs in. The session is in the answer's cookie, and in the answer, for programs that send it as `Authorization: SessionToken …`.
///
/// An account with a second factor also sends a `code`: that of its app, or a recovery code.
#[utoipa::path(
    post,
    path = "/enzi/v0/id/login",
    tag = "sessions",
    request_body = Login,
    responses(
        (status = 200, description = "Signed in.", body = LoginAnswer),
        (status = 400, description = "`INVALID_JSON`: the body cannot be read.", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`: name or password is wrong, or the code; `SECOND_FACTOR_REQUIRED`: the password is right, and \
            a code is needed.", body = Envelope),
        (status = 429, description = "`TOO_MANY_REQUESTS`: too many failed attempts; see `Retry-After`.", body = Envelope),
    )
)]
async fn login(
    State(state): State<AppState>,
    session: Session,
    parts: Parts,
    Body(form): Body<Login>,
) -> ApiResult<Json<LoginAnswer>> {
    let client = Origin::of(&state.config, &parts).client;
    let (account, because) =
        caller::sign_in(&state, &form.username, form.password, &form.code, client).await?;
    let shown = accounts::shown(&account);
    begin(&state, &session, account, client, because).await?;
    session.save().await?;
    let id = session
        .id()
        .ok_or_else(|| ApiError::internal(&"a session was not saved"))?;
    Ok(Json(LoginAnswer {
        session_token: id.to_string(),
        account: shown,
    }))
}

/// Signs out; without a session nothing happens.
#[utoipa::path(
    post,
    path = "/enzi/v0/id/logout",
    tag = "sessions",
    responses((status = 204, description = "Nobody is signed in any more."))
)]
async fn logout(
    State(state): State<AppState>,
    caller: Option<Caller>,
    session: Session,
) -> ApiResult<StatusCode> {
    end(&state, &session, caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
