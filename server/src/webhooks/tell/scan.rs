//! What scans found, or that they found nothing.

use std::collections::HashMap;

use ::webhooks::{
    Contents, Kind,
    contents::{ScanCompleted, ScanFailed, ScanSummary},
};
use db::{
    entities::repository,
    scans::{State, Sums, summary},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Pushing, Told, image_name};
use crate::{state::AppState, webhooks::hear::Listeners};

/// The tags by which a scanned image, or an index that lists it, is known, each with who listens.
pub(crate) struct Scanned<'s> {
    state: &'s AppState,
    at: Vec<(repository::Model, String, Listeners)>,
}

impl<'s> Scanned<'s> {
    /// Of the image of that digest, in whichever repositories it is.
    pub(crate) async fn of(state: &'s AppState, digest: &str) -> db::Result<Self> {
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
            hears.then_some((repository, tag.name, listeners))
        });
        Ok(Self {
            state,
            at: at.collect(),
        })
    }

    /// That the scan is done, and what it found.
    pub(crate) fn done(
        &self,
        sums: Sums,
        has_foreign_layers: bool,
        now: OffsetDateTime,
    ) -> Vec<Told> {
        let told = self.at.iter().map(|(repository, tag, listeners)| {
            let contents = completed(self.state, (repository, tag), sums, has_foreign_layers, now);
            listeners.told(&contents, Some(tag), now)
        });
        told.flatten().collect()
    }
}

fn completed(
    state: &AppState,
    (repository, tag): (&repository::Model, &str),
    sums: Sums,
    has_foreign_layers: bool,
    at: OffsetDateTime,
) -> Contents {
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
    let told = scanned.at.iter().map(|(repository, tag, listeners)| {
        let contents = Contents::ScanFailed(ScanFailed {
            namespace: repository.namespace.clone(),
            repository: repository.name.clone(),
            tag: tag.clone(),
            image_name: image_name(&state.config, repository, Some(tag), ""),
            error: error.to_owned(),
        });
        listeners.told(&contents, Some(tag), now)
    });
    Ok(told.flatten().collect())
}

/// Of a push of what was scanned before: its results are there at once, and whoever waits for them must hear of it.
pub(crate) async fn in_pushed(
    state: &AppState,
    listeners: &Listeners,
    push: &Pushing<'_>,
    detector_version: i32,
) -> db::Result<Vec<Told>> {
    if !listeners.take(Kind::ScanCompleted) {
        return Ok(Vec::new());
    }
    let digest = push.manifest.digest.as_str();
    let found = summary::of_images(&state.db, [digest]).await?;
    let Some(known) = found.get(digest).filter(|known| {
        known.scan.state == State::Completed.code()
            && known.scan.detector_version >= detector_version
    }) else {
        return Ok(Vec::new());
    };
    let checked_at = known.scan.checked_at.unwrap_or(push.manifest.pushed_at);
    let told = push.tags.iter().map(|tag| {
        let at = (push.repository, tag.as_str());
        let contents = completed(state, at, known.sums, known.scan.foreign_layers, checked_at);
        listeners.told(&contents, Some(tag), push.manifest.pushed_at)
    });
    Ok(told.flatten().collect())
}
