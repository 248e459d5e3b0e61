//! JSON documents of strangers: bounded while they are read, and refused with the place that is wrong.
//!
//! A document stands alone, or is the predicate of an in-toto statement, which may be in a DSSE envelope. Nobody's signature is checked
//! here: who may speak about an image is decided where it is known who said it.

#[cfg(test)]
pub(crate) mod hostile;
mod statement;

pub(crate) use statement::{Opened, sha256};

use serde::de::DeserializeOwned;
use std::io::{self, Read};

/// The longest text of a document that an error repeats.
const LONGEST_REPEATED: usize = 100;

/// Why a document was refused.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The reader failed.
    #[error("the document cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is larger than this many bytes.
    #[error("the document is larger than {0} bytes")]
    TooLarge(u64),
    /// It is no JSON, too deep, too long somewhere, or of another type than it must be.
    #[error("the document is wrong at {at}: {reason}")]
    Json {
        /// `packages[3].name`; a dot for the document itself.
        at: String,
        /// With line and column.
        reason: serde_json::Error,
    },
    /// It says of itself that it is something else, or nothing.
    #[error("the document is not {wanted}")]
    Unknown {
        /// What is read.
        wanted: &'static str,
    },
    /// A version that is not read.
    #[error("the document is of version {found:?}; {read} are read")]
    Version {
        /// What it says of itself.
        found: String,
        /// What is read.
        read: &'static str,
    },
    /// The envelope holds no base64.
    #[error("the payload of the envelope is not base64")]
    Payload,
    /// JSON of the right form that means nothing.
    #[error("the document is wrong at {at}: {what}")]
    Content {
        /// `statements[3]`.
        at: String,
        /// What is wrong.
        what: String,
    },
}

impl DocumentError {
    pub(crate) fn version(found: &str, read: &'static str) -> Self {
        Self::Version {
            found: found.chars().take(LONGEST_REPEATED).collect(),
            read,
        }
    }
}

/// The whole document, if it is not larger than it may be.
pub(crate) fn read_whole(read: impl Read, most: u64) -> Result<Vec<u8>, DocumentError> {
    let mut bytes = Vec::new();
    read.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(DocumentError::TooLarge(most));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    // a list would be taken for an object whose members have no names
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(DocumentError::Unknown {
            wanted: "a JSON object",
        });
    }
    Ok(bytes)
}

/// Reads an object. What is not asked for is passed over; what is asked for must have its type, and be there once.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DocumentError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value =
        serde_path_to_error::deserialize(&mut json).map_err(|error| DocumentError::Json {
            at: error.path().to_string(),
            reason: error.into_inner(),
        })?;
    json.end().map_err(|reason| DocumentError::Json {
        at: ".".into(),
        reason,
    })?;
    Ok(value)
}
