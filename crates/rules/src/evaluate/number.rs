//! Numbers: how many vulnerabilities, how bad the worst is, how large the image.

use std::cmp::Ordering;

use scan::vulnerability::severity::{Score, Severity};

use super::{Answer, counted, results, search::listed};
use crate::{
    Facts, Verdict,
    criterion::Comparison,
    facts::{Finding, Findings},
    field::NumberField,
    text::plain,
    verdict::{Found, MAX_FOUND},
};

pub(super) fn answer(
    field: NumberField,
    comparison: Comparison,
    bound: u64,
    facts: &Facts<'_>,
) -> Answer {
    if field == NumberField::Size {
        return size(comparison, bound, facts.size);
    }
    let findings = match results(facts) {
        Ok(results) => results.findings,
        Err(unknown) => return unknown,
    };
    let (count, one, many) = count(field, &findings);
    let found = named(&findings, |finding| is_one(field, finding));
    let mut reason = match count {
        0 => format!("no {many}"),
        count => counted(count, one, many),
    };
    if count > 0 && !found.is_empty() {
        reason.push_str(": ");
        reason.push_str(&listed(
            &found,
            usize::try_from(count).unwrap_or(usize::MAX),
        ));
    }
    Answer {
        found,
        ..Answer::new(comparison.holds(count.cmp(&bound)), reason)
    }
}

fn size(comparison: Comparison, bound: u64, size: Option<u64>) -> Answer {
    match size {
        Some(size) => Answer::new(
            comparison.holds(size.cmp(&bound)),
            format!("it has {}", counted(size, "byte", "bytes")),
        ),
        None => Answer::unknown("the size is not known"),
    }
}

/// How many there are, and what one and several of them are called.
fn count(field: NumberField, findings: &Findings<'_>) -> (u64, &'static str, &'static str) {
    match field {
        NumberField::All | NumberField::Size => {
            (findings.all(), "vulnerability", "vulnerabilities")
        }
        NumberField::Critical => (
            findings.critical.into(),
            "critical vulnerability",
            "critical vulnerabilities",
        ),
        NumberField::Major => (
            findings.major.into(),
            "major vulnerability",
            "major vulnerabilities",
        ),
        NumberField::Minor => (
            findings.minor.into(),
            "minor vulnerability",
            "minor vulnerabilities",
        ),
        NumberField::Unspecified => (
            findings.unspecified.into(),
            "vulnerability of unspecified severity",
            "vulnerabilities of unspecified severity",
        ),
        NumberField::Fixable => (
            findings.fixable.into(),
            "fixable vulnerability",
            "fixable vulnerabilities",
        ),
        NumberField::Exploited => (
            findings.exploited.into(),
            "exploited vulnerability",
            "exploited vulnerabilities",
        ),
    }
}

fn is_one(field: NumberField, finding: &Finding<'_>) -> bool {
    match field {
        NumberField::All | NumberField::Size => true,
        NumberField::Critical => finding.severity == Severity::Critical,
        NumberField::Major => finding.severity == Severity::Major,
        NumberField::Minor => finding.severity == Severity::Minor,
        NumberField::Unspecified => finding.severity == Severity::Unspecified,
        NumberField::Fixable => finding.fixable,
        NumberField::Exploited => finding.exploited,
    }
}

fn named(findings: &Findings<'_>, is_one: impl Fn(&Finding<'_>) -> bool) -> Vec<Found> {
    let ones = findings.named.iter().filter(|finding| is_one(finding));
    ones.take(MAX_FOUND).map(shown).collect()
}

fn shown(finding: &Finding<'_>) -> Found {
    let mut what = format!("{} in {}", plain(finding.id), plain(finding.component));
    if let Some(version) = finding.version {
        what.push(' ');
        what.push_str(&plain(version));
    }
    Found {
        what,
        place: Some(plain(finding.place)),
    }
}

/// The highest score lies between that of the findings that have one and, if any has none, 10.
pub(super) fn highest(comparison: Comparison, bound: Score, facts: &Facts<'_>) -> Answer {
    let findings = match results(facts) {
        Ok(results) => results.findings,
        Err(unknown) => return unknown,
    };
    let scored = findings.all() > u64::from(findings.unspecified);
    let lowest = match findings.highest {
        None if scored => return Answer::unknown("the highest CVSS score is not known"),
        highest => highest.unwrap_or(Score::from_tenths(0)),
    };
    let possible = if findings.unspecified == 0 {
        lowest
    } else {
        Score::from_tenths(100)
    };
    let worst =
        |finding: &Finding<'_>| finding.score.is_some() && finding.score == findings.highest;
    let found = named(&findings, worst);
    let mut reason = said_of_scores(&findings);
    if !found.is_empty() {
        reason.push_str(": ");
        reason.push_str(&listed(&found, found.len()));
    }
    Answer {
        found,
        ..Answer::new(between(comparison, lowest, possible, bound), reason)
    }
}

fn said_of_scores(findings: &Findings<'_>) -> String {
    let scores = match findings.highest {
        _ if findings.all() == 0 => return "no vulnerabilities".to_owned(),
        Some(highest) => format!("the highest CVSS score is {highest}"),
        None => "no vulnerability has a CVSS score".to_owned(),
    };
    match (findings.highest, findings.unspecified) {
        (None, _) | (_, 0) => scores,
        (Some(_), 1) => format!("{scores}, and 1 vulnerability has none"),
        (Some(_), count) => format!("{scores}, and {count} vulnerabilities have none"),
    }
}

/// What holds of a number of which only the ends are known, both of them possible.
fn between(comparison: Comparison, lowest: Score, highest: Score, bound: Score) -> Verdict {
    let (low, high) = (lowest.cmp(&bound), highest.cmp(&bound));
    let inside = low == Ordering::Less && high == Ordering::Greater;
    match (comparison.holds(low), comparison.holds(high)) {
        (true, true) => Verdict::Holds,
        (false, false) if comparison != Comparison::Equal || !inside => Verdict::DoesNotHold,
        _ => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against trying every number between the ends.
    #[test]
    fn between_is_what_all_numbers_between_say() {
        let comparisons = [
            Comparison::GreaterOrEqual,
            Comparison::Greater,
            Comparison::Equal,
            Comparison::LessOrEqual,
            Comparison::Less,
        ];
        let ends = [0, 1, 2, 5, 9, 10];
        for comparison in comparisons {
            for low in ends {
                for high in ends.into_iter().filter(|high| *high >= low) {
                    for bound in 0..=11 {
                        let holds: Vec<bool> = (low..=high)
                            .map(|number| comparison.holds(number.cmp(&bound)))
                            .collect();
                        let expected = match (holds.contains(&true), holds.contains(&false)) {
                            (true, false) => Verdict::Holds,
                            (false, true) => Verdict::DoesNotHold,
                            _ => Verdict::Unknown,
                        };
                        let [low, high, bound] = [low, high, bound].map(Score::from_tenths);
                        assert_eq!(
                            between(comparison, low, high, bound),
                            expected,
                            "{comparison:?} {low} {high} {bound}"
                        );
                    }
                }
            }
        }
    }
}
