//! How bad findings are: in words, as a dot, and as cargo on a bar.

use api::scan::{Severity, ShortSummary, VulnCount};
use leptos::prelude::*;

/// The worst first.
pub const ALL: [Severity; 4] = [
    Severity::Critical,
    Severity::Major,
    Severity::Minor,
    Severity::Unspecified,
];

/// Findings that fill the bar; more of them only change its colours.
const FULL: u32 = 40;

/// Its word for people.
#[must_use]
pub const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::Major => "Major",
        Severity::Minor => "Minor",
        Severity::Unspecified => "Unspecified",
    }
}

/// Its word in addresses and style sheets.
#[must_use]
pub const fn value(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Major => "major",
        Severity::Minor => "minor",
        Severity::Unspecified => "unspecified",
    }
}

/// The numbers of a scan in short.
#[must_use]
pub const fn counts_of(scan: &ShortSummary) -> VulnCount {
    VulnCount {
        critical: scan.critical,
        major: scan.major,
        minor: scan.minor,
        unspecified: scan.unspecified,
    }
}

/// How many there are of one severity.
#[must_use]
pub const fn count(counts: &VulnCount, severity: Severity) -> u32 {
    match severity {
        Severity::Critical => counts.critical,
        Severity::Major => counts.major,
        Severity::Minor => counts.minor,
        Severity::Unspecified => counts.unspecified,
    }
}

/// The worst of which there is one.
#[must_use]
pub fn worst(counts: &VulnCount) -> Option<Severity> {
    ALL.into_iter()
        .find(|severity| count(counts, *severity) > 0)
}

/// `1 Critical 15 Major`; empty where there are none.
#[must_use]
pub fn words(counts: &VulnCount) -> String {
    let all: Vec<String> = present(counts)
        .map(|(severity, count)| format!("{count} {}", word(severity)))
        .collect();
    all.join(" ")
}

fn present(counts: &VulnCount) -> impl Iterator<Item = (Severity, u32)> {
    ALL.map(|severity| (severity, count(counts, severity)))
        .into_iter()
        .filter(|(_, count)| *count > 0)
}

/// A bar, and the numbers beside it.
#[must_use]
pub fn load(counts: &VulnCount) -> AnyView {
    let numbers: Vec<AnyView> = present(counts)
        .map(|(severity, count)| {
            view! {
                <span>
                    <b class=value(severity)>{count}</b>
                    " "
                    {word(severity)}
                    " "
                </span>
            }
            .into_any()
        })
        .collect();
    let rects: Vec<AnyView> = stretches(counts)
        .into_iter()
        .map(|(severity, from, width)| {
            view! { <rect class=value(severity) x=from.to_string() width=width.to_string() height="10"></rect> }
                .into_any()
        })
        .collect();
    view! {
        <span class="load">
            <svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
                {rects}
            </svg>
            <span class="counts">{numbers}</span>
        </span>
    }
    .into_any()
}

/// Where on a bar of 1000 each severity begins, and how far it reaches.
fn stretches(counts: &VulnCount) -> Vec<(Severity, u64, u64)> {
    let total: u64 = present(counts).map(|(_, count)| u64::from(count)).sum();
    let full = total.max(u64::from(FULL));
    let mut from = 0;
    present(counts)
        .map(|(severity, count)| {
            let width = (u64::from(count) * 1000 / full).max(40);
            from += width;
            (severity, from - width, width)
        })
        .collect()
}

/// The worst as a dot: what it means is said to those who do not see it. Where nothing was found, it matters whether all was looked at.
#[must_use]
pub fn dot(worst: Option<Severity>, is_judged: bool) -> AnyView {
    let (class, words) = match worst {
        Some(severity) => (value(severity), word(severity)),
        None if is_judged => ("clean", "Nothing found"),
        None => ("unknown", "Not known"),
    };
    view! {
        <span class=format!("dot {class}") title=words>
            <span class="sr">{words}</span>
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_the_worst_first_and_without_zeros() {
        let counts = VulnCount {
            critical: 1,
            major: 15,
            minor: 0,
            unspecified: 2,
        };
        assert_eq!(words(&counts), "1 Critical 15 Major 2 Unspecified");
        assert_eq!(worst(&counts), Some(Severity::Critical));
        assert_eq!(words(&VulnCount::default()), "");
    }

    #[test]
    fn the_bar_is_full_at_forty_and_never_longer_but_for_what_would_not_be_seen() {
        let some = |major| VulnCount {
            major,
            ..VulnCount::default()
        };
        assert_eq!(stretches(&some(10)), [(Severity::Major, 0, 250)]);
        assert_eq!(stretches(&some(4000)), [(Severity::Major, 0, 1000)]);
        let mut seen = some(4000);
        seen.critical = 1;
        assert_eq!(stretches(&seen).first(), Some(&(Severity::Critical, 0, 40)));
    }
}
