//! The caller's keys, and the roles that they may sign.

use std::collections::HashMap;

use api::{
    error::Envelope,
    signing::{KeyRole, SigningKey},
};
use axum::{Json, extract::State};
use db::{entities::public_key, public_keys::State as KeyState, trust::role_keys};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::MOST_ROLES;
use crate::{
    caller::Caller,
    error::ApiResult,
    input::{Parameters, Segments, bad_field},
    keys,
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_signing_keys))
        .routes(routes!(get_signing_key))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct KeysQuery {
    /// `active` or `revoked`; `active` where absent.
    filter: Option<String>,
}

/// Ours: lists the caller's keys, the oldest first, with the roles of trust data that each may sign.
#[utoipa::path(
    get,
    path = "/api/v0/signing/keys",
    tag = "keys",
    params(KeysQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<SigningKey>, headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: the token is limited to repositories.", body = Envelope),
    )
)]
async fn list_signing_keys(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(query): Parameters<KeysQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<SigningKey>>> {
    let account = caller.account()?.id;
    let which = match query.filter.as_deref().unwrap_or_default() {
        "" | "active" => KeyState::Active,
        "revoked" => KeyState::Revoked,
        _ => return Err(bad_field("filter", "filter is active or revoked.")),
    };
    let page = page.page()?;
    let unreadable = |_| {
        bad_field(
            "pageStart",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    };
    let start: Option<Uuid> = page
        .after
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(unreadable)?;
    let mut rows =
        db::public_keys::list(&state.db, account, which, None, start, page.limit()).await?;
    // The list starts at a key, and not behind it.
    let next = rows.get(page.size).map(|row| row.id.to_string());
    rows.truncate(page.size);
    Ok(Paged {
        body: with_roles(&state, &caller, rows).await?,
        next,
        count: None,
    })
}

/// Ours: shows a key of the caller's, in use or revoked, with the roles of trust data that it may sign; any user's to site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/signing/keys/{keyID}",
    tag = "keys",
    params(("keyID" = String, Path, description = "The key's id: SHA-256 of its DER, in hex.")),
    responses(
        (status = 200, description = "The key.", body = SigningKey),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: the token is limited to repositories.", body = Envelope),
        (status = 404, description = "`NO_SUCH_PUBLIC_KEY`", body = Envelope),
    )
)]
async fn get_signing_key(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> ApiResult<Json<SigningKey>> {
    let row = super::key(&state, &caller, &id).await?;
    let mut shown = with_roles(&state, &caller, vec![row]).await?;
    shown.pop().map(Json).ok_or_else(|| super::no_key(&id))
}

async fn with_roles(
    state: &AppState,
    caller: &Caller,
    rows: Vec<public_key::Model>,
) -> ApiResult<Vec<SigningKey>> {
    let ids: Vec<&str> = rows.iter().map(|row| row.notary_id.as_str()).collect();
    let viewer = caller.subject().viewer();
    let mut roles: HashMap<String, Vec<KeyRole>> = HashMap::new();
    for held in role_keys::held(&state.db, &ids, &viewer, MOST_ROLES).await? {
        roles.entry(held.canonical_id).or_default().push(KeyRole {
            namespace: held.namespace,
            repository: held.name,
            gun: held.gun,
            role: held.role,
            key_id: held.key_id,
        });
    }
    let shown = rows.into_iter().map(|row| SigningKey {
        roles: roles.remove(&row.notary_id).unwrap_or_default(),
        key: keys::shown(row),
    });
    Ok(shown.collect())
}
