//! What a claim must look like.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest pattern, in bytes.
pub const MAX_PATTERN: usize = 512;
/// The longest claim that a pattern is held against, in bytes.
const MAX_VALUE: usize = 1024;

/// A text in which `*` stands for any run of characters without `/`, and `**` for any run at all; the empty run too. Everything
/// else stands for itself, in upper or lower case as written. So `main` is only `main`, `release-*` is not
/// `release-1/../main`, and `acme/*` is a project of `acme` but not of a group below it, which `acme/**` includes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

/// Why a text is not a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum PatternError {
    #[error("a pattern is not empty")]
    Empty,
    #[error("a pattern has {MAX_PATTERN} bytes at most")]
    TooLong,
    #[error("a pattern has no control characters")]
    Control,
    #[error("a pattern has `*` or `**`, but not three in a row")]
    Stars,
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(text: impl Into<String>) -> Result<Self, PatternError> {
        let text = text.into();
        if text.is_empty() {
            Err(PatternError::Empty)
        } else if text.len() > MAX_PATTERN {
            Err(PatternError::TooLong)
        } else if text.contains(char::is_control) {
            Err(PatternError::Control)
        } else if text.contains("***") {
            Err(PatternError::Stars)
        } else {
            Ok(Self(text))
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first star; all of it if there is none.
    pub(super) fn literal_start(&self) -> &str {
        self.0.split('*').next().unwrap_or_default()
    }

    /// Whether it fits `value`. Takes time in proportion to the product of both lengths, which are bounded.
    pub fn matches(&self, value: &str) -> bool {
        if value.len() > MAX_VALUE {
            return false;
        }
        let value: Vec<char> = value.chars().collect();
        // `reached[n]`: what was read of the pattern fits the first n characters.
        let mut reached = vec![false; value.len() + 1];
        if let Some(start) = reached.first_mut() {
            *start = true;
        }
        let mut rest = self.0.as_str();
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("**") {
                rest = after;
                run(&mut reached, &value, |_| true);
            } else if let Some(after) = rest.strip_prefix('*') {
                rest = after;
                run(&mut reached, &value, |c| c != '/');
            } else {
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                let next = reached.iter().zip(&value).map(|(r, v)| *r && *v == c);
                reached = std::iter::once(false).chain(next).collect();
            }
        }
        reached.last().copied().unwrap_or_default()
    }
}

/// Extends every place that is reached over the characters that may be in a run.
fn run(reached: &mut [bool], value: &[char], may: impl Fn(char) -> bool) {
    let mut before = false;
    let step = [None].into_iter().chain(value.iter().map(Some));
    for (here, c) in reached.iter_mut().zip(step) {
        *here = *here || (before && c.is_some_and(|c| may(*c)));
        before = *here;
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        Self::new(text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_stop_at_slashes() {
        let cases = [
            ("main", "main", true),
            ("main", "Main", false),
            ("main", "main2", false),
            ("main", "", false),
            ("*", "", true),
            ("*", "main", true),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("release-*", "release-1", true),
            ("release-*", "release-", true),
            ("release-*", "release-1/main", false),
            ("release-*", "a-release-1", false),
            ("acme/*", "acme/app", true),
            ("acme/*", "acme/group/app", false),
            ("acme/**", "acme/group/app", true),
            ("acme/**", "acme-evil/app", false),
            ("acme/**/app", "acme/a/b/app", true),
            ("acme/**/app", "acme/app", false),
            ("*/app", "acme/app", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "abbbcbc", true),
            ("a*b*c", "ac", false),
            ("v1.?", "v1.2", false),
            ("v[0-9]", "v1", false),
            ("é*", "été", true),
            ("*a*", "b/a", false),
            ("**a*", "b/a", true),
        ];
        for (pattern, value, expected) in cases {
            let pattern = Pattern::new(pattern).expect("pattern");
            assert_eq!(pattern.matches(value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn bounds() {
        assert_eq!(Pattern::new(""), Err(PatternError::Empty));
        assert_eq!(Pattern::new("a\n"), Err(PatternError::Control));
        assert_eq!(Pattern::new("a***"), Err(PatternError::Stars));
        assert_eq!(Pattern::new("a".repeat(513)), Err(PatternError::TooLong));
        assert!(
            !Pattern::new("**")
                .expect("pattern")
                .matches(&"a".repeat(1025))
        );
        assert!(serde_json::from_str::<Pattern>("\"***\"").is_err());
    }

    /// The definition, slowly.
    fn slow(pattern: &str, value: &str) -> bool {
        if let Some(rest) = pattern.strip_prefix("**") {
            return value
                .char_indices()
                .map(|(at, _)| at)
                .chain([value.len()])
                .any(|at| slow(rest, &value[at..]));
        }
        if let Some(rest) = pattern.strip_prefix('*') {
            let end = value.find('/').unwrap_or(value.len());
            return (0..=end).any(|at| value.is_char_boundary(at) && slow(rest, &value[at..]));
        }
        match (pattern.chars().next(), value.chars().next()) {
            (None, None) => true,
            (Some(p), Some(v)) if p == v => slow(&pattern[p.len_utf8()..], &value[v.len_utf8()..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_its_definition(pattern in "[ab/*é]{1,8}", value in "[ab/é]{0,8}") {
            prop_assume!(!pattern.contains("***"));
            let fast = Pattern::new(pattern.clone()).expect("pattern").matches(&value);
            prop_assert_eq!(fast, slow(&pattern, &value));
        }
    }
}
