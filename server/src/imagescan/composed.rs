//! The layers of an image, and what they make of it.

use db::{entities::image_scan, manifests::Summary};
use oci::Descriptor;

use crate::{
    error::{ApiError, ApiResult},
    scanning::{self, Composed},
    state::AppState,
};

/// Of an image that was scanned, or an error that says it was not.
pub(super) async fn of(state: &AppState, row: &Summary) -> ApiResult<Composed> {
    let digest = row.digest.as_str();
    let scans = db::scans::summary::of_images(&state.db, [digest]).await?;
    let scan = scans.get(digest).map(|found| &found.scan);
    let scan = scan.filter(|scan| scan.detector_version > 0);
    Ok(scanned(state, scan.ok_or_else(no_scan)?).await?.1)
}

/// As this scan found it.
pub(super) async fn scanned(
    state: &AppState,
    scan: &image_scan::Model,
) -> ApiResult<(Vec<Descriptor>, Composed)> {
    let found = async {
        let (layers, _) = scanning::layers_of(state, &scan.digest).await?;
        let digests = layers.iter().map(|layer| layer.digest.to_string());
        let composed = scanning::as_scanned(state, scan.id, digests.collect()).await?;
        Ok((layers, composed))
    };
    found
        .await
        .map_err(|error: scanning::Error| ApiError::internal(&error))
}

pub(super) fn no_scan() -> ApiError {
    ApiError::not_found("NO_SUCH_SCAN", "This image has not been scanned yet.")
}
