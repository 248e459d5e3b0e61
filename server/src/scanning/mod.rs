//! Scanning: what is in an image, read once when it comes; and what is wrong with it, judged again whenever vulnerability data changes.
//!
//! `worker` takes scans from the queue; `fingerprint` reads the layers that nobody has read yet; `composition` puts an image together;
//! `known` tells files by their content; `attached` reads what others say is in an image; `judge` asks the vulnerability data; `update` brings new data, which `online` fetches, and
//! `rematch` judges everything by it. The mathematics is in `crates/scan`, the rows in `db::scans` and `db::advisories`.

pub(crate) mod attached;
mod composition;
mod days;
mod fingerprint;
mod judge;
mod known;
pub mod online;
mod record;
mod rematch;
pub(crate) mod update;
mod worker;

use std::{sync::Arc, time::Duration};

use db::{entities::manifest, scans::forget::Forgotten};
use oci::manifest::{DOCKER_CONFIG, OCI_CONFIG};
use time::OffsetDateTime;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until},
};
use tokio_util::task::TaskTracker;

use crate::state::AppState;

pub(crate) use composition::{Composed, as_scanned, detector_version, reports};
pub(crate) use days::{day, note as note_day};
pub(crate) use judge::THRESHOLDS;
pub use worker::settle;
pub(crate) use worker::{layers_of, run};

/// Without a push for so long, it is quiet.
const MOMENT: Duration = Duration::from_millis(100);
/// While images are pushed one after the other, a scan waits for so long.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the parts of scanning share in one process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scanning {
    /// Somebody put a scan into the queue.
    queued: Arc<Notify>,
    /// When the last image was pushed.
    pushed: watch::Sender<Option<Instant>>,
    /// Updates of the vulnerability data that are being loaded.
    pub(crate) updates: TaskTracker,
}

impl Scanning {
    /// There is something to do.
    pub(crate) fn wake(&self) {
        self.queued.notify_one();
    }

    /// There is something to do, and there may be more at once.
    pub(crate) fn pushed(&self) {
        self.pushed.send_replace(Some(Instant::now()));
        self.wake();
    }

    /// Waits until nobody has pushed for a moment, but not for long: who pushes waits for what a scan writes.
    async fn lull(&self) {
        let latest = Instant::now() + PATIENCE;
        loop {
            let quiet = self.pushed.borrow().map(|pushed| pushed + MOMENT);
            match quiet.map(|quiet| quiet.min(latest)) {
                Some(until) if until > Instant::now() => sleep_until(until).await,
                _ => return,
            }
        }
    }
}

/// Why a scan, or an update of vulnerability data, did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The bytes could not be read.
    #[error(transparent)]
    Content(#[from] crate::content::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] blobs::Error),
    /// The disk, or a thread, failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Vulnerability data could not be fetched.
    #[error(transparent)]
    Fetch(#[from] online::Failed),
    /// What is stored cannot be understood.
    #[error("{0}")]
    Unreadable(String),
    /// It took longer than it may.
    #[error("the scan took longer than {0} minutes and was given up")]
    Time(u64),
    /// Somebody cancelled it, another process has it now, or the program ends.
    #[error("the scan was stopped")]
    Stopped,
}

/// Rows as they are packed: JSON, compressed by zstd.
mod packed {
    use std::io::{self, Read as _};

    use serde::{Serialize, de::DeserializeOwned};

    /// The fastest level: what it would save beyond is little.
    const LEVEL: i32 = 1;
    /// More than this was not packed by us.
    const LARGEST: u64 = 1 << 30;

    /// Packs bytes.
    pub(super) fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
        zstd::bulk::compress(bytes, LEVEL)
    }

    /// Unpacks bytes.
    pub(super) fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        zstd::Decoder::new(packed)?
            .take(LARGEST)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Packs a value.
    pub(super) fn write(value: &impl Serialize) -> io::Result<Vec<u8>> {
        let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL)?;
        serde_json::to_writer(&mut encoder, value)?;
        encoder.finish()
    }

    /// Unpacks a value.
    pub(super) fn read<T: DeserializeOwned>(packed: &[u8]) -> io::Result<T> {
        let decoder = zstd::Decoder::new(packed)?.take(LARGEST);
        Ok(serde_json::from_reader(io::BufReader::new(decoder))?)
    }
}

/// Forgets what is known of images that are in no repository any more.
pub async fn forget(state: &AppState, now: OffsetDateTime) {
    match db::scans::forget::forget(&state.db, now).await {
        Ok(gone) if gone == Forgotten::default() => {}
        Ok(gone) => tracing::info!(
            images = gone.images,
            components = gone.components,
            layers = gone.layers,
            "forgot what was known of images that are gone"
        ),
        Err(error) => {
            tracing::warn!(%error, "images that are gone could not be forgotten; tried again in an hour");
        }
    }
}

impl AppState {
    /// The vulnerability data that counts; 0 before there is any.
    pub(crate) async fn generation(&self) -> db::Result<i64> {
        Ok(db::advisories::current_row(&self.db)
            .await?
            .map_or(0, |row| row.id))
    }
}

/// Whether a manifest is an image that can be scanned: not an index, no attestation, no other artifact.
pub(crate) fn is_image(row: &manifest::Model) -> bool {
    matches!(
        row.artifact_type.as_deref(),
        Some(OCI_CONFIG | DOCKER_CONFIG)
    ) && row.os.as_deref() != Some(UNKNOWN)
}

/// The operating system that `BuildKit` gives to what runs nowhere.
const UNKNOWN: &str = "unknown";

#[cfg(test)]
mod tests {
    use tokio::time::{advance, timeout};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_scan_waits_for_a_lull_but_not_for_long() {
        let scanning = Scanning::default();
        let began = Instant::now();
        scanning.lull().await;
        assert_eq!(began.elapsed(), Duration::ZERO, "nobody pushes");

        scanning.pushed();
        scanning.lull().await;
        assert_eq!(began.elapsed(), MOMENT, "after the last push");

        let pushing = async {
            loop {
                scanning.pushed();
                advance(MOMENT / 2).await;
            }
        };
        scanning.pushed();
        let began = Instant::now();
        tokio::select! {
            () = pushing => {}
            lull = timeout(2 * PATIENCE, scanning.lull()) => lull.unwrap(),
        }
        assert!(
            began.elapsed() + MOMENT >= PATIENCE,
            "as long as they go on"
        );
    }
}
