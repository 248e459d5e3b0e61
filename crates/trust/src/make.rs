//! Making snapshots and timestamps, signed by the registry (note, sections 3 and 3.2).

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::{FileMeta, KeyId, Mark, Role, SigningError, SigningKey, json::Value};

/// How long a snapshot is good.
pub const SNAPSHOT_LIFE: Duration = Duration::days(3 * 365);
/// How long a timestamp is good: so long a client can be held back at most.
pub const TIMESTAMP_LIFE: Duration = Duration::days(14);

/// A file to be stored as a role's new current one. All versions are kept: clients ask for old ones by hash and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The role.
    pub role: Role,
    /// Higher than that of any file of the role so far.
    pub version: i64,
    /// What is stored, served and hashed.
    pub bytes: Vec<u8>,
}

/// What will be stored, as soon as the registry's keys have signed what it makes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Files that were uploaded.
    pub(crate) files: Vec<File>,
    /// What those of them that name targets are known by.
    pub(crate) marks: Vec<Mark>,
    /// Unless it was uploaded, or does not change.
    pub(crate) snapshot: Option<Draft>,
    /// What it says of the snapshot is put in where that is made here.
    pub(crate) timestamp: Draft,
}

/// A file that is not signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) kind: &'static str,
    pub(crate) role: Role,
    pub(crate) version: i64,
    pub(crate) expires: OffsetDateTime,
    pub(crate) meta: BTreeMap<Role, FileMeta>,
    /// Who signs.
    pub(crate) keys: Vec<KeyId>,
}

/// The registry could not make its part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum MakeError {
    #[error("the signing key {0} is missing")]
    MissingKey(KeyId),
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error("the expiry is in a year that RFC 3339 has no digits for")]
    Expiry,
}

impl Pending {
    /// What the uploaded files that name targets are known by, for each of their valid signatures.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The keys that have to sign. They are used from then on.
    pub fn keys(&self) -> impl Iterator<Item = KeyId> {
        let drafts = self.snapshot.iter().chain([&self.timestamp]);
        drafts.flat_map(|draft| draft.keys.iter().copied())
    }

    /// The files to store, all in one transaction, the timestamp last.
    pub fn sign(self, keys: &[SigningKey]) -> Result<Vec<File>, MakeError> {
        let Self {
            mut files,
            snapshot,
            mut timestamp,
            marks: _,
        } = self;
        if let Some(draft) = snapshot {
            let snapshot = draft.sign(keys)?;
            timestamp
                .meta
                .insert(Role::Snapshot, FileMeta::of(&snapshot.bytes));
            files.push(snapshot);
        }
        files.push(timestamp.sign(keys)?);
        Ok(files)
    }
}

impl Draft {
    pub(crate) fn snapshot(
        version: i64,
        meta: BTreeMap<Role, FileMeta>,
        keys: Vec<KeyId>,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            kind: "Snapshot",
            role: Role::Snapshot,
            version,
            expires: now.saturating_add(SNAPSHOT_LIFE),
            meta,
            keys,
        }
    }

    pub(crate) fn timestamp(
        version: i64,
        snapshot: Option<FileMeta>,
        keys: Vec<KeyId>,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            kind: "Timestamp",
            role: Role::Timestamp,
            version,
            expires: now.saturating_add(TIMESTAMP_LIFE),
            meta: snapshot
                .map(|meta| (Role::Snapshot, meta))
                .into_iter()
                .collect(),
            keys,
        }
    }

    fn sign(self, keys: &[SigningKey]) -> Result<File, MakeError> {
        let expires = self.expires.to_offset(UtcOffset::UTC).format(&Rfc3339);
        let meta = self.meta.iter();
        let meta = meta.map(|(role, file)| (role.to_string(), file.to_value()));
        let signed = Value::object([
            ("_type".to_owned(), Value::from(self.kind)),
            (
                "expires".to_owned(),
                Value::String(expires.map_err(|_| MakeError::Expiry)?),
            ),
            ("meta".to_owned(), Value::object(meta)),
            ("version".to_owned(), Value::Integer(self.version)),
        ]);
        let message = signed.canonical();
        let signature = |id: &KeyId| {
            let key = keys.iter().find(|key| key.id() == *id);
            let signature = key.ok_or(MakeError::MissingKey(*id))?.sign(&message)?;
            Ok(Value::object([
                ("keyid".to_owned(), Value::String(id.to_string())),
                ("method".to_owned(), Value::from("ecdsa")),
                ("sig".to_owned(), Value::String(STANDARD.encode(signature))),
            ]))
        };
        let signatures: Vec<_> = self
            .keys
            .iter()
            .map(signature)
            .collect::<Result<_, MakeError>>()?;
        // In the order in which Notary writes it: what is signed comes first.
        let mut bytes = br#"{"signed":"#.to_vec();
        bytes.extend(message);
        bytes.extend(br#","signatures":"#);
        bytes.extend(Value::Array(signatures.into()).canonical());
        bytes.push(b'}');
        Ok(File {
            role: self.role,
            version: self.version,
            bytes,
        })
    }
}
