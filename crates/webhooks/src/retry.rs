//! When a delivery is tried again, when it is given up, and when a hook is paused.
//!
//! The wait before each attempt grows exponentially and is drawn at random from all of the time up to that ("full jitter": Marc Brooker,
//! "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), so that receivers that come back are not met by everybody at once.
//! What an answer means is what Standard Webhooks 1.0.0 recommends ("Delivery success and failure").

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc2822};

/// The longest wait before the second attempt: 5 seconds on average.
pub const FIRST: Duration = Duration::seconds(10);
/// The shortest wait, however the dice fall.
pub const SHORTEST: Duration = Duration::seconds(1);
/// The longest wait, also where the receiver asks for a longer one.
pub const LONGEST: Duration = Duration::hours(1);
/// How long after an event it is still told.
pub const LIFETIME: Duration = Duration::hours(24);
/// A hook is paused after so many failed attempts without a success between them …
pub const PAUSE_AFTER: u32 = 20;
/// … if its last success is so long ago: a burst of events while a receiver restarts pauses nothing.
pub const PAUSE_TIME: Duration = Duration::hours(1);

/// What becomes of a delivery that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is tried again at this time.
    At(OffsetDateTime),
    /// It is given up. It can still be sent by hand.
    Dead,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it.
    Delivered,
    /// It does not, and may have it later. No answer at all means this too.
    Failed,
    /// The receiver wants no more (410): the hook is paused at once.
    Gone,
}

impl Outcome {
    /// What a status means. A redirect is a failure: it is not followed, and the hook's address has to be corrected.
    pub const fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Delivered,
            410 => Self::Gone,
            _ => Self::Failed,
        }
    }
}

/// When to try again after `attempts` have failed (1 after the first), for an event made at `made_at`. `random` is any number, evenly
/// distributed; `retry_after` is what the receiver asked for ([`retry_after`]), and is kept up to [`LONGEST`].
pub fn next(
    attempts: u32,
    made_at: OffsetDateTime,
    now: OffsetDateTime,
    random: u64,
    retry_after: Option<Duration>,
) -> Next {
    let asked = retry_after.unwrap_or_default().min(LONGEST);
    let wait = jittered(ceiling(attempts), random).max(asked);
    match (now.checked_add(wait), made_at.checked_add(LIFETIME)) {
        (Some(at), Some(end)) if at <= end => Next::At(at),
        _ => Next::Dead,
    }
}

/// The longest wait after so many failures: [`FIRST`], and twice as long with each further one, up to [`LONGEST`].
pub fn ceiling(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1);
    1_i32
        .checked_shl(doublings)
        .filter(|factor| *factor > 0)
        .and_then(|factor| FIRST.checked_mul(factor))
        .map_or(LONGEST, |wait| wait.min(LONGEST))
}

/// A time from [`SHORTEST`] to `ceiling`, in milliseconds.
fn jittered(ceiling: Duration, random: u64) -> Duration {
    let spread = (ceiling - SHORTEST).whole_milliseconds();
    // 64 random bits scaled to 0..=spread: the high half of a product.
    let scaled = (u128::from(random) * (spread.unsigned_abs() + 1)) >> 64;
    SHORTEST + Duration::milliseconds(i64::try_from(scaled).unwrap_or_default())
}

/// How long a `Retry-After` asks to wait (RFC 9110 section 10.2.3): seconds, or a date as it is written today. Nothing where it is neither,
/// or past. The two obsolete forms of dates (section 5.6.7) are not read.
pub fn retry_after(value: &str, now: OffsetDateTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(i64::MAX);
        return Some(Duration::seconds(seconds));
    }
    let date = OffsetDateTime::parse(value, &Rfc2822).ok()?;
    Some(date - now).filter(|wait| wait.is_positive())
}

/// Whether a hook is paused after `failures` failed attempts in a row. `healthy_at` is when an attempt last succeeded; where none has since
/// the hook was made or switched on again, that time.
pub fn pauses(failures: u32, healthy_at: OffsetDateTime, now: OffsetDateTime) -> bool {
    failures >= PAUSE_AFTER && now - healthy_at >= PAUSE_TIME
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const MADE: OffsetDateTime = datetime!(2026-11-27 4:00 UTC);

    fn wait(attempts: u32, random: u64, asked: Option<Duration>) -> Duration {
        match next(attempts, MADE, MADE, random, asked) {
            Next::At(at) => at - MADE,
            Next::Dead => panic!("dead at once"),
        }
    }

    #[test]
    fn waits_double_up_to_an_hour() {
        let ceilings: Vec<i64> = (0..=11)
            .map(|n| wait(n, u64::MAX, None).whole_seconds())
            .collect();
        let doubled = [10, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600];
        assert_eq!(ceilings, doubled);
        assert_eq!(wait(1, 0, None), SHORTEST);
        assert_eq!(wait(u32::MAX, 0, None), SHORTEST);
        assert_eq!(wait(1, u64::MAX / 2, None).whole_seconds(), 5);
    }

    #[test]
    fn the_receivers_wish_counts_up_to_an_hour() {
        assert_eq!(wait(1, 0, Some(Duration::seconds(90))).whole_seconds(), 90);
        assert_eq!(wait(1, 0, Some(Duration::days(9))), LONGEST);
        assert_eq!(wait(1, 0, Some(Duration::MAX)), LONGEST);
        assert_eq!(wait(1, 0, Some(Duration::MIN)), SHORTEST);
        assert_eq!(
            wait(9, u64::MAX, Some(Duration::seconds(1))).whole_seconds(),
            2560,
            "it never makes the wait shorter"
        );
    }

    #[test]
    fn a_day_after_the_event_it_is_dead() {
        let end = MADE + LIFETIME;
        assert_eq!(next(3, MADE, end - SHORTEST, 0, None), Next::At(end));
        let late = end - SHORTEST + Duration::milliseconds(1);
        assert_eq!(next(3, MADE, late, 0, None), Next::Dead);
        assert_eq!(next(1, MADE, end + LIFETIME, 0, None), Next::Dead);
        let last = datetime!(9999-12-31 23:59:59 UTC);
        assert_eq!(next(1, last, last, 0, None), Next::Dead);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = datetime!(1994-11-06 8:49:07 UTC);
        let read = |value| retry_after(value, now).map(Duration::whole_seconds);
        assert_eq!(read("120"), Some(120));
        assert_eq!(read(" 0 "), Some(0));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(30));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:00 GMT"), None, "it is past");
        assert_eq!(read("9999999999999999999999"), Some(i64::MAX));
        for bad in ["", "-1", "+1", "1.5", "soon", "1e3", "١٢"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_answers_mean() {
        for status in 0..=u16::MAX {
            let expected = match status {
                410 => Outcome::Gone,
                _ if status / 100 == 2 => Outcome::Delivered,
                _ => Outcome::Failed,
            };
            assert_eq!(Outcome::of(status), expected, "{status}");
        }
    }

    #[test]
    fn a_pause_takes_failures_and_time() {
        assert!(pauses(20, MADE, MADE + PAUSE_TIME));
        assert!(!pauses(19, MADE, MADE + PAUSE_TIME * 9));
        assert!(!pauses(500, MADE, MADE + PAUSE_TIME - Duration::SECOND));
        assert!(!pauses(20, MADE, MADE - PAUSE_TIME), "a clock went back");
    }

    proptest! {
        #[test]
        fn waits_are_bounded(
            attempts: u32,
            random: u64,
            age in 0_i64..100_000,
            asked in proptest::option::of(-10_i64..100_000),
        ) {
            let now = MADE + Duration::seconds(age);
            let asked = asked.map(Duration::seconds);
            match next(attempts, MADE, now, random, asked) {
                Next::At(at) => {
                    let least = asked.unwrap_or_default().clamp(SHORTEST, LONGEST);
                    prop_assert!(at - now >= least);
                    prop_assert!(at - now <= ceiling(attempts).max(least));
                    prop_assert!(at - now <= LONGEST);
                    prop_assert!(at <= MADE + LIFETIME);
                }
                Next::Dead => prop_assert!(now + LONGEST > MADE + LIFETIME),
            }
        }

        #[test]
        fn waits_grow_with_attempts_and_dice(attempts in 1_u32..100, low: u64, high: u64) {
            prop_assert!(ceiling(attempts) <= ceiling(attempts + 1));
            prop_assert!(wait(attempts, low, None) <= wait(attempts + 1, low, None));
            let (low, high) = (low.min(high), low.max(high));
            prop_assert!(wait(attempts, low, None) <= wait(attempts, high, None));
        }

        /// Whatever the dice say, it ends, and a receiver that is back after an hour gets its event.
        #[test]
        fn every_delivery_ends(random in proptest::collection::vec(any::<u64>(), 1..50)) {
            let (mut now, mut attempts) = (MADE, 1);
            let mut draws = random.iter().cycle();
            while let Next::At(at) = next(attempts, MADE, now, *draws.next().unwrap(), None) {
                prop_assert!(at > now && at <= MADE + LIFETIME);
                (now, attempts) = (at, attempts + 1);
            }
            prop_assert!(now > MADE + LIFETIME - LONGEST);
        }
    }
}
