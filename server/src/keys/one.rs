//! One key: shown, changed, revoked.

use api::{
    error::Envelope,
    public_key::{PublicKey, UpdatePublicKey},
};
use axum::{Json, extract::State, http::StatusCode};
use db::{
    entities::public_key,
    public_keys::{Update, Updated},
};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{MAX_LABEL, find, no_such_key, own, proof, recorded, shown, visible};
use crate::{
    caller::{Caller, Person},
    error::{ApiError, ApiResult},
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

/// Changes an own key's label, or whether it is designated as a signing key; or proves that the private half is yours.
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
        (status = 409, description = "`PUBLIC_KEY_NOT_PROVEN`: send `proof` first, or with it.", body = Envelope),
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
    if let Some(given) = &form.proof {
        proof::check(&row.public_key, &row.fingerprint, owner.id, given)?;
    }
    let noted = UpdatePublicKey {
        proof: form.proof.as_ref().map(|_| "given".to_owned()),
        ..form.clone()
    };
    let event = recorded(Kind::Update, &row, &owner).changes(&noted);
    let update = Update {
        label: form
            .label
            .map(|text| one_line("label", text, MAX_LABEL))
            .transpose()?,
        is_signing: form.is_signing_key,
        is_proven: form.proof.is_some(),
    };
    let db = state.recording(&caller, event);
    let now = OffsetDateTime::now_utc();
    match db::public_keys::update(&db, owner.id, &path.id, update, now).await? {
        Updated::Done(row) => {
            state.signatures.wake();
            Ok(Json(shown(*row)))
        }
        Updated::Unknown => Err(no_such_key(&owner, &path.id)),
        Updated::NotProven => Err(not_proven(&row)),
    }
}

fn not_proven(row: &public_key::Model) -> ApiError {
    let statement = proof::statement(&row.fingerprint, row.account_id);
    ApiError::conflict(
        "PUBLIC_KEY_NOT_PROVEN",
        format!(
            "First prove that the private half of this key is yours: send, as proof, the signature over {statement:?} that it makes."
        ),
    )
    .with_detail(json!({ "field": "proof", "proofStatement": statement }))
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
