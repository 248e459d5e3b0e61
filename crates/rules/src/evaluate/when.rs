//! Times, and how long ago they are.

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{Answer, results};
use crate::{
    Facts,
    criterion::{Moment, Side},
    field::TimeField,
};

pub(super) fn answer(field: TimeField, side: Side, moment: Moment, facts: &Facts<'_>) -> Answer {
    let (what, found) = match field {
        TimeField::Updated => ("pushed last", facts.updated_at),
        TimeField::Pushed => ("pushed", facts.pushed_at),
        TimeField::Scanned => match results(facts) {
            Ok(results) => ("judged last", Some(results.completed_at)),
            Err(unknown) => return unknown,
        },
    };
    let Some(found) = found else {
        return Answer::unknown(format!("when it was {what} is not known"));
    };
    let age = facts.now - found;
    let holds = match (side, moment) {
        (Side::Before, Moment::At(at)) => found < at,
        (Side::After, Moment::At(at)) => found > at,
        (Side::Before, Moment::Ago(ago)) => age > ago,
        (Side::After, Moment::Ago(ago)) => age < ago,
    };
    let reason = format!("it was {what} at {}, {} ago", written(found), long(age));
    Answer::new(holds, reason)
}

/// In UTC, without fractions of a second.
fn written(time: OffsetDateTime) -> String {
    let time = time
        .checked_to_offset(UtcOffset::UTC)
        .unwrap_or(time)
        .truncate_to_second();
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

/// In the two largest units, as in `3d 4h`.
fn long(age: time::Duration) -> String {
    let seconds = age.whole_seconds().max(0);
    let units = [
        ("d", seconds / 86_400),
        ("h", seconds / 3600 % 24),
        ("m", seconds / 60 % 60),
        ("s", seconds % 60),
    ];
    let parts: Vec<_> = units
        .iter()
        .skip_while(|(_, count)| *count == 0)
        .take(2)
        .filter(|(_, count)| *count > 0)
        .map(|(unit, count)| format!("{count}{unit}"))
        .collect();
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};

    #[test]
    fn ages_are_short() {
        let cases = [
            (Duration::ZERO, "0s"),
            (Duration::seconds(-5), "0s"),
            (Duration::seconds(59), "59s"),
            (Duration::seconds(3600), "1h"),
            (Duration::seconds(90_061), "1d 1h"),
            (Duration::seconds(86_400 + 61), "1d"),
        ];
        for (age, expected) in cases {
            assert_eq!(long(age), expected);
        }
        assert_eq!(
            written(datetime!(2026-01-31 12:00:00.5 +02:00)),
            "2026-01-31T10:00:00Z"
        );
    }
}
