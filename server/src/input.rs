//! What comes with a request, read into types. What cannot be read is refused in the API's envelope, in words that say what to
//! do; axum's own extractors would answer plain text.

mod json;

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Path, Request,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
};
use axum_extra::extract::{Query, QueryRejection};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// A JSON object as the body. 415 without `Content-Type: application/json`, so that no plain HTML form can send one.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "Send JSON, with the header Content-Type: application/json.",
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(unreadable)?;
        json::read(&body).map(Self)
    }
}

/// Whether the body is said to be `application/json`, or a kind of it (RFC 6839, section 3.1).
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(HeaderValue::to_str) else {
        return false;
    };
    let kind = value.split(';').next().unwrap_or_default().trim();
    let subtype = match kind.split_once('/') {
        Some((kind, subtype)) if kind.eq_ignore_ascii_case("application") => subtype,
        _ => return false,
    };
    let suffix = subtype.rsplit('+').next().unwrap_or_default();
    suffix.eq_ignore_ascii_case("json")
}

/// All of a body, if it has so many MiB at most.
pub(crate) async fn read_all(body: axum::body::Body, mebibytes: usize) -> Result<Bytes, ApiError> {
    use http_body_util::{BodyExt as _, LengthLimitError, Limited};
    let limited = Limited::new(body, mebibytes << 20);
    match limited.collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "TOO_LARGE",
            format!("The body is too large; at most {mebibytes} MiB is taken."),
        )),
        Err(_) => Err(ApiError::invalid(
            "INVALID_BODY",
            "The body did not arrive as a whole.",
        )),
    }
}

fn unreadable(rejection: BytesRejection) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "TOO_LARGE",
            "The body is too large; at most 1 MiB is taken.",
        ),
        _ => ApiError::invalid("INVALID_JSON", "The body did not arrive as a whole."),
    }
}

/// The query's parameters.
#[derive(Debug)]
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        refuse_nul(parts.uri.query())?;
        let Query(value) = Query::from_request_parts(parts, state).await.map_err(
            |rejection: QueryRejection| {
                ApiError::invalid("INVALID_PARAMETERS", rejection.body_text())
            },
        )?;
        Ok(Self(value))
    }
}

/// The variable segments of the path.
#[derive(Debug)]
pub(crate) struct Segments<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        refuse_nul(Some(parts.uri.path()))?;
        let Path(value) =
            Path::from_request_parts(parts, state)
                .await
                .map_err(|rejection: PathRejection| {
                    ApiError::invalid("INVALID_PARAMETERS", rejection.body_text())
                })?;
        Ok(Self(value))
    }
}

/// No name and no text here holds a NUL character, and `PostgreSQL` cannot even be asked for one.
fn refuse_nul(encoded: Option<&str>) -> Result<(), ApiError> {
    if encoded.is_some_and(|text| text.contains("%00")) {
        return Err(ApiError::invalid(
            "INVALID_PARAMETERS",
            "The address holds a NUL character (%00); remove it.",
        ));
    }
    Ok(())
}

/// 400 for a field of a form; the field's name is in the detail, so that an interface can show the words beside it.
pub(crate) fn bad_field(field: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::invalid("INVALID_PARAMETERS", message)
        .with_detail(serde_json::json!({ "field": field }))
}

/// `text`, if it is one line of at most `max` characters.
pub(crate) fn one_line(field: &'static str, text: String, max: usize) -> Result<String, ApiError> {
    if text.chars().count() > max {
        return Err(bad_field(
            field,
            format!("{field} has more than {max} characters; shorten it."),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(bad_field(
            field,
            format!("{field} is one line of text, without control characters."),
        ));
    }
    Ok(text)
}
