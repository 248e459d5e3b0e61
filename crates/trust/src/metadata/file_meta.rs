//! Hashes and lengths of files: of images in targets, of metadata in snapshots and timestamps.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Algorithm, SHA256, SHA512, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER;
use oci::Digest;

use crate::{
    Invalid, Role,
    json::{Fields, Shape, Value, decode},
};

/// The algorithms that count, and their names.
const ALGORITHMS: [(&str, &Algorithm); 2] = [("sha256", &SHA256), ("sha512", &SHA512)];

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMeta {
    /// In bytes.
    pub length: u64,
    /// By the algorithm's name, such as `sha256`. Whoever signed it may have written anything here.
    pub hashes: BTreeMap<String, Vec<u8>>,
    /// What the signer added to a target, as canonical JSON.
    pub custom: Option<String>,
}

impl FileMeta {
    /// What is known of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let hash = |(name, algorithm): (&str, &'static Algorithm)| {
            (name.to_owned(), digest(algorithm, bytes).as_ref().to_vec())
        };
        Self {
            length: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            hashes: ALGORITHMS.map(hash).into(),
            custom: None,
        }
    }

    /// The SHA-256, if it has the right length.
    pub fn sha256(&self) -> Option<[u8; 32]> {
        self.hashes.get("sha256")?.as_slice().try_into().ok()
    }

    /// Whether this is the content with that digest. One hash that differs is enough for no, and one has to be of the digest's
    /// algorithm.
    pub fn is(&self, digest: &Digest) -> bool {
        let hash = self.hashes.get(digest.algorithm().as_str());
        hash.is_some_and(|hash| hash == digest.as_bytes())
    }

    /// Fails unless all hashes that count are those of `bytes`, and there is one.
    pub(crate) fn check(&self, role: &Role, bytes: &[u8]) -> Result<(), Invalid> {
        let mut counted = 0;
        for (name, algorithm) in ALGORITHMS {
            let Some(hash) = self.hashes.get(name) else {
                continue;
            };
            if digest(algorithm, bytes).as_ref() != hash {
                return Err(Invalid::Checksum {
                    algorithm: name,
                    role: role.clone(),
                    expected: HEXLOWER.encode(hash),
                });
            }
            counted += 1;
        }
        if counted == 0 {
            return Err(Invalid::NoChecksum(role.clone()));
        }
        Ok(())
    }

    /// Fails unless there is a SHA-256, and it and the SHA-512 have the right length.
    pub(crate) fn check_structure(&self, of: &Role, within: &Role) -> Result<(), Invalid> {
        if !self.hashes.contains_key("sha256") {
            let what = format!("missing {of} sha256 checksum information");
            return Err(Invalid::structure(within, what));
        }
        for (name, algorithm) in ALGORITHMS {
            let wrong = |hash: &Vec<u8>| hash.len() != algorithm.output_len();
            if self.hashes.get(name).is_some_and(wrong) {
                let what = format!("invalid {of} checksum information, {name} checksum invalid");
                return Err(Invalid::structure(within, what));
            }
        }
        Ok(())
    }

    pub(crate) fn read(value: Value) -> Result<Self, Shape> {
        let mut fields = Fields::of(value, &["custom", "hashes", "length"])?;
        let hash = |(name, value)| match value {
            Value::String(text) => decode(&text)
                .map(|hash| (name, hash))
                .ok_or_else(|| Shape::new("a hash is not base64")),
            _ => Err(Shape::new("a hash is not a string")),
        };
        let custom = fields.take("custom");
        let text = |custom: &Value| String::from_utf8_lossy(&custom.canonical()).into_owned();
        Ok(Self {
            length: u64::try_from(fields.integer("length")?)
                .map_err(|_| Shape::new("\"length\" is less than 0"))?,
            hashes: fields
                .object("hashes")?
                .into_iter()
                .map(hash)
                .collect::<Result<_, _>>()?,
            custom: Some(&custom)
                .filter(|custom| **custom != Value::Null)
                .map(text),
        })
    }

    /// As a snapshot or a timestamp has it.
    pub(crate) fn to_value(&self) -> Value {
        let hashes = self
            .hashes
            .iter()
            .map(|(name, hash)| (name.clone(), Value::String(STANDARD.encode(hash))));
        Value::object([
            ("hashes".to_owned(), Value::object(hashes)),
            (
                "length".to_owned(),
                Value::Integer(i64::try_from(self.length).unwrap_or(i64::MAX)),
            ),
        ])
    }
}
