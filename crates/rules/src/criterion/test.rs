//! What a criterion asks, in types: each field with what can be asked of it and nothing else.

use std::cmp::Ordering;

use regex::Regex;
use scan::vulnerability::severity::Score;
use time::{Duration, OffsetDateTime};

use crate::{
    facts::ScanStatus,
    field::{NumberField, TextField, TimeField},
    glob::GlobList,
};

/// What is asked, before it is negated.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// Whether one of the texts fits. The key is empty where the field has none.
    Text {
        field: TextField,
        key: Box<str>,
        test: TextTest,
    },
    Number(NumberField, Comparison, u64),
    HighestScore(Comparison, Score),
    ComponentVersion {
        name: Box<str>,
        comparison: Comparison,
        version: Box<str>,
    },
    ScanStatus(Vec<ScanStatus>),
    Signed(bool),
    Time(TimeField, Side, Moment),
}

/// How a text is compared. Where the field ignores case, all but the regular expression are in lower case, as the text has to be.
#[derive(Debug, Clone)]
pub(crate) enum TextTest {
    OneOf(Vec<Box<str>>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Contains(Box<str>),
    Matches(Regex),
    Glob(GlobList),
}

/// How something that has an order is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    GreaterOrEqual,
    Greater,
    Equal,
    LessOrEqual,
    Less,
}

/// On which side of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// A moment, absolute or so long before it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    At(OffsetDateTime),
    Ago(Duration),
}

impl TextTest {
    pub(crate) fn fits(&self, text: &str) -> bool {
        match self {
            Self::OneOf(values) => values.iter().any(|value| **value == *text),
            Self::StartsWith(value) => text.starts_with(&**value),
            Self::EndsWith(value) => text.ends_with(&**value),
            Self::Contains(value) => text.contains(&**value),
            Self::Matches(regex) => regex.is_match(text),
            Self::Glob(list) => list.fits(text),
        }
    }
}

impl Comparison {
    /// Whether it holds of something that stands so to the value.
    pub(crate) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Greater => ordering.is_gt(),
            Self::Equal => ordering.is_eq(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Less => ordering.is_lt(),
        }
    }
}
