//! Browser sessions: who is signed in, kept in the database under a cookie, and the two ways in and out: the forms
//! `/sign-in` and `/sign-out` of the pages, which need no script, and eNZi's `/enzi/v0/id/…` for programs.
//!
//! The cookie is `HttpOnly` and `SameSite=Lax`, and `Secure` when the browser came by HTTPS. Requests that another site
//! made a browser send are refused before they come here (`CsrfLayer` in `router.rs`).

mod forms;
mod id;
mod layer;
pub(crate) mod next;
mod store;

use std::net::IpAddr;

use axum::{Router, http::request::Parts, routing::post};
use db::entities::account;
use tower_sessions::Session;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

pub(crate) use layer::layer;

use crate::{
    caller::{Caller, Credential, Known},
    error::ApiResult,
    events::{Event, Kind, ObjectType},
    state::AppState,
};

/// Key of the signed-in account's id in a session's data.
const ACCOUNT: &str = "account";

/// The forms of the pages.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/sign-in", post(forms::sign_in))
        .route("/sign-out", post(forms::sign_out))
}

/// `/enzi/v0/id/…`.
pub(crate) fn api() -> OpenApiRouter<AppState> {
    id::router()
}

/// The account that the request's session belongs to. It may have been switched off or deleted since.
pub(crate) async fn account_id(parts: &Parts) -> ApiResult<Option<Uuid>> {
    match parts.extensions.get::<Session>() {
        Some(session) => Ok(session.get(ACCOUNT).await?),
        None => Ok(None),
    }
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
    session.insert(ACCOUNT, account.id).await?;
    let known = Known {
        account,
        credential: Credential::Session,
    };
    let event = Event::new(Kind::Create, ObjectType::Session, None, &known.account.name);
    let event = event.because(because);
    state.record(Some(&known), client, event).await
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
