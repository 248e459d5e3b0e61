//! Signing snapshot and timestamp again before they expire (note, section 3.1).

use time::OffsetDateTime;

use crate::{
    Collection, FileMeta, Gun, HeldKey, Pending, Role, ServerRole, Unreadable,
    make::{Draft, SNAPSHOT_LIFE, TIMESTAMP_LIFE},
    metadata::{Root, Signed, Snapshot, Timestamp},
};

/// A file is signed again when less than one part in so many of its life is left. Upstream waits until it has expired, and what a
/// cache or a slow client then has is refused.
const LEFT: i32 = 4;

/// What has to be signed again now, if anything has to and can be. Where it cannot (the client holds the snapshot's key, or the
/// root has expired) what is stored is served as it is. The collection needs root, snapshot and timestamp.
pub fn renew(
    gun: &Gun,
    stored: &Collection,
    held: &[HeldKey],
    now: OffsetDateTime,
) -> Result<Option<Pending>, Unreadable> {
    let root: Option<Signed<Root>> = stored.read(&Role::Root)?;
    let snapshot: Option<Signed<Snapshot>> = stored.read(&Role::Snapshot)?;
    let timestamp: Option<Signed<Timestamp>> = stored.read(&Role::Timestamp)?;
    let (Some(root), Some(snapshot), Some(timestamp)) = (root, snapshot, timestamp) else {
        return Ok(None);
    };
    let signers = |role: ServerRole| {
        let named = root.payload().keys(&role.role())?;
        HeldKey::signers(held, gun, role, named)
    };
    let Some(timestamp_keys) = signers(ServerRole::Timestamp) else {
        return Ok(None);
    };
    if root.check_expiry(now).is_err() {
        return Ok(None);
    }
    let snapshot_due = now > snapshot.expires().saturating_sub(SNAPSHOT_LIFE / LEFT);
    let snapshot_keys = signers(ServerRole::Snapshot).filter(|_| snapshot_due);
    let new_snapshot = snapshot_keys.map(|keys| {
        let meta = snapshot.payload().meta.clone();
        Draft::snapshot(snapshot.version() + 1, meta, keys, now)
    });
    let timestamp_due = now > timestamp.expires().saturating_sub(TIMESTAMP_LIFE / LEFT);
    if new_snapshot.is_none() && !timestamp_due {
        return Ok(None);
    }
    let old_snapshot = FileMeta::of(snapshot.bytes());
    Ok(Some(Pending {
        files: Vec::new(),
        marks: Vec::new(),
        timestamp: Draft::timestamp(
            timestamp.version() + 1,
            Some(old_snapshot),
            timestamp_keys,
            now,
        ),
        snapshot: new_snapshot,
    }))
}
