//! What is recorded of a scan: in each repository where the image has a tag.

use db::{Db, entities::repository, scans::Sums};
use serde_json::json;

use crate::{
    events::{Event, Kind, ObjectType},
    state::AppState,
};

/// A scan, and the repositories that it is about.
pub(super) struct Scanned<'s> {
    state: &'s AppState,
    digest: &'s str,
    places: Vec<repository::Model>,
}

impl<'s> Scanned<'s> {
    /// The scan of the image of that digest.
    pub(super) async fn of(state: &'s AppState, digest: &'s str) -> db::Result<Self> {
        let ids = db::scans::summary::places(&state.db, digest).await?;
        let found = db::repositories::by_ids(&state.db, ids).await?;
        Ok(Self {
            state,
            digest,
            places: found.into_values().collect(),
        })
    }

    /// The database; what is changed through it is recorded as a scan that found this.
    pub(super) fn done(&self, sums: Sums) -> Db {
        let found = json!({
            "critical": sums.critical, "major": sums.major, "minor": sums.minor, "unspecified": sums.unspecified,
        });
        let events = self.events(Kind::Scan, ObjectType::Manifest);
        self.state
            .recording_all_by_scanner(events.map(|event| event.detail(found.clone())))
    }

    /// The database; what is changed through it is recorded as a scan that came to nothing.
    pub(super) fn failed(&self, reason: &str) -> Db {
        let events = self.events(Kind::Fail, ObjectType::Scan);
        self.state
            .recording_all_by_scanner(events.map(|event| event.because(reason)))
    }

    fn events(&self, kind: Kind, object: ObjectType) -> impl Iterator<Item = Event> {
        self.places.iter().map(move |place| {
            let name = format!("{}/{}", place.namespace, place.name);
            Event::new(kind, object, None, self.digest).with(ObjectType::Repository, place.id, name)
        })
    }
}
