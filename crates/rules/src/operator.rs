//! Operators: how what is found is held against the values of a rule.

use std::fmt;

/// An operator. DTR's, by the codes of its API; `matches` is MSR's, by its label, since its code is not published; `glob` is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The text, number or version is this one.
    Equals,
    /// It is another: `not` of [`Operator::Equals`].
    NotEquals,
    /// The text starts so.
    StartsWith,
    /// The text ends so.
    EndsWith,
    /// The text has this in it.
    Contains,
    /// The text is one of these.
    OneOf,
    /// The text is none of these: `not` of [`Operator::OneOf`].
    NotOneOf,
    /// A regular expression fits somewhere in the text, as with Go's `MatchString`: `^` and `$` tie it to the ends.
    Matches,
    /// The text fits a [list of globs](crate::glob::GlobList). Exceptions are for fields that have one text.
    Glob,
    /// At least.
    GreaterOrEqual,
    /// More than.
    Greater,
    /// At most.
    LessOrEqual,
    /// Less than.
    Less,
    /// Earlier than a time, or longer ago than a duration.
    Before,
    /// Later than a time, or not as long ago as a duration.
    After,
}

impl Operator {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Equals,
        Self::NotEquals,
        Self::StartsWith,
        Self::EndsWith,
        Self::Contains,
        Self::OneOf,
        Self::NotOneOf,
        Self::Matches,
        Self::Glob,
        Self::GreaterOrEqual,
        Self::Greater,
        Self::LessOrEqual,
        Self::Less,
        Self::Before,
        Self::After,
    ];

    /// The operator of this code.
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operator| operator.code() == code)
    }

    /// Its code in a rule.
    pub const fn code(self) -> &'static str {
        self.spelled().0
    }

    /// DTR's label of it.
    pub const fn label(self) -> &'static str {
        self.spelled().1
    }

    const fn spelled(self) -> (&'static str, &'static str) {
        match self {
            Self::Equals => ("eq", "equals"),
            Self::NotEquals => ("neq", "not equals"),
            Self::StartsWith => ("sw", "starts with"),
            Self::EndsWith => ("ew", "ends with"),
            Self::Contains => ("c", "contains"),
            Self::OneOf => ("oo", "one of"),
            Self::NotOneOf => ("noo", "not one of"),
            Self::Matches => ("matches", "matches"),
            Self::Glob => ("glob", "fits pattern"),
            Self::GreaterOrEqual => ("gte", "greater than or equals"),
            Self::Greater => ("gt", "greater than"),
            Self::LessOrEqual => ("lte", "less than or equals"),
            Self::Less => ("lt", "less than"),
            Self::Before => ("bf", "before"),
            Self::After => ("af", "after"),
        }
    }

    /// Whether it takes more than one value.
    pub const fn takes_many(self) -> bool {
        matches!(self, Self::OneOf | Self::NotOneOf | Self::Glob)
    }

    /// Whether it is the negation of another operator.
    pub const fn is_negative(self) -> bool {
        matches!(self, Self::NotEquals | Self::NotOneOf)
    }
}

/// Its code.
impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
