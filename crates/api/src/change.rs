//! Live changes of a repository: data of the server-sent events of
//! `GET /api/v0/repositories/{namespace}/{reponame}/changes`.

use serde::{Deserialize, Serialize};

/// Data of an event named `tag`: a tag was pushed or deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TagChange {
    /// `namespace/name`.
    pub repository: String,
    /// The tag.
    pub tag: String,
    /// Digest that it points at now; absent when the tag was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}
