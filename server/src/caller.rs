//! Who asks: found once per request from a password (Basic), an access token (Basic, Bearer), the session cookie, a client
//! certificate, in this order, or nothing; for the API and the pages.
//! `/v2/` has its own way in `registry::identity`, because its tokens carry rights of their own.

mod credential;

pub(crate) use credential::{Credential, Known};

use auth::{authorization, secret};
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use db::entities::{account, api_token};
use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Instant};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    access::{Scope, Subject},
    directory,
    error::{ApiError, ApiResult},
    events::{self, Event, Kind, ObjectType},
    keys,
    origin::Origin,
    second_factor, sessions,
    state::AppState,
};

/// The last use of a token, of whatever kind, or of a client certificate is noted to the minute, so that not every request writes.
pub(crate) const NOTED: Duration = Duration::minutes(1);

/// Who asks, and from where. As an extractor it fails only where credentials were sent and are wrong.
#[derive(Clone, Debug)]
pub struct Caller {
    known: Option<Known>,
    /// The client's address.
    pub(crate) client: IpAddr,
}

impl Caller {
    fn of(known: Known, client: IpAddr) -> Self {
        Self {
            known: Some(known),
            client,
        }
    }

    /// As far as rights go.
    pub fn subject(&self) -> Subject {
        self.known
            .as_ref()
            .map_or(Subject::Anonymous, Known::subject)
    }

    /// Who it is, and by what.
    pub(crate) fn known(&self) -> Option<&Known> {
        self.known.as_ref()
    }

    /// The account, whatever the credential is good for.
    pub(crate) fn own(&self) -> Option<&account::Model> {
        self.known.as_ref().map(|known| &known.account)
    }

    /// The account's name; empty for the public.
    pub(crate) fn name(&self) -> &str {
        self.own().map_or("", |own| own.name.as_str())
    }

    /// The account, whatever the credential is good for; or 401.
    pub(crate) fn signed_in(&self) -> ApiResult<&account::Model> {
        self.own()
            .ok_or_else(|| ApiError::not_authenticated("Sign in to do this."))
    }

    /// The account, for what is not about one repository; or 401, or 403 where the credential is good for repositories only.
    pub fn account(&self) -> ApiResult<&account::Model> {
        let own = self.signed_in()?;
        if self.subject().is_limited() {
            return Err(ApiError::not_authorized(
                "This access token is good for the repositories that it names, and for nothing else.",
            ));
        }
        Ok(own)
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

    /// 403 for who came with an access token or a client certificate: see [`Person`].
    pub(crate) fn person(&self) -> ApiResult<()> {
        let known = self.known();
        if known.is_some_and(|known| known.credential.is_given_out()) {
            return Err(ApiError::not_authorized(
                "An access token or a client certificate makes no tokens, no keys and no administrators, sets no passwords and \
                 no second factors, and says not how to sign in: come with a password, or sign in.",
            ));
        }
        Ok(())
    }

    /// The same caller, if the account may still sign in, and what it came with is still good.
    pub(crate) async fn still(&self, state: &AppState) -> Result<Option<Self>, db::Error> {
        let Some(known) = &self.known else {
            return Ok(Some(self.clone()));
        };
        if !known.credential.is_still_good(state).await? {
            return Ok(None);
        }
        Ok(active(state, known.account.id).await?.map(|account| {
            let credential = known.credential.clone();
            Self::of(
                Known {
                    account,
                    credential,
                },
                self.client,
            )
        }))
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let client = Origin::of(&state.config, parts).client;
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            let known = match by_session(state, parts).await? {
                None => keys::visitor::find(state, parts).await?,
                known => known,
            };
            return Ok(Self { known, client });
        };
        let value = value.to_str().unwrap_or_default();
        let known = if let Some(token) = authorization::bearer(value) {
            by_token(state, None, token, client).await?
        } else if let Some((name, password)) = authorization::basic(value) {
            authenticate(state, &name, password, client).await?
        } else {
            return Err(ApiError::not_authenticated(
                "The Authorization header is not understood: use Basic with a user name and a password or an access \
                 token, or Bearer with an access token.",
            ));
        };
        Ok(Self::of(known, client))
    }
}

/// The account that is signed in in the browser.
async fn by_session(state: &AppState, parts: &Parts) -> ApiResult<Option<Known>> {
    let Some(id) = sessions::account_id(parts).await? else {
        return Ok(None);
    };
    let session = parts.extensions.get();
    let row = session.and_then(sessions::row_id).unwrap_or_default();
    Ok(active(state, id).await?.map(|account| Known {
        account,
        credential: Credential::Session { row },
    }))
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

/// A caller who came with no access token and no client certificate: for what would let one live on that was to end, as making
/// another one or setting a password or a second factor, or trusting an identity provider.
#[derive(Clone, Debug)]
pub(crate) struct Person(pub(crate) Caller);

impl FromRequestParts<AppState> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let caller =
            <Caller as FromRequestParts<AppState>>::from_request_parts(parts, state).await?;
        caller.person()?;
        Ok(Self(caller))
    }
}

/// The account of that id, if it may sign in.
pub async fn active(state: &AppState, id: Uuid) -> Result<Option<account::Model>, db::Error> {
    let account = db::accounts::by_id(&state.db, id).await?;
    Ok(account.filter(|account| account.is_active && !account.is_org))
}

/// Checks a name and a password, or a name and one of its account's access tokens.
pub(crate) async fn authenticate(
    state: &AppState,
    name: &str,
    secret: String,
    client: IpAddr,
) -> ApiResult<Known> {
    if secret::check(secret::ACCESS_TOKEN, &secret) {
        return by_token(state, Some(name), &secret, client).await;
    }
    let account = check_password(state, name, secret, client).await?;
    second_factor::refuse_password_alone(state, &account, client).await?;
    state.throttle.succeeded(name);
    let known = Known {
        account,
        credential: Credential::Password,
    };
    events::note_use(state, &known, client).await?;
    Ok(known)
}

/// The account of an access token; `name`, where there is one, has to be its name. Nothing slows down who guesses: there are
/// 2^256 tokens.
pub(crate) async fn by_token(
    state: &AppState,
    name: Option<&str>,
    token: &str,
    client: IpAddr,
) -> ApiResult<Known> {
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
    let known = Known {
        account,
        credential: Credential::AccessToken {
            id: found.id,
            scope: scope(state, &found).await?,
        },
    };
    if found.used_at.is_none_or(|used| now - used >= NOTED) {
        let event = Event::new(Kind::Get, ObjectType::ApiToken, found.id, &found.label);
        let db = state.recording_by(Some(&known), client, event);
        db::api_tokens::used(&db, found.id, &client.to_string(), now).await?;
    }
    Ok(known)
}

/// What an access token is limited to.
async fn scope(state: &AppState, token: &api_token::Model) -> ApiResult<Option<Arc<Scope>>> {
    if !token.is_limited {
        return Ok(None);
    }
    let scopes = db::api_tokens::scopes(&state.db, [token.id]).await?;
    Ok(Some(Arc::new(
        scopes
            .into_iter()
            .map(|scope| (scope.repository, scope.actions))
            .collect(),
    )))
}

/// Checks a name and a password, and, where the account has a second factor, a code of it; answers also what was right.
pub(crate) async fn sign_in(
    state: &AppState,
    name: &str,
    password: String,
    code: &str,
    client: IpAddr,
) -> ApiResult<(account::Model, &'static str)> {
    let account = check_password(state, name, password, client).await?;
    let because = second_factor::check(state, &account, code, client).await?;
    state.throttle.succeeded(name);
    Ok((account, because))
}

/// Checks a name and a password, which is not enough where the account has a second factor. The answer and the time are the same
/// whether the account exists or not, also while the directory is away; failures slow down the account and the address, and are
/// forgotten only when somebody is signed in: or else who knows the password could guess codes as fast as they like.
pub async fn check_password(
    state: &AppState,
    name: &str,
    password: String,
    client: IpAddr,
) -> ApiResult<account::Model> {
    may_try(state, name, client)?;
    let account = db::accounts::find(&state.db, name)
        .await?
        .filter(|account| account.is_active && !account.is_org);
    let stored = account
        .as_ref()
        .and_then(|account| account.password_hash.clone());
    let checked = if password.is_empty() || !is_written_as_one(name) {
        Ok(None)
    } else if state.passwords.verify(stored, password.clone()).await {
        Ok(account.clone())
    } else {
        directory::sign_in(state, name, account.as_ref(), password).await
    };
    // Guesses that came side by side have failed meanwhile.
    may_try(state, name, client)?;
    if let Ok(Some(account)) = checked {
        return Ok(account);
    }
    state.throttle.failed(name, client, Instant::now());
    events::sign_in_failed(state, name, account.as_ref(), client).await?;
    checked?;
    Err(ApiError::not_authenticated(
        "The user name or the password is wrong.",
    ))
}

/// Whether somebody may be known by that name: of an account, or, in a directory, also by an e-mail address. A directory compares
/// names without regard to spaces and to how characters are written, so that guesses at one user could be counted for many.
fn is_written_as_one(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic())
}

/// Checks the password of an account whose user is signed in already. That it is right for somebody else of the same name in the
/// directory is not enough.
pub(crate) async fn prove_password(
    state: &AppState,
    account: &account::Model,
    password: String,
    client: IpAddr,
) -> ApiResult<()> {
    let proven = check_password(state, &account.name, password, client).await?;
    if proven.id == account.id {
        return Ok(());
    }
    Err(ApiError::not_authenticated(
        "The password is another account's.",
    ))
}

/// Whether the account and the address may try again already; else 429.
pub(crate) fn may_try(state: &AppState, name: &str, client: IpAddr) -> ApiResult<()> {
    let checked = state.throttle.check(name, client, Instant::now());
    checked.map_err(|wait| ApiError::too_many(wait.seconds()))
}

/// The value of a header, if it is text.
pub(crate) fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
