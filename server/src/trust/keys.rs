//! The keys that the registry signs timestamps and snapshots with (note, section 3.2): made for one collection and one role, sealed in
//! the database, and changed when the client wants it. A new key counts when the client publishes a root that names it.

use ::trust::{Gun, HeldKey, KeyId, KeyType, PublicKey, ServerRole, SigningKey};
use aws_lc_rs::rand::SystemRandom;
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use db::{
    entities::{repository, trust_key},
    trust::Locked,
};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::{
    failure::{Outcome, inside},
    publish,
};
use crate::{
    events::{Event, Kind, ObjectType},
    registry::identity::Visitor,
    settings::Switch,
    state::AppState,
};

/// Keys that are kept for a collection. A client that rotates more often than that loses those that its root names no more.
const MOST: usize = 64;

/// `GET …/<role>.key`: the key that counts, or the one that will.
pub(super) async fn current(
    visitor: &Visitor<'_>,
    gun: &Gun,
    repository: &repository::Model,
    role: ServerRole,
    now: OffsetDateTime,
) -> Outcome {
    give(visitor, gun, repository, (role, false), now).await
}

/// `POST …/<role>.key`: the next key. Who asks twice gets the same, until it has signed something.
pub(super) async fn next(
    visitor: &Visitor<'_>,
    gun: &Gun,
    repository: &repository::Model,
    role: ServerRole,
    now: OffsetDateTime,
) -> Outcome {
    give(visitor, gun, repository, (role, true), now).await
}

async fn give(
    visitor: &Visitor<'_>,
    gun: &Gun,
    repository: &repository::Model,
    (role, is_rotation): (ServerRole, bool),
    now: OffsetDateTime,
) -> Outcome {
    let state = visitor.state;
    let is_read_only = Switch::ReadOnlyRegistry.is_on(state).await?;
    let name = format!("{gun} {}", role.role());
    let event = Event::new(Kind::Create, ObjectType::TrustKey, None, name).with(
        ObjectType::Repository,
        repository.id,
        gun.repository().as_str(),
    );
    let db = visitor.recording(event).await?;
    let locked = publish::lock(state, repository.id, gun, now).await?;
    let rows = locked.keys().await?;
    let held = held(gun, &rows);
    let stored = publish::stored(&locked, |role| *role == ::trust::Role::Root).await?;
    let root = stored.root().map_err(::trust::Refusal::from)?;
    let root = root.as_ref().map(::trust::metadata::Signed::payload);
    let found = if is_rotation {
        HeldKey::pending(&held, gun, role)
    } else {
        HeldKey::current(&held, gun, role, root)
    };
    if let Some(found) = found {
        return Ok(answer(&found.key));
    }
    if is_read_only {
        let message = "the registry is read-only for now: no key can be made; ask an administrator";
        return Err(oci::Error::denied(message).into());
    }
    let key = SigningKey::generate(&SystemRandom::new()).map_err(|error| inside(&error))?;
    let public = key.public().clone();
    make_room(&locked, rows, root).await?;
    locked
        .add_key(row(state, &locked, gun, (role, &key), now)?)
        .await?;
    locked
        .commit(&db.detailing(serde_json::json!({ "key": public.id().to_string() })))
        .await?;
    Ok(answer(&public))
}

/// Takes away the oldest of too many keys, but those that the root names or that never signed.
async fn make_room(
    locked: &Locked,
    mut rows: Vec<trust_key::Model>,
    root: Option<&::trust::metadata::Root>,
) -> Outcome<()> {
    if rows.len() < MOST {
        return Ok(());
    }
    let is_named = |id: &str| {
        let id: Option<KeyId> = id.parse().ok();
        let roles = [ServerRole::Snapshot, ServerRole::Timestamp].map(ServerRole::role);
        let mut named = roles.iter().filter_map(|role| root?.keys(role));
        named.any(|keys| id.is_some_and(|id| keys.keys.contains_key(&id)))
    };
    rows.retain(|row| row.used_at.is_some() && !is_named(&row.id));
    rows.sort_by_key(|row| row.created_at);
    let oldest: Vec<String> = rows.into_iter().take(MOST / 2).map(|row| row.id).collect();
    Ok(locked.drop_keys(&oldest).await?)
}

fn answer(key: &PublicKey) -> Response {
    let mut response = Response::new(Body::from(key.to_json()));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The public parts of the keys of a collection.
pub(super) fn held(gun: &Gun, rows: &[trust_key::Model]) -> Vec<HeldKey> {
    let held = |row: &trust_key::Model| {
        let role: ::trust::Role = row.role.parse().ok()?;
        Some(HeldKey {
            gun: gun.clone(),
            role: ServerRole::try_from(&role).ok()?,
            key: PublicKey::new(KeyType::Ecdsa, row.public.clone()),
            used: row.used_at.is_some(),
        })
    };
    rows.iter().filter_map(held).collect()
}

/// Where a key's private part may be opened: for its collection, its role and itself.
fn place(gun: &str, row: &trust_key::Model) -> String {
    format!("trust {gun} {} {}", row.role, row.id)
}

fn row(
    state: &AppState,
    locked: &Locked,
    gun: &Gun,
    (role, key): (ServerRole, &SigningKey),
    now: OffsetDateTime,
) -> Outcome<trust_key::Model> {
    let row = trust_key::Model {
        collection_id: locked.row().id,
        id: key.id().to_string(),
        role: role.role().to_string(),
        public: key.public().public().to_vec(),
        sealed: String::new(),
        sealed_with: state.trust_sealing.name().to_owned(),
        created_at: now,
        used_at: None,
    };
    let private = SecretString::from(STANDARD.encode(key.pkcs8_der()));
    let place = place(&gun.to_string(), &row);
    let sealing = &state.trust_sealing;
    let sealed = sealing.seal(&state.seal_key, &place, private.expose_secret())?;
    Ok(trust_key::Model { sealed, ..row })
}

/// Those of a collection's keys, opened.
pub(super) fn open(
    state: &AppState,
    gun: &Gun,
    rows: &[trust_key::Model],
    wanted: impl IntoIterator<Item = KeyId>,
) -> Outcome<Vec<SigningKey>> {
    let gun = gun.to_string();
    let mut opened: Vec<SigningKey> = Vec::new();
    for id in wanted {
        let text = id.to_string();
        if opened.iter().any(|key| key.id() == id) {
            continue;
        }
        let broken = || inside(&format!("the signing key {text} of {gun} cannot be opened"));
        let row = rows.iter().find(|row| row.id == text).ok_or_else(broken)?;
        let private = private(state, &gun, row).ok_or_else(broken)?;
        let der = STANDARD
            .decode(private.expose_secret())
            .map_err(|_| broken())?;
        opened.push(SigningKey::from_pkcs8(&der).map_err(|error| inside(&error))?);
    }
    Ok(opened)
}

fn private(state: &AppState, gun: &str, row: &trust_key::Model) -> Option<SecretString> {
    let kept = (row.sealed.as_str(), row.sealed_with.as_str());
    let sealing = &state.trust_sealing;
    let opened = sealing.open_kept(&state.seal_key, &place(gun, row), kept)?;
    Some(opened.into())
}

/// A key as it is sealed with what seals now; `None` where it cannot be opened.
pub(super) fn sealed_anew(
    state: &AppState,
    gun: &str,
    row: &trust_key::Model,
) -> Outcome<Option<String>> {
    let Some(private) = private(state, gun, row) else {
        return Ok(None);
    };
    let sealing = &state.trust_sealing;
    let sealed = sealing.seal(&state.seal_key, &place(gun, row), private.expose_secret())?;
    Ok(Some(sealed))
}
