//! Browser sessions: who is signed in, kept in the database under a cookie, and the two ways in and out: the forms
//! `/sign-in` and `/sign-out` of the pages, which need no script, and eNZi's `/enzi/v0/id/…` for programs.
//!
//! The cookie is `HttpOnly` and `SameSite=Lax`, and `Secure` when the browser came by HTTPS. Requests that another site
//! made a browser send are refused before they come here (`CsrfLayer` in `router.rs`). A session ends when it is not used
//! (`sessions.idle`), when it is old (`sessions.lifetime`), and at once where its owner or an administrator ends it.
//!
//! Who has a second factor and has given only the password is half signed in: their session knows whom to ask for a code, for
//! [`HALF_LIFE`], and is good for nothing else.

mod device;
mod forms;
mod id;
mod layer;
mod list;
pub(crate) mod next;
mod store;

use std::net::IpAddr;

use axum::{Router, http::request::Parts, routing::post};
use db::entities::account;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tower_sessions::Session;
use uuid::Uuid;

pub(crate) use layer::layer;

use crate::{
    caller::{Caller, Credential, Known},
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    operations::Operations,
    state::AppState,
};

/// Key of the signed-in account's id in a session's data.
const ACCOUNT: &str = "account";
/// Key of [`Half`] in a session's data.
const HALF: &str = "half";
/// How long a code may take, once the password was right.
const HALF_LIFE: Duration = Duration::minutes(5);

/// Who has given the password, and owes a code.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Half {
    account: Uuid,
    /// Seconds since 1970.
    until: i64,
}

/// The forms of the pages.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/sign-in", post(forms::sign_in))
        .route("/sign-in/code", post(forms::code))
        .route("/sign-out", post(forms::sign_out))
}

/// `/enzi/v0/id/…` and `/enzi/v0/accounts/…/sessions`.
pub(crate) fn api() -> Operations {
    id::router().merge(list::router())
}

/// The account that the request's session belongs to. It may have been switched off or deleted since. 401 where a session token
/// was sent and is not good.
pub(crate) async fn account_id(parts: &Parts) -> ApiResult<Option<Uuid>> {
    let found = match parts.extensions.get::<Session>() {
        Some(session) => session.get(ACCOUNT).await?,
        None => None,
    };
    if found.is_none() && parts.extensions.get::<layer::ByHeader>().is_some() {
        return Err(ApiError::not_authenticated(
            "The session token is not valid: the session was ended, or was not used for too long. Sign in again.",
        ));
    }
    Ok(found)
}

/// Id of the session's row in the database, to keep it where an account's other sessions are ended.
pub(crate) fn row_id(session: &Session) -> Option<String> {
    session.id().as_ref().map(store::row_id)
}

/// Signs `account` in: the one way into a session, whatever was proved before. The session gets a new id, so that nobody can have
/// planted it before.
pub(crate) async fn begin(
    state: &AppState,
    session: &Session,
    account: account::Model,
    client: IpAddr,
    because: &str,
) -> ApiResult<()> {
    session.cycle_id().await?;
    session.remove::<Value>(HALF).await?;
    session.insert(ACCOUNT, account.id).await?;
    let known = Known {
        account,
        credential: Credential::Session {
            row: row_id(session).unwrap_or_default(),
        },
    };
    let event = Event::new(Kind::Create, ObjectType::Session, None, &known.account.name);
    let event = event.because(because);
    state.record(Some(&known), client, event).await
}

/// Notes that the password of `account` was right. Whoever was signed in is so no more.
async fn begin_half(session: &Session, account: &account::Model) -> ApiResult<()> {
    let half = Half {
        account: account.id,
        until: (OffsetDateTime::now_utc() + HALF_LIFE).unix_timestamp(),
    };
    session.cycle_id().await?;
    session.remove::<Value>(ACCOUNT).await?;
    session.insert(HALF, half).await?;
    Ok(())
}

/// The account that owes a code.
async fn half(session: &Session) -> ApiResult<Option<Uuid>> {
    let half: Option<Half> = session.get(HALF).await?;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    Ok(half
        .filter(|half| now < half.until)
        .map(|half| half.account))
}

/// Signs out.
async fn end(state: &AppState, session: &Session, caller: Option<Caller>) -> ApiResult<()> {
    session.flush().await?;
    let Some(caller) = caller else {
        return Ok(());
    };
    let Some(own) = caller.own() else {
        return Ok(());
    };
    let event =
        Event::new(Kind::Delete, ObjectType::Session, None, &own.name).because("signed out");
    state.record(caller.known(), caller.client, event).await
}
