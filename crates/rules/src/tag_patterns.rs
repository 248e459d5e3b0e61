//! Which tags of a repository cannot change: patterns with exceptions.
//!
//! DTR makes all tags of a repository immutable, or none (`immutableTags`). Patterns narrow that: `v*` and `!latest`.

use oci::{Tag, name::MAX_TAG_LENGTH};
use serde::{Deserialize, Serialize};

use crate::{
    glob::{Decision, GlobError, GlobList},
    is_attachment,
    text::quoted,
};

/// Patterns of tags, and behind a `!` exceptions, which always win: `v*`, `!v0.*`. Exceptions alone mean all other tags, no patterns at
/// all mean no tag. A tag by which something is attached to an image ([`is_attachment`]) is never among them: signatures come after
/// the image, and must be able to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct TagPatterns(GlobList);

/// Why patterns of tags cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum TagPatternsError {
    #[error(transparent)]
    Glob(#[from] GlobError),
    #[error(
        "no tag can fit the pattern {pattern}: a tag has letters, digits, `_`, `.` and `-` and does not start with `.` or `-`; write * \
         for any run of them, and ! before an exception"
    )]
    Character { pattern: String },
    #[error("no tag can fit the pattern {pattern}: a tag has {MAX_TAG_LENGTH} characters at most")]
    TooLong { pattern: String },
}

impl TagPatterns {
    /// Reads patterns.
    pub fn new<T: AsRef<str>>(texts: &[T]) -> Result<Self, TagPatternsError> {
        let list = GlobList::new(texts)?;
        for text in texts {
            check(text.as_ref())?;
        }
        Ok(Self(list))
    }

    /// Whether a tag is among them, and by which pattern or not by which exception.
    pub fn decide(&self, tag: &Tag) -> Decision<'_> {
        if is_attachment(tag) {
            Decision::Outside
        } else {
            self.0.decide(tag.as_str())
        }
    }

    /// Whether a tag is among them.
    pub fn contain(&self, tag: &Tag) -> bool {
        matches!(self.decide(tag), Decision::Fits(_))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn check(text: &str) -> Result<(), TagPatternsError> {
    let pattern = text.strip_prefix('!').unwrap_or(text);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'*');
    if pattern.starts_with(['.', '-']) || !pattern.bytes().all(fits) {
        return Err(TagPatternsError::Character {
            pattern: quoted(text),
        });
    }
    if pattern.bytes().filter(|byte| *byte != b'*').count() > MAX_TAG_LENGTH {
        return Err(TagPatternsError::TooLong {
            pattern: quoted(text),
        });
    }
    Ok(())
}

impl TryFrom<Vec<String>> for TagPatterns {
    type Error = TagPatternsError;

    fn try_from(texts: Vec<String>) -> Result<Self, TagPatternsError> {
        Self::new(&texts)
    }
}

impl From<TagPatterns> for Vec<String> {
    fn from(patterns: TagPatterns) -> Self {
        patterns.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> Tag {
        text.parse().unwrap()
    }

    #[test]
    fn releases_cannot_change_and_latest_can() {
        let patterns = TagPatterns::new(&["v*", "!v0.*"]).unwrap();
        assert_eq!(patterns.decide(&tag("v1.2")), Decision::Fits("v*"));
        assert_eq!(patterns.decide(&tag("v0.2")), Decision::Excepted("v0.*"));
        assert!(!patterns.contain(&tag("latest")));
        let all_but = TagPatterns::new(&["!latest"]).unwrap();
        assert!(all_but.contain(&tag("66")) && !all_but.contain(&tag("latest")));
        assert!(!TagPatterns::default().contain(&tag("66")) && TagPatterns::default().is_empty());
    }

    #[test]
    fn attachments_stay_writable() {
        let all = TagPatterns::new(&["*"]).unwrap();
        let signature = tag(&format!("sha256-{}.sig", "a".repeat(64)));
        assert!(all.contain(&tag("66")));
        assert_eq!(all.decide(&signature), Decision::Outside);
    }

    #[test]
    fn what_no_tag_can_fit_is_refused() {
        for pattern in [
            "v?", "v[0-9]", "a b", "é", "-v", "!.v", "!!v", "a/b", "v*\n",
        ] {
            let error = TagPatterns::new(&[pattern]).expect_err(pattern);
            assert!(
                matches!(error, TagPatternsError::Character { .. }),
                "{error}"
            );
        }
        assert_eq!(
            TagPatterns::new(&["!"]),
            Err(TagPatternsError::Glob(GlobError::Empty))
        );
        assert!(TagPatterns::new(&[format!("{}*", "v".repeat(128))]).is_ok());
        let long = format!("{}*", "v".repeat(129));
        assert!(matches!(
            TagPatterns::new(&[long]),
            Err(TagPatternsError::TooLong { .. })
        ));
    }

    #[test]
    fn they_are_a_list_in_json() {
        let patterns: TagPatterns = serde_json::from_str(r#"["!latest", "v*"]"#).unwrap();
        assert_eq!(
            serde_json::to_string(&patterns).unwrap(),
            r#"["v*","!latest"]"#
        );
        assert!(serde_json::from_str::<TagPatterns>(r#"["v?"]"#).is_err());
    }
}
