//! Brings new vulnerability data: a bundle is loaded beside the data that counts, and takes its place in one step. What goes wrong
//! changes nothing, and the row of the generation says why.

use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    path::PathBuf,
};

use db::{
    advisories::{self, Finished, New},
    entities::{exploitation, exploited},
};
use scan::vulnerability::{
    bundle::{self, Document, Item, Limits, Manifest},
    osv::Record,
    product::ProductRecord,
};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use tokio::sync::mpsc;

use super::{Error, judge::PRODUCTS, packed};
use crate::state::AppState;

/// Whoever loads a bundle and is silent for so long has ended.
const SILENCE: Duration = Duration::minutes(15);
/// How often it is said that a bundle is still being loaded.
const BEAT: Duration = Duration::minutes(1);
/// Records that are written together.
const LOT: usize = 400;
/// Of this many records, one may be unusable.
const MOST_REFUSED: i64 = 100;

/// Where a bundle comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    /// Somebody uploaded it.
    Upload,
}

impl Origin {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
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
    let loaded = into_generation(&state, generation, upload.path.clone()).await;
    drop(upload);
    let now = OffsetDateTime::now_utc();
    let done = match loaded {
        Ok(finished) => advisories::publish(&state.db, generation, finished, now).await,
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

/// Begins a generation for a bundle, and answers its number. Another one whose process is silent is given up.
pub(crate) async fn begin(db: &db::Db, origin: Origin, file: &str, by: &str) -> db::Result<i64> {
    let now = OffsetDateTime::now_utc();
    give_up(db, now - SILENCE).await?;
    advisories::begin(db, origin.as_str(), file, by, now).await
}

async fn give_up(db: &db::Db, silent_since: OffsetDateTime) -> db::Result<()> {
    for generation in advisories::interrupted(db, silent_since).await? {
        let why = "the program ended while it was loaded; upload it again";
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

/// What the reading thread hands over.
enum Part {
    Manifest(Manifest),
    Records(Vec<New>),
    Exploitations(Vec<exploitation::Model>),
    Exploited(Vec<exploited::Model>),
    Refused,
}

async fn into_generation(
    state: &AppState,
    generation: i64,
    path: PathBuf,
) -> Result<Finished, Error> {
    let (parts, mut received) = mpsc::channel(4);
    let reading =
        tokio::task::spawn_blocking(move || Reading::new(generation, parts).all_of(&path));
    let mut loading = Loading::new(generation);
    while let Some(part) = received.recv().await {
        loading.take(state, part).await?;
    }
    reading.await.map_err(std::io::Error::other)??;
    loading.finish(state).await
}

/// The side that reads the bundle.
struct Reading {
    generation: i64,
    parts: mpsc::Sender<Part>,
    records: Vec<New>,
    exploitations: Vec<exploitation::Model>,
    exploited: Vec<exploited::Model>,
}

type Taken = Result<(), Box<dyn std::error::Error + Send + Sync>>;

impl Reading {
    fn new(generation: i64, parts: mpsc::Sender<Part>) -> Self {
        Self {
            generation,
            parts,
            records: Vec::new(),
            exploitations: Vec::new(),
            exploited: Vec::new(),
        }
    }

    fn all_of(mut self, path: &PathBuf) -> Result<(), Error> {
        let mut file = File::open(path)?;
        bundle::read(&mut file, Limits::default(), &mut |item| self.item(item))
            .map_err(|error| Error::Unreadable(error.to_string()))?;
        self.flush(0)
            .map_err(|error| Error::Unreadable(error.to_string()))
    }

    fn item(&mut self, item: Item) -> Taken {
        match item {
            Item::Manifest(manifest) => self.parts.blocking_send(Part::Manifest(manifest))?,
            Item::Record(document) => self.records.push(record(*document)?),
            Item::Products(document) => self.records.push(product(*document)?),
            Item::Refused(error) => {
                tracing::warn!(%error, "a record of the bundle cannot be used");
                self.parts.blocking_send(Part::Refused)?;
            }
            Item::Exploitation(row) => self.exploitations.push(exploitation::Model {
                cve: row.cve,
                generation: self.generation,
                probability: row.probability,
                percentile: row.percentile,
            }),
            Item::Exploited(row) => self.exploited.push(exploited::Model {
                cve: row.cve,
                generation: self.generation,
                added: row.added.to_string(),
                ransomware: row.ransomware,
            }),
        }
        self.flush(LOT)
    }

    /// Hands over what is at least `least` rows.
    fn flush(&mut self, least: usize) -> Taken {
        let is_due = |length: usize| length > 0 && length >= least;
        if is_due(self.records.len()) {
            let lot = std::mem::take(&mut self.records);
            self.parts.blocking_send(Part::Records(lot))?;
        }
        if is_due(self.exploitations.len()) {
            let lot = std::mem::take(&mut self.exploitations);
            self.parts.blocking_send(Part::Exploitations(lot))?;
        }
        if is_due(self.exploited.len()) {
            let lot = std::mem::take(&mut self.exploited);
            self.parts.blocking_send(Part::Exploited(lot))?;
        }
        Ok(())
    }
}

fn record(document: Document<Record>) -> std::io::Result<New> {
    let Document {
        record,
        json,
        source,
    } = document;
    let mut packages: Vec<(String, String)> = record
        .affected
        .iter()
        .map(|affected| {
            (
                affected.ecosystem.name().to_owned(),
                affected.package.clone(),
            )
        })
        .collect();
    packages.sort_unstable();
    packages.dedup();
    // a record that was taken back says nothing about anything
    if record.withdrawn {
        packages.clear();
    }
    let source = source.unwrap_or_else(|| match packages.first() {
        Some((base, _)) => base.clone(),
        None => "OSV".to_owned(),
    });
    let mut names = vec![record.id.clone()];
    if !record.withdrawn {
        names.extend(record.aliases);
        names.extend(record.upstream);
    }
    let summary = record
        .summary
        .or(record.details)
        .map(|text| first_line(&text))
        .unwrap_or_default();
    Ok(New {
        name: record.id,
        format: 0,
        source,
        hash: hash(&json),
        modified: record.modified,
        summary,
        body: packed::pack(&json)?,
        packages,
        names,
    })
}

fn product(document: Document<ProductRecord>) -> std::io::Result<New> {
    let Document { record, json, .. } = document;
    let packages = record
        .products
        .iter()
        .map(|product| {
            (
                PRODUCTS.to_owned(),
                format!("{}:{}", product.vendor, product.product),
            )
        })
        .collect();
    Ok(New {
        names: vec![record.cve.clone()],
        name: record.cve,
        format: 1,
        source: "NVD".to_owned(),
        hash: hash(&json),
        modified: None,
        summary: String::new(),
        body: packed::pack(&json)?,
        packages,
    })
}

/// Lists show one line.
fn first_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let line = text.lines().find(|line| !line.trim().is_empty());
    line.unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}

fn hash(json: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(Sha256::digest(json))
}

/// The side that writes rows.
struct Loading {
    generation: i64,
    manifest: Option<Manifest>,
    kept: HashSet<i64>,
    sources: BTreeMap<String, i64>,
    changed: u64,
    refused: i64,
    /// When it was last said that it goes on.
    heard_of: OffsetDateTime,
    has_exploitation: bool,
    has_exploited: bool,
}

impl Loading {
    fn new(generation: i64) -> Self {
        Self {
            generation,
            manifest: None,
            kept: HashSet::new(),
            sources: BTreeMap::new(),
            changed: 0,
            refused: 0,
            heard_of: OffsetDateTime::now_utc(),
            has_exploitation: false,
            has_exploited: false,
        }
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
                    *self.sources.entry(new.source.clone()).or_default() += 1;
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

    /// All is read: what the bundle does not have any more, ends. A bundle with a manifest is all there is; another one is all that
    /// there is of the sources in it.
    async fn finish(mut self, state: &AppState) -> Result<Finished, Error> {
        let records: i64 = self.sources.values().sum();
        if records == 0 && !self.has_exploitation && !self.has_exploited {
            return Err(Error::Unreadable(
                "there is no record in it: a bundle is a tar archive in OSV's layout, or an all.zip of OSV".to_owned(),
            ));
        }
        if self.refused > records / MOST_REFUSED {
            return Err(Error::Unreadable(format!(
                "{} of its records cannot be used, the log says which: it is damaged, or made for another program",
                self.refused
            )));
        }
        if self.manifest.is_some() {
            self.changed +=
                advisories::retire(&state.db, self.generation, None, &self.kept).await?;
        } else {
            for source in self.sources.keys() {
                self.changed +=
                    advisories::retire(&state.db, self.generation, Some(source), &self.kept)
                        .await?;
            }
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
            records: advisories::records(&state.db, self.generation).await?,
            changed: i64::try_from(self.changed).unwrap_or(i64::MAX),
            refused: self.refused,
            has_exploitation: self.has_exploitation,
            has_exploited: self.has_exploited,
        })
    }
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
