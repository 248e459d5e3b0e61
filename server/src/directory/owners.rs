//! What the owners of an organization follow: shown, changed, done. The same for teams is in [`super::team`].

use api::{
    error::Envelope,
    ldap::{MemberSync, MemberSyncConfig, TeamSync},
};
use axum::{Json, extract::State};
use db::directory::Follower;

use super::{follower, settings::SyncQuery};
use crate::{
    caller::Caller,
    error::ApiResult,
    events::{Event, Kind},
    input::{Body, Parameters, Segments},
    operations::{Operations, routes},
    organizations::Org,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_admin_member_sync, set_admin_member_sync))
        .routes(routes!(sync_owners))
}

/// Shows which part of the directory the owners of an organization follow; for its owners and site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/adminMemberSyncConfig",
    tag = "organizations",
    params(("nameOrId" = String, Path, description = "The organization's name, or `id:` and its id.")),
    responses(
        (status = 200, description = "What it follows.", body = MemberSync),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn get_admin_member_sync(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> ApiResult<Json<MemberSync>> {
    let org = Org::managed(&state, &caller, &name).await?;
    follower::shown(&state, &Follower::Owners { org: org.row.id }).await
}

/// Sets which part of the directory the owners of an organization follow; for its owners and site administrators. It is followed every
/// hour, and when it is asked for.
#[utoipa::path(
    put,
    path = "/enzi/v0/accounts/{nameOrId}/adminMemberSyncConfig",
    tag = "organizations",
    params(("nameOrId" = String, Path, description = "The organization's name, or `id:` and its id.")),
    request_body = MemberSyncConfig,
    responses(
        (status = 200, description = "What it follows now.", body = MemberSync),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn set_admin_member_sync(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name): Segments<String>,
    Body(form): Body<MemberSyncConfig>,
) -> ApiResult<Json<MemberSync>> {
    let org = Org::managed(&state, &caller, &name).await?;
    follower::may_choose(&caller, &form)?;
    let event = Event::of_account(Kind::Update, &org.row)
        .because(org.reason())
        .changes(&form);
    let recording = state.recording(&caller, event);
    follower::set(&recording, &Follower::Owners { org: org.row.id }, form).await
}

/// Makes the owners of an organization what the directory says, or says what that would be; for its owners and site administrators. Ours.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts/{nameOrId}/adminMemberSync",
    tag = "organizations",
    params(("nameOrId" = String, Path, description = "The organization's name, or `id:` and its id."), SyncQuery),
    responses(
        (status = 200, description = "What was done, or would be.", body = TeamSync),
        (status = 400, description = "`INVALID_PARAMETERS`: the directory is not enabled, or is not followed here.", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn sync_owners(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name): Segments<String>,
    Parameters(query): Parameters<SyncQuery>,
) -> ApiResult<Json<TeamSync>> {
    let org = Org::managed(&state, &caller, &name).await?;
    follower::follow(&state, &Follower::Owners { org: org.row.id }, query.dry_run).await
}
