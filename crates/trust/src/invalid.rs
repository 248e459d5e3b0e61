//! Why metadata is not accepted, in Notary's words where it has some: clients show them to people.

use time::{OffsetDateTime, UtcOffset, macros::format_description};

use crate::{Role, key::CertificateError};

/// Why a file of metadata is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum Invalid {
    #[error("{role} type metadata invalid: {what}")]
    Structure { role: Role, what: String },
    #[error("invalid character '{0}' after top-level value")]
    Trailing(char),
    #[error("tuf: data has no signatures")]
    NoSignatures,
    #[error("key ID is not valid for key content")]
    KeyId,
    #[error("valid signatures did not meet threshold for {0}")]
    Threshold(Role),
    #[error("version {actual} is lower than current version {current}")]
    LowVersion { actual: i64, current: i64 },
    #[error("version {actual} of {role} is too far ahead of current version {current}")]
    Jump {
        role: Role,
        actual: i64,
        current: i64,
    },
    #[error("Root modifications must increment the version. Current {current}, new {new}")]
    RootVersion { current: i64, new: i64 },
    #[error("{role} expired at {}", unix_date(*.at))]
    Expired { role: Role, at: OffsetDateTime },
    #[error("tuf: invalid role {0}. delegation does not exist")]
    NoDelegation(Role),
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("could not validate the path to a trusted root: {0}")]
    RootPath(&'static str),
    #[error(
        "could not rotate trust to a new trusted root: failed to validate data with current trusted certificates"
    )]
    Rotation,
    #[error("no checksums for supported algorithms were provided for {0}")]
    NoChecksum(Role),
    #[error("{algorithm} checksum for {role} did not match: expected {expected}")]
    Checksum {
        algorithm: &'static str,
        role: Role,
        expected: String,
    },
    #[error("{0} is not there")]
    Absent(Role),
}

impl Invalid {
    pub(crate) fn structure(role: &Role, what: impl Into<String>) -> Self {
        Self::Structure {
            role: role.clone(),
            what: what.into(),
        }
    }
}

/// A time as Notary's messages have it, as in `Wed Jan 1 00:00:00 UTC 2020`.
fn unix_date(time: OffsetDateTime) -> String {
    let format = format_description!(
        "[weekday repr:short] [month repr:short] [day padding:none] [hour]:[minute]:[second] UTC [year]"
    );
    let text = time.to_offset(UtcOffset::UTC).format(&format);
    text.unwrap_or_else(|_| time.unix_timestamp().to_string())
}
