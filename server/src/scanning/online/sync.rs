//! When vulnerability data is fetched, and what is remembered of the last time, so that only what is new comes again.

use std::collections::BTreeMap;

use api::scan::FetchOutcome;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, Time, UtcOffset};

use crate::state::AppState;

/// The key of the row.
const KEY: &str = "vulnerabilitySync";
/// As DTR's.
const HOUR: Time = time::macros::time!(03:00);
/// After a fetch that failed, the next one begins so much later.
const RETRY: Duration = Duration::HOUR;

/// What is remembered.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Sync {
    /// When the last fetch began.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) began_at: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) ended_at: Option<OffsetDateTime>,
    /// What became of it.
    pub(crate) outcome: Option<FetchOutcome>,
    /// Where the data came from.
    pub(super) url: String,
    /// The generation that has what is known here; another one may have anything.
    pub(super) generation: i64,
    /// What is known of each ecosystem.
    pub(super) known: BTreeMap<String, Known>,
}

/// What is known of an ecosystem.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Known {
    /// `ETag` of its `all.zip`.
    pub(super) etag: Option<String>,
    /// `Last-Modified` of its `all.zip`.
    pub(super) last_modified: Option<String>,
    /// When its record changed that changed last.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(super) newest: Option<OffsetDateTime>,
    /// When its `all.zip` was last asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) whole_at: OffsetDateTime,
}

impl Sync {
    /// As it is remembered.
    pub(crate) async fn read(state: &AppState) -> db::Result<Self> {
        Ok(db::settings::get(&state.db, KEY).await?.unwrap_or_default())
    }

    pub(super) async fn write(&self, state: &AppState) -> db::Result<()> {
        db::settings::set(&state.db, KEY, self).await
    }

    /// Whether a fetch has to begin: the hour has come since the last one did, or that one failed a while ago.
    pub(super) fn is_due(&self, now: OffsetDateTime) -> bool {
        self.began_at
            .is_none_or(|began| began < next(now) - Duration::DAY)
            || self.again_at().is_some_and(|again| again <= now)
    }

    /// When the next fetch begins, if none is due.
    pub(super) fn next_at(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let at = self.again_at().unwrap_or(next(now)).min(next(now));
        (!self.is_due(now)).then_some(at)
    }

    /// When a fetch that failed is tried again.
    fn again_at(&self) -> Option<OffsetDateTime> {
        let failed = self.outcome == Some(FetchOutcome::Failed);
        self.began_at.filter(|_| failed).map(|began| began + RETRY)
    }
}

/// When the hour comes the next time.
fn next(now: OffsetDateTime) -> OffsetDateTime {
    let today = now.to_offset(UtcOffset::UTC).replace_time(HOUR);
    if today > now {
        today
    } else {
        today + Duration::DAY
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_hour_comes_once_a_day() {
        let at_three = datetime!(2026-11-26 03:00 UTC);
        assert_eq!(next(datetime!(2026-11-26 02:59:59 UTC)), at_three);
        assert_eq!(next(at_three), datetime!(2026-11-27 03:00 UTC));
        assert_eq!(
            next(datetime!(2026-12-31 23:30 -05:00)),
            datetime!(2027-01-02 03:00 UTC)
        );
    }

    #[test]
    fn what_was_missed_is_due_and_what_was_done_is_not() {
        let began = |began_at| Sync {
            began_at,
            ..Sync::default()
        };
        let now = datetime!(2026-11-26 03:00 UTC);
        assert!(began(None).is_due(now));
        assert!(began(Some(datetime!(2026-11-26 02:59 UTC))).is_due(now));
        assert!(!began(Some(datetime!(2026-11-26 02:59 UTC))).is_due(now - Duration::SECOND));
        assert!(!began(Some(now)).is_due(now + Duration::hours(23)));
        assert!(began(Some(now)).is_due(now + Duration::days(3)));
    }

    #[test]
    fn what_failed_is_tried_again_in_an_hour() {
        let now = datetime!(2026-11-26 04:10 UTC);
        let mut sync = Sync {
            began_at: Some(now),
            outcome: Some(FetchOutcome::Failed),
            ..Sync::default()
        };
        let soon = now + RETRY;
        assert_eq!(sync.next_at(now), Some(soon));
        assert!(!sync.is_due(soon - Duration::SECOND) && sync.is_due(soon));
        assert_eq!(sync.next_at(soon), None);
        sync.outcome = Some(FetchOutcome::Unchanged);
        assert!(!sync.is_due(soon));
        assert_eq!(sync.next_at(soon), Some(datetime!(2026-11-27 03:00 UTC)));
    }
}
