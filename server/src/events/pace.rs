//! How often the same thing is recorded: uses to the minute, and of a flood of failures only some, with the number of the rest.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

/// A use is recorded again after so long.
const AGAIN: Duration = Duration::from_mins(1);
/// Uses that are remembered.
const CAPACITY: usize = 10_000;
/// Failures that are recorded in one [`AGAIN`].
const FAILURES: u32 = 60;

/// Who, with what, from where.
type Use = (Uuid, String, IpAddr);

/// What was recorded a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    uses: Mutex<HashMap<Use, Instant>>,
    failures: Mutex<Failures>,
}

#[derive(Debug, Default)]
struct Failures {
    since: Option<Instant>,
    recorded: u32,
    left_out: u64,
}

impl Pace {
    /// Whether this use was not recorded within the last minute; it then counts as recorded.
    pub(crate) fn is_new(&self, what: Use) -> bool {
        self.is_new_at(what, Instant::now())
    }

    fn is_new_at(&self, what: Use, now: Instant) -> bool {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |then: &Instant| now.saturating_duration_since(*then) < AGAIN;
        if uses.get(&what).is_some_and(is_recent) {
            return false;
        }
        if uses.len() >= CAPACITY {
            uses.retain(|_, then| is_recent(then));
        }
        if uses.len() < CAPACITY {
            uses.insert(what, now);
        }
        true
    }

    /// Whether a failure is to be recorded, and then how many were not since the last one that was.
    pub(crate) fn failure(&self) -> Option<u64> {
        self.failure_at(Instant::now())
    }

    fn failure_at(&self, now: Instant) -> Option<u64> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = failures
            .since
            .is_none_or(|since| now.saturating_duration_since(since) >= AGAIN);
        if is_over {
            failures.since = Some(now);
            failures.recorded = 0;
        }
        if failures.recorded >= FAILURES {
            failures.left_out += 1;
            return None;
        }
        failures.recorded += 1;
        Some(std::mem::take(&mut failures.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_use_is_recorded_once_a_minute_and_nothing_is_lost_when_memory_is_full() {
        let pace = Pace::default();
        let start = Instant::now();
        let ada = || (Uuid::nil(), "password".to_owned(), HOME);
        assert!(pace.is_new_at(ada(), start));
        assert!(!pace.is_new_at(ada(), start + AGAIN / 2));
        assert!(pace.is_new_at((Uuid::nil(), "session".to_owned(), HOME), start));
        assert!(pace.is_new_at(ada(), start + AGAIN));
        for number in 0..CAPACITY + 10 {
            let who = Uuid::from_u128(number as u128 + 1);
            assert!(pace.is_new_at((who, String::new(), HOME), start + AGAIN));
        }
        assert!(pace.uses.lock().unwrap().len() <= CAPACITY);
    }

    #[test]
    fn of_a_flood_of_failures_some_are_recorded_and_the_rest_is_counted() {
        let pace = Pace::default();
        let start = Instant::now();
        for _ in 0..FAILURES {
            assert_eq!(pace.failure_at(start), Some(0));
        }
        for _ in 0..5 {
            assert_eq!(pace.failure_at(start + AGAIN / 2), None);
        }
        assert_eq!(pace.failure_at(start + AGAIN), Some(5));
        assert_eq!(pace.failure_at(start + AGAIN), Some(0));
    }
}
