//! Verdicts, and the reasons for them.

use std::fmt;

use serde::Serialize;

use crate::Rule;

/// The most things that a reason names.
pub const MAX_FOUND: usize = 5;

/// Whether something holds, in the three values of Kleene's logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It does.
    Holds,
    /// It does not.
    DoesNotHold,
    /// It cannot be said: something is not known. Nothing may be done on this.
    Unknown,
}

impl Verdict {
    /// Whether something may be done on it.
    pub fn holds(self) -> bool {
        self == Self::Holds
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::DoesNotHold, _) | (_, Self::DoesNotHold) => Self::DoesNotHold,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Holds, Self::Holds) => Self::Holds,
        }
    }

    /// The opposite, if `negated`; what is unknown stays so.
    #[must_use]
    pub fn negated_if(self, negated: bool) -> Self {
        match (self, negated) {
            (Self::Holds, true) => Self::DoesNotHold,
            (Self::DoesNotHold, true) => Self::Holds,
            (verdict, _) => verdict,
        }
    }
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds {
            Self::Holds
        } else {
            Self::DoesNotHold
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds",
            Self::DoesNotHold => "does not hold",
            Self::Unknown => "unknown",
        })
    }
}

/// What all criteria together say of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// Of all of them: the least favourable, where "does not hold" is less favourable than "unknown".
    pub verdict: Verdict,
    /// One for each, in the order of the rules.
    pub lines: Vec<Line>,
}

/// What one criterion says of an image, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The criterion as it was written.
    pub rule: Rule,
    /// The criterion in words.
    pub criterion: String,
    /// What it says.
    pub verdict: Verdict,
    /// What was found, in words, or what is not known.
    pub reason: String,
    /// What was found, and where: of what fits or, if nothing does, of what cannot be decided; the first [`MAX_FOUND`].
    pub found: Vec<Found>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What it is: `CVE-2014-0160 in openssl 1.0.1f`.
    pub what: String,
    /// Where it is; left out where that says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.place {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.criterion, self.verdict, self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{DoesNotHold, Holds, Unknown};

    #[test]
    fn the_tables_of_kleene() {
        let table = [
            (Holds, Holds, Holds),
            (Holds, Unknown, Unknown),
            (Holds, DoesNotHold, DoesNotHold),
            (Unknown, Unknown, Unknown),
            (Unknown, DoesNotHold, DoesNotHold),
            (DoesNotHold, DoesNotHold, DoesNotHold),
        ];
        for (one, other, both) in table {
            assert_eq!((one.and(other), other.and(one)), (both, both));
        }
        assert_eq!(
            [Holds, DoesNotHold, Unknown].map(|verdict| verdict.negated_if(true)),
            [DoesNotHold, Holds, Unknown]
        );
        assert!(Holds.holds() && !Unknown.holds() && !DoesNotHold.holds());
    }
}
