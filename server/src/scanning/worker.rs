//! Takes scans from the queue, one at a time, and does them.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use db::{
    entities::image_scan,
    scans::{State, components::Subject, layers, queue, store},
};
use oci::{Descriptor, Digest};
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Error, composition, fingerprint, judge, known, record, rematch};
use crate::{settings::Switch, state::AppState, webhooks::tell};

/// How often the queue is looked at when nobody says that there is something in it: another replica may have filled it.
const LOOK: Duration = Duration::from_secs(15);
/// How far a scan is, is said no more often.
const OFTEN: Duration = Duration::from_millis(500);
/// How often it is said that a scan goes on.
const BEAT: Duration = Duration::from_secs(20);
/// How long a scan may take.
const DEADLINE: Duration = Duration::from_mins(30);
/// Tries to judge by data that does not change meanwhile.
const TRIES: usize = 5;

/// Works until `stop`.
pub(crate) async fn run(state: AppState, stop: CancellationToken) {
    let worker = Uuid::now_v7();
    super::update::clean_up(&state).await;
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = state.scanning.queued.notified() => {}
            _ = look.tick() => {}
        }
        resume(&state).await;
        loop {
            state.scanning.lull().await;
            if !one(&state, worker, &stop).await {
                break;
            }
        }
    }
}

/// Does everything that is due, once: for tests, which do not want to wait for it.
pub async fn settle(state: &AppState) {
    let updates = &state.scanning.updates;
    updates.close();
    updates.wait().await;
    updates.reopen();
    resume(state).await;
    while one(state, Uuid::now_v7(), &CancellationToken::new()).await {}
}

async fn resume(state: &AppState) {
    if let Err(error) = rematch::resume(state).await {
        tracing::error!(%error, "the components could not be judged by new data; tried again");
    }
}

/// Does the scan that is due next. False where there is none to do.
async fn one(state: &AppState, worker: Uuid, stop: &CancellationToken) -> bool {
    if stop.is_cancelled() || !is_on(state).await {
        return false;
    }
    match queue::claim(&state.db, worker, OffsetDateTime::now_utc()).await {
        Ok(Some(scan)) => {
            work(state, worker, &scan, stop).await;
            true
        }
        Ok(None) => false,
        Err(error) => {
            tracing::error!(%error, "the queue of scans cannot be read");
            false
        }
    }
}

/// Whether scans are to be done now. Judging goes on where they are not.
async fn is_on(state: &AppState) -> bool {
    match Switch::ScanningEnabled.is_on(state).await {
        Ok(is_on) => is_on,
        Err(error) => {
            tracing::error!(%error, "it cannot be read whether images are to be scanned");
            false
        }
    }
}

async fn work(state: &AppState, worker: Uuid, scan: &image_scan::Model, stop: &CancellationToken) {
    let done = if scan.attempts > queue::ATTEMPTS {
        Err(Error::Unreadable(
            "the program ended each time that it scanned this image".to_owned(),
        ))
    } else {
        of_image(state, worker, scan, stop).await
    };
    match done {
        Ok(()) => tracing::info!(image = scan.digest, "scanned"),
        Err(Error::Stopped) => tracing::info!(image = scan.digest, "the scan was stopped"),
        Err(error) => {
            let again = scan.attempts < queue::ATTEMPTS && is_passing(&error);
            tracing::warn!(image = scan.digest, %error, again, "the scan failed");
            let reason = error.to_string();
            if let Err(error) = fail(state, worker, scan, &reason, again).await {
                tracing::error!(%error, "it cannot be written down that a scan failed");
            }
        }
    }
    state.webhooks.wake();
    state.promotion.wake();
    announce(state, &scan.digest).await;
}

async fn fail(
    state: &AppState,
    worker: Uuid,
    scan: &image_scan::Model,
    reason: &str,
    again: bool,
) -> db::Result<()> {
    let db = if again {
        state.db.clone()
    } else {
        let recording = record::Scanned::of(state, &scan.digest).await?;
        let now = OffsetDateTime::now_utc();
        let told = tell::failed(state, &scan.digest, reason, now).await?;
        recording.failed(reason).telling(told)
    };
    queue::fail(&db, worker, scan.id, reason, again).await
}

/// Whether another try may go better.
fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::Database(_) | Error::Io(_) | Error::Store(_) | Error::Content(_)
    )
}

/// The pages that show the image learn that there is news.
async fn announce(state: &AppState, digest: &str) {
    if let Err(error) = db::scans::announce(&state.db, digest).await {
        tracing::warn!(%error, "pages could not be told of a scan");
    }
}

async fn of_image(
    state: &AppState,
    worker: Uuid,
    scan: &image_scan::Model,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let (layers, has_foreign) = layers_of(state, &scan.digest).await?;
    let mut pulse = Pulse {
        state,
        worker,
        scan: scan.id,
        total: count(layers.len()),
        stop,
        until: Instant::now() + DEADLINE,
        // by taking it from the queue
        said: Some(Instant::now()),
    };
    let digests: Vec<String> = layers
        .iter()
        .map(|layer| layer.digest.to_string())
        .collect();
    let read = layers::known(&state.db, &digests, composition::detector_version()).await?;
    let mut read: HashSet<String> = read.into_iter().collect();
    if digests.iter().any(|digest| !read.contains(digest)) {
        pulse.said = None;
        pulse.say(State::Scanning, 0).await?;
        announce(state, &scan.digest).await;
    }
    for (index, layer) in layers.iter().enumerate() {
        if read.insert(layer.digest.to_string()) {
            pulse.read(layer, count(index)).await?;
        }
        pulse.say(State::Scanning, count(index + 1)).await?;
    }
    pulse.say(State::Checking, pulse.total).await?;
    check(state, worker, scan, digests, has_foreign).await
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The layers of an image that are to be had here, and whether there are others.
pub(crate) async fn layers_of(
    state: &AppState,
    digest: &str,
) -> Result<(Vec<Descriptor>, bool), Error> {
    let parsed: Digest = digest
        .parse()
        .map_err(|_| Error::Unreadable(format!("{digest} is no digest")))?;
    let content = db::manifests::content(&state.db, &parsed).await?;
    let gone = || Error::Unreadable("the image is not in any repository any more".to_owned());
    let manifest = oci::manifest::parse(None, &content.ok_or_else(gone)?)
        .map_err(|error| Error::Unreadable(format!("the manifest cannot be read: {error}")))?;
    let all = manifest.layers.len();
    let ours: Vec<Descriptor> = manifest
        .layers
        .into_iter()
        .filter(|layer| !layer.is_foreign())
        .collect();
    let has_foreign = ours.len() < all;
    Ok((ours, has_foreign))
}

/// Judges what is new in the image, and writes all of it down.
async fn check(
    state: &AppState,
    worker: Uuid,
    scan: &image_scan::Model,
    layers: Vec<String>,
    has_foreign: bool,
) -> Result<(), Error> {
    let stack = composition::Stack::of(state, layers).await?;
    known::learn(state, &stack).await?;
    let composed = stack.compose(known::of(state, &stack).await?).await?;
    for _ in 0..TRIES {
        let generation = state.generation().await?;
        let rows = db::scans::components::keep(&state.db, &composed.components()).await?;
        let new = rows.values().filter(|row| row.generation < 0);
        let new: Vec<Subject> = new.map(Subject::from).collect();
        let judged = judge::components(state, generation, &new).await?;
        let image = composed.image(&rows, has_foreign);
        let now = OffsetDateTime::now_utc();
        let telling = tell::Scanned::of(state, &scan.digest).await?;
        let recording = record::Scanned::of(state, &scan.digest).await?;
        let through = |sums| {
            let told = telling.done(sums, has_foreign, now);
            recording.done(sums).telling(told)
        };
        let (db, id) = (&state.db, scan.id);
        let stored =
            store::store(db, worker, id, &image, &judged, generation, now, through).await?;
        match stored {
            store::Stored::Yes(_) => return Ok(()),
            store::Stored::Lost => return Err(Error::Stopped),
            store::Stored::Stale => {}
        }
    }
    Err(Error::Io(std::io::Error::other(
        "the vulnerability data kept changing while the image was judged",
    )))
}

/// Says that a scan goes on, and learns when it should not.
struct Pulse<'p> {
    state: &'p AppState,
    worker: Uuid,
    scan: i64,
    total: i32,
    stop: &'p CancellationToken,
    until: Instant,
    /// When it was said last.
    said: Option<Instant>,
}

impl Pulse<'_> {
    /// What was just said is not said again: each time is a write, for which pushes wait.
    async fn say(&mut self, state: State, done: i32) -> Result<(), Error> {
        if self.stop.is_cancelled() {
            return Err(Error::Stopped);
        }
        if Instant::now() > self.until {
            return Err(Error::Time(DEADLINE.as_secs() / 60));
        }
        if self.said.is_some_and(|said| said.elapsed() < OFTEN) {
            return Ok(());
        }
        self.said = Some(Instant::now());
        let now = OffsetDateTime::now_utc();
        let layers = (done, self.total);
        let is_ours =
            queue::progress(&self.state.db, self.worker, self.scan, state, layers, now).await?;
        if is_ours { Ok(()) } else { Err(Error::Stopped) }
    }

    /// Reads a layer; the reading ends when the scan should not go on.
    async fn read(&mut self, layer: &Descriptor, done: i32) -> Result<(), Error> {
        let ended = Arc::new(AtomicBool::new(false));
        let mut reading = std::pin::pin!(fingerprint::read(self.state, layer, Arc::clone(&ended)));
        let mut beat = tokio::time::interval_at(Instant::now() + BEAT, BEAT);
        loop {
            let said = tokio::select! {
                read = &mut reading => return read,
                () = self.stop.cancelled() => Err(Error::Stopped),
                _ = beat.tick() => self.say(State::Scanning, done).await,
            };
            if let Err(error) = said {
                ended.store(true, Ordering::Relaxed);
                // the thread ends at its next look
                let _ = reading.await;
                return Err(error);
            }
        }
    }
}
