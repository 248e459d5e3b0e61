//! What a collection will be: decided, signed and verified before anything is locked, and stored only if nobody changed the collection
//! meanwhile. Verifying thousands of tags takes a while, and on `SQLite` everybody who writes would wait for it.

use std::collections::BTreeSet;

use ::trust::{Collection, File, Gun, Pending, Refusal, Role, UpdateError};
use db::{
    entities::{trust_collection, trust_key, trust_role},
    trust::{self, Locked, Stored, signed::Verified},
};
use oci::digest::Algorithm;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    failure::{Outcome, inside},
    keys, signed,
    upload::Place,
};
use crate::state::AppState;

/// Roles that a collection may have.
const MAX_ROLES: usize = 1000;
/// Bytes that the newest files of a collection may have together: all of them are read to see what is signed.
const MAX_CURRENT: usize = 32 << 20;
/// Bytes that all versions of a collection's files may have together: they are kept for ever.
const MAX_BYTES: i64 = 4 << 30;
/// When it is looked again whether the registry signs its part: when a quarter of a timestamp's life is left.
const RENEWED: Duration = Duration::hours(14 * 24 * 3 / 4);

/// A collection as it was read, without a lock: its files never change, so it is what its roles were at one moment.
#[derive(Debug, Default)]
pub(super) struct Before {
    row: Option<trust_collection::Model>,
    heads: Vec<trust_role::Model>,
    pub(super) keys: Vec<trust_key::Model>,
}

impl Before {
    /// The collection of that name, which need not be there.
    pub(super) async fn named(state: &AppState, repository: Uuid, gun: &Gun) -> Outcome<Self> {
        let row = trust::find(&state.db, repository, &gun.to_string()).await?;
        match row {
            Some(row) => Self::of(state, row).await,
            None => Ok(Self::default()),
        }
    }

    /// A collection that is there.
    pub(super) async fn of(state: &AppState, row: trust_collection::Model) -> Outcome<Self> {
        Ok(Self {
            heads: trust::roles(&state.db, row.id).await?,
            keys: trust::keys(&state.db, row.id).await?,
            row: Some(row),
        })
    }

    /// What is stored, with the files that are wanted.
    pub(super) async fn stored(
        &self,
        state: &AppState,
        wanted: impl Fn(&Role) -> bool,
    ) -> Outcome<Collection> {
        let mut stored = Collection::default();
        for head in &self.heads {
            let (role, hash) = known(head)?;
            if wanted(&role) {
                stored.insert(role, head.version, content(state, head).await?);
            } else {
                stored.insert_hash(role, head.version, hash);
            }
        }
        Ok(stored)
    }

    /// Reads the files of which only the hash is known.
    async fn complete(&self, state: &AppState, stored: &mut Collection) -> Outcome<()> {
        for head in &self.heads {
            let (role, _) = known(head)?;
            // What is new has its bytes.
            if !stored.has_bytes(&role) {
                stored.insert(role, head.version, content(state, head).await?);
            }
            if stored.size() > MAX_CURRENT {
                let most = MAX_CURRENT >> 20;
                return Err(full(format!(
                    "the files of a collection have at most {most} MiB together"
                )));
            }
        }
        Ok(())
    }

    /// Fails where somebody changed the collection since it was read, as if they had been first.
    pub(super) async fn check(&self, locked: &Locked) -> Outcome<()> {
        let version = |head: &trust_role::Model| (head.role.clone(), head.version);
        let before: BTreeSet<_> = self.heads.iter().map(version).collect();
        let now: BTreeSet<_> = locked.roles().await?.iter().map(version).collect();
        let is_same_row = self
            .row
            .as_ref()
            .is_none_or(|row| row.id == locked.row().id);
        if before == now && is_same_row {
            Ok(())
        } else {
            Err(Refusal::Version.into())
        }
    }
}

async fn content(state: &AppState, head: &trust_role::Model) -> Outcome<Vec<u8>> {
    let found = trust::by_version(&state.db, head.collection_id, &head.role, head.version).await?;
    let missing = || inside(&format!("the stored role {:?} has no file", head.role));
    Ok(found.ok_or_else(missing)?.content)
}

/// A role that is stored, with the hash of its newest file.
pub(super) fn known(row: &trust_role::Model) -> Outcome<(Role, [u8; 32])> {
    let broken = || inside(&format!("the stored role {:?} is damaged", row.role));
    let digest: oci::Digest = format!("sha256:{}", row.sha256)
        .parse()
        .map_err(|_| broken())?;
    let role = row.role.parse().map_err(|_| broken())?;
    let hash = digest.as_bytes().try_into().map_err(|_| broken())?;
    Ok((role, hash))
}

fn full(message: String) -> super::failure::Failure {
    Refusal::from(UpdateError::Validation(message)).into()
}

/// What is signed does not say for what: who brings it elsewhere is told no more than that.
fn replayed(role: &str) -> super::failure::Failure {
    let message = format!(
        "the file of {role} was signed for another collection or role; let it be signed anew for this one"
    );
    Refusal::from(UpdateError::BadTargets(message)).into()
}

/// What is to be stored.
pub(super) struct Draft {
    before: Before,
    stored: Stored,
    /// `None` where nothing but the timestamp is new.
    verified: Option<Verified>,
}

impl Draft {
    /// Signs the registry's part, and verifies all of it. `room` is held for as long as that takes, also where nobody waits for it any more.
    pub(super) async fn of(
        state: &AppState,
        gun: &Gun,
        before: Before,
        (mut collection, pending): (Collection, Pending),
        (now, room): (OffsetDateTime, Option<Place>),
    ) -> Outcome<Self> {
        let uploaded: Vec<_> = pending.marks().iter().map(signed::mark).collect();
        let keys = keys::open(state, gun, &before.keys, pending.keys())?;
        let signed_with = keys.iter().map(|key| key.id().to_string()).collect();
        let (files, room) = tokio::task::spawn_blocking(move || (pending.sign(&keys), room))
            .await
            .map_err(|error| inside(&error))?;
        let files = files.map_err(|error| inside(&error))?;
        check_room(&before, &collection, &files)?;
        let rows = rows(&mut collection, files);
        let tells_of_tags = rows.iter().any(|row| row.role != Role::Timestamp.as_str());
        if tells_of_tags {
            before.complete(state, &mut collection).await?;
        }
        let listed: BTreeSet<Role> = collection.found().map_err(Refusal::from)?;
        let verified = if tells_of_tags {
            // The id is that of the row, which may not be there yet: it is set when it is stored.
            let id = before.row.as_ref().map_or(Uuid::nil(), |row| row.id);
            let mut verified = verify(gun, id, collection, (now, room)).await?;
            // They are remembered also where a client would not believe the collection as a whole.
            verified.marks.extend(uploaded);
            Some(verified)
        } else {
            None
        };
        Ok(Self {
            before,
            verified,
            stored: Stored {
                files: rows,
                listed: listed.iter().map(Role::to_string).collect(),
                signed_with,
                renew_at: now.saturating_add(RENEWED),
                now,
            },
        })
    }

    /// The roles that are new, and their versions.
    pub(super) fn roles(&self) -> serde_json::Map<String, serde_json::Value> {
        let files = self.stored.files.iter();
        files
            .map(|file| (file.role.clone(), file.version.into()))
            .collect()
    }

    /// Stores it, unless somebody was faster.
    pub(super) async fn store(self, locked: &mut Locked) -> Outcome<()> {
        self.before.check(locked).await?;
        let (id, now) = (locked.row().id, self.stored.now);
        let held = locked.keys().await?;
        let is_held = |id: &String| held.iter().any(|key| key.id == *id);
        if !self.stored.signed_with.iter().all(is_held) {
            return Err(Refusal::Version.into());
        }
        let files = self.stored.files.iter();
        let uploaded: BTreeSet<String> = files.map(|file| file.role.clone()).collect();
        locked.store(self.stored).await?;
        if let Some(mut verified) = self.verified {
            for target in &mut verified.targets {
                target.collection_id = id;
            }
            let foreign = locked.set_signed(verified, now).await?;
            let mut roles = foreign.into_iter().map(|mark| mark.role);
            if let Some(role) = roles.find(|role| uploaded.contains(role)) {
                return Err(replayed(&role));
            }
        }
        Ok(())
    }
}

/// Verifies a collection whose files are all known.
pub(super) async fn verify(
    gun: &Gun,
    id: Uuid,
    collection: Collection,
    (now, room): (OffsetDateTime, Option<Place>),
) -> Outcome<Verified> {
    let gun = gun.clone();
    let verify = move || {
        let _room = room;
        signed::verify(&gun, id, &collection, now)
    };
    tokio::task::spawn_blocking(verify)
        .await
        .map_err(|error| inside(&error))
}

/// The files as they are stored, which are the newest of the collection from now on.
fn rows(collection: &mut Collection, files: Vec<File>) -> Vec<trust::File> {
    let mut rows = Vec::with_capacity(files.len());
    for file in files {
        rows.push(trust::File {
            role: file.role.to_string(),
            version: file.version,
            sha256: oci::Digest::of(Algorithm::Sha256, &file.bytes).hex(),
            content: file.bytes.clone(),
        });
        collection.insert(file.role, file.version, file.bytes);
    }
    rows
}

/// Fails where the collection would grow beyond what is kept.
fn check_room(before: &Before, stored: &Collection, files: &[File]) -> Outcome<()> {
    let new: usize = files.iter().map(|file| file.bytes.len()).sum();
    let bytes = i64::try_from(new).unwrap_or(i64::MAX);
    let kept = before.row.as_ref().map_or(0, |row| row.bytes);
    if kept.saturating_add(bytes) > MAX_BYTES {
        return Err(full(format!(
            "the versions of this collection have more than {} GiB; delete it and publish it anew",
            MAX_BYTES >> 30
        )));
    }
    let new = files.iter().filter(|file| !stored.has(&file.role));
    if stored.count() + new.count() > MAX_ROLES {
        return Err(full(format!("a collection has at most {MAX_ROLES} roles")));
    }
    Ok(())
}
