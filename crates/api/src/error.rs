//! The envelope in which every error of the API is answered. The `/v2/` API's errors have the same shape.

use serde::{Deserialize, Serialize};

/// Body of every answer with a status of 400 or above.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Envelope {
    /// At least one.
    pub errors: Vec<ApiError>,
}

/// One error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiError {
    /// For programs: capitals and underscores, as `NO_SUCH_REPOSITORY`. Codes never change their meaning.
    pub code: String,
    /// For people: what is wrong and what to do.
    pub message: String,
    /// More, where the code has more to say; its shape depends on the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<serde_json::Value>,
}
