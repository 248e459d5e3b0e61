//! What in a bundle was changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Bundle, Checkpoint, Hash, Proved, PublicKey, sealed_hash, tree::root_by_path};

/// Milliseconds before a checkpoint in which what happened may be sealed by the one after it: it was being written then, or another
/// replica's clock is late.
const GRACE: i64 = 3 * 60 * 1000;

/// A checkpoint that was noted elsewhere: `number:hash`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

/// A text is no anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a noted checkpoint is its number, a colon, and its hash, as in 17:5e1f…")]
pub struct AnchorError;

impl FromStr for Anchor {
    type Err = AnchorError;

    fn from_str(text: &str) -> Result<Self, AnchorError> {
        let (number, hash) = text.split_once(':').ok_or(AnchorError)?;
        Ok(Self {
            number: number.parse().map_err(|_| AnchorError)?,
            hash: hash.parse().map_err(|_| AnchorError)?,
        })
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.hash)
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum Problem {
    #[error("the manifest is not the one of the digest {0}")]
    Manifest(String),
    #[error("the line of stations is of another image than the bundle")]
    OtherImage,
    #[error("the record {id} is not as checkpoint {checkpoint} sealed it: it was changed or moved")]
    Changed { id: String, checkpoint: u64 },
    #[error("the record {id} was sealed by checkpoint {checkpoint} and is gone")]
    Gone { id: String, checkpoint: u64 },
    #[error(
        "the record {0} is older than the last checkpoint and was never sealed: it was put in later"
    )]
    Added(String),
    #[error(
        "the record {id} says that it was sealed by checkpoint {checkpoint}, which is not in the bundle"
    )]
    NoCheckpoint { id: String, checkpoint: u64 },
    #[error("the records {0} and {1} are not in the order in which they happened")]
    Order(String, String),
    #[error("a station says that the record {0} tells of it, which is not in the bundle")]
    NoRecord(String),
    #[error("checkpoint {0} is not signed by this key")]
    Signature(u64),
    #[error(
        "checkpoint {number} does not follow checkpoint {before}: one was taken out, or changed"
    )]
    Chain { before: u64, number: u64 },
    #[error("there is no checkpoint: nothing is proved")]
    NoChain,
    #[error("checkpoint {0} was another one when it was noted: the chain was made anew")]
    OtherAnchor(u64),
    #[error(
        "the chain ends with checkpoint {last}, and checkpoint {noted} was noted: its end was cut off"
    )]
    CutOff { last: u64, noted: u64 },
    #[error(
        "the noted checkpoint {0} is not in the bundle; download the bundle with ?checkpoint={0}"
    )]
    NoAnchor(u64),
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong; nothing where all is proved.
    pub problems: Vec<Problem>,
    /// Records that were sealed as they are.
    pub proved: usize,
    /// Records that are younger than the last checkpoint.
    pub young: Vec<String>,
    /// Records that were not shown to who made the bundle.
    pub withheld: usize,
    /// The latest checkpoint, to be noted elsewhere.
    pub latest: Option<Anchor>,
    /// When that was sealed.
    pub sealed_at: String,
}

impl Bundle {
    /// Verifies everything with the registry's key, and with a checkpoint that was noted elsewhere.
    pub fn verify(&self, key: &PublicKey, noted: Option<Anchor>) -> Report {
        let mut report = Report {
            withheld: self.withheld.len(),
            ..Report::default()
        };
        self.image(&mut report);
        self.chain(key, &mut report);
        if let Some(noted) = noted {
            self.anchored(noted, &mut report);
        }
        self.records(&mut report);
        report
    }

    fn image(&self, report: &mut Report) {
        let is_right = |manifest: &crate::Manifest| {
            let content = STANDARD.decode(&manifest.content).ok()?;
            let digest: oci::Digest = self.digest.parse().ok()?;
            (oci::Digest::of(digest.algorithm(), &content) == digest).then_some(())
        };
        if self
            .manifest
            .as_ref()
            .is_some_and(|manifest| is_right(manifest).is_none())
        {
            report.problems.push(Problem::Manifest(self.digest.clone()));
        }
        let says = |name: &str| self.custody.get(name).and_then(Value::as_str);
        if says("digest") != Some(self.digest.as_str())
            || says("repository") != Some(self.repository.as_str())
        {
            report.problems.push(Problem::OtherImage);
        }
    }

    fn chain(&self, key: &PublicKey, report: &mut Report) {
        let mut before: Option<&Checkpoint> = None;
        for sealed in &self.checkpoints {
            let checkpoint = &sealed.checkpoint;
            if !sealed.is_by(key) {
                report.problems.push(Problem::Signature(checkpoint.number));
            }
            if let Some(before) = before.filter(|before| !checkpoint.follows(before)) {
                report.problems.push(Problem::Chain {
                    before: before.number,
                    number: checkpoint.number,
                });
            }
            before = Some(checkpoint);
        }
        let Some(latest) = before else {
            report.problems.push(Problem::NoChain);
            return;
        };
        report.latest = Some(Anchor {
            number: latest.number,
            hash: latest.hash(),
        });
        report.sealed_at.clone_from(&latest.sealed_at);
    }

    fn anchored(&self, noted: Anchor, report: &mut Report) {
        let mut all = self.checkpoints.iter().map(|sealed| &sealed.checkpoint);
        let last = report.latest.map_or(0, |latest| latest.number);
        match all.find(|checkpoint| checkpoint.number == noted.number) {
            Some(found) if found.hash() == noted.hash => (),
            Some(_) => report.problems.push(Problem::OtherAnchor(noted.number)),
            None if noted.number > last => report.problems.push(Problem::CutOff {
                last,
                noted: noted.number,
            }),
            None => report.problems.push(Problem::NoAnchor(noted.number)),
        }
    }

    fn records(&self, report: &mut Report) {
        let checkpoints: BTreeMap<u64, &Checkpoint> = self
            .checkpoints
            .iter()
            .map(|sealed| (sealed.checkpoint.number, &sealed.checkpoint))
            .collect();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let mut before: Option<&Proved> = None;
        for proved in &self.records {
            record(proved, &checkpoints, report);
            if let Some(before) = before.filter(|before| before.id() >= proved.id()) {
                let ids = (before.id().to_owned(), proved.id().to_owned());
                report.problems.push(Problem::Order(ids.0, ids.1));
            }
            known.insert(proved.id());
            before = Some(proved);
        }
        for gone in &self.gone {
            report.problems.push(Problem::Gone {
                id: gone.id.clone(),
                checkpoint: gone.checkpoint,
            });
        }
        known.extend(self.withheld.iter().map(|record| record.id.as_str()));
        let stations = self.custody.get("stations").and_then(Value::as_array);
        for station in stations.into_iter().flatten() {
            let event = station.get("event").and_then(Value::as_str);
            if let Some(event) = event.filter(|event| !known.contains(event)) {
                report.problems.push(Problem::NoRecord(event.to_owned()));
            }
        }
    }
}

fn record(proved: &Proved, checkpoints: &BTreeMap<u64, &Checkpoint>, report: &mut Report) {
    let id = proved.id().to_owned();
    let Some(proof) = &proved.proof else {
        let is_young = milliseconds(&id)
            .zip(sealed(&report.sealed_at))
            .is_some_and(|(at, sealed)| at + GRACE > sealed);
        if is_young {
            report.young.push(id);
        } else {
            report.problems.push(Problem::Added(id));
        }
        return;
    };
    let Some(checkpoint) = checkpoints.get(&proof.checkpoint) else {
        report.problems.push(Problem::NoCheckpoint {
            id,
            checkpoint: proof.checkpoint,
        });
        return;
    };
    let leaf = sealed_hash(&proved.record);
    let root = root_by_path(leaf, proof.index, checkpoint.records, &proof.path);
    if root == Some(checkpoint.root) {
        report.proved += 1;
    } else {
        report.problems.push(Problem::Changed {
            id,
            checkpoint: proof.checkpoint,
        });
    }
}

/// When the record of that id was made, in milliseconds: ids are UUIDs of version 7 (RFC 9562, section 5.7).
fn milliseconds(id: &str) -> Option<i64> {
    let digits: String = id.chars().filter(|c| *c != '-').take(12).collect();
    i64::from_str_radix(&digits, 16).ok()
}

/// When a checkpoint was sealed, in milliseconds.
fn sealed(at: &str) -> Option<i64> {
    let at = OffsetDateTime::parse(at, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}
