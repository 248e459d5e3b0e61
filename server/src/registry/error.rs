//! What went wrong at `/v2/`, in the specification's envelope (OCI Distribution Specification 1.1, "Error Codes").

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use oci::error::Code;

use super::challenge::Challenge;
use crate::error::ApiError;

/// Bytes of a warning: the specification has 4096 for all of an answer's.
const MAX_WARNING: usize = 2048;

/// A failed request at `/v2/`.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error of the protocol.
    Protocol(oci::Error),
    /// Credentials are missing or not enough: the client is told where to get a token, and for what.
    Challenge(oci::Error, Box<Challenge>),
    /// Too many wrong passwords.
    SlowDown(ApiError),
    /// Not the client's fault; what it was is for the log only.
    Inside(String),
}

/// Short for what an operation answers.
pub(crate) type Outcome<T = Response> = Result<T, Failure>;

impl From<oci::Error> for Failure {
    fn from(error: oci::Error) -> Self {
        Self::Protocol(error)
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Full(_) => {
                tracing::error!(%error, "the database is full");
                full()
            }
            db::Error::Away(_) => {
                tracing::error!(%error, "the database is away");
                oci::Error::unavailable(
                    "the registry's database cannot be reached; try again in a moment",
                )
                .into()
            }
            db::Error::SignedTag { tag, gun } => {
                oci::Error::new(Code::Denied, crate::error::signed_tag(&tag, &gun))
                    .with_status(409)
                    .into()
            }
            _ => internal(&error),
        }
    }
}

/// 507: nothing can be written.
fn full() -> Failure {
    oci::Error::unavailable("the registry's storage is full; tell its administrator")
        .with_status(507)
        .into()
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        match error.status() {
            StatusCode::TOO_MANY_REQUESTS => Self::SlowDown(error),
            StatusCode::UNAUTHORIZED => oci::Error::unauthorized(error.message()).into(),
            StatusCode::INSUFFICIENT_STORAGE => full(),
            StatusCode::SERVICE_UNAVAILABLE => oci::Error::unavailable(error.message()).into(),
            _ => oci::Error::internal().into(),
        }
    }
}

impl From<blobs::Error> for Failure {
    fn from(error: blobs::Error) -> Self {
        use blobs::Error as E;
        match error {
            E::Full { .. } => full(),
            E::Busy => oci::Error::upload_invalid("another request is writing to this upload")
                .with_status(409)
                .into(),
            E::DigestMismatch { expected, actual } => {
                oci::Error::digest_invalid("the content has another digest than the one given")
                    .with_detail(serde_json::json!({ "expected": expected, "actual": actual }))
                    .into()
            }
            E::TooMany { limit } => oci::Error::too_many_requests(format!(
                "{limit} uploads are open already; finish or cancel one of them first"
            ))
            .into(),
            E::TooShort { end, announced } => oci::Error::new(
                Code::SizeInvalid,
                format!(
                    "Content-Range announces bytes up to {announced}, and the body ended at {end}; what arrived is kept, \
                     and the upload goes on at byte {end}"
                ),
            )
            .into(),
            E::TooLarge { limit } => oci::Error::too_large("this upload", limit).into(),
            E::Stalled(_) => oci::Error::upload_invalid(error.to_string())
                .with_status(408)
                .into(),
            E::Interrupted(_) => {
                oci::Error::upload_invalid("the request ended before its body did").into()
            }
            error @ E::Io { .. } => internal(&error),
        }
    }
}

/// What happened, for the log; the client is told no more than that.
pub(super) fn internal(error: &dyn std::fmt::Display) -> Failure {
    Failure::Inside(error.to_string())
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Protocol(error) => respond(error),
            Self::Inside(_) => respond(oci::Error::internal()),
            Self::SlowDown(error) => {
                let mut response = respond(oci::Error::too_many_requests(error.message()));
                let inner = error.into_response();
                if let Some(value) = inner.headers().get(header::RETRY_AFTER) {
                    response
                        .headers_mut()
                        .insert(header::RETRY_AFTER, value.clone());
                }
                response
            }
            Self::Challenge(error, challenge) => {
                let mut response = respond(error);
                if let Ok(value) = HeaderValue::try_from(challenge.to_string()) {
                    response
                        .headers_mut()
                        .insert(header::WWW_AUTHENTICATE, value);
                }
                response
            }
        }
    }
}

/// Says something beside the answer, which clients show to people (OCI Distribution Specification 1.1, "Warnings").
pub(super) fn warn(headers: &mut HeaderMap, text: &str) {
    let mut said = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => said.extend(['\\', character]),
            ' '..='~' => said.push(character),
            _ => said.push('?'),
        }
        if said.len() >= MAX_WARNING {
            break;
        }
    }
    if let Ok(value) = HeaderValue::try_from(format!("299 - \"{said}\"")) {
        headers.append(header::WARNING, value);
    }
}

/// The envelope with one error.
pub(crate) fn respond(error: oci::Error) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let is_internal = error.code == Code::Unknown;
    let body = serde_json::to_vec(&oci::error::Envelope::from(error)).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(super::API_VERSION, HeaderValue::from_static("registry/2.0"));
    if is_internal || status == StatusCode::INSUFFICIENT_STORAGE {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
