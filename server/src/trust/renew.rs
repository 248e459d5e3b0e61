//! Signs timestamps, and snapshots that the registry holds the key of, again before they expire (note, section 3.1): each hour, and when
//! somebody asks for one that is due. What was verified by older rules is verified anew.

use ::trust::{Gun, Role};
use db::{entities::trust_collection, trust, trust::Locked};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    draft::{self, Before, Draft},
    failure::{Failure, Outcome, inside},
    keys, signed,
};
use crate::state::AppState;

/// Collections that are read at once.
const PAGE: u64 = 100;
/// When it is tried again where it cannot be done now.
const LATER: Duration = Duration::hours(1);

/// Signs again what is due in all collections. Safe to run in several processes at once.
pub async fn renew_due(state: &AppState, now: OffsetDateTime) {
    loop {
        let due = match trust::due(&state.db, now, PAGE).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "it could not be looked which trust data is due; tried again in an hour");
                return;
            }
        };
        let mut failed = due.is_empty();
        for collection in &due {
            failed |= !or_leave(state, collection, now).await;
        }
        // What failed is still due: it would be met again at once.
        if failed {
            return;
        }
    }
}

/// Forgets the oldest changes, and seals keys with the key that seals now.
pub async fn reseal(state: &AppState) {
    if let Err(error) = trust::changes::forget(&state.db).await {
        tracing::warn!(%error, "old changes of trust data could not be forgotten; tried again in an hour");
    }
    let with = state.trust_sealing.name();
    let mut after: Option<(Uuid, String)> = None;
    loop {
        let from = after.as_ref().map(|(of, key)| (*of, key.as_str()));
        let keys = match trust::sealed_otherwise(&state.db, with, from, PAGE).await {
            Ok(keys) => keys,
            Err(error) => {
                tracing::warn!(%error, "it could not be looked which signing keys are to be sealed anew");
                return;
            }
        };
        let Some((last, _)) = keys.last() else {
            return;
        };
        // What cannot be opened stays as it is, and does not keep others from being sealed anew.
        after = Some((last.collection_id, last.id.clone()));
        for (key, gun) in keys {
            let Ok(Some(sealed)) = keys::sealed_anew(state, &gun, &key) else {
                continue;
            };
            if let Err(error) = trust::seal(&state.db, &key, sealed, with).await {
                tracing::warn!(%error, gun, "a signing key could not be sealed anew");
            }
        }
    }
}

/// Verifies anew what was verified by other rules, or, before an upgrade, by none: until then nobody signed what is in it.
pub async fn verify_anew(state: &AppState, now: OffsetDateTime) {
    let mut after = None;
    loop {
        let found = trust::verified_otherwise(&state.db, signed::RULES, after, PAGE).await;
        let ids = match found {
            Ok(ids) => ids,
            Err(error) => {
                tracing::warn!(%error, "it could not be looked which trust data is to be verified anew; tried again in an hour");
                return;
            }
        };
        if ids.is_empty() {
            return;
        }
        for id in ids {
            after = Some(id);
            if let Err(failure) = verify(state, id, now).await {
                failure.log(None, None);
                tracing::warn!(collection = %id, "trust data could not be verified anew; tried again in an hour");
            }
        }
    }
}

async fn verify(state: &AppState, id: Uuid, now: OffsetDateTime) -> Outcome<()> {
    let Some(row) = trust::by_id(&state.db, id).await? else {
        return Ok(());
    };
    let gun: Gun = row.gun.parse().map_err(|error| inside(&error))?;
    let before = Before::of(state, row).await?;
    let stored = before.stored(state, |_| true).await?;
    let verified = draft::verify(&gun, id, stored, (now, None)).await?;
    let Some(mut locked) = Locked::by_id(&state.db, id).await? else {
        return Ok(());
    };
    if locked.row().verified == signed::RULES {
        // Somebody else was faster.
        return Ok(());
    }
    before.check(&locked).await?;
    let foreign = locked.set_signed(verified, now).await?;
    if !foreign.is_empty() {
        tracing::warn!(%gun, signatures = foreign.len(), "files of this trust data were first seen in another collection or role; their signatures do not count");
    }
    locked.commit(&state.db).await?;
    Ok(())
}

/// Signs again what is due in a collection. Where that fails, what is stored is as good as it was; false.
pub(super) async fn or_leave(
    state: &AppState,
    collection: &trust_collection::Model,
    now: OffsetDateTime,
) -> bool {
    let failure = match renew(state, collection, now).await {
        Ok(()) => return true,
        Err(failure) => failure,
    };
    failure.log(Some(&collection.gun), None);
    if let Failure::Refused(::trust::Refusal::Stored(_)) = failure {
        // It will not be better in an hour, and the log is not for saying it more often.
        return postpone(state, collection, now + Duration::days(1)).await;
    }
    tracing::warn!(
        gun = collection.gun,
        "trust data could not be signed again; what is stored is served, and it is tried again in an hour"
    );
    // Others are due, too, and whoever reads this one would try again each time.
    postpone(state, collection, now + LATER).await
}

async fn postpone(
    state: &AppState,
    collection: &trust_collection::Model,
    until: OffsetDateTime,
) -> bool {
    let postpone = async || -> db::Result<()> {
        if let Some(mut locked) = Locked::by_id(&state.db, collection.id).await? {
            locked.postpone(until).await?;
            locked.commit(&state.db).await?;
        }
        Ok(())
    };
    postpone().await.is_ok()
}

async fn renew(
    state: &AppState,
    collection: &trust_collection::Model,
    now: OffsetDateTime,
) -> Outcome<()> {
    let gun: Gun = collection.gun.parse().map_err(|error| inside(&error))?;
    let needs = [Role::Root, Role::Snapshot, Role::Timestamp];
    let before = Before::of(state, collection.clone()).await?;
    let stored = before.stored(state, |role| needs.contains(role)).await?;
    let held = keys::held(&gun, &before.keys);
    let pending = ::trust::renew(&gun, &stored, &held, now).map_err(::trust::Refusal::from)?;
    let draft = match pending {
        None => None,
        Some(pending) => {
            let signed = (stored, pending);
            Some(Draft::of(state, &gun, before, signed, (now, None)).await?)
        }
    };
    let Some(mut locked) = Locked::by_id(&state.db, collection.id).await? else {
        return Ok(());
    };
    if locked.row().renew_at.is_none_or(|at| at > now) {
        // Somebody else was faster.
        return Ok(());
    }
    match draft {
        None => locked.postpone(now.saturating_add(LATER)).await?,
        Some(draft) => draft.store(&mut locked).await?,
    }
    locked.commit(&state.db).await?;
    Ok(())
}
