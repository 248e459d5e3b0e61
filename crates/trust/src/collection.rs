//! What is stored of a collection now.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Role,
    metadata::{Envelope, Payload, Root, Signed, Snapshot},
};

/// The current file of each role, as the caller has stored them. Those that nobody has to read may be known by their hash only.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    roles: BTreeMap<Role, Stored>,
}

#[derive(Debug, Clone)]
struct Stored {
    version: i64,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Bytes(Vec<u8>),
    Sha256([u8; 32]),
}

/// A stored file is not there, or is not what was stored. That is the registry's fault, not the client's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stored {role} cannot be used: {why}")]
pub struct Unreadable {
    /// Of which role.
    pub role: Role,
    /// For the log.
    pub why: String,
}

impl Unreadable {
    pub(crate) fn new(role: &Role, why: impl ToString) -> Self {
        Self {
            role: role.clone(),
            why: why.to_string(),
        }
    }
}

impl Collection {
    /// A role's current file.
    pub fn insert(&mut self, role: Role, version: i64, bytes: Vec<u8>) {
        let content = Content::Bytes(bytes);
        self.roles.insert(role, Stored { version, content });
    }

    /// A role's current file, by its SHA-256: enough for roles that [`crate::Upload::needs`] does not name.
    pub fn insert_hash(&mut self, role: Role, version: i64, sha256: [u8; 32]) {
        let content = Content::Sha256(sha256);
        self.roles.insert(role, Stored { version, content });
    }

    /// The version of a role's current file, and 0 where there is none.
    pub fn version(&self, role: &Role) -> i64 {
        self.roles.get(role).map_or(0, |stored| stored.version)
    }

    /// Whether a role has a file.
    pub fn has(&self, role: &Role) -> bool {
        self.roles.contains_key(role)
    }

    /// How many roles have a file.
    pub fn count(&self) -> usize {
        self.roles.len()
    }

    /// How many bytes the files have that are known by their bytes.
    pub fn size(&self) -> usize {
        let contents = self.roles.values().map(|stored| &stored.content);
        contents
            .map(|content| match content {
                Content::Bytes(bytes) => bytes.len(),
                Content::Sha256(_) => 0,
            })
            .sum()
    }

    /// Whether the bytes of a role's file are known.
    pub fn has_bytes(&self, role: &Role) -> bool {
        self.bytes(role).is_some()
    }

    /// The root, read and not verified; `None` where there is none.
    pub fn root(&self) -> Result<Option<Signed<Root>>, Unreadable> {
        self.read(&Role::Root)
    }

    /// The roles whose current files clients find: those that the snapshot names, itself, the timestamp and the root. A file that
    /// no snapshot names any more is as good as gone (note, section 3.1).
    pub fn found(&self) -> Result<BTreeSet<Role>, Unreadable> {
        let Some(snapshot) = self.read::<Snapshot>(&Role::Snapshot)? else {
            return Ok(BTreeSet::new());
        };
        let named = snapshot.payload().meta.keys().cloned();
        let always = [Role::Root, Role::Snapshot, Role::Timestamp];
        Ok(named.chain(always).filter(|role| self.has(role)).collect())
    }

    /// The bytes of a role's file, where they are known.
    pub(crate) fn bytes(&self, role: &Role) -> Option<&[u8]> {
        match &self.roles.get(role)?.content {
            Content::Bytes(bytes) => Some(bytes),
            Content::Sha256(_) => None,
        }
    }

    /// Whether a role's file is what a snapshot says that it is.
    pub(crate) fn is(&self, role: &Role, meta: &crate::FileMeta) -> bool {
        match self.roles.get(role).map(|stored| &stored.content) {
            Some(Content::Bytes(bytes)) => meta.check(role, bytes).is_ok(),
            Some(Content::Sha256(sha256)) => meta.sha256() == Some(*sha256),
            None => false,
        }
    }

    /// A role's file, read; `None` where there is none.
    pub(crate) fn read<T: Payload>(&self, role: &Role) -> Result<Option<Signed<T>>, Unreadable> {
        if !self.has(role) {
            return Ok(None);
        }
        let bytes = self
            .bytes(role)
            .ok_or_else(|| Unreadable::new(role, "only its hash is known"))?;
        let envelope = Envelope::read(role.clone(), bytes.to_vec())
            .map_err(|error| Unreadable::new(role, error))?;
        let file = envelope
            .checked()
            .map_err(|error| Unreadable::new(role, error))?;
        Ok(Some(file))
    }
}
