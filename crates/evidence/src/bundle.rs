//! What an auditor takes away: the manifest, the line of stations, the records behind it, and the proofs that they were sealed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Hash, Sealed};

/// What a bundle says that it is.
pub const FORMAT: &str = "plimsoll evidence v1";

/// Evidence of one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    /// [`FORMAT`].
    pub format: String,
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// `namespace/name`.
    pub repository: String,
    /// The image.
    pub digest: String,
    /// Its manifest, if the repository still has it.
    pub manifest: Option<Manifest>,
    /// The line of stations, as the API answers it. It is the registry's word; what is proved of it are the records.
    pub custody: Value,
    /// The records that the line is made of, in order.
    pub records: Vec<Proved>,
    /// Records that the line is made of and that its reader may not see.
    pub withheld: Vec<Withheld>,
    /// Sealed records, of the same checkpoints, that are gone.
    pub gone: Vec<Gone>,
    /// The checkpoints that seal the records, and those that lead from each to the next and to the latest one, in order.
    pub checkpoints: Vec<Sealed>,
}

/// A manifest's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// What they are.
    pub media_type: String,
    /// The bytes, base64.
    pub content: String,
}

/// A record with its proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proved {
    /// The record.
    pub record: Value,
    /// That it was sealed; absent where it is too young, or was put in behind the registry's back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

impl Proved {
    /// The record's id.
    pub fn id(&self) -> &str {
        let id = self.record.get("id").and_then(Value::as_str);
        id.unwrap_or("without an id")
    }
}

/// Where a record was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proof {
    /// The checkpoint.
    pub checkpoint: u64,
    /// Which of its records.
    pub index: u64,
    /// The hashes beside the way to the root.
    pub path: Vec<Hash>,
}

/// A record that is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Withheld {
    /// Its id.
    pub id: String,
}

/// A record that was sealed and is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gone {
    /// The checkpoint that sealed it.
    pub checkpoint: u64,
    /// Which of its records.
    pub index: u64,
    /// Its id.
    pub id: String,
}

/// A file is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is no JSON of this shape.
    #[error("this is not an evidence bundle: {0}")]
    Shape(#[from] serde_json::Error),
    /// It is of another version.
    #[error("this is {0:?}, and this program reads {FORMAT:?}")]
    Format(String),
}

impl Bundle {
    /// Reads a file.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let bundle: Self = serde_json::from_slice(bytes)?;
        if bundle.format != FORMAT {
            return Err(Unreadable::Format(bundle.format));
        }
        Ok(bundle)
    }
}
