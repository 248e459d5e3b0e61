//! What is read, as events: pulls, and questions whether something may be pulled, of the same by the same account one in an hour, with the
//! first of them; and what clusters asked. Recording each pull would be a write for each read; how many there were is counted (`pulls`).
//!
//! Each kind has room of its own, and each account a part of it: whoever asks much leaves the room of others alone.

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

/// The same is recorded again after so long.
const AGAIN: Duration = Duration::from_hours(1);
/// What is too old is looked for this often.
const SWEEP: Duration = Duration::from_mins(1);
/// What is remembered of a kind, and waits to be written; of more than that in an hour none is recorded.
const REMEMBERED: usize = 50_000;
/// Of one account, or of the public: nobody uses up what others need.
const REMEMBERED_OF_ONE: usize = 10_000;

/// What is recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lane {
    /// Pulls, and what was decided at them.
    Pulls,
    /// What `POST /api/v0/trust/evaluate` answered.
    Questions,
    /// What clusters were answered.
    Admissions,
}

/// What was recorded lately, and what is to be.
#[derive(Default)]
pub(crate) struct Pulled {
    pulls: Room,
    questions: Room,
    admissions: Room,
    hasher: RandomState,
    /// What was done is written in its order, and decisions that are each recorded are told apart.
    number: AtomicU64,
}

#[derive(Default)]
struct Room {
    recent: Mutex<Recent>,
    /// Each with its number.
    waiting: Mutex<Vec<(u64, New)>>,
    /// How many were not recorded since the last were written, for want of room.
    lost: AtomicU64,
}

#[derive(Default)]
struct Recent {
    /// When something was recorded and whose it was, by the hash of what it was and by whom: of two that have the same, one is not
    /// recorded.
    at: HashMap<u64, (Instant, Option<Uuid>)>,
    /// How many of them each account has.
    of: HashMap<Option<Uuid>, usize>,
    swept: Option<Instant>,
}

/// Whether something is to be recorded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Is {
    New,
    Known,
    /// There is no room.
    Lost,
}

impl Recent {
    fn take(&mut self, who: Option<Uuid>, what: u64, now: Instant) -> Is {
        match self.at.get_mut(&what) {
            Some((then, _)) if now.saturating_duration_since(*then) < AGAIN => return Is::Known,
            Some((then, _)) => {
                *then = now;
                return Is::New;
            }
            None => (),
        }
        if !self.has_room(who) && self.swept.is_none_or(|then| now >= then + SWEEP) {
            self.sweep(now);
        }
        if !self.has_room(who) {
            return Is::Lost;
        }
        self.at.insert(what, (now, who));
        *self.of.entry(who).or_default() += 1;
        Is::New
    }

    /// Nobody has more than what is left for all others, so that there is some for whoever comes.
    fn has_room(&self, who: Option<Uuid>) -> bool {
        let left = REMEMBERED.saturating_sub(self.at.len());
        let own = self.of.get(&who).copied().unwrap_or_default();
        own < left.min(REMEMBERED_OF_ONE)
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

impl Room {
    fn take(&self, who: Option<Uuid>, what: u64) -> bool {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let is = recent.take(who, what, Instant::now());
        if is == Is::Lost {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        is == Is::New
    }

    fn add(&self, number: u64, event: New) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < REMEMBERED {
            waiting.push((number, event));
        } else {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What waits; how much there was no room for is said.
    fn drain(&self, lane: Lane) -> Vec<(u64, New)> {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(lost, ?lane, "too much at once: not all of it is recorded");
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waiting)
    }
}

impl Pulled {
    const fn room(&self, lane: Lane) -> &Room {
        match lane {
            Lane::Pulls => &self.pulls,
            Lane::Questions => &self.questions,
            Lane::Admissions => &self.admissions,
        }
    }

    /// Whether this of an image, under this tag or none, is to be recorded; it then counts as recorded.
    pub(crate) fn is_new(
        &self,
        lane: Lane,
        who: Option<Uuid>,
        repository: Uuid,
        (tag, digest): (Option<&str>, &str),
    ) -> bool {
        let what = self.hasher.hash_one((who, repository, tag, digest));
        self.room(lane).take(who, what)
    }

    /// Whether one more is to be recorded of what is each recorded, also of the same: an account's share of an hour may be used up.
    pub(crate) fn has_room(&self, lane: Lane, who: Option<Uuid>) -> bool {
        let what = self.hasher.hash_one((who, self.number()));
        self.room(lane).take(who, what)
    }

    /// It is recorded soon; unless more wait than are remembered: how many those were is said in the log.
    pub(crate) fn add(&self, lane: Lane, event: New) {
        self.room(lane).add(self.number(), event);
    }

    fn number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }

    /// Records what waits, in the order in which it was done. What cannot be recorded now waits for the next time.
    pub(crate) async fn write(&self, db: &Db) -> db::Result<()> {
        let lanes = [Lane::Pulls, Lane::Questions, Lane::Admissions];
        let waiting = lanes.into_iter().flat_map(|lane| {
            let waiting = self.room(lane).drain(lane).into_iter();
            waiting.map(move |(number, event)| (number, lane, event))
        });
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort_unstable_by_key(|(number, ..)| *number);
        let (places, events): (Vec<_>, Vec<New>) = waiting
            .into_iter()
            .map(|(number, lane, event)| ((number, lane), event))
            .unzip();
        let written = db::events::append_all(db, &events).await;
        if written.is_err() {
            for ((number, lane), event) in places.into_iter().zip(events) {
                self.room(lane).add(number, event);
            }
        }
        written
    }
}

/// A pull by tag, or by digest; with what a policy had to say, if one is on.
pub(super) fn event(
    repository: &repository::Model,
    tag: Option<&str>,
    digest: &str,
    decision: Option<serde_json::Value>,
) -> Event {
    let (object, name) = match tag {
        Some(tag) => (ObjectType::Tag, tag),
        None => (ObjectType::Manifest, digest),
    };
    let mut detail = decision.unwrap_or_else(|| serde_json::json!({}));
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("digest".to_owned(), digest.into());
    }
    Event::new(Kind::Get, object, None, name)
        .with(
            ObjectType::Repository,
            repository.id,
            format!("{}/{}", repository.namespace, repository.name),
        )
        .detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_recorded_once_in_an_hour_and_no_flood_fills_the_record() {
        let (mut recent, now) = (Recent::default(), Instant::now());
        assert_eq!(recent.take(None, 1, now), Is::New);
        assert_eq!(recent.take(None, 1, now + AGAIN / 2), Is::Known);
        let now = now + AGAIN;
        assert_eq!(recent.take(None, 1, now), Is::New);
        let others = (1..10).map(|id| Some(Uuid::from_u128(id)));
        let (mut pull, mut used) = (1, Vec::new());
        for who in others.chain([None]) {
            while recent.take(who, pull + 1, now) == Is::New {
                pull += 1;
            }
            used.push(recent.of.get(&who).copied().unwrap_or_default());
            pull += 1;
        }
        let whole = [REMEMBERED_OF_ONE; 4];
        assert!(used.starts_with(&whole), "{used:?}");
        assert!(
            used.iter().all(|of_one| *of_one > 0),
            "others have room left"
        );
        recent.sweep(now + AGAIN);
        assert!(recent.at.is_empty(), "there is room again");
        assert!(
            recent.of.is_empty(),
            "and nothing is kept of who has nothing"
        );
    }

    #[test]
    fn what_fills_one_room_leaves_the_others_alone() {
        let pulled = Pulled::default();
        let (bob, olga) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
        let asked = (0..REMEMBERED).filter(|_| pulled.has_room(Lane::Admissions, bob));
        assert_eq!(asked.count(), REMEMBERED_OF_ONE);
        assert!(pulled.has_room(Lane::Admissions, olga));
        let anybody = (0..REMEMBERED).filter(|_| pulled.has_room(Lane::Questions, None));
        assert_eq!(anybody.count(), REMEMBERED_OF_ONE);
        assert!(pulled.is_new(Lane::Pulls, None, Uuid::nil(), (Some("1"), "sha256:1")));
        let lost = pulled.admissions.lost.load(Ordering::Relaxed);
        assert_eq!(lost, (REMEMBERED - REMEMBERED_OF_ONE) as u64);
    }
}
