//! What comes with a request, read into types. What cannot be read is refused in the API's envelope, in words that say what to
//! do; axum's own extractors would answer plain text.

use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, Path, Request,
        rejection::{JsonRejection, PathRejection},
    },
    http::{StatusCode, request::Parts},
};
use axum_extra::extract::{Query, QueryRejection};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// A JSON body. 415 without `Content-Type: application/json`, so that no plain HTML form can send one.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Json(value) = Json::from_request(request, state)
            .await
            .map_err(unreadable)?;
        Ok(Self(value))
    }
}

fn unreadable(rejection: JsonRejection) -> ApiError {
    let (status, code) = match rejection.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            return ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "Send JSON, with the header Content-Type: application/json.",
            );
        }
        StatusCode::PAYLOAD_TOO_LARGE => (StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE"),
        _ => (StatusCode::BAD_REQUEST, "INVALID_JSON"),
    };
    ApiError::new(status, code, rejection.body_text())
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
