//! What runs by itself in every process: writing down counted pulls, forgetting what has ended, fetching vulnerability data, signing
//! trust data again in time, sealing what happened, and noticing keys that another replica made. Each task is safe to run in several processes at once.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{custody, directory, scanning, state::AppState, trust, webhooks};

/// How often counted pulls are written.
const PULLS: Duration = Duration::from_secs(5);
/// How often keys of registry tokens are looked for that another replica made. A retired one verifies for longer than that.
const KEYS: Duration = Duration::from_mins(1);
/// How often what has ended is removed.
const EXPIRY: Duration = Duration::from_hours(1);
/// How often it is looked whether vulnerability data is to be fetched.
const FETCH: Duration = Duration::from_mins(1);
/// How often what happened is sealed.
const SEAL: Duration = Duration::from_secs(20);
/// How long an upload may rest before its bytes are removed.
const UPLOAD_AGE: Duration = Duration::from_hours(7 * 24);

/// Runs until `stop`; then writes what is left.
pub async fn run(state: AppState, stop: CancellationToken) {
    let mut pulls = tokio::time::interval(PULLS);
    let mut keys = tokio::time::interval(KEYS);
    // Not at once: nothing walks the store at the start.
    let mut expiry = tokio::time::interval_at(Instant::now() + EXPIRY, EXPIRY);
    let mut fetch = tokio::time::interval_at(Instant::now() + FETCH, FETCH);
    let mut seal = tokio::time::interval(SEAL);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = pulls.tick() => write_pulls(&state).await,
            _ = keys.tick(), if !state.db.is_local() => read_keys(&state).await,
            _ = fetch.tick() => scanning::online::tick(&state, OffsetDateTime::now_utc()).await,
            _ = seal.tick() => custody::seal(&state, OffsetDateTime::now_utc()).await,
            _ = expiry.tick() => {
                expire(&state).await;
                follow_directory(&state).await;
                scanning::note_day(&state).await;
                scanning::forget(&state, OffsetDateTime::now_utc()).await;
                trust::renew_due(&state, OffsetDateTime::now_utc()).await;
                trust::reseal(&state).await;
                trust::verify_anew(&state, OffsetDateTime::now_utc()).await;
            }
        }
    }
    write_pulls(&state).await;
}

async fn write_pulls(state: &AppState) {
    if let Err(error) = state.pulls.write(&state.db).await {
        tracing::warn!(%error, "the pull counters could not be written; they are kept");
    }
    if let Err(error) = state.pulled.write(&state.db).await {
        tracing::warn!(%error, "pulls could not be recorded; tried again");
    }
    if let Err(error) = state.pulls.write_told(state).await {
        tracing::warn!(%error, "webhooks could not be told of some pulls");
    }
}

/// Who is never shown a token of a new key would go on signing with the old one, and taking it, for ever.
async fn read_keys(state: &AppState) {
    if let Err(error) = state.tokens.reload(&state.db).await {
        tracing::warn!(%error, "the keys of registry tokens could not be read; tried again in a minute");
    }
}

async fn follow_directory(state: &AppState) {
    if let Err(error) = directory::hourly(state).await {
        tracing::warn!(
            error = error.message(),
            "the directory could not be followed"
        );
    }
}

async fn expire(state: &AppState) {
    let now = OffsetDateTime::now_utc();
    let sessions = db::sessions::delete_expired(&state.db, now).await;
    let tokens = db::tokens::delete_expired_refresh_tokens(&state.db, now).await;
    let told = webhooks::clean_up(state, now).await;
    let uploads = match SystemTime::now().checked_sub(UPLOAD_AGE) {
        Some(before) => state.blobs.expire_uploads(before).await,
        None => Ok(0),
    };
    for (what, error) in [
        ("sessions", sessions.err().map(|error| error.to_string())),
        (
            "refresh tokens",
            tokens.err().map(|error| error.to_string()),
        ),
        ("deliveries", told.err().map(|error| error.to_string())),
        ("uploads", uploads.err().map(|error| error.to_string())),
    ] {
        if let Some(error) = error {
            tracing::warn!(%error, "ended {what} could not be removed; tried again in an hour");
        }
    }
}
