//! Who asks: found once per request from the session cookie, a password (Basic) or nothing, for the API and the pages.
//! `/v2/` has its own way in `registry::identity`, because its tokens carry rights of their own.

use auth::authorization;
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use db::entities::account;
use std::{convert::Infallible, net::IpAddr, time::Instant};
use uuid::Uuid;

use crate::{
    access::Subject,
    error::{ApiError, ApiResult},
    origin::Origin,
    sessions,
    state::AppState,
};

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
            let Some((name, password)) = authorization::basic(value) else {
                return Err(ApiError::not_authenticated(
                    "The Authorization header is not understood: use Basic with a user name and a password.",
                ));
            };
            let client = Origin::of(&state.config, parts).client;
            return sign_in(state, &name, password, client)
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

/// The account of that id, if it may sign in.
pub async fn active(state: &AppState, id: Uuid) -> Result<Option<account::Model>, db::Error> {
    let account = db::accounts::by_id(&state.db, id).await?;
    Ok(account.filter(|account| account.is_active && !account.is_org))
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
