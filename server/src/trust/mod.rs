//! `/v2/<gun>/_trust/…`: the Notary server of Docker Content Trust, on the registry's own address, with its tokens and rights. What
//! it decides is in `crates/trust`, what it stores in `db::trust`.
//!
//! A collection belongs to a repository: its name (GUN) is one of our hosts, and the repository's name. Collections of other hosts are
//! refused before anybody is asked who they are, as Notary does. The registry holds the keys of timestamps and, where the client
//! wants it, of snapshots (`keys.rs`).

mod draft;
mod failure;
mod feed;
mod keys;
mod overview;
mod path;
pub(crate) mod policy;
mod publish;
mod read;
mod removal;
mod renew;
mod rights;
mod sealing;
mod signed;
mod signers;
mod standing;
mod trickle;
mod upload;

use ::trust::{Gun, Refusal};
use axum::{
    body::Body,
    http::{Method, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use time::OffsetDateTime;

use self::{
    failure::{Failure, Outcome},
    path::Endpoint,
    rights::Need,
};
use crate::{
    operations::Operations, origin, registry::identity::Visitor, settings::Switch, state::AppState,
    telemetry::RequestId,
};

pub(crate) use path::is_trust;
pub(crate) use policy::{naming as policies_naming, of_repositories as policies_of};
pub(crate) use removal::refuse_signed;
pub use renew::{renew_due, reseal, verify_anew};
pub(crate) use sealing::Sealing;
pub(crate) use signed::{Signatures, Signed};
pub(crate) use signers::{Release, User, signers_of_all};
pub(crate) use upload::Room;

/// `/api/v0/repositories/…/trust`
pub(crate) fn router() -> Operations {
    removal::router()
        .merge(overview::router())
        .merge(policy::router())
}

/// When a request is taken to have come. Nobody can send it: it is for tests, which hold the clock.
#[derive(Clone, Copy, Debug)]
pub struct At(pub OffsetDateTime);

/// Every request below `/v2` with `/_trust/` in its path.
pub(crate) async fn handle(state: &AppState, parts: &Parts, body: Body) -> Response {
    let endpoint = Endpoint::parse(parts.uri.path());
    let gun = endpoint.as_ref().and_then(Endpoint::gun);
    match dispatch(state, parts, body, endpoint.as_ref()).await {
        Ok(response) => response,
        Err(failure) => {
            let request_id = parts.extensions.get::<RequestId>();
            failure.log(gun, request_id.map(|id| id as &dyn std::fmt::Display));
            failure.into_response()
        }
    }
}

/// `/v2/_trust/changefeed`
async fn all_changes(state: &AppState, parts: &Parts) -> Outcome {
    if parts.method != Method::GET {
        return Err(nothing());
    }
    let visitor = rights::visitor(state, parts, None, Need::All).await?;
    rights::authorize_all(&visitor, parts).await?;
    feed::all(state, parts).await
}

async fn dispatch(
    state: &AppState,
    parts: &Parts,
    body: Body,
    endpoint: Option<&Endpoint>,
) -> Outcome {
    let Some(endpoint) = endpoint else {
        return Err(nothing());
    };
    let now = parts
        .extensions
        .get::<At>()
        .map_or_else(OffsetDateTime::now_utc, |at| at.0);
    let Some(gun) = endpoint.gun() else {
        return all_changes(state, parts).await;
    };
    let gun = ours(state, endpoint, &parts.method, gun)?;
    let request = Ask {
        state,
        parts,
        gun: &gun,
    };
    match (endpoint, &parts.method) {
        (Endpoint::Collection { .. }, &Method::POST) => {
            let (visitor, repository) = request.authorize(Need::Push).await?;
            request.refuse_read_only().await?;
            let received = upload::receive(&visitor, parts, body).await?;
            publish::publish(&visitor, &gun, &repository, received, now).await?;
            Ok(done())
        }
        (Endpoint::Collection { .. }, &Method::DELETE) => {
            let (visitor, repository) = request.authorize(Need::All).await?;
            request.refuse_read_only().await?;
            removal::remove(&visitor, &gun, &repository, now).await?;
            Ok(done())
        }
        (Endpoint::File { wanted, .. }, &Method::GET) => {
            let (_, repository) = request.authorize(Need::Pull).await?;
            read::file(state, &gun, &repository, wanted.as_ref(), now).await
        }
        (Endpoint::Key { role, .. }, &Method::GET) => {
            let (visitor, repository) = request.authorize(Need::Push).await?;
            keys::current(&visitor, &gun, &repository, *role, now).await
        }
        (Endpoint::Key { role, .. }, &Method::POST) => {
            let (visitor, repository) = request.authorize(Need::All).await?;
            keys::next(&visitor, &gun, &repository, *role, now).await
        }
        (Endpoint::Changes { .. }, &Method::GET) => {
            let (_, repository) = request.authorize(Need::Pull).await?;
            feed::of(state, &gun, &repository, parts).await
        }
        _ => Err(nothing()),
    }
}

/// A request for a collection that could be ours.
struct Ask<'r> {
    state: &'r AppState,
    parts: &'r Parts,
    gun: &'r Gun,
}

impl<'r> Ask<'r> {
    /// Who asks, and the repository, if they may do this there.
    async fn authorize(
        &self,
        need: Need,
    ) -> Outcome<(Visitor<'r>, std::sync::Arc<db::entities::repository::Model>)> {
        let visitor = rights::visitor(self.state, self.parts, Some(self.gun), need).await?;
        let repository = rights::authorize(&visitor, self.parts, self.gun, need).await?;
        Ok((visitor, repository))
    }

    async fn refuse_read_only(&self) -> Outcome<()> {
        if Switch::ReadOnlyRegistry.is_on(self.state).await? {
            let message = "the registry is read-only for now: trust data can be read, and not changed; ask an administrator";
            return Err(oci::Error::denied(message).into());
        }
        Ok(())
    }
}

/// The collection, if it is one of ours: of others nothing is said, but to who wants to publish there.
fn ours(state: &AppState, endpoint: &Endpoint, method: &Method, gun: &str) -> Outcome<Gun> {
    let gun: Option<Gun> = gun.parse().ok();
    let gun = gun.filter(|gun| origin::is_ours(&state.config, gun.host()));
    gun.ok_or_else(|| match (endpoint, method) {
        (Endpoint::Collection { .. }, &Method::POST) => {
            let prefix = format!("{}/", origin::our_host(&state.config));
            Refusal::InvalidGun(vec![prefix]).into()
        }
        _ => nothing(),
    })
}

/// 404 for what is no path of ours, or takes no such method.
fn nothing() -> Failure {
    Refusal::MetadataNotFound { route: false }.into()
}

/// 404 for a file that is not there.
fn missing() -> Failure {
    Refusal::MetadataNotFound { route: true }.into()
}

/// 200 without a body: clients take no other status for a success.
fn done() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::OK;
    response
}

/// The health of the Notary server, as its own monitors ask for it: `{}`, or what is wrong.
pub(crate) async fn health(
    axum::extract::State(state): axum::extract::State<AppState>,
) -> Response {
    let body = match state.db.check().await {
        Ok(()) => return axum::Json(serde_json::json!({})).into_response(),
        Err(error) => {
            tracing::debug!(%error, "the Notary server was asked how it is, and is ill");
            serde_json::json!({ "database": "the database does not answer" })
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response()
}
