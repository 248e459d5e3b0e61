//! `POST …/_trust/tuf/`: an update of a collection, of which all is stored or nothing (note, section 3).
//!
//! It is decided about before anything is locked; then the collection is locked, and it is stored if the collection is as it was. So of
//! two who publish at once the second one is told that there is a newer version.

use ::trust::{Collection, Gun, Refusal, Role, UpdateError};
use db::{
    entities::repository,
    trust::{Locked, MOST_COLLECTIONS},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    draft::{Before, Draft, known},
    failure::{Outcome, inside},
    keys,
    upload::Received,
};
use crate::{
    events::{Event, Kind, ObjectType},
    registry::identity::Visitor,
    state::AppState,
};

/// Takes an update.
pub(super) async fn publish(
    visitor: &Visitor<'_>,
    gun: &Gun,
    repository: &repository::Model,
    (upload, room): Received,
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
    let turn = state.trust_room.turn(patience).await?;
    let before = Before::named(state, repository.id, gun).await?;
    let needs = upload.needs();
    let stored = before.stored(state, |role| needs.contains(role)).await?;
    let held = keys::held(gun, &before.keys);
    let of = gun.clone();
    let decide = move || {
        let pending = upload.validate(&of, &stored, &held, now);
        (stored, pending, room, turn)
    };
    let (stored, pending, room, _turn) = tokio::task::spawn_blocking(decide)
        .await
        .map_err(|error| inside(&error))?;
    let Some(pending) = pending? else {
        return Ok(());
    };
    let draft = Draft::of(state, gun, before, (stored, pending), (now, room)).await?;
    let roles = draft.roles();
    let mut locked = lock(state, repository.id, gun, now).await?;
    draft.store(&mut locked).await?;
    locked
        .commit(&db.detailing(serde_json::json!({ "roles": roles })))
        .await?;
    state.promotion.wake();
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
