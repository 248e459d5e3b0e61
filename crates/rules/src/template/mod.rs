//! Tag templates: what a promoted or mirrored image is called in the target. DTR's `tagTemplate`, such as `%n` or `release-%Y%m%d`.
//!
//! Rules: Docker Trusted Registry, "Promotion policies", "Template reference"; its variables are those of Python's `strftime`, and
//! `%n`. Ours are in braces. A template that can never make a tag is refused when it is read; one that happens not to, when it is
//! used. What an image says in a label is put in as it is or not at all: it is never cut, replaced, or read as a template again.

mod expand;
mod variable;

use std::fmt;

use oci::{Tag, name::MAX_TAG_LENGTH};
use serde::{Deserialize, Serialize};

pub use expand::{ExpandError, Source};
use variable::Variable;
pub use variable::{Explained, VARIABLES};

use crate::text::quoted;

/// The longest template, in bytes.
pub const MAX_TEMPLATE: usize = 512;

/// A template that can make a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagTemplate {
    text: Box<str>,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Box<str>),
    Variable(Variable),
}

/// Why a template cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum TemplateError {
    #[error("the template is empty: write %n to keep the tag")]
    Empty,
    #[error("the template has {0} bytes, and may have {MAX_TEMPLATE}")]
    TooLong(usize),
    #[error("{variable} is no variable; the variables are {}", variable::names())]
    Variable { variable: String },
    #[error("{variable} has no closing brace")]
    Unclosed { variable: String },
    #[error(
        "{character:?} cannot be in a tag: use letters, digits, `_`, `.` and `-`, and variables"
    )]
    Character { character: char },
    #[error(
        "a tag cannot start with {character:?}: put a letter, a digit, `_` or a variable before it"
    )]
    Start { character: char },
    #[error(
        "the tag would have {0} characters at least, and may have {MAX_TAG_LENGTH}: leave something out"
    )]
    TagTooLong(usize),
    #[error(
        "the tag would always name a signature or another attachment of an image, and no image: put something before sha256-"
    )]
    Attachment,
}

impl TagTemplate {
    /// Reads a template.
    pub fn new(text: impl Into<String>) -> Result<Self, TemplateError> {
        let text = text.into();
        if text.is_empty() {
            return Err(TemplateError::Empty);
        }
        if text.len() > MAX_TEMPLATE {
            return Err(TemplateError::TooLong(text.len()));
        }
        let parts = parts(&text)?;
        let template = Self {
            text: text.into(),
            parts,
        };
        template.check()?;
        Ok(template)
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is something that makes it a tag.
    fn check(&self) -> Result<(), TemplateError> {
        for part in &self.parts {
            if let Part::Literal(text) = part {
                let is_bad = |c: &char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '-');
                if let Some(character) = text.chars().find(is_bad) {
                    return Err(TemplateError::Character { character });
                }
            }
        }
        if let Some(Part::Literal(text)) = self.parts.first()
            && let Some(character) = text.chars().next().filter(|c| matches!(c, '.' | '-'))
        {
            return Err(TemplateError::Start { character });
        }
        let shortest = self.parts.iter().map(|part| match part {
            Part::Literal(text) => text.len(),
            Part::Variable(variable) => variable.shortest(),
        });
        let shortest = shortest.sum();
        if shortest > MAX_TAG_LENGTH {
            return Err(TemplateError::TagTooLong(shortest));
        }
        if self.is_always_attachment() {
            return Err(TemplateError::Attachment);
        }
        Ok(())
    }

    /// Whether, with nothing in it but literals and digests, it makes the tag of an attachment.
    fn is_always_attachment(&self) -> bool {
        let text: Option<String> = self
            .parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => Some(text.to_string()),
                Part::Variable(Variable::Digest) => Some("0".repeat(64)),
                Part::Variable(Variable::ShortDigest) => Some("0".repeat(variable::SHORT_DIGEST)),
                Part::Variable(_) => None,
            })
            .collect();
        let tag = text.and_then(|text| text.parse::<Tag>().ok());
        tag.is_some_and(|tag| crate::is_attachment(&tag))
    }
}

fn parts(text: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('%') {
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.into()));
        }
        let (variable, after) = variable_at_start(after)?;
        parts.push(Part::Variable(variable));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.into()));
    }
    Ok(parts)
}

/// The variable that `text` starts with, after its `%`, and what comes behind it.
fn variable_at_start(text: &str) -> Result<(Variable, &str), TemplateError> {
    let name = if text.starts_with('{') {
        let (name, _) = text
            .split_once('}')
            .ok_or_else(|| TemplateError::Unclosed {
                variable: quoted(&format!("%{text}")),
            })?;
        text.get(..=name.len()).unwrap_or_default()
    } else {
        let first = text.chars().next().map_or(0, char::len_utf8);
        text.get(..first).unwrap_or_default()
    };
    let variable = Variable::named(name).ok_or_else(|| TemplateError::Variable {
        variable: quoted(&format!("%{name}")),
    })?;
    Ok((variable, text.get(name.len()..).unwrap_or_default()))
}

impl fmt::Display for TagTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for TagTemplate {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        Self::new(text)
    }
}

impl From<TagTemplate> for String {
    fn from(template: TagTemplate) -> Self {
        template.text.into()
    }
}

#[cfg(test)]
mod tests;
