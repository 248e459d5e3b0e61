//! What a team follows: shown, changed, done. The same for owners is in [`super::owners`].

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
    organizations::{Org, TeamPath},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_member_sync, set_member_sync))
        .routes(routes!(sync_team))
}

/// Shows which part of the directory a team follows; for the organization's owners and site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}/memberSyncConfig",
    tag = "organizations",
    params(TeamPath),
    responses(
        (status = 200, description = "What it follows.", body = MemberSync),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn get_member_sync(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
) -> ApiResult<Json<MemberSync>> {
    let org = Org::managed(&state, &caller, &path.org).await?;
    let team = org.team(&state, &path.team).await?;
    follower::shown(&state, &Follower::Team(team)).await
}

/// Sets which part of the directory a team follows; for the organization's owners and site administrators, a search for the latter
/// only. It is followed every hour, and when it is asked for.
#[utoipa::path(
    put,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}/memberSyncConfig",
    tag = "organizations",
    params(TeamPath),
    request_body = MemberSyncConfig,
    responses(
        (status = 200, description = "What it follows now.", body = MemberSync),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn set_member_sync(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
    Body(form): Body<MemberSyncConfig>,
) -> ApiResult<Json<MemberSync>> {
    let org = Org::managed(&state, &caller, &path.org).await?;
    let team = org.team(&state, &path.team).await?;
    follower::may_choose(&caller, &form)?;
    let event = Event::of_team(Kind::Update, &org.row, &team)
        .because(org.reason())
        .changes(&form);
    let recording = state.recording(&caller, event);
    follower::set(&recording, &Follower::Team(team), form).await
}

/// Makes a team what the directory says, or says what that would be; for the organization's owners and site administrators. Ours.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}/memberSync",
    tag = "organizations",
    params(TeamPath, SyncQuery),
    responses(
        (status = 200, description = "What was done, or would be.", body = TeamSync),
        (status = 400, description = "`INVALID_PARAMETERS`: the directory is not enabled, or is not followed here.", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn sync_team(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
    Parameters(query): Parameters<SyncQuery>,
) -> ApiResult<Json<TeamSync>> {
    let org = Org::managed(&state, &caller, &path.org).await?;
    let team = org.team(&state, &path.team).await?;
    follower::follow(&state, &Follower::Team(team), query.dry_run).await
}
