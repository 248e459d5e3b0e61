//! Who an account is at identity providers: listed, linked, unlinked.

use api::{
    error::Envelope,
    identity::{Identity, LinkAt, LinkIdentity, SignInProvider},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, request::Parts},
};
use db::identities::Unlinked;
use serde::Deserialize;
use tower_sessions::Session;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{find, flow};
use crate::{
    accounts,
    caller::{Caller, Person},
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Segments},
    operations::{Operations, routes},
    sessions,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_identities, link_identity))
        .routes(routes!(unlink_identity))
}

/// The segments of an identity's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct IdentityPath {
    /// The user's name, or `id:` and its id.
    #[serde(rename = "nameOrId")]
    #[param(rename = "nameOrId")]
    user: String,
    /// The identity's id.
    identity: String,
}

/// Ours: lists who a user is at identity providers, the oldest link first, at most 20; the own account's, or anybody's to site
/// administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/identities",
    tag = "accounts",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id.")),
    responses(
        (status = 200, description = "All of them.", body = Vec<Identity>),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn list_identities(
    State(state): State<AppState>,
    caller: Caller,
    Segments(user): Segments<String>,
) -> ApiResult<Json<Vec<Identity>>> {
    let account = accounts::visible_user(&state, &caller, &user).await?;
    let rows = db::identities::of_account(&state.db, account.id).await?;
    Ok(Json(
        rows.into_iter()
            .map(|(row, provider)| Identity {
                id: row.id,
                provider: SignInProvider {
                    name: provider.name,
                    label: provider.label,
                },
                username: row.username,
                created_at: row.created_at,
                last_used: row.used_at,
            })
            .collect(),
    ))
}

/// Ours: begins to link an identity at a provider to the own account. It goes on in the browser, which has to be signed in here
/// by a session, at the address in the answer.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts/{nameOrId}/identities",
    tag = "accounts",
    params(("nameOrId" = String, Path, description = "The own name, or `id:` and the own id.")),
    request_body = LinkIdentity,
    responses(
        (status = 200, description = "Where the browser goes now.", body = LinkAt),
        (status = 400, description = "`INVALID_JSON`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: another's account, or without a session.", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_IDENTITY_PROVIDER`", body = Envelope),
        (status = 502, description = "`IDENTITY_PROVIDER_FAILED`", body = Envelope),
    )
)]
async fn link_identity(
    State(state): State<AppState>,
    Person(caller): Person,
    session: Session,
    Segments(user): Segments<String>,
    parts: Parts,
    Body(form): Body<LinkIdentity>,
) -> ApiResult<Json<LinkAt>> {
    let account = accounts::visible_user(&state, &caller, &user).await?;
    if sessions::account_id(&parts).await? != Some(account.id) || caller.account()?.id != account.id
    {
        return Err(ApiError::not_authorized(
            "Only who is signed in to an account, in a browser, links identities to it.",
        ));
    }
    let row = find(&state, &form.provider).await?;
    let next = format!("/users/{}/identities", account.name);
    let location = flow::begin_link(&state, &session, &parts, &row, account.id, &next).await?;
    Ok(Json(LinkAt {
        location: location.into(),
    }))
}

/// Ours: unlinks an identity: of the own account, or of anybody's by site administrators. Not the last way into an account.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    delete,
    path = "/enzi/v0/accounts/{nameOrId}/identities/{identity}",
    tag = "accounts",
    params(IdentityPath),
    responses(
        (status = 204, description = "It is unlinked."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: by an access token.", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_IDENTITY`", body = Envelope),
        (status = 409, description = "`LAST_WAY_IN`", body = Envelope),
    )
)]
async fn unlink_identity(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(path): Segments<IdentityPath>,
) -> ApiResult<StatusCode> {
    let account = accounts::visible_user(&state, &caller, &path.user).await?;
    let unlinked =
        match path.identity.parse::<Uuid>() {
            Ok(id) => {
                let event = Event::new(Kind::Delete, ObjectType::Identity, id, &path.identity)
                    .with(ObjectType::User, account.id, &account.name);
                db::identities::unlink(&state.recording(&caller, event), account.id, id).await?
            }
            Err(_) => Unlinked::Missing,
        };
    match unlinked {
        Unlinked::Gone => Ok(StatusCode::NO_CONTENT),
        Unlinked::Missing => Err(ApiError::not_found(
            "NO_SUCH_IDENTITY",
            format!("{} has no identity {}.", account.name, path.identity),
        )),
        Unlinked::LastWayIn => Err(ApiError::conflict(
            "LAST_WAY_IN",
            format!(
                "{} has no password, and could not sign in any more. Link another identity first, or let an administrator set a password.",
                account.name
            ),
        )),
    }
}
