//! The values of rules: numbers, sizes, scores, times and durations out of text.

use scan::vulnerability::severity::Score;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::CriterionError;
use crate::{facts::ScanStatus, text::quoted};

/// Digits only: `+1` and ` 1` are slips that nobody would find again.
pub(super) fn number(text: &str) -> Result<u64, CriterionError> {
    digits(text).ok_or_else(|| CriterionError::Number(quoted(text)))
}

fn digits(text: &str) -> Option<u64> {
    let only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| only)
}

/// Bytes. `KB` is 1000 of them, `KiB` 1024.
pub(super) fn size(text: &str) -> Result<u64, CriterionError> {
    const UNITS: [(&str, u64); 9] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("", 1),
    ];
    let with_unit = UNITS
        .iter()
        .find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)));
    with_unit
        .and_then(|(number, bytes)| digits(number.trim_end_matches(' '))?.checked_mul(bytes))
        .ok_or_else(|| CriterionError::Size(quoted(text)))
}

/// `7`, `7.5`, `10.0`.
pub(super) fn score(text: &str) -> Result<Score, CriterionError> {
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let tenths = digits(whole)
        .zip(digits(tenth).filter(|_| tenth.len() == 1))
        .and_then(|(whole, tenth)| whole.checked_mul(10)?.checked_add(tenth))
        .and_then(|tenths| u8::try_from(tenths).ok())
        .filter(|tenths| *tenths <= 100);
    tenths
        .map(Score::from_tenths)
        .ok_or_else(|| CriterionError::Score(quoted(text)))
}

pub(super) fn flag(text: &str) -> Result<bool, CriterionError> {
    text.parse().map_err(|_| CriterionError::Flag(quoted(text)))
}

pub(super) fn status(text: &str) -> Result<ScanStatus, CriterionError> {
    ScanStatus::ALL
        .into_iter()
        .find(|status| status.name() == text)
        .ok_or_else(|| CriterionError::Status(quoted(text)))
}

pub(super) fn time(text: &str) -> Result<OffsetDateTime, CriterionError> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| CriterionError::Time(quoted(text)))
}

/// Go's `time.ParseDuration`, without a sign: an age is not negative.
pub(super) fn duration(text: &str) -> Result<Duration, CriterionError> {
    nanoseconds(text)
        .map(Duration::nanoseconds)
        .ok_or_else(|| CriterionError::Duration(quoted(text)))
}

/// `None` if it is none, or longer than Go's durations can be, about 292 years.
fn nanoseconds(text: &str) -> Option<i64> {
    if text == "0" {
        return Some(0);
    }
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let number_end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        total = total.checked_add(part(number, unit)?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

/// One number, with or without decimals, and its unit. What is less than a nanosecond is cut off.
fn part(number: &str, unit: &str) -> Option<i64> {
    let nanoseconds: i64 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && decimals.is_empty() {
        return None;
    }
    let mut total = match whole {
        "" => 0,
        whole => i64::try_from(digits(whole)?).ok()?,
    };
    total = total.checked_mul(nanoseconds)?;
    let mut place = nanoseconds;
    for digit in decimals.chars() {
        place /= 10;
        total = total.checked_add(i64::from(digit.to_digit(10)?) * place)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits() {
        assert_eq!(number("0").ok(), Some(0));
        assert_eq!(number("18446744073709551615").ok(), Some(u64::MAX));
        for text in [
            "",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1.0",
            "١",
            "18446744073709551616",
        ] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_units() {
        let good = [
            ("0", 0),
            ("1500", 1500),
            ("5KB", 5_000),
            ("5 MB", 5_000_000),
            ("1GiB", 1 << 30),
            ("2TiB", 2 << 40),
        ];
        for (text, bytes) in good {
            assert_eq!(size(text).ok(), Some(bytes), "{text}");
        }
        for text in ["", "MB", "1.5GB", "1 gb", "1B", "-1", "99999999TB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn scores_have_one_decimal() {
        let good = [("0", 0), ("7", 70), ("7.5", 75), ("10", 100), ("10.0", 100)];
        for (text, tenths) in good {
            assert_eq!(score(text).map(Score::tenths).ok(), Some(tenths), "{text}");
        }
        for text in ["", "10.1", "11", "7.55", "7.", ".5", "-1", "7,5", "1e1"] {
            assert!(score(text).is_err(), "{text}");
        }
    }

    /// Of Go's own `TestParseDuration`, what has no sign.
    #[test]
    fn durations_are_gos() {
        let good: [(&str, i64); 20] = [
            ("0", 0),
            ("5s", 5_000_000_000),
            ("30s", 30_000_000_000),
            ("1478s", 1_478_000_000_000),
            ("0s", 0),
            ("5.0s", 5_000_000_000),
            ("5.6s", 5_600_000_000),
            ("5.s", 5_000_000_000),
            (".5s", 500_000_000),
            ("1.004s", 1_004_000_000),
            ("100.00100s", 100_001_000_000),
            ("10ns", 10),
            ("11us", 11_000),
            ("12µs", 12_000),
            ("12μs", 12_000),
            ("13ms", 13_000_000),
            ("3h30m", 12_600_000_000_000),
            ("1h2m3s4ms5us6ns", 3_723_004_005_006),
            ("39h9m14.425s", 140_954_425_000_000),
            ("9223372036854775807ns", i64::MAX),
        ];
        for (text, nanoseconds) in good {
            assert_eq!(
                duration(text).ok(),
                Some(Duration::nanoseconds(nanoseconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "3",
            "-",
            "s",
            ".",
            "-.",
            ".s",
            "+.s",
            "-1h",
            "1d",
            "1.2.3s",
            "3000000h",
            "1h ",
            "9223372036854775808ns",
            "9223372036854775.808us.",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_rest() {
        assert!(flag("true").unwrap() && !flag("false").unwrap());
        assert!(flag("True").is_err() && flag("1").is_err());
        assert_eq!(status("completed").ok(), Some(ScanStatus::Completed));
        assert!(status("Completed").is_err() && status("6").is_err());
        assert!(time("2026-01-31T12:00:00+01:00").is_ok());
        assert!(time("2026-01-31").is_err() && time("yesterday").is_err());
    }
}
