//! What is known of the images that tags point at, as far as rules ask for it: read for many tags at once, in a constant number of
//! queries for each thing that is asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::{
    manifest::Kind,
    scan::{ShortSummary, status},
};
use db::{
    entities::repository,
    manifests::Summary,
    scans::contents::{Flaw, Held},
    tags::Tagged,
};
use oci::{Digest, Tag};
use rules::{
    Facts,
    facts::{Component, Finding, Findings, Results, Scan},
};
use scan::vulnerability::{
    ecosystem::Ecosystem,
    severity::{Score, Severity},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::policy::Asked;
use crate::{
    content,
    error::{ApiError, ApiResult},
    image::{config, describe},
    imagescan::short::Shorts,
    state::AppState,
};

/// Findings that reasons may name.
const MOST_NAMED: usize = 20;

/// What is known of some tags of one repository.
#[derive(Debug)]
pub(super) struct Known {
    images: HashMap<String, Image>,
    authors: HashMap<Uuid, String>,
    pub(super) now: OffsetDateTime,
}

/// What is known of what a tag points at: of all its platforms together.
#[derive(Debug)]
struct Image {
    digest: Digest,
    platforms: Vec<String>,
    labels: Option<Vec<(String, String)>>,
    annotations: Vec<(String, String)>,
    size: u64,
    pushed_at: OffsetDateTime,
    scan: Scanned,
}

/// How far the scans of its platforms are, and what they found: of several, the worst.
#[derive(Debug)]
struct Scanned {
    short: Option<ShortSummary>,
    exploited: u32,
    highest: Option<Score>,
    named: Vec<(Flaw, bool, String)>,
    components: Option<Vec<(Held, Option<Ecosystem>, Vec<String>, String)>>,
}

/// What is read of images beyond their numbers, by the number of the scan.
#[derive(Debug, Default)]
struct Contents {
    flaws: HashMap<i64, Vec<Flaw>>,
    exploited: BTreeSet<String>,
    components: HashMap<i64, Vec<Held>>,
    licences: HashMap<i64, Vec<String>>,
}

impl Known {
    /// Reads what `asked` needs to be known of these tags.
    pub(super) async fn of(
        state: &AppState,
        repository: &repository::Model,
        tags: &[Tagged],
        asked: Asked,
        now: OffsetDateTime,
    ) -> ApiResult<Self> {
        let rows: BTreeMap<&str, &Summary> = tags
            .iter()
            .map(|row| (row.manifest.digest.as_str(), &row.manifest))
            .collect();
        let indexes: Vec<&str> = rows
            .values()
            .filter(|row| describe::kind(row) == Kind::Index)
            .map(|row| row.digest.as_str())
            .collect();
        let children = db::manifests::children(&state.db, repository.id, &indexes).await?;
        let images: HashMap<&str, Vec<&Summary>> = rows
            .values()
            .map(|row| (row.digest.as_str(), images(row, &children)))
            .collect();
        let all = || images.values().flatten().map(|row| row.digest.as_str());
        let shorts = Shorts::of(state, repository, all()).await?;
        let ids: BTreeSet<i64> = all().filter_map(|digest| shorts.id(digest)).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let contents = Contents::of(state, repository, &ids, asked, now).await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in rows.into_values() {
            let platforms = images
                .get(row.digest.as_str())
                .map_or(&[][..], Vec::as_slice);
            let labels = if asked.labels {
                labels(state, platforms).await?
            } else {
                None
            };
            let image = Image {
                digest: row
                    .digest
                    .parse()
                    .map_err(|error: oci::Error| ApiError::internal(&error.message))?,
                platforms: platforms.iter().map(|row| platform(row)).collect(),
                labels,
                annotations: describe::annotations(row).into_iter().collect(),
                size: describe::size(row),
                pushed_at: row.pushed_at,
                scan: contents.scanned(platforms, &shorts, asked),
            };
            found.insert(row.digest.clone(), image);
        }
        Ok(Self {
            images: found,
            authors: authors(state, tags).await?,
            now,
        })
    }

    /// Gives what is known of a tag to `ask`; `None` where it cannot be a tag, or was not read.
    pub(super) fn ask<T>(&self, row: &Tagged, ask: impl FnOnce(&Facts<'_>) -> T) -> Option<T> {
        let image = self.images.get(&row.manifest.digest)?;
        let tag: Tag = row.tag.name.parse().ok()?;
        let platforms: Vec<&str> = image.platforms.iter().map(String::as_str).collect();
        let labels = image.labels.as_deref().map(pairs);
        let annotations = pairs(&image.annotations);
        let author = row.tag.pushed_by.and_then(|id| self.authors.get(&id));
        let named: Vec<Finding<'_>> = image.scan.named.iter().map(finding).collect();
        let licences: Vec<Vec<&str>> = image
            .scan
            .components
            .iter()
            .flatten()
            .map(|(.., licences, _)| licences.iter().map(String::as_str).collect())
            .collect();
        let components: Option<Vec<Component<'_>>> =
            image.scan.components.as_ref().map(|components| {
                let both = components.iter().zip(&licences);
                both.map(|((row, ecosystem, _, place), licences)| Component {
                    name: &row.name,
                    version: row.version.as_deref(),
                    ecosystem: ecosystem.as_ref(),
                    licences,
                    place,
                })
                .collect()
            });
        Some(ask(&Facts {
            now: self.now,
            tag: &tag,
            digest: image.digest,
            platforms: Some(&platforms),
            labels: labels.as_deref(),
            annotations: Some(&annotations),
            size: Some(image.size),
            author: author.map(String::as_str),
            pushed_at: Some(image.pushed_at),
            updated_at: Some(row.tag.updated_at),
            scan: image.scan.scan(&named, components.as_deref()),
            signatures: None,
        }))
    }
}

fn pairs(of: &[(String, String)]) -> Vec<(&str, &str)> {
    of.iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect()
}

fn finding((flaw, exploited, place): &(Flaw, bool, String)) -> Finding<'_> {
    Finding {
        id: &flaw.identity,
        severity: severity(flaw.severity),
        score: score(flaw),
        fixable: flaw.fix == "in",
        exploited: *exploited,
        component: &flaw.name,
        version: flaw.version.as_deref(),
        place,
    }
}

/// As `scanning` writes it into rows.
fn severity(code: i16) -> Severity {
    match code {
        3 => Severity::Critical,
        2 => Severity::Major,
        1 => Severity::Minor,
        _ => Severity::Unspecified,
    }
}

fn score(flaw: &Flaw) -> Option<Score> {
    let tenths = flaw.score.and_then(|score| u8::try_from(score).ok());
    tenths.map(Score::from_tenths)
}

/// The images behind what a tag points at: one for each platform. None of an artifact.
fn images<'r>(row: &'r Summary, children: &'r HashMap<String, Vec<Summary>>) -> Vec<&'r Summary> {
    match describe::kind(row) {
        Kind::Image => vec![row],
        Kind::Index => {
            let listed = children.get(&row.digest).into_iter().flatten();
            let images = listed.filter(|child| describe::kind(child) == Kind::Image);
            images.collect()
        }
        _ => Vec::new(),
    }
}

fn platform(row: &Summary) -> String {
    let parts = [&row.os, &row.architecture, &row.variant];
    let parts: Vec<&str> = parts.into_iter().filter_map(Option::as_deref).collect();
    parts.join("/")
}

/// The labels of all platforms; `None` where a configuration cannot be read.
async fn labels(
    state: &AppState,
    platforms: &[&Summary],
) -> ApiResult<Option<Vec<(String, String)>>> {
    let mut found = Vec::new();
    for row in platforms {
        let digest = row
            .config_digest
            .as_deref()
            .and_then(|text| text.parse().ok());
        let Some(digest) = digest else {
            return Ok(None);
        };
        let read = content::read(state, &digest, config::MAX_SIZE).await;
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) | Err(content::Error::Damaged(_)) => return Ok(None),
            Err(error) => return Err(ApiError::internal(&error)),
        };
        match config::parse(&bytes) {
            Ok(config) => found.extend(config.start.labels),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(found))
}

async fn authors(state: &AppState, tags: &[Tagged]) -> ApiResult<HashMap<Uuid, String>> {
    let ids: BTreeSet<Uuid> = tags.iter().filter_map(|row| row.tag.pushed_by).collect();
    let mut names = db::accounts::names(&state.db, ids.iter().copied()).await?;
    let others: Vec<Uuid> = ids
        .into_iter()
        .filter(|id| !names.contains_key(id))
        .collect();
    names.extend(db::workload_trusts::names(&state.db, others).await?);
    Ok(names)
}

impl Contents {
    async fn of(
        state: &AppState,
        repository: &repository::Model,
        images: &[i64],
        asked: Asked,
        now: OffsetDateTime,
    ) -> ApiResult<Self> {
        let mut contents = Self::default();
        if asked.flaws {
            contents.flaws = db::scans::contents::flaws(&state.db, repository, images, now).await?;
            let names: BTreeSet<&String> = contents
                .flaws
                .values()
                .flatten()
                .map(|flaw| &flaw.identity)
                .collect();
            let names: Vec<String> = names.into_iter().cloned().collect();
            let exploited = db::advisories::exploited(&state.db, &names).await?;
            contents.exploited = exploited.into_keys().collect();
        }
        if asked.components {
            contents.components = db::scans::contents::components(&state.db, images).await?;
            contents.licences = db::scans::contents::licences(&state.db, images).await?;
        }
        Ok(contents)
    }

    fn scanned(&self, platforms: &[&Summary], shorts: &Shorts, asked: Asked) -> Scanned {
        let several = platforms.len() > 1;
        let each: Vec<(Option<i64>, ShortSummary, String)> = platforms
            .iter()
            .map(|row| {
                let on = if several {
                    platform(row)
                } else {
                    String::new()
                };
                (shorts.id(&row.digest), shorts.image(&row.digest), on)
            })
            .collect();
        let mut scanned = Scanned {
            short: worst(each.iter().map(|(_, short, _)| short)),
            exploited: 0,
            highest: None,
            named: Vec::new(),
            components: asked.components.then(Vec::new),
        };
        for (id, on) in each
            .iter()
            .filter_map(|(id, _, on)| Some((id.as_ref()?, on)))
        {
            let flaws = self.flaws.get(id).map_or(&[][..], Vec::as_slice);
            let is_exploited = |flaw: &&Flaw| self.exploited.contains(&flaw.identity);
            let exploited = flaws.iter().filter(is_exploited).count();
            scanned.exploited = scanned
                .exploited
                .max(u32::try_from(exploited).unwrap_or(u32::MAX));
            scanned.highest = scanned.highest.max(flaws.iter().filter_map(score).max());
            let named = flaws.iter().take(MOST_NAMED);
            scanned.named.extend(
                named.map(|flaw| (flaw.clone(), is_exploited(&flaw), place(&flaw.layer, on))),
            );
            // the ones that are exploited may be named too, however far down they are
            let used = flaws.iter().skip(MOST_NAMED).filter(is_exploited);
            scanned.named.extend(
                used.take(MOST_NAMED)
                    .map(|flaw| (flaw.clone(), true, place(&flaw.layer, on))),
            );
            if let Some(components) = &mut scanned.components {
                let held = self.components.get(id).into_iter().flatten();
                components.extend(held.map(|row| {
                    let licences = self.licences.get(&row.component_id);
                    (
                        row.clone(),
                        Ecosystem::parse(&row.ecosystem).ok(),
                        licences.cloned().unwrap_or_default(),
                        place(&row.layer, on),
                    )
                }));
            }
        }
        scanned
    }
}

/// Where a component is: in which layer and, where there are several, on which platform.
fn place(layer: &str, platform: &str) -> String {
    let layer = layer.split_once(':').map_or(layer, |(_, hex)| hex);
    let layer: String = layer.chars().take(12).collect();
    let words = [
        (!layer.is_empty()).then(|| format!("layer {layer}")),
        (!platform.is_empty()).then(|| platform.to_owned()),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    words.join(", ")
}

/// Of several scans the least complete and, of each number, the highest. `None` of none.
fn worst<'s>(scans: impl Iterator<Item = &'s ShortSummary>) -> Option<ShortSummary> {
    scans.cloned().reduce(|one, other| {
        let (worse, better) = if incompleteness(&other) > incompleteness(&one) {
            (other, one)
        } else {
            (one, other)
        };
        ShortSummary {
            critical: worse.critical.max(better.critical),
            major: worse.major.max(better.major),
            minor: worse.minor.max(better.minor),
            unspecified: worse.unspecified.max(better.unspecified),
            fixable: worse.fixable.max(better.fixable),
            check_completed_at: worse.check_completed_at.min(better.check_completed_at),
            ..worse
        }
    })
}

fn incompleteness(scan: &ShortSummary) -> u8 {
    match scan.last_scan_status {
        status::COMPLETED if scan.incomplete || scan.has_foreign_layers => 1,
        status::COMPLETED => 0,
        status::SCANNED => 2,
        status::CHECKING | status::SCANNING => 3,
        status::PENDING => 4,
        status::UNSCANNED => 5,
        _ => 6,
    }
}

impl Scanned {
    fn scan<'s>(
        &'s self,
        named: &'s [Finding<'s>],
        components: Option<&'s [Component<'s>]>,
    ) -> Scan<'s> {
        let Some(short) = &self.short else {
            return Scan::Unscanned;
        };
        match (short.last_scan_status, short.check_completed_at) {
            (status::COMPLETED, _) if short.incomplete => {
                Scan::Incomplete("a layer was not read to its end")
            }
            (status::COMPLETED, _) if short.has_foreign_layers => {
                Scan::Incomplete("it has layers that are not kept here")
            }
            (status::COMPLETED, Some(completed_at)) => Scan::Completed(Results {
                completed_at,
                findings: Findings {
                    critical: short.critical,
                    major: short.major,
                    minor: short.minor,
                    unspecified: short.unspecified,
                    fixable: short.fixable,
                    exploited: self.exploited,
                    highest: self.highest,
                    named,
                },
                components,
            }),
            (status::COMPLETED | status::SCANNED, _) => Scan::Scanned,
            (status::CHECKING, _) => Scan::Checking,
            (status::SCANNING, _) => Scan::Scanning,
            (status::PENDING, _) => Scan::Pending,
            (status::UNSCANNED, _) => Scan::Unscanned,
            _ => Scan::Failed(short.error.as_deref().unwrap_or("the scan failed")),
        }
    }
}
