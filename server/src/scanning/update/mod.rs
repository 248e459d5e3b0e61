//! Brings new vulnerability data: a bundle is loaded beside the data that counts, and takes its place in one step. What goes wrong
//! changes nothing, and the row of the generation says why.

mod fetched;
mod loading;
mod reading;

use std::path::{Path, PathBuf};

use db::{
    Db,
    advisories::{self, Finished},
};
use time::{Duration, OffsetDateTime};

pub(super) use fetched::{Content, Portion, load as load_fetched};

use self::loading::Loading;
use super::Error;
use crate::{state::AppState, webhooks::tell};

/// Whoever loads a bundle and is silent for so long has ended.
const SILENCE: Duration = Duration::minutes(15);

/// Where a bundle comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    /// Somebody uploaded it.
    Upload,
    /// It is fetched.
    Online,
}

impl Origin {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Online => "online",
        }
    }
}

/// A bundle on the disk, for as long as this is held.
#[derive(Debug)]
pub(crate) struct Upload {
    /// What it was called where it came from.
    pub(crate) name: String,
    path: PathBuf,
}

/// Characters that are kept of the name of a file.
const LONGEST_NAME: usize = 200;

impl Upload {
    /// An empty file for a bundle that was called `name`.
    pub(crate) async fn new(
        state: &AppState,
        name: &str,
    ) -> std::io::Result<(Self, tokio::fs::File)> {
        let folder = folder(state);
        tokio::fs::create_dir_all(&folder).await?;
        let path = folder.join(uuid::Uuid::now_v7().to_string());
        let file = tokio::fs::File::create_new(&path).await?;
        let name = name
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_NAME)
            .collect();
        Ok((Self { name, path }, file))
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "an uploaded bundle could not be removed");
        }
    }
}

/// Loads a bundle as generation `generation`, and makes it the data that counts.
pub(crate) async fn load(state: AppState, generation: i64, upload: Upload) {
    let loaded = of_bundle(&state, generation, upload.path().to_owned()).await;
    drop(upload);
    let now = OffsetDateTime::now_utc();
    let done = match loaded {
        Ok(finished) => publish(&state, &state.db, generation, finished).await,
        Err(error) => {
            tracing::warn!(%error, generation, "vulnerability data could not be loaded");
            advisories::fail(&state.db, generation, &error.to_string(), now).await
        }
    };
    if let Err(error) = done {
        tracing::error!(%error, generation, "the end of an update could not be written down");
    }
    state.scanning.wake();
}

/// Makes what was loaded the data that counts; `db` records who did it.
pub(super) async fn publish(
    state: &AppState,
    db: &Db,
    generation: i64,
    finished: Finished,
) -> db::Result<()> {
    let now = OffsetDateTime::now_utc();
    let told = tell::data_updated(state, generation, now).await?;
    advisories::publish(&db.telling(told), generation, finished, now).await?;
    state.webhooks.wake();
    Ok(())
}

async fn of_bundle(state: &AppState, generation: i64, path: PathBuf) -> Result<Finished, Error> {
    let mut loading = Loading::new(generation);
    loading.bundle(state, None, path).await?;
    loading.finish(state).await
}

/// Begins a generation for a bundle, and answers its number. Another one whose process is silent is given up.
pub(crate) async fn begin(db: &db::Db, origin: Origin, file: &str, by: &str) -> db::Result<i64> {
    let now = OffsetDateTime::now_utc();
    give_up(db, now - SILENCE).await?;
    advisories::begin(db, origin.as_str(), file, by, now).await
}

async fn give_up(db: &db::Db, silent_since: OffsetDateTime) -> db::Result<()> {
    for generation in advisories::interrupted(db, silent_since).await? {
        let why = "the program ended while it was loaded; begin it again";
        advisories::fail(db, generation, why, OffsetDateTime::now_utc()).await?;
    }
    Ok(())
}

/// What a process that ended left half-loaded is given up: at the start, where there is only one process, all of it.
pub(super) async fn clean_up(state: &AppState) {
    let now = OffsetDateTime::now_utc();
    let age = if state.db.is_local() {
        Duration::ZERO
    } else {
        SILENCE
    };
    if let Err(error) = give_up(&state.db, now - age).await {
        tracing::error!(%error, "an interrupted update could not be given up");
    }
    if state.db.is_local()
        && let Err(error) = tokio::fs::remove_dir_all(folder(state)).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::error!(%error, "what is left of uploaded bundles could not be removed");
    }
}

/// Where bundles lie while they are loaded.
fn folder(state: &AppState) -> PathBuf {
    state.config.data_dir.join("bundles")
}
