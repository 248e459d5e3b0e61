//! How an image was built, as an in-toto statement says it whose predicate is SLSA's provenance (slsa.dev/spec, provenance v0.2 and v1).
//!
//! What is read here is what a statement says, signed or not: whether somebody who is trusted signed it is for [`crate::attached`] to
//! decide. A statement that is about another image is refused. Builders fill in what they like, so of everything that is not asked
//! for nothing is read, and texts are cut.

mod predicate;
mod same;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use oci::Digest;
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::cosign::{IN_TOTO_STATEMENTS, algorithm_name};

pub use same::{is_same_commit, is_same_source};

/// The longest statement that is read, in bytes: `BuildKit` writes the whole definition of the build into it.
pub const MAX_STATEMENT: usize = 1 << 20;
/// What the types of such predicates begin with.
pub const PREDICATES: &str = "https://slsa.dev/provenance/";
/// How many subjects a statement may have.
const MAX_SUBJECTS: usize = 1000;
/// The longest text that is kept, in characters.
const LONGEST: usize = 300;

/// What a statement says. Everything is as the builder wrote it, without controls; a source is without what signs in to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Who built it: the builder's id.
    pub builder: Option<String>,
    /// By which rules the rest is to be read.
    pub build_type: Option<String>,
    /// The source repository.
    pub source: Option<String>,
    /// The commit, in lower-case hex.
    pub commit: Option<String>,
    /// What of the source says how to build: a workflow, a job, a Dockerfile.
    pub entry_point: Option<String>,
    /// Which run of the builder it was.
    pub invocation: Option<String>,
    /// When the build began.
    pub started: Option<OffsetDateTime>,
    /// When it ended.
    pub finished: Option<OffsetDateTime>,
}

/// Why a statement says nothing of how an image was built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is longer than [`MAX_STATEMENT`].
    #[error("it is longer than {MAX_STATEMENT} bytes, and is not read")]
    TooLong,
    /// It is no statement, or its predicate is not as its type says.
    #[error("it is no statement of in-toto about a build: {0}")]
    Malformed(String),
    /// None of its subjects is the image.
    #[error("it is about another image")]
    OtherImage,
    /// Its predicate is something else.
    #[error("of SLSA's provenance v0.2 and v1 are known, and it is of neither")]
    Unknown,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "_type")]
    kind: String,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    #[serde(default, deserialize_with = "or_default")]
    subject: Vec<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default, deserialize_with = "or_default")]
    digest: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Body<P> {
    predicate: P,
}

impl Provenance {
    /// What this statement says of how `image` was built.
    pub fn read(statement: &[u8], image: &Digest) -> Result<Self, Unreadable> {
        if statement.len() > MAX_STATEMENT {
            return Err(Unreadable::TooLong);
        }
        let head: Head = parse(statement)?;
        if !IN_TOTO_STATEMENTS.contains(&head.kind.as_str()) {
            return Err(Unreadable::Malformed("it is of another type".to_owned()));
        }
        if head.subject.len() > MAX_SUBJECTS {
            return Err(Unreadable::Malformed(
                "it is about too many things".to_owned(),
            ));
        }
        let (name, hex) = (algorithm_name(image), image.hex());
        let mut named = head.subject.iter().filter_map(|one| one.digest.get(name));
        if !named.any(|digest| *digest == hex) {
            return Err(Unreadable::OtherImage);
        }
        match head.predicate_type.strip_prefix(PREDICATES) {
            Some("v0.2") => parse::<Body<predicate::Version02>>(statement)
                .map(|body| Self::from(body.predicate)),
            Some("v1") => {
                parse::<Body<predicate::Version1>>(statement).map(|body| Self::from(body.predicate))
            }
            _ => Err(Unreadable::Unknown),
        }
    }

    /// Whether it says anything at all.
    pub fn says_something(&self) -> bool {
        *self != Self::default()
    }
}

fn parse<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Result<T, Unreadable> {
    // its message quotes what it did not expect
    serde_json::from_slice(text)
        .map_err(|error| Unreadable::Malformed(kept(&error.to_string()).unwrap_or_default()))
}

/// Go writes `null` for what is empty.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A text of somebody else's, cut and without controls; `None` where nothing is left.
fn kept(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// A text where one is expected; what else stands there says nothing.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Said(String),
    Other(IgnoredAny),
}

impl Text {
    fn kept(self) -> Option<String> {
        match self {
            Self::Said(text) => kept(&text),
            Self::Other(_) => None,
        }
    }

    fn moment(self) -> Option<OffsetDateTime> {
        self.kept().and_then(|text| moment(&text))
    }
}
