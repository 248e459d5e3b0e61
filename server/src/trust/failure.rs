//! What went wrong in Notary's protocol: its refusals in their exact words (`trust::Refusal`), and what is the registry's own trouble in
//! the registry's.

use ::trust::Refusal;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::registry::{self, challenge::Challenge};

/// A request that failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The protocol has words for it.
    Refused(Refusal),
    /// Who asks is not known, or may not do this: Notary knows no 403.
    Unauthorized(Refusal, Box<Challenge>),
    /// The body did not come, or not in time: as for a malformed one, but the connection ends.
    Stalled,
    /// Too many large uploads at once.
    Busy,
    /// Everything else.
    Registry(registry::error::Failure),
}

/// Short for what an operation answers.
pub(super) type Outcome<T = Response> = Result<T, Failure>;

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<registry::error::Failure> for Failure {
    fn from(failure: registry::error::Failure) -> Self {
        Self::Registry(failure)
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        Self::Registry(error.into())
    }
}

impl From<oci::Error> for Failure {
    fn from(error: oci::Error) -> Self {
        Self::Registry(error.into())
    }
}

impl From<crate::error::ApiError> for Failure {
    fn from(error: crate::error::ApiError) -> Self {
        Self::Registry(error.into())
    }
}

/// Not the client's fault; what it was is for the log.
pub(super) fn inside(error: &dyn std::fmt::Display) -> Failure {
    Failure::Registry(registry::error::Failure::Inside(error.to_string()))
}

impl Failure {
    /// Writes down what the client is not told.
    pub(super) fn log(&self, gun: Option<&str>, request_id: Option<&dyn std::fmt::Display>) {
        let request_id = request_id.map(tracing::field::display);
        match self {
            Self::Refused(Refusal::Stored(why)) => {
                tracing::error!(request_id, gun, error = %why, "stored trust data cannot be used");
            }
            Self::Registry(registry::error::Failure::Inside(error)) => {
                tracing::error!(
                    request_id,
                    gun,
                    error,
                    "a request for trust data failed inside"
                );
            }
            _ => {}
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => respond(&refusal, None),
            Self::Unauthorized(refusal, challenge) => {
                let mut response = respond(&refusal, None);
                if let Ok(value) = HeaderValue::try_from(challenge.to_string()) {
                    response
                        .headers_mut()
                        .insert(header::WWW_AUTHENTICATE, value);
                }
                response
            }
            Self::Stalled => closing(respond(
                &Refusal::MalformedUpload,
                Some(StatusCode::REQUEST_TIMEOUT),
            )),
            Self::Busy => closing(respond(
                &Refusal::Updating,
                Some(StatusCode::SERVICE_UNAVAILABLE),
            )),
            Self::Registry(registry::error::Failure::Inside(_)) => respond(&Refusal::Unknown, None),
            Self::Registry(failure) => failure.into_response(),
        }
    }
}

fn respond(refusal: &Refusal, status: Option<StatusCode>) -> Response {
    let known = || StatusCode::from_u16(refusal.status()).ok();
    let mut response = Response::new(Body::from(refusal.body()));
    *response.status_mut() = status
        .or_else(known)
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
}

fn closing(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
