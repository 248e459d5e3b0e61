//! The image that an image is made from.

use api::scan::BaseImage;
use db::{repositories::Viewer, scans::base};

use super::unsigned;
use crate::{error::ApiResult, state::AppState};

/// Of those that `viewer` sees, the largest one.
pub(super) async fn of(
    state: &AppState,
    viewer: &Viewer,
    digest: &str,
) -> ApiResult<Option<BaseImage>> {
    let base = base::of(&state.db, viewer, digest).await?;
    Ok(base.map(|base| BaseImage {
        namespace: base.place.namespace,
        repository: base.place.name,
        tags: base.place.tags,
        digest: base.place.digest,
        layers: unsigned(base.layers),
    }))
}
