//! Whether a code is right: of the app, or a recovery code. Each counts once, and wrong ones slow down the account and the address
//! as wrong passwords do.

use std::{net::IpAddr, time::Instant};

use auth::{recovery, totp};
use axum::http::StatusCode;
use db::entities::{account, second_factor};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::secret;
use crate::{
    caller,
    error::{ApiError, ApiResult},
    events,
    state::AppState,
};

/// What was right where there is no second factor.
pub(crate) const PASSWORD: &str = "the password was right";

/// Whether an account has a second factor that counts.
pub(crate) async fn is_on(state: &AppState, account: Uuid) -> ApiResult<bool> {
    Ok(confirmed(state, account).await?.is_some())
}

async fn confirmed(state: &AppState, account: Uuid) -> ApiResult<Option<second_factor::Model>> {
    let found = db::second_factors::find(&state.db, account).await?;
    Ok(found.filter(|factor| factor.confirmed_at.is_some()))
}

/// 401 for a program that came with a password, where that is not enough.
pub(crate) async fn refuse_password_alone(
    state: &AppState,
    account: &account::Model,
    client: IpAddr,
) -> ApiResult<()> {
    if !is_on(state, account.id).await? {
        return Ok(());
    }
    refused(state, account, client, "the password alone is not enough").await?;
    Err(required(
        "This account has a second factor, so its password alone is not enough. Make an access token in the interface, and \
         use it as the password.",
    ))
}

async fn refused(
    state: &AppState,
    account: &account::Model,
    client: IpAddr,
    reason: &str,
) -> ApiResult<()> {
    events::refused(state, &account.name, Some(account.id), client, reason).await
}

fn required(message: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "SECOND_FACTOR_REQUIRED", message)
}

/// Checks the code of an account whose password was right, and answers what was right then, for the record. Without a second factor
/// the password is enough.
pub(crate) async fn check(
    state: &AppState,
    account: &account::Model,
    code: &str,
    client: IpAddr,
) -> ApiResult<&'static str> {
    let Some(factor) = confirmed(state, account.id).await? else {
        return Ok(PASSWORD);
    };
    if code.is_empty() {
        return Err(required(
            "This account has a second factor: send the code that its app shows, or a recovery code.",
        ));
    }
    caller::may_try(state, &account.name, client)?;
    if let Some(because) = accept(state, &factor, code).await? {
        // guesses beside this one may have failed meanwhile, too many for one of them to count
        caller::may_try(state, &account.name, client)?;
        return Ok(because);
    }
    state.throttle.failed(&account.name, client, Instant::now());
    refused(
        state,
        account,
        client,
        "the code was wrong, or used already",
    )
    .await?;
    Err(ApiError::not_authenticated(
        "The code is wrong, or was used already. Wait for the next one.",
    ))
}

/// Checks both factors of a caller who is signed in already, before something that weakens the account.
pub(super) async fn prove(
    state: &AppState,
    account: &account::Model,
    password: String,
    code: &str,
    client: IpAddr,
) -> ApiResult<()> {
    caller::prove_password(state, account, password, client)
        .await
        .map_err(|error| wrong("password", "The password is wrong.", error))?;
    check(state, account, code, client)
        .await
        .map_err(|error| wrong("code", "The code is wrong, or was used already.", error))?;
    Ok(())
}

/// 403 instead of 401: the caller is signed in, and need not be sent to sign in again.
pub(super) fn wrong(field: &'static str, message: &str, error: ApiError) -> ApiError {
    if error.status() == StatusCode::UNAUTHORIZED {
        ApiError::not_authorized(message).with_detail(json!({ "field": field }))
    } else {
        error
    }
}

/// The step of the code that somebody typed, if it is right for `factor` now and was not used yet.
pub(super) fn step(
    state: &AppState,
    factor: &second_factor::Model,
    code: &str,
) -> ApiResult<Option<i64>> {
    let last = factor.last_step.and_then(|step| u64::try_from(step).ok());
    let now = OffsetDateTime::now_utc();
    let step = totp::verify(&secret(state, factor)?, code, now, last);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// What was right, if the code is; it is used up then.
async fn accept(
    state: &AppState,
    factor: &second_factor::Model,
    code: &str,
) -> ApiResult<Option<&'static str>> {
    let account = factor.account_id;
    if let Some(step) = step(state, factor, code)? {
        let is_first = db::second_factors::accept(&state.db, account, step).await?;
        return Ok(is_first.then_some("the password and a code were right"));
    }
    let Some(hash) = recovery::hash(code) else {
        return Ok(None);
    };
    let is_first = db::second_factors::spend(&state.db, account, &hash).await?;
    Ok(is_first.then_some("the password and a recovery code were right"))
}
