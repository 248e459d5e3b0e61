//! Facts against tests: each file answers for some fields, with what was found.
//!
//! A reason says what was found and not what follows from it, so that it reads the same whether the test is negated or not.

mod component;
mod licence;
mod number;
mod search;
mod signature;
mod text;
mod when;

use oci::Tag;

use crate::{
    Criterion, Facts, Line, Verdict,
    criterion::Test,
    facts::{Results, Scan},
    field::TextField,
    text::plain,
    verdict::Found,
};

/// What a test says, before it is negated.
struct Answer {
    verdict: Verdict,
    reason: String,
    found: Vec<Found>,
}

impl Answer {
    fn new(verdict: impl Into<Verdict>, reason: impl Into<String>) -> Self {
        Self {
            verdict: verdict.into(),
            reason: reason.into(),
            found: Vec::new(),
        }
    }

    fn unknown(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Unknown, reason)
    }
}

/// What a criterion says of an image.
pub(crate) fn line(criterion: &Criterion, facts: &Facts<'_>) -> Line {
    let answer = answer(criterion.test(), facts);
    Line {
        rule: criterion.rule().clone(),
        criterion: criterion.to_string(),
        verdict: answer.verdict.negated_if(criterion.is_negated()),
        reason: answer.reason,
        found: answer.found,
    }
}

/// What a criterion says of a tag, as long as nothing else is known.
pub(crate) fn of_tag(criterion: &Criterion, tag: &Tag) -> Verdict {
    match criterion.test() {
        Test::Text {
            field: TextField::Tag,
            test,
            ..
        } => Verdict::from(test.fits(tag.as_str())).negated_if(criterion.is_negated()),
        _ => Verdict::Unknown,
    }
}

fn answer(test: &Test, facts: &Facts<'_>) -> Answer {
    match test {
        Test::Text { field, key, test } => text::answer(*field, key, test, facts),
        Test::Number(field, comparison, bound) => {
            number::answer(*field, *comparison, *bound, facts)
        }
        Test::HighestScore(comparison, bound) => number::highest(*comparison, *bound, facts),
        Test::ComponentVersion {
            name,
            comparison,
            version,
        } => component::version(name, *comparison, version, facts),
        Test::ScanStatus(wanted) => {
            let status = facts.scan.status();
            Answer::new(
                wanted.contains(&status),
                format!("the scan's status is {status}"),
            )
        }
        Test::Signed(wanted) => signature::signed(*wanted, facts),
        Test::Time(field, side, moment) => when::answer(*field, *side, *moment, facts),
    }
}

/// What the scan found, if it is complete; else why that is not known.
fn results<'a>(facts: &Facts<'a>) -> Result<Results<'a>, Answer> {
    let reason = match facts.scan {
        Scan::Completed(results) => return Ok(results),
        Scan::Unscanned => "the image is not scanned".to_owned(),
        Scan::Pending => "the scan waits for a worker".to_owned(),
        Scan::Scanning => "the scan is still reading layers".to_owned(),
        Scan::Scanned => "the layers are read, and not judged yet".to_owned(),
        Scan::Checking => "the scan is still judging what it read".to_owned(),
        Scan::Failed(error) => format!("the scan failed: {}", plain(error)),
        Scan::Incomplete(cause) => format!("the scan is incomplete: {}", plain(cause)),
    };
    Err(Answer::unknown(reason))
}

/// `1 label`, `2 labels`.
fn counted(count: impl TryInto<u64>, one: &str, many: &str) -> String {
    match count.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}
