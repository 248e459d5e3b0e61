//! What the scans of an image's platforms found, all of them together: of each number the highest, of the states the least complete.

use std::collections::{BTreeSet, HashMap};

use api::scan::{ShortSummary, status};
use db::{
    entities::repository,
    scans::contents::{Flaw, Held},
};
use rules::facts::{Component, Finding, Findings, Results, Scan};
use scan::vulnerability::{
    ecosystem::Ecosystem,
    severity::{Score, Severity},
};
use time::OffsetDateTime;

use super::{platform, tree::Platforms};
use crate::{
    error::ApiResult, imagescan::short::Shorts, promotion::policy::Asked, state::AppState,
};

/// Findings that reasons may name.
const MOST_NAMED: usize = 20;

/// How far the scans of its platforms are, and what they found: of several, the worst.
#[derive(Debug)]
pub(super) struct Scanned {
    short: Option<ShortSummary>,
    /// There is something in the index that cannot be scanned, or is gone.
    has_unknown: bool,
    exploited: u32,
    highest: Option<Score>,
    pub(super) named: Vec<Named>,
    pub(super) components: Option<Vec<Part>>,
}

/// A vulnerability that a reason may name.
#[derive(Debug)]
pub(super) struct Named {
    flaw: Flaw,
    exploited: bool,
    place: String,
}

/// A component, with its licences.
#[derive(Debug)]
pub(super) struct Part {
    row: Held,
    ecosystem: Option<Ecosystem>,
    pub(super) licences: Vec<String>,
    place: String,
}

impl Part {
    pub(super) fn component<'p>(&'p self, licences: &'p [&'p str]) -> Component<'p> {
        Component {
            name: &self.row.name,
            version: self.row.version.as_deref(),
            ecosystem: self.ecosystem.as_ref(),
            licences,
            place: &self.place,
        }
    }
}

/// What is read of images beyond their numbers, by the number of the scan.
#[derive(Debug, Default)]
pub(super) struct Contents {
    flaws: HashMap<i64, Vec<Flaw>>,
    exploited: BTreeSet<String>,
    components: HashMap<i64, Vec<Held>>,
    licences: HashMap<i64, Vec<String>>,
}

impl Named {
    pub(super) fn finding(&self) -> Finding<'_> {
        let flaw = &self.flaw;
        Finding {
            id: &flaw.identity,
            severity: severity(flaw.severity),
            score: score(flaw),
            fixable: flaw.fix == "in",
            exploited: self.exploited,
            component: &flaw.name,
            version: flaw.version.as_deref(),
            place: &self.place,
        }
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

impl Contents {
    pub(super) async fn of(
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

    pub(super) fn scanned(
        &self,
        platforms: &Platforms<'_>,
        shorts: &Shorts,
        asked: Asked,
    ) -> Scanned {
        let images = &platforms.images;
        let several = images.len() > 1;
        let each: Vec<(Option<i64>, ShortSummary, String)> = images
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
            has_unknown: platforms.has_unknown,
            exploited: 0,
            highest: None,
            named: Vec::new(),
            components: asked.components.then(Vec::new),
        };
        for (id, _, on) in &each {
            if let Some(id) = id {
                self.add(&mut scanned, *id, on);
            }
        }
        scanned
    }

    /// Adds what was found on one platform.
    fn add(&self, scanned: &mut Scanned, image: i64, on: &str) {
        let flaws = self.flaws.get(&image).map_or(&[][..], Vec::as_slice);
        let is_exploited = |flaw: &&Flaw| self.exploited.contains(&flaw.identity);
        let exploited = flaws.iter().filter(is_exploited).count();
        let exploited = u32::try_from(exploited).unwrap_or(u32::MAX);
        scanned.exploited = scanned.exploited.max(exploited);
        scanned.highest = scanned.highest.max(flaws.iter().filter_map(score).max());
        let (worst, others) = flaws.split_at(flaws.len().min(MOST_NAMED));
        // the ones that are exploited may be named too, however far down they are
        let used = others.iter().filter(is_exploited).take(MOST_NAMED);
        scanned
            .named
            .extend(worst.iter().chain(used).map(|flaw| Named {
                flaw: flaw.clone(),
                exploited: is_exploited(&flaw),
                place: place(&flaw.layer, on),
            }));
        if let Some(components) = &mut scanned.components {
            let held = self.components.get(&image).into_iter().flatten();
            components.extend(held.map(|row| {
                Part {
                    row: row.clone(),
                    ecosystem: Ecosystem::parse(&row.ecosystem).ok(),
                    licences: self
                        .licences
                        .get(&row.component_id)
                        .cloned()
                        .unwrap_or_default(),
                    place: place(&row.layer, on),
                }
            }));
        }
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
    pub(super) fn scan<'s>(
        &'s self,
        named: &'s [Finding<'s>],
        components: Option<&'s [Component<'s>]>,
    ) -> Scan<'s> {
        if self.has_unknown {
            return Scan::Incomplete(
                "something in the index is gone, or is no image that can be scanned",
            );
        }
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
