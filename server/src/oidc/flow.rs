//! The way to a provider and back. What was begun is kept in the browser's session and taken out of it when the answer comes, so
//! that it serves once, and only the browser that began it.

use std::{net::IpAddr, sync::Arc};

use auth::oidc::{self, Blame, Callback, Discovery, OidcError, PENDING_FOR, Pending};
use axum::{
    extract::{Path, State},
    http::{StatusCode, request::Parts},
    response::Redirect,
};
use axum_extra::extract::Query;
use db::entities::identity_provider as row;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{Expiry, Session};
use url::Url;
use uuid::Uuid;

use super::{arrival, as_provider, client, discovery, redirect_uri};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events,
    origin::Origin,
    outgoing::Client,
    sessions::{self, next},
    state::AppState,
};

/// Key of what was begun in a session's data.
const BEGUN: &str = "oidc";

/// What was begun.
#[derive(Serialize, Deserialize)]
struct Begun {
    provider: Uuid,
    pending: Pending,
    intent: Intent,
    /// The page to go to then.
    next: String,
}

/// What for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Intent {
    /// To sign in.
    SignIn,
    /// To link who comes back to this account, which was signed in then.
    Link(Uuid),
}

/// Why somebody is not signed in, or not linked: a word that the page has a sentence for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Refusal(pub(super) &'static str);

/// What goes wrong on the way: it ends on a page, in words, unless it is our own fault.
pub(super) enum Failed {
    Refused(Refusal),
    Error(ApiError),
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        Self::Error(error)
    }
}

impl From<db::Error> for Failed {
    fn from(error: db::Error) -> Self {
        Self::Error(error.into())
    }
}

impl From<tower_sessions::session::Error> for Failed {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self::Error(error.into())
    }
}

impl From<OidcError> for Failed {
    fn from(error: OidcError) -> Self {
        Self::Refused(Refusal(match error.blame() {
            Blame::Expired => "oidc-expired",
            Blame::Refused => "oidc-refused",
            Blame::Unreachable => "oidc-unreachable",
            Blame::Answer => "oidc-answer",
        }))
    }
}

/// The query of the sign-in page's buttons.
#[derive(Deserialize)]
pub(super) struct Wanted {
    next: Option<String>,
}

/// `GET /sign-in/oidc/{provider}`: sends the browser to the provider.
pub(super) async fn sign_in(
    State(state): State<AppState>,
    session: Session,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
    parts: Parts,
) -> ApiResult<Redirect> {
    let next = next::safe(wanted.next.as_deref());
    let begun = match active(&state, &name).await {
        Ok(row) => begin(&state, &session, &parts, &row, Intent::SignIn, next).await,
        Err(failed) => Err(failed),
    };
    match begun {
        Ok(location) => Ok(Redirect::to(location.as_str())),
        Err(failed) => to_sign_in(failed, next),
    }
}

/// Begins to link an identity at the provider `name` to `account`, and answers where the browser goes for it.
pub(super) async fn begin_link(
    state: &AppState,
    session: &Session,
    parts: &Parts,
    row: &row::Model,
    account: Uuid,
    next: &str,
) -> ApiResult<Url> {
    let begun = begin(state, session, parts, row, Intent::Link(account), next).await;
    begun.map_err(|failed| match failed {
        Failed::Error(error) => error,
        Failed::Refused(_) => ApiError::new(
            StatusCode::BAD_GATEWAY,
            "IDENTITY_PROVIDER_FAILED",
            format!(
                "{} cannot be asked at the moment. Try again in a while.",
                row.label
            ),
        ),
    })
}

async fn begin(
    state: &AppState,
    session: &Session,
    parts: &Parts,
    row: &row::Model,
    intent: Intent,
    next: &str,
) -> Result<Url, Failed> {
    let now = OffsetDateTime::now_utc();
    let (_, discovery) = ask(state, row).await?;
    let back = Url::parse(&redirect_uri(state, parts, &row.name))
        .map_err(|error| ApiError::internal(&error))?;
    let provider = as_provider(state, row);
    let (location, pending) = oidc::begin(&provider, &discovery, &back, &mut rand::rng(), now)
        .inspect_err(
            |error| tracing::warn!(%error, provider = row.name, "a sign-in could not be begun"),
        )?;
    let begun = Begun {
        provider: row.id,
        pending,
        intent,
        next: next.to_owned(),
    };
    session.insert(BEGUN, begun).await?;
    // Nobody is signed in yet: what anybody can leave here does not stay for a day.
    if sessions::account_id(parts).await?.is_none() {
        session.set_expiry(Some(Expiry::AtDateTime(now + PENDING_FOR)));
    }
    Ok(location)
}

/// `GET /sign-in/oidc/{provider}/callback`: the browser comes back with the provider's answer.
pub(super) async fn come_back(
    State(state): State<AppState>,
    session: Session,
    Path(name): Path<String>,
    callback: Result<Query<Callback>, axum_extra::extract::QueryRejection>,
    caller: Option<Caller>,
    parts: Parts,
) -> ApiResult<Redirect> {
    // What cannot be read answers nothing that was begun.
    let callback = callback.map_or_else(|_| Callback::default(), |Query(callback)| callback);
    let begun: Option<Begun> = session.remove(BEGUN).await?;
    let Some(begun) = begun else {
        return to_sign_in(OidcError::State.into(), "");
    };
    let (intent, next) = (begun.intent, begun.next.clone());
    let visit = Visit {
        state: &state,
        session: &session,
        client: Origin::of(&state.config, &parts).client,
    };
    let caller = match intent {
        Intent::SignIn => None,
        Intent::Link(_) if sessions::account_id(&parts).await?.is_none() => None,
        Intent::Link(account) => {
            caller.filter(|caller| caller.own().is_some_and(|own| own.id == account))
        }
    };
    let done = finish(&visit, caller.as_ref(), &name, begun, &callback).await;
    match (done, intent) {
        (Ok(()), _) => Ok(Redirect::to(next::safe(Some(&next)))),
        (Err(failed), Intent::SignIn) => to_sign_in(failed, &next),
        (Err(Failed::Refused(Refusal(reason))), Intent::Link(_)) => Ok(Redirect::to(&format!(
            "{}?error={reason}",
            next::safe(Some(&next))
        ))),
        (Err(Failed::Error(error)), Intent::Link(_)) => Err(error),
    }
}

/// A browser that came back.
pub(super) struct Visit<'a> {
    pub(super) state: &'a AppState,
    session: &'a Session,
    pub(super) client: IpAddr,
}

/// Finishes what was begun. `caller` is who is signed in and asked to link; whoever else is signed in by now, it is not for them.
async fn finish(
    visit: &Visit<'_>,
    caller: Option<&Caller>,
    name: &str,
    begun: Begun,
    callback: &Callback,
) -> Result<(), Failed> {
    let state = visit.state;
    let row = active(state, name).await?;
    if row.id != begun.provider {
        return Err(OidcError::OtherProvider.into());
    }
    let (client, discovery) = ask(state, &row).await?;
    let now = OffsetDateTime::now_utc();
    let provider = as_provider(state, &row);
    let finished = oidc::finish(&provider, &discovery, begun.pending, callback, &client, now).await;
    let identity = match finished {
        Ok(identity) => identity,
        Err(error) => {
            tracing::warn!(%error, provider = row.name, "a sign-in by a provider failed");
            events::refused(
                state,
                "",
                None,
                visit.client,
                &format!("{}: {error}", row.name),
            )
            .await?;
            return Err(error.into());
        }
    };
    match (begun.intent, caller) {
        (Intent::SignIn, _) => {
            let account = arrival::sign_in(visit, &row, identity, now).await?;
            let because = format!("the identity provider {} said who it is", row.name);
            Ok(sessions::begin(state, visit.session, account, visit.client, &because).await?)
        }
        (Intent::Link(_), Some(caller)) => arrival::link(visit, &row, identity, caller, now).await,
        (Intent::Link(_), None) => Err(Refusal::EXPIRED.into()),
    }
}

impl Refusal {
    const EXPIRED: Self = Self("oidc-expired");
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The provider of that name, if it is switched on.
async fn active(state: &AppState, name: &str) -> Result<row::Model, Failed> {
    let found = db::identity_providers::find(&state.db, name).await?;
    found
        .filter(|row| row.is_active)
        .ok_or(Failed::Refused(Refusal("oidc-provider")))
}

async fn ask(state: &AppState, row: &row::Model) -> Result<(Client, Arc<Discovery>), Failed> {
    let found = match client(state, row) {
        Ok(client) => discovery(state, row, &client)
            .await
            .map(|discovery| (client, discovery)),
        Err(error) => Err(error),
    };
    Ok(found
        .inspect_err(|error| tracing::warn!(%error, provider = row.name, "an identity provider cannot be asked"))
        .map_err(OidcError::Fetch)?)
}

/// Back to the sign-in page, with why.
fn to_sign_in(failed: Failed, wanted: &str) -> ApiResult<Redirect> {
    match failed {
        Failed::Error(error) => Err(error),
        Failed::Refused(Refusal(reason)) => {
            let mut path = format!("/sign-in?error={reason}");
            if next::safe(Some(wanted)) == wanted {
                let next: String =
                    url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
                path.push_str("&next=");
                path.push_str(&next);
            }
            Ok(Redirect::to(&path))
        }
    }
}
