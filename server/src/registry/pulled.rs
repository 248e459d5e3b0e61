//! Pulls as events: of the same image by the same account one in an hour, with the first of them. Recording each would be a write for each
//! read; how many there were is counted (`pulls`).

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use db::{Db, entities::repository, events::New};
use uuid::Uuid;

use crate::events::{Event, Kind, ObjectType};

/// The same pull is recorded again after so long.
const AGAIN: Duration = Duration::from_hours(1);
/// What is too old is looked for this often.
const SWEEP: Duration = Duration::from_mins(1);
/// Pulls that are remembered; of more than that in an hour none is recorded.
const REMEMBERED: usize = 50_000;

/// What was recorded lately, and what is to be.
#[derive(Default)]
pub(crate) struct Pulled {
    recent: Mutex<Recent>,
    waiting: Mutex<Vec<New>>,
    hasher: RandomState,
}

#[derive(Default)]
struct Recent {
    /// When a pull was recorded, by the hash of what was pulled by whom: of two that have the same, one is not recorded.
    at: HashMap<u64, Instant>,
    swept: Option<Instant>,
}

impl Recent {
    fn is_new(&mut self, pull: u64, now: Instant) -> bool {
        let is_recent = |then: &Instant| now.saturating_duration_since(*then) < AGAIN;
        if self.at.get(&pull).is_some_and(is_recent) {
            return false;
        }
        let swept = self.swept.is_some_and(|then| now < then + SWEEP);
        if self.at.len() >= REMEMBERED && !swept {
            self.at.retain(|_, then| is_recent(then));
            self.swept = Some(now);
        }
        let has_room = self.at.len() < REMEMBERED;
        if has_room {
            self.at.insert(pull, now);
        }
        has_room
    }
}

impl Pulled {
    /// Whether a pull of this image, under this tag or none, is to be recorded; it then counts as recorded.
    pub(super) fn is_new(
        &self,
        who: Option<Uuid>,
        repository: Uuid,
        (tag, digest): (Option<&str>, &str),
    ) -> bool {
        let pull = self.hasher.hash_one((who, repository, tag, digest));
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.is_new(pull, Instant::now())
    }

    /// It is recorded soon.
    pub(super) fn add(&self, pull: New) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(pull);
    }

    /// Records what waits. What cannot be recorded now waits for the next time.
    pub(crate) async fn write(&self, db: &Db) -> db::Result<()> {
        let mut waiting = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        let written = db::events::append_all(db, &waiting).await;
        if written.is_err() {
            let mut later = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.append(&mut later);
            waiting.truncate(REMEMBERED);
            *later = waiting;
        }
        written
    }
}

/// A pull by tag, or by digest.
pub(super) fn event(repository: &repository::Model, tag: Option<&str>, digest: &str) -> Event {
    let (object, name) = match tag {
        Some(tag) => (ObjectType::Tag, tag),
        None => (ObjectType::Manifest, digest),
    };
    Event::new(Kind::Get, object, None, name)
        .with(
            ObjectType::Repository,
            repository.id,
            format!("{}/{}", repository.namespace, repository.name),
        )
        .detail(serde_json::json!({ "digest": digest }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_recorded_once_in_an_hour_and_no_flood_fills_the_record() {
        let (mut recent, now) = (Recent::default(), Instant::now());
        assert!(recent.is_new(1, now));
        assert!(!recent.is_new(1, now + AGAIN / 2));
        assert!(recent.is_new(1, now + AGAIN));
        for pull in 2..=REMEMBERED as u64 {
            assert!(recent.is_new(pull, now + AGAIN));
        }
        assert!(!recent.is_new(0, now + AGAIN), "there is no room");
        assert!(recent.is_new(0, now + AGAIN * 2), "there is room again");
    }
}
