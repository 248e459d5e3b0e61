//! How far a fetch is, where every replica can read it; and that it goes on.

use api::scan::{FetchStage, Fetching};
use db::advisories;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::time::{Duration, Instant};

use crate::state::AppState;

/// The key of the row.
const KEY: &str = "vulnerabilityFetch";
/// How often bytes are told.
const EVERY: Duration = Duration::from_secs(2);

/// The row: of which generation it is told, for it stays when that has ended.
#[derive(Debug, Deserialize, Serialize)]
struct Told {
    generation: i64,
    fetching: Fetching,
}

/// How far the fetch of `generation` is, if that is known.
pub(crate) async fn of(state: &AppState, generation: i64) -> db::Result<Option<Fetching>> {
    let told: Option<Told> = db::settings::get(&state.db, KEY).await?;
    Ok(told
        .filter(|told| told.generation == generation)
        .map(|told| told.fetching))
}

/// Who fetches tells it here.
pub(crate) struct Progress<'a> {
    state: &'a AppState,
    told: Told,
    at: Instant,
}

impl<'a> Progress<'a> {
    /// Of `of` ecosystems.
    pub(super) fn new(state: &'a AppState, generation: i64, of: usize) -> Self {
        Self {
            state,
            told: Told {
                generation,
                fetching: Fetching {
                    stage: FetchStage::Fetching,
                    ecosystem: String::new(),
                    number: 0,
                    of: u32::try_from(of).unwrap_or(u32::MAX),
                    bytes: 0,
                },
            },
            at: Instant::now(),
        }
    }

    /// What it fetches is loaded from here on: `of` ecosystems that have news.
    pub(crate) fn loads(&mut self, of: usize) {
        let fetching = &mut self.told.fetching;
        fetching.stage = FetchStage::Loading;
        fetching.number = 0;
        fetching.of = u32::try_from(of).unwrap_or(u32::MAX);
    }

    /// The next ecosystem begins.
    pub(crate) async fn next(&mut self, ecosystem: &str) -> db::Result<()> {
        ecosystem.clone_into(&mut self.told.fetching.ecosystem);
        self.told.fetching.number += 1;
        self.tell().await
    }

    /// So many bytes more came.
    pub(super) async fn bytes(&mut self, count: usize) -> db::Result<()> {
        let bytes = &mut self.told.fetching.bytes;
        *bytes = bytes.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if self.at.elapsed() < EVERY {
            return Ok(());
        }
        self.tell().await
    }

    async fn tell(&mut self) -> db::Result<()> {
        self.at = Instant::now();
        let now = OffsetDateTime::now_utc();
        advisories::alive(&self.state.db, self.told.generation, now).await?;
        db::settings::set(&self.state.db, KEY, &self.told).await
    }
}
