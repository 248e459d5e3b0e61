//! Pulls as events: of the same image by the same account one in an hour, with the first of them. Recording each would be a write for each
//! read; how many there were is counted (`pulls`).

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
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
/// Of one account, or of the public: nobody uses up what others need.
const REMEMBERED_OF_ONE: usize = 10_000;

/// What was recorded lately, and what is to be.
#[derive(Default)]
pub(crate) struct Pulled {
    recent: Mutex<Recent>,
    waiting: Mutex<Vec<New>>,
    /// How many could not wait since the last were written.
    lost: AtomicU64,
    hasher: RandomState,
}

#[derive(Default)]
struct Recent {
    /// When a pull was recorded and whose it was, by the hash of what was pulled by whom: of two that have the same, one is not recorded.
    at: HashMap<u64, (Instant, Option<Uuid>)>,
    /// How many of them each account has.
    of: HashMap<Option<Uuid>, usize>,
    swept: Option<Instant>,
}

impl Recent {
    fn is_new(&mut self, who: Option<Uuid>, pull: u64, now: Instant) -> bool {
        match self.at.get_mut(&pull) {
            Some((then, _)) if now.saturating_duration_since(*then) < AGAIN => return false,
            Some((then, _)) => {
                *then = now;
                return true;
            }
            None => (),
        }
        if !self.has_room(who) && self.swept.is_none_or(|then| now >= then + SWEEP) {
            self.sweep(now);
        }
        let has_room = self.has_room(who);
        if has_room {
            self.at.insert(pull, (now, who));
            *self.of.entry(who).or_default() += 1;
        }
        has_room
    }

    fn has_room(&self, who: Option<Uuid>) -> bool {
        self.at.len() < REMEMBERED
            && self
                .of
                .get(&who)
                .is_none_or(|count| *count < REMEMBERED_OF_ONE)
    }

    fn sweep(&mut self, now: Instant) {
        self.at
            .retain(|_, (then, _)| now.saturating_duration_since(*then) < AGAIN);
        self.of.clear();
        for (_, who) in self.at.values() {
            *self.of.entry(*who).or_default() += 1;
        }
        self.swept = Some(now);
    }
}

impl Pulled {
    /// Whether a pull of this image, under this tag or none, is to be recorded; it then counts as recorded.
    pub(crate) fn is_new(
        &self,
        who: Option<Uuid>,
        repository: Uuid,
        (tag, digest): (Option<&str>, &str),
    ) -> bool {
        let pull = self.hasher.hash_one((who, repository, tag, digest));
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.is_new(who, pull, Instant::now())
    }

    /// It is recorded soon; unless more wait than are remembered: how many those were is said in the log.
    pub(crate) fn add(&self, pull: New) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < REMEMBERED {
            waiting.push(pull);
        } else {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Records what waits. What cannot be recorded now waits for the next time.
    pub(crate) async fn write(&self, db: &Db) -> db::Result<()> {
        let mut waiting = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(
                lost,
                "too many pulls and admissions at once: not all are recorded"
            );
        }
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
        assert!(recent.is_new(None, 1, now));
        assert!(!recent.is_new(None, 1, now + AGAIN / 2));
        let now = now + AGAIN;
        assert!(recent.is_new(None, 1, now));
        let accounts = (REMEMBERED / REMEMBERED_OF_ONE) as u128;
        let others = (1..accounts).map(|id| Some(Uuid::from_u128(id)));
        let mut pull = 1;
        for who in others.chain([None]) {
            while recent.is_new(who, pull + 1, now) {
                pull += 1;
            }
            let used = recent.of.get(&who).copied();
            assert_eq!(used, Some(REMEMBERED_OF_ONE), "others have room left");
            pull += 1;
        }
        let late = Some(Uuid::from_u128(accounts));
        assert!(!recent.is_new(late, 0, now), "there is no room");
        assert!(recent.is_new(late, 0, now + AGAIN), "there is room again");
        assert_eq!(recent.of.len(), 1, "and nothing is kept of who has nothing");
    }
}
