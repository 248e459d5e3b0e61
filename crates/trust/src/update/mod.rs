//! An update of a collection: several roles at once, all or nothing (note, section 3).

mod root;
mod snapshot;
mod targets;

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::{
    Collection, Gun, HeldKey, Invalid, Refusal, Role, ServerRole, UpdateError,
    make::{Draft, File, Pending},
    metadata::{Envelope, FileMeta, Root, Signed, Snapshot, Targets, Timestamp},
};

/// How many parts an upload may have.
pub const MAX_PARTS: usize = 256;
/// How many bytes all parts of an upload may have together.
pub const MAX_UPLOAD: usize = 32 << 20;
/// How far ahead of the current version a new one may be. Clients go on by one. Without a bound, whoever may write could publish
/// the highest number there is, and nobody could publish after that (note, section 7.1).
pub const MAX_JUMP: i64 = 1000;

/// What a client uploads. Each part is read as it is added.
#[derive(Debug, Default)]
pub struct Upload {
    root: Option<Envelope<Root>>,
    /// `targets` and delegations, those above before those below.
    targets: BTreeMap<Role, Envelope<Targets>>,
    snapshot: Option<Envelope<Snapshot>>,
    timestamp: bool,
    parts: usize,
    bytes: usize,
}

impl Upload {
    /// Adds a part: its `filename`, with or without `.json`, is the role's name.
    pub fn add(&mut self, filename: Option<&str>, bytes: Vec<u8>) -> Result<(), Refusal> {
        self.parts += 1;
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.parts > MAX_PARTS || self.bytes > MAX_UPLOAD {
            return Err(Refusal::MalformedUpload);
        }
        let name = filename.unwrap_or_default();
        let name = name.strip_suffix(".json").unwrap_or(name);
        if name.is_empty() {
            return Err(Refusal::NoFilename);
        }
        let role: Role = name
            .parse()
            .map_err(|_| Refusal::InvalidRole(name.to_owned()))?;
        let malformed = |_| Refusal::MalformedJson;
        let twice = match role {
            Role::Root => {
                let file = Envelope::read(role, bytes).map_err(malformed)?;
                self.root.replace(file).is_some()
            }
            Role::Snapshot => {
                let file = Envelope::read(role, bytes).map_err(malformed)?;
                self.snapshot.replace(file).is_some()
            }
            // It is read, and not looked at: the registry makes its own.
            Role::Timestamp => {
                Envelope::<Timestamp>::read(role, bytes).map_err(malformed)?;
                std::mem::replace(&mut self.timestamp, true)
            }
            Role::Targets | Role::Delegation(_) => {
                let file = Envelope::read(role.clone(), bytes).map_err(malformed)?;
                self.targets.insert(role, file).is_some()
            }
        };
        if twice {
            let message = format!("role {name} was uploaded more than once");
            return Err(UpdateError::Validation(message).into());
        }
        Ok(())
    }

    /// The roles whose stored files [`Self::validate`] has to read. Of the others their hashes are enough.
    pub fn needs(&self) -> BTreeSet<Role> {
        let above = self.targets.keys().flat_map(Role::ancestors);
        let changed_root = self.root.iter().map(|_| Role::Targets);
        [Role::Root, Role::Snapshot, Role::Timestamp]
            .into_iter()
            .chain(changed_root)
            .chain(above)
            .filter(|role| !self.targets.contains_key(role))
            .collect()
    }

    fn is_empty(&self) -> bool {
        self.root.is_none() && self.targets.is_empty() && self.snapshot.is_none()
    }

    /// Decides about the update, given what is stored and what keys are held at this moment. Between this and storing the result
    /// nothing of the collection may change. `None`: there is nothing to store, because no part would change anything; it is
    /// answered as a success. (Upstream signs snapshot and timestamp again for an empty upload.)
    pub fn validate(
        self,
        gun: &Gun,
        stored: &Collection,
        held: &[HeldKey],
        now: OffsetDateTime,
    ) -> Result<Option<Pending>, Refusal> {
        let is_empty = self.is_empty();
        let current = root::current(gun, stored)?;
        let uploaded = self
            .root
            .map(|root| root::validate(gun, current.as_ref(), root, now))
            .transpose()?;
        let Some(root) = uploaded.as_ref().or(current.as_ref()) else {
            let message = "no pre-existing root and no root provided in update.";
            return Err(UpdateError::Validation(message.to_owned()).into());
        };
        if is_empty {
            return Ok(None);
        }
        let (targets, marks) = targets::validate(
            root.payload(),
            uploaded.is_some(),
            self.targets,
            stored,
            now,
        )?;
        let mut new = New { root, targets };
        let (snapshot, draft) = match self.snapshot {
            Some(snapshot) => {
                let snapshot = snapshot::validate(&new, snapshot, stored, now)?;
                (Some(snapshot), None)
            }
            None => (None, Some(snapshot::make(&new, gun, stored, held, now)?)),
        };
        let timestamp = timestamp(&new, gun, snapshot.as_ref(), stored, held, now)?;
        let targets = std::mem::take(&mut new.targets);
        let mut files: Vec<_> = uploaded.map(file).into_iter().collect();
        files.extend(targets.into_values().map(file));
        files.extend(snapshot.map(file));
        if files
            .iter()
            .any(|file| file.version <= stored.version(&file.role))
        {
            return Err(Refusal::Version);
        }
        Ok(Some(Pending {
            files,
            marks,
            snapshot: draft,
            timestamp,
        }))
    }
}

/// What the collection will be, as far as this update loads it.
struct New<'a> {
    root: &'a Signed<Root>,
    /// What was uploaded.
    targets: BTreeMap<Role, Signed<Targets>>,
}

fn file<T>(signed: Signed<T>) -> File {
    File {
        role: signed.role().clone(),
        version: signed.version(),
        bytes: signed.into_bytes(),
    }
}

/// The timestamp is always the registry's.
fn timestamp(
    new: &New<'_>,
    gun: &Gun,
    uploaded: Option<&Signed<Snapshot>>,
    stored: &Collection,
    held: &[HeldKey],
    now: OffsetDateTime,
) -> Result<Draft, Refusal> {
    let named = &new.root.payload().timestamp;
    let keys = HeldKey::signers(held, gun, ServerRole::Timestamp, named)
        .ok_or_else(|| UpdateError::BadRoot("no timestamp keys exist on the server".to_owned()))?;
    let snapshot = uploaded.map(|snapshot| FileMeta::of(snapshot.bytes()));
    let version = stored.version(&Role::Timestamp).saturating_add(1);
    Ok(Draft::timestamp(version, snapshot, keys, now))
}

/// Fails for a version that is too far ahead.
fn check_jump<T>(file: &Signed<T>, stored: &Collection) -> Result<(), Invalid> {
    let (role, actual) = (file.role(), file.version());
    let current = stored.version(role);
    if actual > current.saturating_add(MAX_JUMP) {
        return Err(Invalid::Jump {
            role: role.clone(),
            actual,
            current,
        });
    }
    Ok(())
}
