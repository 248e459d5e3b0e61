//! `/v2/`: the OCI Distribution Specification 1.1, with Docker's catalog.
//!
//! One route takes every path, because repository names have slashes: what has `/_trust/` in it is about trust data and goes to
//! `trust`, which no repository's name can have; `oci::path` reads all others, [`identity`] finds out who
//! asks, and one operation answers. This is the hottest code of the program: no allocation, lock or question to the
//! database here that a warm pull could do without.

pub(crate) mod cache;
pub(crate) mod challenge;
pub(crate) mod error;
pub(crate) mod identity;
pub(crate) mod pulled;
pub(crate) mod pulls;
mod pusher;

mod blobs;
mod granted;
mod lists;
mod manifests;
mod platform;
mod recorded;
mod upload_id;
mod uploads;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use oci::{name::Reference, path::Endpoint};
use tracing::field;

use self::{
    error::{Failure, Outcome},
    identity::Visitor,
};
use crate::{access::Action, settings::Switch, state::AppState, telemetry::RequestId, trust};

/// Docker's mark of a registry that speaks version 2.
const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// Every request below `/v2`.
pub(crate) async fn handle(State(state): State<AppState>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if trust::is_trust(parts.uri.path()) {
        return trust::handle(&state, &parts, body).await;
    }
    dispatch(&state, &parts, body)
        .await
        .unwrap_or_else(|failure| {
            if let Failure::Inside(error) = &failure {
                // A pull has no span that would say which request it is.
                let request_id = parts.extensions.get::<RequestId>().map(field::display);
                tracing::error!(request_id, error, "a request at /v2/ failed inside");
            }
            failure.into_response()
        })
}

async fn dispatch(state: &AppState, parts: &Parts, body: Body) -> Outcome {
    let visitor = Visitor::find(state, parts).await?;
    refuse_nul(&parts.uri)?;
    let endpoint = match Endpoint::parse(parts.uri.path()) {
        Ok(endpoint) => endpoint,
        Err(error) => {
            // Without credentials, nothing is said of paths either.
            visitor.require_credentials()?;
            return Err(error.into());
        }
    };
    if !matches!(parts.method, Method::GET | Method::HEAD)
        && Switch::ReadOnlyRegistry.is_on(state).await?
    {
        let message = "the registry is read-only for now: pulls work, pushes and deletions do not; ask an administrator";
        return Err(oci::Error::denied(message).into());
    }
    match endpoint {
        Endpoint::Base => base(&visitor, &parts.method),
        Endpoint::Catalog => match parts.method {
            Method::GET => lists::catalog(&visitor, parts).await,
            _ => Err(not_allowed().into()),
        },
        Endpoint::Tags { repository } => match parts.method {
            Method::GET => {
                let repository = visitor.authorize(&repository, Action::Pull).await?;
                lists::tags(state, &repository, parts).await
            }
            _ => Err(not_allowed().into()),
        },
        Endpoint::Referrers { repository, digest } => match parts.method {
            Method::GET => {
                let repository = visitor.authorize(&repository, Action::Pull).await?;
                lists::referrers(state, &repository, &digest, parts).await
            }
            _ => Err(not_allowed().into()),
        },
        Endpoint::Manifest {
            repository,
            reference,
        } => manifest(&visitor, parts, body, &repository, reference).await,
        Endpoint::Blob { repository, digest } => match parts.method {
            Method::GET | Method::HEAD => {
                let repository = visitor.authorize(&repository, Action::Pull).await?;
                // How large a blob is may be asked: who pushes has to know what is there.
                if parts.method == Method::GET {
                    blobs::size(state, &repository, &digest)
                        .await?
                        .ok_or_else(|| oci::Error::blob_unknown(&digest))?;
                    trust::policy::blob(&visitor, &repository, &digest).await?;
                }
                blobs::get(state, &repository, &digest, parts).await
            }
            Method::DELETE => {
                let repository = visitor.authorize(&repository, Action::Delete).await?;
                blobs::delete(state, &repository, &digest).await
            }
            _ => Err(not_allowed().into()),
        },
        Endpoint::Uploads { repository } => match parts.method {
            Method::POST => uploads::start(&visitor, parts, body, &repository).await,
            _ => Err(not_allowed().into()),
        },
        Endpoint::Upload { repository, id } => {
            uploads::go_on(&visitor, parts, body, &repository, &id).await
        }
    }
}

/// No parameter holds a NUL character, and `PostgreSQL` cannot even be asked for one. (In a path it is no name.)
fn refuse_nul(uri: &Uri) -> Result<(), oci::Error> {
    if uri.query().is_some_and(|query| query.contains("%00")) {
        let message = "the query holds a NUL character (%00); remove it";
        return Err(oci::Error::unsupported(message).with_status(400));
    }
    Ok(())
}

async fn manifest(
    visitor: &Visitor<'_>,
    parts: &Parts,
    body: Body,
    name: &oci::name::RepositoryName,
    reference: Reference,
) -> Outcome {
    match parts.method {
        Method::GET | Method::HEAD => {
            let repository = visitor.authorize(name, Action::Pull).await?;
            manifests::get(visitor, &repository, reference, parts).await
        }
        Method::PUT => {
            let repository = visitor.authorize_push(name).await?;
            manifests::put(visitor, &repository, reference, parts, body).await
        }
        Method::DELETE => {
            let repository = visitor.authorize(name, Action::Delete).await?;
            manifests::delete(visitor, &repository, &reference).await
        }
        _ => Err(not_allowed().into()),
    }
}

/// `GET /v2/`: 200 for whoever has credentials, and the way to them for whoever has not.
fn base(visitor: &Visitor<'_>, method: &Method) -> Outcome {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(not_allowed().into());
    }
    visitor.require_credentials()?;
    let mut response = Response::new(Body::from("{}"));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(API_VERSION, HeaderValue::from_static("registry/2.0"));
    Ok(response)
}

fn not_allowed() -> oci::Error {
    oci::Error::unsupported("this path does not take this method").with_status(405)
}

/// An answer without a body.
fn empty(
    status: StatusCode,
    headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

/// Text made here as a header's value: digests, paths, numbers.
fn value(text: impl AsRef<str>) -> HeaderValue {
    HeaderValue::from_str(text.as_ref()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The values of a query parameter, decoded, in their order.
fn query<'u>(uri: &'u Uri, name: &'u str) -> impl Iterator<Item = String> + use<'u> {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .filter(move |(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Whether one of the entity tags in `If-None-Match` is `etag`, or any (RFC 9110, section 13.1.2).
fn none_match(parts: &Parts, etag: &HeaderValue) -> bool {
    let Ok(etag) = etag.to_str() else {
        return false;
    };
    parts
        .headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|value| {
            value.to_str().is_ok_and(|list| {
                list.split(',')
                    .map(str::trim)
                    .any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item) == etag)
            })
        })
}
