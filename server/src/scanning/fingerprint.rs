//! Reads a layer that nobody has read yet, on a thread of its own, and keeps the report.

use std::{
    collections::BTreeSet,
    io::{Cursor, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use db::entities::layer_report;
use oci::{Descriptor, Digest};
use scan::fingerprint::{LayerReport, Limits, scan_layer};
use time::OffsetDateTime;

use super::{Error, packed};
use crate::state::AppState;

/// Reads `layer` and keeps its report. `stop` ends the reading.
pub(super) async fn read(
    state: &AppState,
    layer: &Descriptor,
    stop: Arc<AtomicBool>,
) -> Result<(), Error> {
    let source = open(state, &layer.digest).await?;
    let media_type = layer.media_type.clone();
    let read = tokio::task::spawn_blocking(move || {
        let stopped = || stop.load(Ordering::Relaxed);
        let report = scan_layer(source, &media_type, &Limits::default(), stopped)?;
        if stopped() {
            return Err(Error::Stopped);
        }
        let packed = packed::write(&report)?;
        Ok((report, packed))
    });
    let (report, packed) = read.await.map_err(std::io::Error::other)??;
    let row = layer_report::Model {
        digest: layer.digest.to_string(),
        detector_version: super::composition::detector_version(),
        incomplete: incomplete(&report),
        uncompressed: i64::try_from(report.uncompressed).unwrap_or(i64::MAX),
        report: packed,
        scanned_at: OffsetDateTime::now_utc(),
    };
    db::scans::layers::put(&state.db, row, &files(&report)).await?;
    Ok(())
}

async fn open(state: &AppState, digest: &Digest) -> Result<Box<dyn Read + Send>, Error> {
    if let Some(content) = db::blob_links::content(&state.db, digest).await? {
        return Ok(Box::new(Cursor::new(content)));
    }
    match state.blobs.open_blob(digest).await? {
        Some(blob) => Ok(Box::new(blob.into_reader())),
        None => Err(Error::Unreadable(format!(
            "the layer {digest} is not in the store any more; push the image again"
        ))),
    }
}

fn incomplete(report: &LayerReport) -> Option<serde_json::Value> {
    (!report.incomplete.is_empty()).then(|| serde_json::json!(report.incomplete))
}

fn files(report: &LayerReport) -> BTreeSet<String> {
    let digests = report.executables.iter().filter_map(|file| {
        let digests = file.digests.as_ref()?;
        Some(digests.sha256.clone())
    });
    digests.collect()
}
