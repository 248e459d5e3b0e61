//! Who asks: found once per request from the session cookie, a password (Basic), an access token (Basic, Bearer) or nothing, for the API and the pages.
//! `/v2/` has its own way in `registry::identity`, because its tokens carry rights of their own.

use auth::{authorization, secret};
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use db::entities::account;
use std::{convert::Infallible, net::IpAddr, time::Instant};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    access::Subject,
    error::{ApiError, ApiResult},
    origin::Origin,
    sessions,
    state::AppState,
};

/// A token's last use is noted to the minute, so that not every request writes.
const NOTED: Duration = Duration::minutes(1);

/// Who asks. As an extractor it fails only where credentials were sent and are wrong.
#[derive(Clone, Debug)]
pub enum Caller {
    /// No credentials.
    Anonymous,
    /// Signed in.
    Account(account::Model),
}

impl Caller {
    /// As far as rights go.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Anonymous => Subject::Anonymous,
            Self::Account(account) => Subject::Account {
                id: account.id,
                is_admin: account.is_admin,
            },
        }
    }

    /// The account, or 401.
    pub fn account(&self) -> ApiResult<&account::Model> {
        match self {
            Self::Account(account) => Ok(account),
            Self::Anonymous => Err(ApiError::not_authenticated("Sign in to do this.")),
        }
    }

    /// The account of a site administrator, or 401, or 403.
    pub fn admin(&self) -> ApiResult<&account::Model> {
        let account = self.account()?;
        if account.is_admin {
            Ok(account)
        } else {
            Err(ApiError::not_authorized(
                "Only a site administrator may do this.",
            ))
        }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            let value = value.to_str().unwrap_or_default();
            let client = Origin::of(&state.config, parts).client;
            if let Some(token) = authorization::bearer(value) {
                return by_token(state, None, token, client)
                    .await
                    .map(Self::Account);
            }
            let Some((name, password)) = authorization::basic(value) else {
                return Err(ApiError::not_authenticated(
                    "The Authorization header is not understood: use Basic with a user name and a password or an access \
                     token, or Bearer with an access token.",
                ));
            };
            return authenticate(state, &name, password, client)
                .await
                .map(Self::Account);
        }
        match sessions::account_id(parts).await? {
            None => Ok(Self::Anonymous),
            Some(id) => Ok(active(state, id)
                .await?
                .map_or(Self::Anonymous, Self::Account)),
        }
    }
}

/// `Option<Caller>` is `None` where wrong credentials were sent: for pages, which then ask to sign in.
impl OptionalFromRequestParts<AppState> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Option<Self>, Infallible> {
        Ok(
            <Self as FromRequestParts<AppState>>::from_request_parts(parts, state)
                .await
                .ok(),
        )
    }
}

/// A caller who did not come with an access token: for what would let a token live on that was to end, as making another one or
/// setting a password.
#[derive(Clone, Debug)]
pub(crate) struct Person(pub(crate) Caller);

impl FromRequestParts<AppState> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let caller =
            <Caller as FromRequestParts<AppState>>::from_request_parts(parts, state).await?;
        if is_by_token(&parts.headers) {
            return Err(ApiError::not_authorized(
                "An access token makes no access tokens and sets no passwords: come with a password, or sign in.",
            ));
        }
        Ok(Self(caller))
    }
}

/// The account of that id, if it may sign in.
pub async fn active(state: &AppState, id: Uuid) -> Result<Option<account::Model>, db::Error> {
    let account = db::accounts::by_id(&state.db, id).await?;
    Ok(account.filter(|account| account.is_active && !account.is_org))
}

/// Checks a name and a password, or a name and one of its account's access tokens.
pub async fn authenticate(
    state: &AppState,
    name: &str,
    secret: String,
    client: IpAddr,
) -> ApiResult<account::Model> {
    if secret::check(secret::ACCESS_TOKEN, &secret) {
        by_token(state, Some(name), &secret, client).await
    } else {
        sign_in(state, name, secret, client).await
    }
}

/// The account of an access token; `name`, where there is one, has to be its name. Nothing slows down who guesses: there are
/// 2^256 tokens.
pub async fn by_token(
    state: &AppState,
    name: Option<&str>,
    token: &str,
    client: IpAddr,
) -> ApiResult<account::Model> {
    let wrong = || {
        ApiError::not_authenticated(
            "The access token is not valid: it was revoked or switched off, has ended, or is another user's.",
        )
    };
    if !secret::check(secret::ACCESS_TOKEN, token) {
        return Err(wrong());
    }
    let now = OffsetDateTime::now_utc();
    let found = db::api_tokens::by_secret(&state.db, &secret::hash_hex(token), now)
        .await?
        .ok_or_else(wrong)?;
    let account = active(state, found.account_id).await?.ok_or_else(wrong)?;
    if name.is_some_and(|name| name != account.name) {
        return Err(wrong());
    }
    if found.used_at.is_none_or(|used| now - used >= NOTED) {
        db::api_tokens::used(&state.db, found.id, &client.to_string(), now).await?;
    }
    Ok(account)
}

/// Whether the request's credentials are an access token, good or not.
fn is_by_token(headers: &HeaderMap) -> bool {
    let Some(value) = text(headers, header::AUTHORIZATION) else {
        return false;
    };
    authorization::bearer(value).is_some()
        || authorization::basic(value)
            .is_some_and(|(_, secret)| secret::check(secret::ACCESS_TOKEN, &secret))
}

/// Checks a name and a password. The answer and the time are the same whether the account exists or not; failures slow
/// down the account and the address.
pub async fn sign_in(
    state: &AppState,
    name: &str,
    password: String,
    client: IpAddr,
) -> ApiResult<account::Model> {
    let may_try = || {
        let checked = state.throttle.check(name, client, Instant::now());
        checked.map_err(|wait| ApiError::too_many(wait.seconds()))
    };
    may_try()?;
    let account = db::accounts::find(&state.db, name)
        .await?
        .filter(|account| account.is_active && !account.is_org);
    let stored = account
        .as_ref()
        .and_then(|account| account.password_hash.clone());
    let is_right = state.passwords.verify(stored, password).await;
    // Guesses that came side by side have failed meanwhile.
    may_try()?;
    match account {
        Some(account) if is_right => {
            state.throttle.succeeded(name);
            Ok(account)
        }
        _ => {
            state.throttle.failed(name, client, Instant::now());
            Err(ApiError::not_authenticated(
                "The user name or the password is wrong.",
            ))
        }
    }
}

/// The value of a header, if it is text.
pub(crate) fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
