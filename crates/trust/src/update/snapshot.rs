//! The snapshot of an update: the client's, if it holds the key, else one that is made here.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::{
    Collection, Gun, HeldKey, Invalid, Refusal, Role, ServerRole, UpdateError,
    make::Draft,
    metadata::{Envelope, FileMeta, Signed, Snapshot},
};

use super::New;

impl New<'_> {
    /// The bytes of a role after the update, if they are part of it.
    fn bytes(&self, role: &Role) -> Option<&[u8]> {
        match role {
            Role::Root => Some(self.root.bytes()),
            _ => self.targets.get(role).map(Signed::bytes),
        }
    }
}

/// An uploaded snapshot has to be right about every file that there will be: upstream looks only at those of the same update, and
/// takes a snapshot that brings an old file back.
pub(super) fn validate(
    new: &New<'_>,
    uploaded: Envelope<Snapshot>,
    stored: &Collection,
    now: OffsetDateTime,
) -> Result<Signed<Snapshot>, Refusal> {
    let check = || {
        uploaded.verify(&new.root.payload().snapshot)?;
        let snapshot = uploaded.checked()?;
        snapshot.check_expiry(now)?;
        super::check_jump(&snapshot, stored)?;
        Ok(snapshot)
    };
    let snapshot = check().map_err(UpdateError::snapshot)?;
    // Whose snapshot is old is told so, and not that it does not fit what others published meanwhile.
    if snapshot.version() <= stored.version(&Role::Snapshot) {
        return Err(Refusal::Version);
    }
    check_files(new, &snapshot.payload().meta, stored).map_err(UpdateError::snapshot)?;
    Ok(snapshot)
}

fn check_files(
    new: &New<'_>,
    meta: &BTreeMap<Role, FileMeta>,
    stored: &Collection,
) -> Result<(), Invalid> {
    for role in new.targets.keys() {
        if !meta.contains_key(role) {
            return Err(Invalid::NoChecksum(role.clone()));
        }
    }
    for (role, file) in meta {
        if let Some(bytes) = new.bytes(role) {
            file.check(role, bytes)?;
        } else if !stored.is(role, file) {
            return Err(Invalid::Checksum {
                algorithm: "sha256",
                role: role.clone(),
                expected: data_encoding::HEXLOWER.encode(&file.sha256().unwrap_or_default()),
            });
        }
    }
    Ok(())
}

/// A snapshot made here: what the one before said, with the files of this update in it. Its signature does not count, since its
/// key may be a former one; but it names no file that is not there.
pub(super) fn make(
    new: &New<'_>,
    gun: &Gun,
    stored: &Collection,
    held: &[HeldKey],
    now: OffsetDateTime,
) -> Result<Draft, Refusal> {
    let before = stored.read::<Snapshot>(&Role::Snapshot)?;
    let mut meta = before.map_or_else(BTreeMap::new, |before| before.payload().meta.clone());
    meta.retain(|role, file| role.names_targets() && stored.is(role, file));
    meta.insert(Role::Root, FileMeta::of(new.root.bytes()));
    for (role, file) in &new.targets {
        meta.insert(role.clone(), FileMeta::of(file.bytes()));
    }
    if !meta.contains_key(&Role::Targets) {
        let message = "targets must be loaded first".to_owned();
        return Err(UpdateError::Validation(message).into());
    }
    let named = &new.root.payload().snapshot;
    let keys = HeldKey::signers(held, gun, ServerRole::Snapshot, named).ok_or_else(|| {
        UpdateError::BadHierarchy {
            missing: "snapshot",
            message: "no snapshot was included in update and server does not hold current snapshot key for repository"
                .to_owned(),
        }
    })?;
    let version = stored.version(&Role::Snapshot).saturating_add(1);
    Ok(Draft::snapshot(version, meta, keys, now))
}
