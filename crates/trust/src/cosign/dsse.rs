//! Envelopes of DSSE, and the in-toto statements in them (in-toto/attestation `spec/v1/statement.md`).

use std::collections::BTreeMap;

use serde::{Deserialize, de::IgnoredAny};
use time::OffsetDateTime;

use crate::attached::{Found, Refused, Subject, Trusted, Verified};

use super::{Asked, Brought, algorithm_name, decode, verified};

const IN_TOTO: &str = "application/vnd.in-toto+json";
/// The two versions of in-toto's statement.
pub(crate) const STATEMENTS: [&str; 2] = [
    "https://in-toto.io/Statement/v1",
    "https://in-toto.io/Statement/v0.1",
];
/// How many subjects a statement may have.
const MAX_SUBJECTS: usize = 1000;
/// The longest type of a predicate, in bytes.
const MAX_PREDICATE_TYPE: usize = 512;

/// An envelope. What it holds nobody has verified.
#[derive(Deserialize)]
pub(super) struct Envelope {
    #[serde(default)]
    payload: String,
    #[serde(default, rename = "payloadType", alias = "payload_type")]
    payload_type: String,
    #[serde(default)]
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Deserialize)]
struct EnvelopeSignature {
    #[serde(default)]
    sig: String,
}

#[derive(Deserialize)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    #[serde(default)]
    subject: Vec<StatementSubject>,
    #[serde(default, rename = "predicate")]
    _predicate: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct StatementSubject {
    #[serde(default)]
    digest: BTreeMap<String, String>,
}

/// Decides about a layer that is an envelope.
pub(crate) fn envelope(
    found: &Found,
    content: &[u8],
    subject: &Subject,
    trusted: &Trusted,
    arrived: OffsetDateTime,
) -> Result<Verified, Refused> {
    let envelope: Envelope = serde_json::from_slice(content).map_err(Refused::malformed)?;
    let asked = Asked {
        trusted,
        brought: Brought::beside(&found.annotations),
        arrived,
    };
    envelope.verify(subject, &asked)
}

impl Envelope {
    pub(super) fn verify(&self, subject: &Subject, asked: &Asked<'_>) -> Result<Verified, Refused> {
        let [signature] = self.signatures.as_slice() else {
            return Err(match self.signatures.len() {
                0 => Refused::Unsigned,
                several => Refused::Several(several),
            });
        };
        let payload = decode(&self.payload)?;
        let signature = decode(&signature.sig)?;
        let made = asked.made(&pae(&self.payload_type, &payload), &signature)?;
        if self.payload_type != IN_TOTO {
            return Err(Refused::Unsupported(self.payload_type.clone()));
        }
        let statement = Statement::read(&payload)?;
        statement.check(subject)?;
        Ok(verified(made, Some(statement.predicate_type)))
    }

    /// The statement in it, verified or not.
    pub(super) fn claimed_statement(&self) -> Option<Vec<u8>> {
        let is_one = self.payload_type == IN_TOTO;
        is_one.then(|| decode(&self.payload).ok()).flatten()
    }

    /// What it says that it is about, verified or not.
    pub(super) fn claimed_predicate_type(&self) -> Option<String> {
        let statement = Statement::read(&decode(&self.payload).ok()?).ok()?;
        Some(statement.predicate_type)
    }
}

impl Statement {
    fn read(payload: &[u8]) -> Result<Self, Refused> {
        let statement: Self = serde_json::from_slice(payload).map_err(Refused::malformed)?;
        if statement.predicate_type.len() > MAX_PREDICATE_TYPE {
            return Err(Refused::malformed("its predicate type is too long"));
        }
        Ok(statement)
    }

    /// Whether it is a statement about that image.
    fn check(&self, subject: &Subject) -> Result<(), Refused> {
        if !STATEMENTS.contains(&self.kind.as_str()) {
            return Err(Refused::Unsupported(self.kind.clone()));
        }
        if self.predicate_type.is_empty() {
            return Err(Refused::malformed("it says of nothing what it is about"));
        }
        if self.subject.len() > MAX_SUBJECTS {
            return Err(Refused::malformed("it is about too many things"));
        }
        let name = algorithm_name(&subject.digest);
        let hex = subject.digest.hex();
        let mut named = self.subject.iter().filter_map(|one| one.digest.get(name));
        if named.any(|digest| *digest == hex) {
            return Ok(());
        }
        let other = self.subject.iter().find_map(|one| one.digest.get(name));
        Err(Refused::OtherImage(other.map_or_else(
            || "nothing".to_owned(),
            |hex| format!("{name}:{hex}"),
        )))
    }
}

/// What a signature of DSSE is made over ("Pre-Authentication Encoding").
fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut message = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    message.extend_from_slice(payload);
    message
}
