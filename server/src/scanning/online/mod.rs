//! Vulnerability data that is fetched: every day, and when somebody asks for it. Of all ecosystems or of none: what was fetched becomes
//! one generation, and where anything goes wrong, nothing changes and the row of the generation says why.
//!
//! `source` is where it comes from, `bucket` asks there, `news` decides what to ask for, `sync` remembers what is here and when it is
//! time, `progress` tells how far it is. Of several replicas one fetches: the generation that is being loaded is its lease.

mod bucket;
mod news;
mod progress;
mod source;
mod sync;

use std::{collections::BTreeMap, sync::Arc};

use api::scan::{FetchOutcome, OnlineStatus};
use db::{Db, advisories, advisories::Finished};
use time::OffsetDateTime;

pub(crate) use bucket::Failed;
pub(crate) use progress::Progress;
pub(crate) use source::{KEY as SOURCE, Source};

use self::{
    news::News,
    sync::{Known, Sync},
};
use super::{
    Error,
    update::{self, Content, Origin, Portion, publish},
};
use crate::{
    events::{Event, Kind, ObjectType},
    settings::Switch,
    state::AppState,
};

/// Who fetches when it is time.
const SCHEDULE: &str = "schedule";

/// Begins a fetch if it is time for one.
pub async fn tick(state: &AppState, now: OffsetDateTime) {
    match begin_if_due(state, now).await {
        Ok(()) => {}
        Err(db::Error::Exists(_)) => tracing::debug!("an update is being loaded already"),
        Err(error) => tracing::error!(%error, "vulnerability data cannot be fetched"),
    }
}

async fn begin_if_due(state: &AppState, now: OffsetDateTime) -> db::Result<()> {
    if !Switch::ScanningSyncOnline.is_on(state).await? || !Sync::read(state).await?.is_due(now) {
        return Ok(());
    }
    let source = Source::read(state).await?;
    let event = Event::new(
        Kind::Create,
        ObjectType::VulnerabilityData,
        None,
        source.url(),
    );
    let publishing = state.recording_by_scanner(event);
    begin(state, &state.db, publishing, source, SCHEDULE, now).await
}

/// Begins a fetch because `by` asks for it; `recording` records that.
pub(crate) async fn now(
    state: &AppState,
    recording: &Db,
    source: Source,
    by: &str,
) -> db::Result<()> {
    let now = OffsetDateTime::now_utc();
    begin(state, recording, state.db.clone(), source, by, now).await
}

async fn begin(
    state: &AppState,
    beginning: &Db,
    publishing: Db,
    source: Source,
    by: &str,
    now: OffsetDateTime,
) -> db::Result<()> {
    let generation = update::begin(beginning, Origin::Online, source.url(), by).await?;
    let sync = Sync {
        began_at: Some(now),
        ..Sync::read(state).await?
    };
    sync.write(state).await?;
    let fetch = Fetch {
        state: state.clone(),
        generation,
        publishing,
        source,
        sync,
    };
    state.scanning.updates.spawn(fetch.run());
    Ok(())
}

/// How it stands; `None` where data is uploaded.
pub(crate) async fn status(
    state: &AppState,
    loading: Option<i64>,
) -> db::Result<Option<OnlineStatus>> {
    if !Switch::ScanningSyncOnline.is_on(state).await? {
        return Ok(None);
    }
    let sync = Sync::read(state).await?;
    let now = OffsetDateTime::now_utc();
    let fetching = match loading {
        Some(generation) => progress::of(state, generation).await?,
        None => None,
    };
    Ok(Some(OnlineStatus {
        next_at: sync.next_at(now),
        last_at: sync.ended_at,
        outcome: sync.outcome,
        fetching,
    }))
}

/// A fetch that goes on.
struct Fetch {
    state: AppState,
    generation: i64,
    /// Records what is published, where nobody asked for it.
    publishing: Db,
    source: Source,
    sync: Sync,
}

impl Fetch {
    async fn run(mut self) {
        let fetched = self.fetch_and_load().await;
        let outcome = self.settle(fetched).await;
        self.sync.ended_at = Some(OffsetDateTime::now_utc());
        match outcome {
            Ok(outcome) => self.sync.outcome = Some(outcome),
            Err(error) => {
                tracing::error!(%error, "the end of a fetch could not be written down");
                self.sync.outcome = Some(FetchOutcome::Failed);
                self.sync.known.clear();
            }
        }
        if let Err(error) = self.sync.write(&self.state).await {
            tracing::error!(%error, "what was fetched could not be remembered; it is fetched again");
        }
        self.state.scanning.wake();
    }

    /// The end of the generation.
    async fn settle(&self, fetched: Result<Option<Finished>, Error>) -> db::Result<FetchOutcome> {
        let generation = self.generation;
        match fetched {
            Ok(Some(finished)) => {
                publish(&self.state, &self.publishing, generation, finished).await?;
                Ok(FetchOutcome::Updated)
            }
            Ok(None) => {
                advisories::withdraw(&self.state.db, generation).await?;
                Ok(FetchOutcome::Unchanged)
            }
            Err(error) => {
                tracing::warn!(%error, generation, "vulnerability data could not be fetched");
                let now = OffsetDateTime::now_utc();
                advisories::fail(&self.state.db, generation, &error.to_string(), now).await?;
                Ok(FetchOutcome::Failed)
            }
        }
    }

    /// Everything that is new, in the generation; `None` where nothing is.
    async fn fetch_and_load(&mut self) -> Result<Option<Finished>, Error> {
        let state = self.state.clone();
        let current = advisories::current_row(&state.db).await?;
        let current = current.map_or(0, |row| row.id);
        let is_ours = self.sync.generation == current && self.sync.url == self.source.url();
        let before = if is_ours {
            self.sync.known.clone()
        } else {
            BTreeMap::new()
        };
        let ecosystems = self.source.ecosystems();
        let mut progress = Progress::new(&state, self.generation, ecosystems.len());
        let (portions, mut known) = self.fetch(&ecosystems, &before, &mut progress).await?;
        let loaded = if portions.is_empty() {
            None
        } else {
            let all = Arc::new(ecosystems.into_iter().collect());
            let loaded =
                update::load_fetched(&state, self.generation, portions, all, &mut progress).await?;
            for (ecosystem, newest) in loaded.newest {
                if let Some(known) = known.get_mut(&ecosystem) {
                    known.newest = newest;
                }
            }
            Some(loaded.finished).filter(|finished| finished.changed > 0)
        };
        self.source.url().clone_into(&mut self.sync.url);
        self.sync.known = known;
        self.sync.generation = if loaded.is_some() {
            self.generation
        } else {
            current
        };
        Ok(loaded)
    }

    async fn fetch(
        &self,
        ecosystems: &[String],
        before: &BTreeMap<String, Known>,
        progress: &mut Progress<'_>,
    ) -> Result<(Vec<Portion>, BTreeMap<String, Known>), Error> {
        let bucket = self.source.bucket(&self.state).map_err(Error::Unreadable)?;
        let mut portions = Vec::new();
        let mut known = BTreeMap::new();
        for ecosystem in ecosystems {
            progress.next(ecosystem).await?;
            let before = before.get(ecosystem);
            let (news, now) =
                news::fetch(&self.state, &bucket, ecosystem, before, progress).await?;
            let content = match news {
                News::None => None,
                News::Records(records) => Some(Content::Records(records)),
                News::Whole(upload) => Some(Content::Whole(upload)),
            };
            portions.extend(content.map(|content| Portion {
                ecosystem: ecosystem.clone(),
                content,
            }));
            known.insert(ecosystem.clone(), now);
        }
        Ok((portions, known))
    }
}
