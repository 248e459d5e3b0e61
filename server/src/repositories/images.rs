//! The images behind a tag or a digest: one for each platform.

use db::manifests::Summary;

use super::{Found, tag::resolve};
use crate::{
    error::{ApiError, ApiResult},
    image::describe,
    repositories::tag::{PlatformQuery, children, no_such_platform},
    state::AppState,
};

pub(crate) use super::tag::{PlatformQuery as Platform, Referenced};

/// What a reference names.
#[derive(Debug)]
pub(crate) struct Images {
    /// The tag; empty where a digest was given.
    pub(crate) tag: String,
    /// The images, one for each platform that was asked for.
    pub(crate) rows: Vec<Summary>,
}

/// The images of a tag or digest, for the platforms that fit; there is at least one, or it is an error that says so.
pub(crate) async fn of(
    state: &AppState,
    found: &Found,
    reference: &str,
    query: &PlatformQuery,
) -> ApiResult<Images> {
    let (head, loaded) = resolve(state, found, reference).await?;
    let listed = children(state, found.row.id, &loaded).await?;
    let platforms = if loaded.manifest.is_index() {
        describe::platforms(&loaded.manifest, &listed)
    } else {
        super::tags::alone(&loaded.row)
    };
    let rows: Vec<Summary> = platforms
        .iter()
        .filter(|platform| platform.kind == api::manifest::Kind::Image && query.matches(platform))
        .filter_map(|platform| match listed.get(&platform.digest) {
            Some(row) => Some(row.clone()),
            None => (platform.digest == loaded.row.digest).then(|| loaded.row.clone()),
        })
        .collect();
    if rows.is_empty() {
        return Err(no_such_platform(reference, &platforms));
    }
    Ok(Images {
        tag: head.name,
        rows,
    })
}

impl Images {
    /// The only one of them; an error that asks for a platform where there are several.
    pub(crate) fn single(mut self) -> ApiResult<Summary> {
        match (self.rows.pop(), self.rows.is_empty()) {
            (Some(row), true) => Ok(row),
            _ => Err(ApiError::invalid(
                "INVALID_PARAMETERS",
                "The image has several platforms; say which one with os and arch.",
            )),
        }
    }
}
