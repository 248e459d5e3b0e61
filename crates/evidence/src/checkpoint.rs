//! Checkpoints: each seals some records, and names by their hashes the one before it and one farther back, so that a few of them lead
//! from any to any earlier one.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{AuditKey, Hash, PublicKey, canonical, tree};

/// What is signed begins so, that no signature of anything else is one of a checkpoint.
const PURPOSE: &[u8] = b"plimsoll checkpoint v1\n";

/// What is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checkpoint {
    /// Counts from 1.
    pub number: u64,
    /// The hash of the one before; zeros in the first.
    pub previous: Hash,
    /// The hash of the one that is [`back`] of it; zeros where there is none.
    pub skip: Hash,
    /// The root over the records that it seals.
    pub root: Hash,
    /// How many they are.
    pub records: u64,
    /// How many are sealed by it and all before it.
    pub total: u64,
    /// When, RFC 3339.
    pub sealed_at: String,
}

/// A checkpoint with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sealed {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// The id of the key.
    pub key: Hash,
    /// Ed25519, base64.
    pub signature: String,
}

/// The number of the checkpoint that `skip` of number `of` names: the largest power of two that divides it farther back.
pub const fn back(of: u64) -> u64 {
    of & of.wrapping_sub(1)
}

/// The numbers that lead from `latest` back over all `wanted`, in rising order: each names the one before it by `previous` or `skip`.
pub fn walk(latest: u64, wanted: &BTreeSet<u64>) -> Vec<u64> {
    let (mut numbers, mut at) = (vec![latest], latest);
    for target in wanted.iter().rev().filter(|number| **number > 0) {
        while at > *target {
            at = if back(at) >= *target {
                back(at)
            } else {
                at - 1
            };
            numbers.push(at);
        }
    }
    numbers.reverse();
    numbers
}

impl Checkpoint {
    /// The one after `previous`, over these leaves; `skip` is the one that is [`back`] of it.
    pub fn after(
        previous: Option<&Self>,
        skip: Option<&Self>,
        leaves: &[Hash],
        sealed_at: String,
    ) -> Self {
        let records = leaves.len() as u64;
        Self {
            number: previous.map_or(1, |previous| previous.number + 1),
            previous: previous.map(Self::hash).unwrap_or_default(),
            skip: skip.map(Self::hash).unwrap_or_default(),
            root: tree::root(leaves),
            records,
            total: previous.map_or(0, |previous| previous.total) + records,
            sealed_at,
        }
    }

    /// The hash by which later ones name it, and by which it is noted elsewhere.
    pub fn hash(&self) -> Hash {
        Hash(Sha256::digest(self.signed_bytes()).into())
    }

    /// Whether it names `before` by its hash.
    pub(crate) fn follows(&self, before: &Self) -> bool {
        let hash = before.hash();
        (before.number + 1 == self.number && self.previous == hash)
            || (before.number == back(self.number) && self.skip == hash)
    }

    fn signed_bytes(&self) -> Vec<u8> {
        // text, numbers and hashes are always JSON
        let value = serde_json::to_value(self).unwrap_or_default();
        [PURPOSE, canonical(&value).as_slice()].concat()
    }
}

impl Sealed {
    /// Signs.
    pub fn new(checkpoint: Checkpoint, key: &AuditKey, id: Hash) -> Self {
        let signature = STANDARD.encode(key.sign(&checkpoint.signed_bytes()));
        Self {
            checkpoint,
            key: id,
            signature,
        }
    }

    /// Whether the key made the signature.
    pub fn is_by(&self, key: &PublicKey) -> bool {
        let Ok(signature) = STANDARD.decode(&self.signature) else {
            return false;
        };
        key.verifies(&self.checkpoint.signed_bytes(), &signature)
    }
}
