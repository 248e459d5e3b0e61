//! A second factor that is there: shown, given other recovery codes, taken away.

use api::{
    error::Envelope,
    second_factor::{ProveSecondFactor, RecoveryCodes, SecondFactor},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, request::Parts},
};

use super::{
    check::{is_on, prove},
    event, own, recovery_codes,
};
use crate::{
    accounts,
    caller::{Caller, Person},
    error::{ApiError, ApiResult},
    events::Kind,
    input::{Body, Segments},
    operations::{Operations, routes},
    origin::Origin,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_second_factor, remove_second_factor))
        .routes(routes!(replace_recovery_codes))
}

/// Ours: says whether a user has a second factor: the caller, or anybody to site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/secondFactor",
    tag = "second factors",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id.")),
    responses(
        (status = 200, description = "Whether, since when, and how many recovery codes are left.", body = SecondFactor),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
    )
)]
async fn get_second_factor(
    State(state): State<AppState>,
    caller: Caller,
    Segments(user): Segments<String>,
) -> ApiResult<Json<SecondFactor>> {
    let user = accounts::visible_user(&state, &caller, &user).await?;
    let factor = db::second_factors::find(&state.db, user.id).await?;
    let enabled_at = factor.and_then(|factor| factor.confirmed_at);
    Ok(Json(SecondFactor {
        is_enabled: enabled_at.is_some(),
        enabled_at,
        recovery_codes_left: db::second_factors::recovery_codes(&state.db, user.id).await?,
    }))
}

/// Ours: gives the caller other recovery codes; those of before are good no more.
///
/// Not with an access token: come signed in.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts/{nameOrId}/secondFactor/recoveryCodes",
    tag = "second factors",
    params(("nameOrId" = String, Path, description = "The caller's name, or `id:` and its id.")),
    request_body = ProveSecondFactor,
    responses(
        (status = 200, description = "The codes, shown this once.", body = RecoveryCodes),
        (status = 400, description = "`INVALID_JSON`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: password or code is wrong, or the account another's, or by an access token.", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`, `NO_SUCH_SECOND_FACTOR`", body = Envelope),
        (status = 429, description = "`TOO_MANY_REQUESTS`: see `Retry-After`.", body = Envelope),
        (status = 503, description = "`DIRECTORY_UNAVAILABLE`: the LDAP directory cannot be asked.", body = Envelope),
    )
)]
async fn replace_recovery_codes(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(user): Segments<String>,
    parts: Parts,
    Body(form): Body<ProveSecondFactor>,
) -> ApiResult<Json<RecoveryCodes>> {
    let account = own(&state, &caller, &user).await?;
    if !is_on(&state, account.id).await? {
        return Err(missing(&account.name));
    }
    let client = Origin::of(&state.config, &parts).client;
    prove(&state, &account, form.password, &form.code, client).await?;
    let (codes, hashes) = recovery_codes();
    let event =
        event(Kind::Update, &account).because("both factors were right; other recovery codes");
    let db = state.recording(&caller, event);
    db::second_factors::replace_recovery_codes(&db, account.id, hashes).await?;
    Ok(Json(RecoveryCodes {
        recovery_codes: codes,
    }))
}

/// Ours: takes a second factor away: the own one with the password and a code, another user's as a site administrator.
///
/// Whose it is taken away by an administrator is signed out everywhere. Not with an access token.
#[utoipa::path(
    delete,
    path = "/enzi/v0/accounts/{nameOrId}/secondFactor",
    tag = "second factors",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id.")),
    request_body = ProveSecondFactor,
    responses(
        (status = 204, description = "A password is enough again."),
        (status = 400, description = "`INVALID_JSON`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: password or code is wrong, or by an access token.", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`, `NO_SUCH_SECOND_FACTOR`", body = Envelope),
        (status = 429, description = "`TOO_MANY_REQUESTS`: see `Retry-After`.", body = Envelope),
        (status = 503, description = "`DIRECTORY_UNAVAILABLE`: the LDAP directory cannot be asked.", body = Envelope),
    )
)]
async fn remove_second_factor(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(user): Segments<String>,
    parts: Parts,
    Body(form): Body<ProveSecondFactor>,
) -> ApiResult<StatusCode> {
    let user = accounts::visible_user(&state, &caller, &user).await?;
    if !is_on(&state, user.id).await? {
        return Err(missing(&user.name));
    }
    let is_own = caller.account()?.id == user.id;
    let mut event = event(Kind::Delete, &user);
    if is_own {
        let client = Origin::of(&state.config, &parts).client;
        prove(&state, &user, form.password, &form.code, client).await?;
        event = event.because("both factors were right");
    }
    if !db::second_factors::delete(&state.recording(&caller, event), user.id).await? {
        return Err(missing(&user.name));
    }
    if !is_own {
        accounts::sign_out_everywhere(&state, user.id, None).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn missing(name: &str) -> ApiError {
    ApiError::not_found(
        "NO_SUCH_SECOND_FACTOR",
        format!("{name} has no second factor."),
    )
}
