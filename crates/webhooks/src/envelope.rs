//! The body of a request: an event in DTR's wrapper, or as a `CloudEvent`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Contents, stamp};

/// The longest id of an event, in bytes.
pub const MAX_ID: usize = 64;

/// The id of an event: letters, digits, `_` and `-`, at most [`MAX_ID`]. It is the same for every attempt and every redelivery, so that a
/// receiver can tell what it has already seen. It has no `.`, which Standard Webhooks puts between the parts that are signed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventId(Box<str>);

/// An id of an event cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of an event has 1 to {MAX_ID} letters, digits, `_` and `-`")]
pub struct EventIdError;

/// Something that happened, to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// When it happened.
    pub created_at: OffsetDateTime,
    /// What happened.
    pub contents: Contents,
}

/// How an event is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// DTR's wrapper: `{"type", "createdAt", "contents", "location"}`.
    #[default]
    Dtr,
    /// `CloudEvents` 1.0.2, JSON format, structured mode of the HTTP binding (section 3.2).
    CloudEvents,
}

/// A body that is ready to be sent, and signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// JSON without needless spaces. These bytes are what is signed.
    pub body: Vec<u8>,
}

/// Why an event cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Its time is in a year that RFC 3339 has no digits for.
    #[error("the time of the event cannot be written")]
    Time(#[from] time::error::Format),
    /// A time in its contents is.
    #[error("the contents of the event cannot be written")]
    Contents(#[from] serde_json::Error),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DtrBody<'e> {
    r#type: &'static str,
    created_at: String,
    contents: &'e Contents,
    location: String,
}

#[derive(Serialize)]
struct CloudEventsBody<'e> {
    specversion: &'static str,
    id: &'e str,
    source: &'e str,
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    time: String,
    datacontenttype: &'static str,
    data: &'e Contents,
}

impl Event {
    /// The body for a receiver. `source` is the registry's own address (`https://dtr.example.com`), which only `CloudEvents` has a place
    /// for: together with the id it is unique (section 3.1.1).
    pub fn payload(&self, format: Format, source: &str) -> Result<Payload, EnvelopeError> {
        let time = stamp::text(self.created_at)?;
        let body = match format {
            Format::Dtr => serde_json::to_vec(&DtrBody {
                r#type: self.contents.kind().as_str(),
                created_at: time,
                contents: &self.contents,
                location: self.contents.location(),
            }),
            Format::CloudEvents => serde_json::to_vec(&CloudEventsBody {
                specversion: "1.0",
                id: self.id.as_str(),
                source,
                r#type: self.contents.kind().cloud_event(),
                subject: self.contents.subject(),
                time,
                datacontenttype: "application/json",
                data: &self.contents,
            }),
        };
        Ok(Payload {
            content_type: format.content_type(),
            body: body?,
        })
    }
}

impl Format {
    /// The value of `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Dtr => "application/json",
            Self::CloudEvents => "application/cloudevents+json",
        }
    }
}

impl EventId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if (1..=MAX_ID).contains(&text.len()) && text.bytes().all(good) {
            return Ok(Self(text.into()));
        }
        Err(EventIdError)
    }
}

impl From<Uuid> for EventId {
    fn from(id: Uuid) -> Self {
        Self(id.to_string().into())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::Kind;

    const CONTENTS: &str = r#"{"namespace":"foo","repository":"bar","tag":"latest","digest":"sha256:b5bb","imageName":"dtr.example.com/foo/bar:latest","os":"linux","architecture":"amd64","author":"alice","pushedAt":"2015-01-02T15:04:05Z"}"#;

    fn event() -> Event {
        Event {
            id: "evt_2KWPBgLlAfxdpx2AI54pPJ85f4W".parse().unwrap(),
            created_at: datetime!(2019-05-15 19:39:40.607_337_713 UTC),
            contents: Contents::read(Kind::TagPush, CONTENTS).unwrap(),
        }
    }

    fn written(format: Format) -> (&'static str, String) {
        let payload = event().payload(format, "https://dtr.example.com").unwrap();
        (
            payload.content_type,
            String::from_utf8(payload.body).unwrap(),
        )
    }

    #[test]
    fn dtrs_wrapper_byte_for_byte() {
        let body = format!(
            r#"{{"type":"TAG_PUSH","createdAt":"2019-05-15T19:39:40.607337713Z","contents":{CONTENTS},"location":"/repositories/foo/bar/tags/latest"}}"#
        );
        assert_eq!(written(Format::Dtr), ("application/json", body));
    }

    #[test]
    fn a_cloud_event_byte_for_byte() {
        let body = format!(
            r#"{{"specversion":"1.0","id":"evt_2KWPBgLlAfxdpx2AI54pPJ85f4W","source":"https://dtr.example.com","type":"io.plimsoll.tag.push","subject":"foo/bar:latest","time":"2019-05-15T19:39:40.607337713Z","datacontenttype":"application/json","data":{CONTENTS}}}"#
        );
        assert_eq!(
            written(Format::CloudEvents),
            ("application/cloudevents+json", body)
        );
    }

    #[test]
    fn what_has_no_subject_says_none() {
        let json = r#"{"scanner_version":"1","scanner_updated_at":"2015-01-02T15:04:05Z","db_version":7,"db_updated_at":"2015-01-02T15:04:05Z","success":true,"replicas":{}}"#;
        let update = Event {
            contents: Contents::read(Kind::ScannerUpdateCompleted, json).unwrap(),
            ..event()
        };
        let payload = update.payload(Format::CloudEvents, "/").unwrap();
        let body: serde_json::Value = serde_json::from_slice(&payload.body).unwrap();
        assert!(body.get("subject").is_none());
        assert_eq!(body["type"], "io.plimsoll.scanner.update.completed");
    }

    #[test]
    fn a_year_without_digits_is_an_error() {
        let early = Event {
            created_at: datetime!(-0001-01-01 0:00 UTC),
            ..event()
        };
        assert!(matches!(
            early.payload(Format::Dtr, "/"),
            Err(EnvelopeError::Time(_))
        ));
    }

    #[test]
    fn ids_have_no_dot() {
        let uuid = EventId::from(Uuid::nil());
        assert_eq!(uuid.as_str().parse(), Ok(uuid));
        for bad in ["", "a.b", "a b", "é", "a\n", &"a".repeat(MAX_ID + 1)] {
            assert_eq!(bad.parse::<EventId>(), Err(EventIdError), "{bad:?}");
        }
    }

    #[test]
    fn formats_have_names() {
        assert_eq!(
            serde_json::to_string(&[Format::Dtr, Format::CloudEvents]).unwrap(),
            r#"["dtr","cloudevents"]"#
        );
        assert_eq!(Format::default(), Format::Dtr);
    }
}
