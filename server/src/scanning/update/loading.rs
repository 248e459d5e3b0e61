//! The side that writes rows into a generation.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::PathBuf,
};

use db::advisories::{self, Finished, New};
use scan::vulnerability::{
    bundle::{Document, Manifest},
    osv::Record,
};
use time::{Duration, OffsetDateTime};
use tokio::sync::mpsc;

use super::reading::{Fetched, Part, Reading, record};
use crate::{scanning::Error, state::AppState};

/// How often it is said that a bundle is still being loaded.
const BEAT: Duration = Duration::minutes(1);
/// Of this many records, one may be unusable.
const MOST_REFUSED: i64 = 100;

/// The side that writes rows.
pub(super) struct Loading {
    generation: i64,
    manifest: Option<Manifest>,
    kept: HashSet<i64>,
    sources: BTreeMap<String, i64>,
    /// Those of the sources that have a record which no other one shares: what the bundle is of.
    own: BTreeSet<String>,
    changed: u64,
    refused: i64,
    /// Single records that could not be used, among others that can.
    passed_over: i64,
    /// When it was last said that it goes on.
    heard_of: OffsetDateTime,
    has_exploitation: bool,
    has_exploited: bool,
    /// When the record changed that changed last.
    newest: Option<OffsetDateTime>,
}

impl Loading {
    pub(super) fn new(generation: i64) -> Self {
        Self {
            generation,
            manifest: None,
            kept: HashSet::new(),
            sources: BTreeMap::new(),
            own: BTreeSet::new(),
            changed: 0,
            refused: 0,
            passed_over: 0,
            heard_of: OffsetDateTime::now_utc(),
            has_exploitation: false,
            has_exploited: false,
            newest: None,
        }
    }

    /// Loads the bundle at `path`, and answers how many records it has.
    pub(super) async fn bundle(
        &mut self,
        state: &AppState,
        fetched: Option<Fetched>,
        path: PathBuf,
    ) -> Result<i64, Error> {
        let before = self.records();
        let (parts, mut received) = mpsc::channel(1);
        let reading = Reading::new(self.generation, fetched, parts);
        let reading = tokio::task::spawn_blocking(move || reading.all_of(&path));
        while let Some(part) = received.recv().await {
            self.take(state, part).await?;
        }
        reading.await.map_err(std::io::Error::other)??;
        Ok(self.records() - before)
    }

    /// Loads single records, which leave the others of their source as they are.
    pub(super) async fn documents(
        &mut self,
        state: &AppState,
        fetched: &Fetched,
        documents: Vec<Vec<u8>>,
    ) -> Result<(), Error> {
        let mut lot = Vec::with_capacity(documents.len());
        for json in documents {
            match Record::read(&json, &fetched.ecosystem) {
                Ok(read) => {
                    let document = Document {
                        record: read,
                        json,
                        source: None,
                    };
                    lot.push(record(document, Some(fetched))?);
                }
                Err(error) => {
                    tracing::warn!(%error, "a record that was fetched cannot be used");
                    self.passed_over += 1;
                }
            }
        }
        self.take(state, Part::Records(lot)).await
    }

    fn records(&self) -> i64 {
        self.sources.values().sum()
    }

    /// When the record changed that changed last, of those that were loaded since this was asked before.
    pub(super) fn take_newest(&mut self) -> Option<OffsetDateTime> {
        self.newest.take()
    }

    async fn take(&mut self, state: &AppState, part: Part) -> Result<(), Error> {
        let now = OffsetDateTime::now_utc();
        if now - self.heard_of > BEAT {
            advisories::alive(&state.db, self.generation, now).await?;
            self.heard_of = now;
        }
        match part {
            Part::Manifest(manifest) => {
                check_age(state, &manifest).await?;
                self.manifest = Some(manifest);
            }
            Part::Refused => self.refused += 1,
            Part::Records(lot) => {
                for new in &lot {
                    self.newest = self.newest.max(new.modified);
                    *self.sources.entry(new.source.clone()).or_default() += 1;
                    if !is_shared(new) {
                        self.own.insert(new.source.clone());
                    }
                }
                let added = advisories::add(&state.db, self.generation, lot).await?;
                self.kept.extend(added.ids);
                self.changed += added.changed;
            }
            Part::Exploitations(rows) => {
                self.has_exploitation = true;
                advisories::add_exploitations(&state.db, rows).await?;
            }
            Part::Exploited(rows) => {
                self.has_exploited = true;
                advisories::add_exploited(&state.db, rows).await?;
            }
        }
        Ok(())
    }

    /// All of a bundle is read: what it does not have any more, ends. A bundle with a manifest is all there is; another one is all
    /// that there is of its own sources. A record of npm may be about `PyPI` too, and is not all there is of that.
    pub(super) async fn finish(mut self, state: &AppState) -> Result<Finished, Error> {
        if self.records() == 0 && !self.has_exploitation && !self.has_exploited {
            return Err(Error::Unreadable(
                "there is no record in it: a bundle is a tar archive in OSV's layout, or an all.zip of OSV".to_owned(),
            ));
        }
        if self.manifest.is_some() {
            self.changed +=
                advisories::retire(&state.db, self.generation, None, &self.kept).await?;
        } else {
            let sources: Vec<String> = std::mem::take(&mut self.own).into_iter().collect();
            self.retire(state, &sources).await?;
        }
        self.finished(state).await
    }

    /// What these sources do not have any more, ends.
    pub(super) async fn retire(
        &mut self,
        state: &AppState,
        sources: &[String],
    ) -> Result<(), Error> {
        for source in sources {
            let ended =
                advisories::retire(&state.db, self.generation, Some(source), &self.kept).await?;
            self.changed += ended;
        }
        Ok(())
    }

    /// What is known of the generation now, if what was loaded can be used.
    pub(super) async fn finished(self, state: &AppState) -> Result<Finished, Error> {
        if self.refused > self.records() / MOST_REFUSED {
            return Err(Error::Unreadable(format!(
                "{} of its records cannot be used, the log says which: it is damaged, or made for another program",
                self.refused
            )));
        }
        let (db_version, built_at) = match &self.manifest {
            Some(manifest) => (
                i64::try_from(manifest.db_version).ok(),
                Some(manifest.built_at),
            ),
            None => (None, None),
        };
        Ok(Finished {
            db_version,
            built_at,
            sources: serde_json::json!(self.sources),
            records: advisories::records(&state.db).await?,
            changed: i64::try_from(self.changed).unwrap_or(i64::MAX),
            refused: self.refused + self.passed_over,
            has_exploitation: self.has_exploitation,
            has_exploited: self.has_exploited,
        })
    }
}

/// Whether a record is about packages of its source, and about others too.
fn is_shared(new: &New) -> bool {
    let mut bases = new.packages.iter().map(|(base, _)| *base == new.source);
    bases.clone().any(|is_own| is_own) && bases.any(|is_own| !is_own)
}

/// Older data than what is here already would take findings away.
async fn check_age(state: &AppState, manifest: &Manifest) -> Result<(), Error> {
    let current = advisories::current_row(&state.db).await?;
    let ours = current.and_then(|row| row.db_version).unwrap_or(0);
    let theirs = i64::try_from(manifest.db_version).unwrap_or(i64::MAX);
    if theirs < ours {
        return Err(Error::Unreadable(format!(
            "it has version {theirs}, and version {ours} is loaded already; older data is not taken"
        )));
    }
    Ok(())
}
