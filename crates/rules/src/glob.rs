//! Globs, and lists of them with exceptions: `v*`, `!v0.*`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::quoted;

/// The longest glob, in bytes.
pub const MAX_GLOB: usize = 512;
/// The most globs of a list.
pub const MAX_GLOBS: usize = 100;

/// A text in which `*` stands for any run of characters, the empty one too. Everything else stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Glob(Box<str>);

/// Globs, and behind a `!` those that are excepted. The order does not matter: an exception always wins. A list of exceptions alone
/// fits everything else; an empty list fits nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct GlobList {
    globs: Vec<Glob>,
    exceptions: Vec<Glob>,
}

/// What a list says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<'l> {
    /// It fits this glob; `*` where the list has exceptions alone.
    Fits(&'l str),
    /// It fits this exception, written without its `!`.
    Excepted(&'l str),
    /// It fits none.
    Outside,
}

/// Why globs cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum GlobError {
    #[error("a pattern is empty: write * to mean everything")]
    Empty,
    #[error("a pattern has {length} bytes, and may have {MAX_GLOB}: {pattern}")]
    TooLong { length: usize, pattern: String },
    #[error("there are {0} patterns, and may be {MAX_GLOBS}")]
    TooMany(usize),
}

impl Glob {
    fn new(text: &str) -> Result<Self, GlobError> {
        if text.is_empty() {
            return Err(GlobError::Empty);
        }
        if text.len() > MAX_GLOB {
            return Err(GlobError::TooLong {
                length: text.len(),
                pattern: quoted(text),
            });
        }
        Ok(Self(text.into()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it fits all of `text`. What stands between stars is looked for once each, from left to right, so that the time is
    /// linear.
    pub fn fits(&self, text: &str) -> bool {
        let mut pieces = self.0.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(last) = pieces.next_back() else {
            return text == first;
        };
        let inner = text
            .strip_prefix(first)
            .and_then(|rest| rest.strip_suffix(last));
        let Some(mut rest) = inner else {
            return false;
        };
        for piece in pieces {
            match rest.split_once(piece) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        true
    }
}

impl GlobList {
    /// Reads a list.
    pub fn new<T: AsRef<str>>(texts: &[T]) -> Result<Self, GlobError> {
        if texts.len() > MAX_GLOBS {
            return Err(GlobError::TooMany(texts.len()));
        }
        let mut list = Self::default();
        for text in texts {
            match text.as_ref().strip_prefix('!') {
                Some(exception) => list.exceptions.push(Glob::new(exception)?),
                None => list.globs.push(Glob::new(text.as_ref())?),
            }
        }
        Ok(list)
    }

    /// Whether it fits, and by what.
    pub fn decide(&self, text: &str) -> Decision<'_> {
        if let Some(exception) = first_that_fits(&self.exceptions, text) {
            Decision::Excepted(exception)
        } else if let Some(glob) = first_that_fits(&self.globs, text) {
            Decision::Fits(glob)
        } else if self.globs.is_empty() && !self.exceptions.is_empty() {
            Decision::Fits("*")
        } else {
            Decision::Outside
        }
    }

    /// Whether it fits.
    pub fn fits(&self, text: &str) -> bool {
        matches!(self.decide(text), Decision::Fits(_))
    }

    /// Whether some are exceptions.
    pub fn has_exceptions(&self) -> bool {
        !self.exceptions.is_empty()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.globs.is_empty() && self.exceptions.is_empty()
    }
}

fn first_that_fits<'l>(globs: &'l [Glob], text: &str) -> Option<&'l str> {
    globs.iter().find(|glob| glob.fits(text)).map(Glob::as_str)
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Glob {
    type Error = GlobError;

    fn try_from(text: String) -> Result<Self, GlobError> {
        Self::new(&text)
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.0.into()
    }
}

impl TryFrom<Vec<String>> for GlobList {
    type Error = GlobError;

    fn try_from(texts: Vec<String>) -> Result<Self, GlobError> {
        Self::new(&texts)
    }
}

/// The globs, then the exceptions.
impl From<GlobList> for Vec<String> {
    fn from(list: GlobList) -> Self {
        let globs = list.globs.iter().map(Glob::to_string);
        let exceptions = list.exceptions.iter().map(|glob| format!("!{glob}"));
        globs.chain(exceptions).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(texts: &[&str]) -> GlobList {
        GlobList::new(texts).unwrap()
    }

    #[test]
    fn stars_are_runs() {
        let cases = [
            ("latest", "latest", true),
            ("latest", "latest2", false),
            ("latest", "Latest", false),
            ("*", "", true),
            ("v*", "v", true),
            ("v*", "v1.2", true),
            ("v*", "rv1", false),
            ("*-rc", "1-rc", true),
            ("*-rc", "1-rc1", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*a*b*", "xaxbx", true),
            ("*a*b*", "xbxax", false),
            ("a**b", "ab", true),
            ("linux/*", "linux/arm64/v8", true),
            ("v?", "v1", false),
            ("v[0-9]", "v1", false),
            ("é*é", "été", true),
        ];
        for (glob, text, fits) in cases {
            assert_eq!(Glob::new(glob).unwrap().fits(text), fits, "{glob} {text}");
        }
    }

    #[test]
    fn exceptions_win() {
        let releases = list(&["!v0.*", "v*", "stable"]);
        assert_eq!(releases.decide("v1"), Decision::Fits("v*"));
        assert_eq!(releases.decide("stable"), Decision::Fits("stable"));
        assert_eq!(releases.decide("v0.9"), Decision::Excepted("v0.*"));
        assert_eq!(releases.decide("latest"), Decision::Outside);
        let but_latest = list(&["!latest"]);
        assert!(but_latest.fits("v1") && !but_latest.fits("latest"));
        assert!(!list(&[]).fits("v1") && list(&[]).is_empty() && !but_latest.is_empty());
    }

    #[test]
    fn bounds() {
        assert_eq!(GlobList::new(&[""]), Err(GlobError::Empty));
        assert_eq!(GlobList::new(&["!"]), Err(GlobError::Empty));
        assert_eq!(
            GlobList::new(&vec!["*"; MAX_GLOBS + 1]),
            Err(GlobError::TooMany(MAX_GLOBS + 1))
        );
        let long = "x".repeat(MAX_GLOB + 1);
        assert!(matches!(
            GlobList::new(&[&long]),
            Err(GlobError::TooLong { length, .. }) if length == MAX_GLOB + 1
        ));
        assert!(serde_json::from_str::<GlobList>(r#"["v*", ""]"#).is_err());
    }

    /// The definition, slowly.
    fn slow(glob: &[u8], text: &[u8]) -> bool {
        match glob.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|at| slow(rest, &text[at..])),
            Some((c, rest)) => text.first() == Some(c) && slow(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_its_definition(glob in "[ab*]{1,8}", text in "[ab]{0,10}") {
            let fast = Glob::new(&glob).unwrap().fits(&text);
            prop_assert_eq!(fast, slow(glob.as_bytes(), text.as_bytes()));
        }
    }
}
