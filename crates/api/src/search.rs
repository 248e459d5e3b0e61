//! Finding things: `/api/v0/index/autocomplete` (the command palette) and `/api/v0/index/dockersearch` (`docker search`).

use serde::{Deserialize, Serialize};

use crate::{account::Account, repository::Repository};

/// Answer of `GET /api/v0/index/autocomplete`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Autocomplete {
    /// Accounts whose name contains the query and that the caller may see.
    #[serde(default)]
    pub account_results: Vec<Account>,
    /// Repositories whose `namespace/name` contains the query and that the caller may see.
    #[serde(default)]
    pub repository_results: Vec<Repository>,
    /// Ours: the images that the query names, by a digest or a reference.
    #[serde(default)]
    pub image_results: Vec<FoundImage>,
}

/// An image that the caller may see. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FoundImage {
    /// The repository's namespace.
    pub namespace: String,
    /// The repository's name in it.
    pub name: String,
    /// The tag, where it was asked for by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The manifest's digest.
    pub digest: String,
}

/// Answer of `GET /api/v0/index/dockersearch`, in the words of Docker's search API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DockerSearch {
    /// Number of results in this answer.
    pub num_results: u32,
    /// What was searched for.
    pub query: String,
    /// At most 25.
    pub results: Vec<DockerRepository>,
}

/// One result of `docker search`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DockerRepository {
    /// `namespace/name`.
    pub name: String,
    /// The short description.
    pub description: String,
    /// Always `false`: an idea of Docker Hub's.
    pub is_official: bool,
    /// Always `false`: an idea of Docker Hub's.
    pub is_trusted: bool,
    /// Always 0: an idea of Docker Hub's.
    pub star_count: u32,
}
