//! Why a rule cannot be saved.

use super::{MAX_KEY, MAX_REGEX_SIZE, MAX_VALUE, MAX_VALUES};
use crate::{Field, Operator, facts::ScanStatus, glob::GlobError};

/// Why a rule cannot be saved. Each message says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum CriterionError {
    #[error("there is no field {0}; the fields are {fields}", fields = names(Field::ALL.map(Field::name)))]
    Field(String),
    #[error("there is no operator {0}; the operators are {operators}", operators = names(Operator::ALL.map(Operator::code)))]
    Operator(String),
    #[error(
        "the operator {operator} does not fit the field {field}; these do: {}",
        names(field.operators().iter().map(|operator| operator.code()))
    )]
    DoesNotFit { field: Field, operator: Operator },
    #[error("the field {field} needs a key: {what}")]
    KeyMissing { field: Field, what: &'static str },
    #[error("a key has {0} bytes, and may have {MAX_KEY}")]
    KeyTooLong(usize),
    #[error("the field {0} takes no key: leave it out")]
    KeyUnexpected(Field),
    #[error("there is no value to compare with")]
    NoValue,
    #[error(
        "the operator {operator} takes one value, and not {count}; {} take more",
        names(takes_many())
    )]
    OneValue { operator: Operator, count: usize },
    #[error("there are {0} values, and may be {MAX_VALUES}")]
    TooManyValues(usize),
    #[error("a value is empty")]
    EmptyValue,
    #[error("a value has {length} bytes, and may have {MAX_VALUE}: {value}")]
    ValueTooLong { length: usize, value: String },
    #[error("{0} is no whole number from 0 on")]
    Number(String),
    #[error(
        "{0} is no size: write bytes as a whole number, or one with KB, MB, GB, TB, KiB, MiB, GiB or TiB"
    )]
    Size(String),
    #[error(
        "{0} is no CVSS score: write a number from 0 to 10 with one decimal at most, as in 7.5"
    )]
    Score(String),
    #[error("{0} is neither true nor false")]
    Flag(String),
    #[error("{0} is no status of a scan; those are {statuses}", statuses = names(ScanStatus::ALL.map(ScanStatus::name)))]
    Status(String),
    #[error("{0} is no time: write it as RFC 3339 has it, as in 2026-01-31T12:00:00Z")]
    Time(String),
    #[error(
        "{0} is no duration: write numbers from 0 on with h, m, s, ms, us or ns, as in 1h30m; a day is 24h"
    )]
    Duration(String),
    #[error(transparent)]
    Glob(#[from] GlobError),
    #[error(
        "of the field {0} one text has to fit, so an exception would forbid nothing: leave out what starts with !, and forbid it by a \
         criterion of its own, with not"
    )]
    Exception(Field),
    #[error(
        "the regular expression {0} becomes larger than {MAX_REGEX_SIZE} bytes: repeat less, or write [0-9] and [A-Za-z0-9_] for \\d \
         and \\w"
    )]
    RegexTooLarge(String),
    #[error("{pattern} is no regular expression: {reason}")]
    Regex { pattern: String, reason: String },
}

fn takes_many() -> impl Iterator<Item = &'static str> {
    let many = Operator::ALL
        .into_iter()
        .filter(|operator| operator.takes_many());
    many.map(Operator::code)
}

fn names(names: impl IntoIterator<Item = &'static str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    names.join(", ")
}
