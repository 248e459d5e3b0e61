//! One key: shown, changed, revoked.

use api::{
    error::Envelope,
    public_key::{PublicKey, UpdatePublicKey},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{MAX_LABEL, find, no_such_key, own, recorded, shown, visible};
use crate::{
    caller::{Caller, Person},
    error::ApiResult,
    events::Kind,
    input::{Body, Segments, one_line},
    operations::{Operations, routes},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(get_key, update_key, delete_key))
}

/// The segments of a key's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct KeyPath {
    /// The user's name, or `id:` and its id.
    #[serde(rename = "nameOrId")]
    #[param(rename = "nameOrId")]
    user: String,
    /// The key's `id`.
    #[serde(rename = "keyID")]
    #[param(rename = "keyID")]
    id: String,
}

/// Shows a public key, revoked or not: an own one, or any user's to site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/publicKeys/{keyID}",
    tag = "keys",
    params(KeyPath),
    responses(
        (status = 200, description = "The key.", body = PublicKey),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`, `NO_SUCH_PUBLIC_KEY`", body = Envelope),
    )
)]
async fn get_key(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<KeyPath>,
) -> ApiResult<Json<PublicKey>> {
    let owner = visible(&state, &caller, &path.user).await?;
    Ok(Json(shown(find(&state, &owner, &path.id).await?)))
}

/// Changes an own key's label, or whether it is designated as a signing key.
///
/// Not with an access token or a client certificate: come with a password, or signed in.
#[utoipa::path(
    patch,
    path = "/enzi/v0/accounts/{nameOrId}/publicKeys/{keyID}",
    tag = "keys",
    params(KeyPath),
    request_body = UpdatePublicKey,
    responses(
        (status = 200, description = "The key as it is now.", body = PublicKey),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: somebody else's, or by an access token or a client certificate.",
            body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`, `NO_SUCH_PUBLIC_KEY`", body = Envelope),
    )
)]
async fn update_key(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(path): Segments<KeyPath>,
    Body(form): Body<UpdatePublicKey>,
) -> ApiResult<Json<PublicKey>> {
    let owner = own(&state, &caller, &path.user).await?;
    let row = find(&state, &owner, &path.id).await?;
    let event = recorded(Kind::Update, &row, &owner).changes(&form);
    let update = db::public_keys::Update {
        label: form
            .label
            .map(|text| one_line("label", text, MAX_LABEL))
            .transpose()?,
        is_signing: form.is_signing_key,
    };
    let db = state.recording(&caller, event);
    let now = OffsetDateTime::now_utc();
    let row = db::public_keys::update(&db, owner.id, &path.id, update, now)
        .await?
        .ok_or_else(|| no_such_key(&owner, &path.id))?;
    state.signatures.wake();
    Ok(Json(shown(row)))
}

/// Revokes a key at once and for ever: an own one, or any user's by site administrators.
///
/// Its certificate signs nobody in any more, and nobody can register the key again.
#[utoipa::path(
    delete,
    path = "/enzi/v0/accounts/{nameOrId}/publicKeys/{keyID}",
    tag = "keys",
    params(KeyPath),
    responses(
        (status = 204, description = "It is revoked."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`, `NO_SUCH_PUBLIC_KEY`", body = Envelope),
    )
)]
async fn delete_key(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<KeyPath>,
) -> ApiResult<StatusCode> {
    let owner = visible(&state, &caller, &path.user).await?;
    let row = find(&state, &owner, &path.id).await?;
    let db = state.recording(&caller, recorded(Kind::Delete, &row, &owner));
    let now = OffsetDateTime::now_utc();
    if db::public_keys::revoke(&db, owner.id, &path.id, now).await? {
        state.signatures.wake();
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(no_such_key(&owner, &path.id))
    }
}
