//! Setting up a second factor: first the key for the app, then a first code, which turns it on.

use api::{
    error::Envelope,
    second_factor::{ConfirmSecondFactor, EnrolSecondFactor, Enrolment, RecoveryCodes},
};
use auth::{qr::Qr, totp::TotpSecret};
use axum::{Json, extract::State, http::request::Parts};
use std::time::Instant;
use time::OffsetDateTime;
use tower_sessions::Session;

use super::{
    check::{step, wrong},
    event, own, recovery_codes,
};
use crate::{
    accounts,
    caller::{self, Person},
    error::{ApiError, ApiResult},
    events::Kind,
    input::{Body, Segments},
    operations::{Operations, routes},
    origin::Origin,
    sessions,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(enrol_second_factor))
        .routes(routes!(confirm_second_factor))
}

/// Ours: begins the caller's second factor. It counts when a code of it was confirmed.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts/{nameOrId}/secondFactor",
    tag = "second factors",
    params(("nameOrId" = String, Path, description = "The caller's name, or `id:` and its id.")),
    request_body = EnrolSecondFactor,
    responses(
        (status = 200, description = "The key, shown this once.", body = Enrolment),
        (status = 400, description = "`INVALID_JSON`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: the password is wrong, or the account another's, or by an access token.", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
        (status = 409, description = "`SECOND_FACTOR_EXISTS`", body = Envelope),
        (status = 429, description = "`TOO_MANY_REQUESTS`: see `Retry-After`.", body = Envelope),
        (status = 503, description = "`DIRECTORY_UNAVAILABLE`: the LDAP directory cannot be asked.", body = Envelope),
    )
)]
async fn enrol_second_factor(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(user): Segments<String>,
    parts: Parts,
    Body(form): Body<EnrolSecondFactor>,
) -> ApiResult<Json<Enrolment>> {
    let account = own(&state, &caller, &user).await?;
    let origin = Origin::of(&state.config, &parts);
    caller::prove_password(&state, &account, form.password, origin.client)
        .await
        .map_err(|error| wrong("password", "The password is wrong.", error))?;
    let secret = TotpSecret::generate(&mut rand::rng());
    let sealed = state
        .seal_key
        .seal(account.id.as_bytes(), secret.as_bytes(), &mut rand::rng())
        .map_err(|error| ApiError::internal(&error))?;
    let now = OffsetDateTime::now_utc();
    let event = event(Kind::Update, &account).because("begun; it counts when a code is confirmed");
    let db = state.recording(&caller, event);
    if !db::second_factors::begin(&db, account.id, sealed, now).await? {
        return Err(exists());
    }
    let host = origin.base.split_once("://").map_or("", |(_, host)| host);
    let uri = secret.uri(&format!("{}@{host}", account.name));
    let qr = Qr::new(&uri).map_err(|error| ApiError::internal(&error))?;
    Ok(Json(Enrolment {
        secret: secret.base32(),
        uri,
        qr_path: qr.path(),
        qr_size: qr.size(),
    }))
}

fn exists() -> ApiError {
    ApiError::conflict(
        "SECOND_FACTOR_EXISTS",
        "There is a second factor already. Turn it off first.",
    )
}

/// Ours: turns the caller's second factor on, with a first code of it, and answers its recovery codes.
///
/// The other sessions end, and the tokens that `docker login` got for the password.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts/{nameOrId}/secondFactor/confirm",
    tag = "second factors",
    params(("nameOrId" = String, Path, description = "The caller's name, or `id:` and its id.")),
    request_body = ConfirmSecondFactor,
    responses(
        (status = 200, description = "It is on.", body = RecoveryCodes),
        (status = 400, description = "`INVALID_JSON`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: the code is wrong, or the account another's, or by an access token.", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`, `NO_SUCH_SECOND_FACTOR`", body = Envelope),
        (status = 409, description = "`SECOND_FACTOR_EXISTS`: it is on already.", body = Envelope),
        (status = 429, description = "`TOO_MANY_REQUESTS`: see `Retry-After`.", body = Envelope),
    )
)]
async fn confirm_second_factor(
    State(state): State<AppState>,
    Person(caller): Person,
    session: Session,
    Segments(user): Segments<String>,
    parts: Parts,
    Body(form): Body<ConfirmSecondFactor>,
) -> ApiResult<Json<RecoveryCodes>> {
    let account = own(&state, &caller, &user).await?;
    let pending = db::second_factors::find(&state.db, account.id)
        .await?
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_SECOND_FACTOR",
                "No second factor was begun. Begin again.",
            )
        })?;
    if pending.confirmed_at.is_some() {
        return Err(exists());
    }
    let client = Origin::of(&state.config, &parts).client;
    caller::may_try(&state, &account.name, client)?;
    let Some(step) = step(&state, &pending, &form.code)? else {
        state.throttle.failed(&account.name, client, Instant::now());
        let error = ApiError::not_authenticated("");
        return Err(wrong(
            "code",
            "That is not the code. Is the clock of your device right?",
            error,
        ));
    };
    let (codes, hashes) = recovery_codes();
    let now = OffsetDateTime::now_utc();
    let event = event(Kind::Create, &account).because("the code was right");
    let db = state.recording(&caller, event);
    if !db::second_factors::confirm(&db, &pending, step, hashes, now).await? {
        return Err(exists());
    }
    accounts::sign_out_everywhere(&state, account.id, sessions::row_id(&session).as_deref())
        .await?;
    Ok(Json(RecoveryCodes {
        recovery_codes: codes,
    }))
}
