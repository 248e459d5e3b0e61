//! In-toto statements, plain or in an envelope.
//!
//! Rules: in-toto attestation framework 1.0 (and 0.1), "Statement"; DSSE 1.0, "Envelope".

use super::{DocumentError, parse, read_whole};
use crate::vulnerability::osv::List;
use data_encoding::{BASE64, BASE64URL};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::Read;

const STATEMENT: &str = "https://in-toto.io/Statement/";

/// A document, with what a statement around it says.
pub(crate) struct Opened {
    bytes: Vec<u8>,
    is_predicate: bool,
    /// `sha256:…` of what the statement is about.
    pub(crate) subjects: Vec<String>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "_type")]
    statement: Option<String>,
    #[serde(rename = "payloadType")]
    payload_type: Option<String>,
}

#[derive(Deserialize)]
struct Envelope {
    payload: String,
}

#[derive(Deserialize)]
struct About {
    #[serde(default)]
    subject: List<Subject, 10_000>,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default)]
    digest: Digest,
}

#[derive(Default, Deserialize)]
struct Digest {
    sha256: Option<String>,
}

#[derive(Deserialize)]
struct Predicate<T> {
    predicate: T,
}

impl Opened {
    pub(crate) fn read(read: impl Read, most: u64) -> Result<Self, DocumentError> {
        let mut bytes = read_whole(read, most)?;
        let mut head: Head = parse(&bytes)?;
        if head.payload_type.is_some() {
            let Envelope { payload } = parse(&bytes)?;
            let payload = payload.as_bytes();
            bytes = BASE64
                .decode(payload)
                .or_else(|_| BASE64URL.decode(payload))
                .map_err(|_| DocumentError::Payload)?;
            head = parse(&bytes)?;
        }
        let is_predicate = head
            .statement
            .is_some_and(|kind| kind.starts_with(STATEMENT));
        let subjects = if is_predicate {
            parse::<About>(&bytes)?.subjects()
        } else {
            Vec::new()
        };
        Ok(Self {
            bytes,
            is_predicate,
            subjects,
        })
    }

    /// The document itself.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, DocumentError> {
        if self.is_predicate {
            parse::<Predicate<T>>(&self.bytes).map(|statement| statement.predicate)
        } else {
            parse(&self.bytes)
        }
    }
}

impl About {
    fn subjects(self) -> Vec<String> {
        let digests = self.subject.0.into_iter();
        digests
            .filter_map(|subject| sha256(subject.digest.sha256.as_deref()?))
            .collect()
    }
}

/// A SHA-256 in hex, as the registry writes it.
pub(crate) fn sha256(hex: &str) -> Option<String> {
    let is_hex = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| format!("sha256:{}", hex.to_ascii_lowercase()))
}
