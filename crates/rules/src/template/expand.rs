//! Templates into tags.

use std::fmt::{self, Write};

use oci::{Digest, RepositoryName, Tag};
use time::{OffsetDateTime, UtcOffset};

use super::{
    Part, TagTemplate,
    variable::{SHORT_DIGEST, TimePart, Variable},
};
use crate::text::quoted;

/// What a template is filled with.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The repository that the image comes from.
    pub repository: &'a RepositoryName,
    /// Its tag there.
    pub tag: &'a Tag,
    /// The image.
    pub digest: &'a Digest,
    /// Its labels, if they are known. Of an index they are those of its images together: a label has to say the same in each.
    pub labels: Option<&'a [(&'a str, &'a str)]>,
    /// When it is promoted. It is written in UTC, as DTR does.
    pub at: OffsetDateTime,
}

/// Why a template made no tag this time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum ExpandError {
    #[error("the template {template} needs the label {label}, and the image has none of that name")]
    NoLabel { template: String, label: String },
    #[error(
        "the template {template} needs the label {label}, and the image's labels are not known"
    )]
    LabelsUnknown { template: String, label: String },
    #[error(
        "the template {template} needs the label {label}, which is not the same on all platforms of the image: {values}"
    )]
    LabelDiffers {
        template: String,
        label: String,
        values: String,
    },
    #[error("the template {template} gives {text}, which is no tag: {reason}")]
    NoTag {
        template: String,
        text: String,
        reason: String,
    },
    #[error(
        "the template {template} gives {text}, which names a signature or another attachment of an image"
    )]
    Attachment { template: String, text: String },
}

impl TagTemplate {
    /// The tag for an image, or why there is none.
    pub fn expand(&self, source: &Source<'_>) -> Result<Tag, ExpandError> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Variable(variable) => self.push(&mut text, variable, source)?,
            }
        }
        let tag: Tag = text
            .parse()
            .map_err(|error: oci::Error| ExpandError::NoTag {
                template: quoted(self.as_str()),
                text: quoted(&text),
                reason: error.message,
            })?;
        if crate::is_attachment(&tag) {
            return Err(ExpandError::Attachment {
                template: quoted(self.as_str()),
                text: quoted(&text),
            });
        }
        Ok(tag)
    }

    fn push(
        &self,
        text: &mut String,
        variable: &Variable,
        source: &Source<'_>,
    ) -> Result<(), ExpandError> {
        match variable {
            Variable::Tag => text.push_str(source.tag.as_str()),
            Variable::Namespace => text.push_str(source.repository.namespace()),
            Variable::Repository => text.push_str(source.repository.name()),
            Variable::Digest => text.push_str(&source.digest.hex()),
            Variable::ShortDigest => text.extend(source.digest.hex().chars().take(SHORT_DIGEST)),
            Variable::Label(name) => text.push_str(self.label(name, source)?),
            Variable::Time(part) => {
                let at = source.at.checked_to_offset(UtcOffset::UTC);
                // writing to a string cannot fail
                let _ = push_time(text, *part, at.unwrap_or(source.at));
            }
        }
        Ok(())
    }

    fn label<'a>(&self, name: &str, source: &Source<'a>) -> Result<&'a str, ExpandError> {
        let (template, label) = (quoted(self.as_str()), quoted(name));
        let Some(labels) = source.labels else {
            return Err(ExpandError::LabelsUnknown { template, label });
        };
        let mut values = labels
            .iter()
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| *value);
        let Some(first) = values.next() else {
            return Err(ExpandError::NoLabel { template, label });
        };
        match values.find(|value| *value != first) {
            None => Ok(first),
            Some(other) => Err(ExpandError::LabelDiffers {
                template,
                label,
                values: format!("{}, {}", quoted(first), quoted(other)),
            }),
        }
    }
}

fn push_time(text: &mut String, part: TimePart, at: OffsetDateTime) -> fmt::Result {
    match part {
        TimePart::Weekday => write!(text, "{}", at.weekday()),
        TimePart::ShortWeekday => write!(text, "{:.3}", at.weekday().to_string()),
        TimePart::WeekdayNumber => write!(text, "{}", at.weekday().number_days_from_sunday()),
        TimePart::Day => write!(text, "{:02}", at.day()),
        TimePart::MonthName => write!(text, "{}", at.month()),
        TimePart::ShortMonthName => write!(text, "{:.3}", at.month().to_string()),
        TimePart::Month => write!(text, "{:02}", u8::from(at.month())),
        TimePart::Year => write!(text, "{:04}", at.year()),
        TimePart::ShortYear => write!(text, "{:02}", at.year().rem_euclid(100)),
        TimePart::Hour => write!(text, "{:02}", at.hour()),
        TimePart::HourOfTwelve => write!(text, "{:02}", (at.hour() + 11) % 12 + 1),
        TimePart::Half => write!(text, "{}", if at.hour() < 12 { "AM" } else { "PM" }),
        TimePart::Minute => write!(text, "{:02}", at.minute()),
        TimePart::Second => write!(text, "{:02}", at.second()),
        TimePart::Microsecond => write!(text, "{:06}", at.microsecond()),
        TimePart::Zone => write!(text, "UTC"),
        TimePart::DayOfYear => write!(text, "{:03}", at.ordinal()),
        TimePart::WeekOfYear => write!(text, "{:02}", at.monday_based_week()),
    }
}
