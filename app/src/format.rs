//! How sizes, times, digests and JSON are written for people. Pure, so that server and browser write the same.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Bytes in decimal units, as docker has them: `0 B`, `4 kB`, `1.4 MB`, `51 MB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let (mut divisor, mut unit) = (1000_u64, 0);
    while count / divisor >= 1000 && unit + 1 < UNITS.len() {
        divisor *= 1000;
        unit += 1;
    }
    let name = UNITS.get(unit).unwrap_or(&"EB");
    let whole = count / divisor;
    let tenth = (count % divisor) / (divisor / 10);
    if whole < 10 && tenth > 0 {
        format!("{whole}.{tenth} {name}")
    } else {
        format!("{whole} {name}")
    }
}

/// Number and noun: `1 tag`, `3 tags`.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// How long before `now` something was: `just now`, `4 minutes ago`, `yesterday`, `2 years ago`.
#[must_use]
pub fn ago(now: OffsetDateTime, then: OffsetDateTime) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let seconds = (now - then).whole_seconds();
    let (count, unit) = match seconds {
        ..45 => return "just now".to_owned(),
        45..5400 => ((seconds + MINUTE / 2) / MINUTE, "minute"),
        5400..86_400 => ((seconds + HOUR / 2) / HOUR, "hour"),
        86_400..172_800 => return "yesterday".to_owned(),
        172_800..5_184_000 => (seconds / DAY, "day"),
        5_184_000..63_072_000 => (seconds / (30 * DAY), "month"),
        _ => (seconds / (365 * DAY), "year"),
    };
    if count == 1 {
        format!("1 {unit} ago")
    } else {
        format!("{count} {unit}s ago")
    }
}

/// For reading: `2026-11-23 10:52:07 UTC`.
#[must_use]
pub fn absolute(time: OffsetDateTime) -> String {
    let utc = time.to_offset(time::UtcOffset::UTC);
    let (date, hour, minute, second) = (utc.date(), utc.hour(), utc.minute(), utc.second());
    format!("{date} {hour:02}:{minute:02}:{second:02} UTC")
}

/// For reading, where the hour does not matter: `2026-11-23`.
#[must_use]
pub fn date(time: OffsetDateTime) -> String {
    time.to_offset(time::UtcOffset::UTC).date().to_string()
}

/// For programs: RFC 3339.
#[must_use]
pub fn machine(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

/// The first twelve hexadecimal digits of a digest; anything that is none stays as it is.
#[must_use]
pub fn short(digest: &str) -> String {
    digest
        .split_once(':')
        .map_or(digest, |(_, hex)| hex)
        .chars()
        .take(12)
        .collect()
}

/// `linux/arm/v7`; the parts that are absent are left out, and with no parts it is `unknown`.
#[must_use]
pub fn platform(os: Option<&str>, architecture: Option<&str>, variant: Option<&str>) -> String {
    let parts: Vec<&str> = [os, architecture, variant]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        "unknown".to_owned()
    } else {
        parts.join("/")
    }
}

/// The two letters of an account's picture.
#[must_use]
pub fn initials(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .take(2)
        .collect()
}

/// Indents JSON that is all in one line; text that has lines already stays as it is. Nothing but white space changes, so the
/// order of keys and the way numbers are written can be trusted.
#[must_use]
pub fn indented(json: &str) -> String {
    if json.trim_end().contains('\n') {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut rest = json.trim().chars().peekable();
    while let Some(c) = rest.next() {
        if quoted {
            out.push(c);
            (quoted, escaped) = (escaped || c != '"', !escaped && c == '\\');
            continue;
        }
        match c {
            '"' => {
                quoted = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while rest.next_if(|c| c.is_whitespace()).is_some() {}
                if let Some(end) = rest.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn sizes_have_decimal_units() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1 kB"),
            (1400, "1.4 kB"),
            (51_200_000, "51 MB"),
            (9_990_000_000, "9.9 GB"),
        ];
        for (count, text) in cases {
            assert_eq!(bytes(count), text);
        }
        assert_eq!(bytes(u64::MAX), "18 EB");
    }

    #[test]
    fn times_are_told_by_their_distance() {
        let now = datetime!(2026-11-23 12:00 UTC);
        let cases = [
            (Duration::seconds(-30), "just now"),
            (Duration::seconds(44), "just now"),
            (Duration::seconds(50), "1 minute ago"),
            (Duration::minutes(26), "26 minutes ago"),
            (Duration::minutes(100), "2 hours ago"),
            (Duration::hours(30), "yesterday"),
            (Duration::days(3), "3 days ago"),
            (Duration::days(70), "2 months ago"),
            (Duration::days(800), "2 years ago"),
        ];
        for (distance, text) in cases {
            assert_eq!(ago(now, now - distance), text);
        }
        assert_eq!(absolute(now), "2026-11-23 12:00:00 UTC");
    }

    #[test]
    fn digests_and_platforms_are_shortened() {
        assert_eq!(short("sha256:b5bb9d8014a0f9b1"), "b5bb9d8014a0");
        assert_eq!(short("latest"), "latest");
        assert_eq!(
            platform(Some("linux"), Some("arm"), Some("v7")),
            "linux/arm/v7"
        );
        assert_eq!(platform(None, Some(""), None), "unknown");
    }

    #[test]
    fn one_line_json_is_indented_and_otherwise_unchanged() {
        let json = r#"{"b":[1,2.50,{"a":"x, {\"y\": [\\"}],"e":{},"n":[ ]}"#;
        let text = indented(json);
        assert_eq!(
            text,
            "{\n  \"b\": [\n    1,\n    2.50,\n    {\n      \"a\": \"x, {\\\"y\\\": [\\\\\"\n    }\n  ],\n  \"e\": {},\n  \"n\": []\n}"
        );
        assert_eq!(indented("{\n\"a\":1}"), "{\n\"a\":1}");
    }
}
