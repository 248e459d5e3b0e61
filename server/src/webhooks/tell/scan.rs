//! What scans found, or that they found nothing.

use std::collections::{BTreeSet, HashMap};

use ::webhooks::{
    Contents, Kind,
    contents::{ScanCompleted, ScanFailed, ScanSummary},
};
use db::{
    entities::{repository, tag},
    scans::{
        State, Sums,
        summary::{self, Summary},
    },
};
use time::OffsetDateTime;
use tokio::sync::MutexGuard;
use uuid::Uuid;

use super::{Told, image_name};
use crate::{state::AppState, webhooks::hear::Listeners};

/// What is known of an image, or of all images of an index: of several, the worst counts.
#[derive(Clone, Copy)]
struct Known {
    sums: Sums,
    has_foreign_layers: bool,
    at: Option<OffsetDateTime>,
}

impl Known {
    /// Of scans; `None` where one has not come to its end.
    fn of<'s>(scans: impl IntoIterator<Item = &'s Summary>) -> Option<Vec<Self>> {
        let known = scans.into_iter().map(|found| {
            let is_done = found.scan.state == State::Completed.code();
            is_done.then_some(Self {
                sums: found.sums,
                has_foreign_layers: found.scan.foreign_layers,
                at: found.scan.checked_at,
            })
        });
        known.collect()
    }

    fn with(self, other: &Self) -> Self {
        Self {
            sums: self.sums.worst(other.sums),
            has_foreign_layers: self.has_foreign_layers || other.has_foreign_layers,
            at: self.at.max(other.at),
        }
    }
}

/// A tag, and who listens where it is.
struct At {
    repository: repository::Model,
    tag: tag::Model,
    listeners: Listeners,
}

/// The tags by which a scanned image, or an index that lists it, is known.
pub(crate) struct Scanned<'s> {
    state: &'s AppState,
    digest: &'s str,
    at: Vec<At>,
    /// What is known of the other images of each index; an index is not there while one of them is not scanned.
    others: HashMap<String, Vec<Known>>,
    _alone: Alone<'s>,
}

/// Held from what is read of scans and tags until what follows from it is written. Of two images of an index that are done at once, one has to
/// see that the other one is; and of a scan that ends while a tag is set to its image, either the scan sees the tag or the tag sees the scan.
pub(crate) type Alone<'s> = MutexGuard<'s, ()>;

impl<'s> Scanned<'s> {
    /// Of the image of that digest, in whichever repositories it is.
    pub(crate) async fn of(state: &'s AppState, digest: &'s str) -> db::Result<Self> {
        let alone = state.webhooks.alone().await;
        let tags = summary::tags_of(&state.db, digest).await?;
        let ids = tags.iter().map(|tag| tag.repository_id);
        let repositories = db::repositories::by_ids(&state.db, ids).await?;
        let mut listening: HashMap<Uuid, Listeners> = HashMap::new();
        for row in repositories.values() {
            listening.insert(row.id, state.listeners(Some(row)).await?);
        }
        let at = tags.into_iter().filter_map(|tag| {
            let repository = repositories.get(&tag.repository_id)?.clone();
            let listeners = listening.get(&tag.repository_id)?.clone();
            let hears = listeners.take(Kind::ScanCompleted) || listeners.take(Kind::ScanFailed);
            hears.then_some(At {
                repository,
                tag,
                listeners,
            })
        });
        let at: Vec<At> = at.collect();
        let tagged = at.iter().map(|at| at.tag.digest.as_str());
        let indexes: BTreeSet<&str> = tagged.filter(|tagged| *tagged != digest).collect();
        let mut others = HashMap::new();
        if !indexes.is_empty() {
            let places = repositories.keys().copied();
            for (index, images) in summary::listed_in(&state.db, places, indexes).await? {
                let images = images.iter().map(String::as_str);
                let images = images.filter(|image| *image != digest);
                let scans = summary::of_images(&state.db, images).await?;
                others.extend(Known::of(scans.values()).map(|known| (index, known)));
            }
        }
        Ok(Self {
            state,
            digest,
            at,
            others,
            _alone: alone,
        })
    }

    /// That the scan is done, and what it found. Of an index this is told when it was the last of its images.
    pub(crate) fn done(
        &self,
        sums: Sums,
        has_foreign_layers: bool,
        now: OffsetDateTime,
    ) -> Vec<Told> {
        let this = Known {
            sums,
            has_foreign_layers,
            at: Some(now),
        };
        let told = self.at.iter().filter_map(|at| {
            let whole = if at.tag.digest == self.digest {
                this
            } else {
                let others = self.others.get(&at.tag.digest)?.iter();
                others.fold(this, Known::with)
            };
            let tag = at.tag.name.as_str();
            let contents = completed(self.state, (&at.repository, tag), whole, now);
            Some(at.listeners.told(&contents, Some(tag), now))
        });
        told.flatten().collect()
    }
}

fn completed(
    state: &AppState,
    (repository, tag): (&repository::Model, &str),
    known: Known,
    at: OffsetDateTime,
) -> Contents {
    let Known {
        sums,
        has_foreign_layers,
        ..
    } = known;
    let count = |number: i32| u32::try_from(number).unwrap_or_default();
    Contents::ScanCompleted(ScanCompleted {
        namespace: repository.namespace.clone(),
        repository: repository.name.clone(),
        tag: tag.to_owned(),
        image_name: image_name(&state.config, repository, Some(tag), ""),
        scan_summary: ScanSummary {
            namespace: repository.namespace.clone(),
            reponame: repository.name.clone(),
            tag: tag.to_owned(),
            critical: count(sums.critical),
            major: count(sums.major),
            minor: count(sums.minor),
            last_scan_status: i32::from(State::Completed.code()),
            check_completed_at: at,
            should_rescan: false,
            has_foreign_layers,
        },
    })
}

/// That the scan of an image failed for good.
pub(crate) async fn failed(
    state: &AppState,
    digest: &str,
    error: &str,
    now: OffsetDateTime,
) -> db::Result<Vec<Told>> {
    let scanned = Scanned::of(state, digest).await?;
    let told = scanned.at.iter().map(|at| {
        let (repository, tag) = (&at.repository, at.tag.name.as_str());
        let contents = Contents::ScanFailed(ScanFailed {
            namespace: repository.namespace.clone(),
            repository: repository.name.clone(),
            tag: tag.to_owned(),
            image_name: image_name(&state.config, repository, Some(tag), ""),
            error: error.to_owned(),
        });
        at.listeners.told(&contents, Some(tag), now)
    });
    Ok(told.flatten().collect())
}

/// Of tags that are set to what was scanned before: its results are there at once, and whoever waits for them must hear of it. `images` is
/// the image, or those of an index; one that `detector_version` has not read yet is scanned again. Where somebody listens, no scan ends until
/// the second of the answer is dropped.
pub(crate) async fn known_already<'s>(
    state: &'s AppState,
    listeners: &Listeners,
    (repository, tags): (&repository::Model, &[String]),
    (images, detector_version): (&[&str], Option<i32>),
    now: OffsetDateTime,
) -> db::Result<(Vec<Told>, Option<Alone<'s>>)> {
    if images.is_empty() || tags.is_empty() || !listeners.take(Kind::ScanCompleted) {
        return Ok((Vec::new(), None));
    }
    let alone = Some(state.webhooks.alone().await);
    let found = summary::of_images(&state.db, images.iter().copied()).await?;
    let is_old = |found: &Summary| Some(found.scan.detector_version) < detector_version;
    if found.values().any(is_old) {
        return Ok((Vec::new(), alone));
    }
    let known = Known::of(found.values()).into_iter().flatten();
    let Some(whole) = known.reduce(|one, other| one.with(&other)) else {
        return Ok((Vec::new(), alone));
    };
    let told = tags.iter().map(|tag| {
        let at = (repository, tag.as_str());
        let contents = completed(state, at, whole, whole.at.unwrap_or(now));
        listeners.told(&contents, Some(tag), now)
    });
    Ok((told.flatten().collect(), alone))
}
