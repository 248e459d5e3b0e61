//! `POST …/_trust/tuf/`: an update of a collection, of which all is stored or nothing (note, section 3).
//!
//! The collection is locked from before it is decided until it is stored, so of two who publish at once the second one meets what the
//! first one stored, and is told that there is a newer version.

use std::collections::BTreeSet;

use ::trust::{Collection, Gun, Pending, Refusal, Role, UpdateError, Upload};
use db::{
    entities::{repository, trust_role},
    trust::{File, Locked, MOST_COLLECTIONS, Stored},
};
use oci::digest::Algorithm;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    failure::{Outcome, inside},
    keys, signed,
};
use crate::{
    events::{Event, Kind, ObjectType},
    registry::identity::Visitor,
    state::AppState,
};

/// Roles that a collection may have.
const MAX_ROLES: usize = 1000;
/// Bytes that the newest files of a collection may have together: all of them are read to see what is signed.
const MAX_CURRENT: usize = 32 << 20;
/// Bytes that all versions of a collection's files may have together: they are kept for ever.
const MAX_BYTES: i64 = 4 << 30;
/// When it is looked again whether the registry signs its part: when a quarter of a timestamp's life is left.
const RENEWED: Duration = Duration::hours(14 * 24 * 3 / 4);

/// Takes an update.
pub(super) async fn publish(
    visitor: &Visitor<'_>,
    gun: &Gun,
    repository: &repository::Model,
    upload: Upload,
    now: OffsetDateTime,
) -> Outcome<()> {
    let state = visitor.state;
    let event = Event::new(Kind::Update, ObjectType::TrustData, None, gun.to_string()).with(
        ObjectType::Repository,
        repository.id,
        gun.repository().as_str(),
    );
    let db = visitor.recording(event).await?;
    let patience = state.config.limits.upload_idle;
    let _turn = state.trust_room.turn(patience).await?;
    let mut locked = lock(state, repository.id, gun, now).await?;
    let needs = upload.needs();
    let stored = stored(&locked, |role| needs.contains(role)).await?;
    let keys = locked.keys().await?;
    let held = keys::held(gun, &keys);
    let of = gun.clone();
    let decide = move || {
        let pending = upload.validate(&of, &stored, &held, now);
        (stored, pending)
    };
    let (stored, pending) = tokio::task::spawn_blocking(decide)
        .await
        .map_err(|error| inside(&error))?;
    let Some(pending) = pending? else {
        return Ok(());
    };
    let made = Made::of(state, gun, &keys, pending).await?;
    made.check_room(&locked, &stored)?;
    let roles: serde_json::Map<_, _> = made
        .files
        .iter()
        .map(|file| (file.role.to_string(), file.version.into()))
        .collect();
    store(&mut locked, gun, stored, made, now).await?;
    locked
        .commit(&db.detailing(serde_json::json!({ "roles": roles })))
        .await?;
    Ok(())
}

/// The collection, locked; it is made where nobody has asked for it yet.
pub(super) async fn lock(
    state: &AppState,
    repository: Uuid,
    gun: &Gun,
    now: OffsetDateTime,
) -> Outcome<Locked> {
    let locked = Locked::open(&state.db, repository, &gun.to_string(), now).await?;
    let too_many = || {
        let message = format!(
            "the repository has trust data under {MOST_COLLECTIONS} hosts; an administrator of it can delete it"
        );
        Refusal::from(UpdateError::Validation(message))
    };
    Ok(locked.ok_or_else(too_many)?)
}

/// What is stored now, with the files that are wanted.
pub(super) async fn stored(locked: &Locked, wanted: impl Fn(&Role) -> bool) -> Outcome<Collection> {
    let mut stored = Collection::default();
    for row in locked.roles().await? {
        let (role, hash) = known(&row)?;
        if wanted(&role) {
            let file = locked.file(&row).await?;
            stored.insert(role, row.version, file.content);
        } else {
            stored.insert_hash(role, row.version, hash);
        }
    }
    Ok(stored)
}

fn known(row: &trust_role::Model) -> Outcome<(Role, [u8; 32])> {
    let broken = || inside(&format!("the stored role {:?} is damaged", row.role));
    let digest: oci::Digest = format!("sha256:{}", row.sha256)
        .parse()
        .map_err(|_| broken())?;
    let role = row.role.parse().map_err(|_| broken())?;
    let hash = digest.as_bytes().try_into().map_err(|_| broken())?;
    Ok((role, hash))
}

/// Files that are ready to be stored, and the keys of the registry that signed some of them.
pub(super) struct Made {
    files: Vec<::trust::File>,
    signed_with: Vec<String>,
}

impl Made {
    /// Signs the registry's part.
    pub(super) async fn of(
        state: &AppState,
        gun: &Gun,
        rows: &[db::entities::trust_key::Model],
        pending: Pending,
    ) -> Outcome<Self> {
        let keys = keys::open(state, gun, rows, pending.keys())?;
        let signed_with = keys.iter().map(|key| key.id().to_string()).collect();
        let files = tokio::task::spawn_blocking(move || pending.sign(&keys))
            .await
            .map_err(|error| inside(&error))?
            .map_err(|error| inside(&error))?;
        Ok(Self { files, signed_with })
    }

    /// Fails where the collection would grow beyond what is kept.
    fn check_room(&self, locked: &Locked, stored: &Collection) -> Outcome<()> {
        let full = |message: String| Err(Refusal::from(UpdateError::Validation(message)).into());
        let new = self
            .files
            .iter()
            .map(|file| file.bytes.len())
            .sum::<usize>();
        let bytes = i64::try_from(new).unwrap_or(i64::MAX);
        if locked.row().bytes.saturating_add(bytes) > MAX_BYTES {
            return full(format!(
                "the versions of this collection have more than {} GiB; delete it and publish it anew",
                MAX_BYTES >> 30
            ));
        }
        let new = self.files.iter().filter(|file| !stored.has(&file.role));
        if stored.count() + new.count() > MAX_ROLES {
            return full(format!("a collection has at most {MAX_ROLES} roles"));
        }
        Ok(())
    }
}

/// Stores files, and what they say of tags.
pub(super) async fn store(
    locked: &mut Locked,
    gun: &Gun,
    mut stored: Collection,
    made: Made,
    now: OffsetDateTime,
) -> Outcome<()> {
    let Made { files, signed_with } = made;
    let mut rows = Vec::with_capacity(files.len());
    for file in files {
        rows.push(File {
            role: file.role.to_string(),
            version: file.version,
            sha256: oci::Digest::of(Algorithm::Sha256, &file.bytes).hex(),
            content: file.bytes.clone(),
        });
        stored.insert(file.role, file.version, file.bytes);
    }
    let is_new = |name: &str| rows.iter().any(|row| row.role == name);
    let tells_of_tags = rows.iter().any(|row| row.role != Role::Timestamp.as_str());
    if tells_of_tags {
        for row in locked.roles().await? {
            let (role, _) = known(&row)?;
            if !is_new(&row.role) && !stored.has_bytes(&role) {
                let file = locked.file(&row).await?;
                stored.insert(role, row.version, file.content);
            }
            if stored.size() > MAX_CURRENT {
                let most = MAX_CURRENT >> 20;
                let full = format!("the files of a collection have at most {most} MiB together");
                return Err(Refusal::from(UpdateError::Validation(full)).into());
            }
        }
    }
    let found: BTreeSet<Role> = stored.found().map_err(Refusal::from)?;
    locked
        .store(Stored {
            files: rows,
            listed: found.iter().map(Role::to_string).collect(),
            signed_with,
            renew_at: now.saturating_add(RENEWED),
            now,
        })
        .await?;
    if tells_of_tags {
        let (gun, id) = (gun.clone(), locked.row().id);
        let verified = tokio::task::spawn_blocking(move || signed::verify(&gun, id, &stored, now))
            .await
            .map_err(|error| inside(&error))?;
        locked.set_signed(verified, now).await?;
    }
    Ok(())
}
