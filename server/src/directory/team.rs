//! What a team follows: shown, changed, done.

use api::{
    error::Envelope,
    ldap::{MemberSync, MemberSyncConfig, TeamSync},
};
use axum::{Json, extract::State};
use db::entities::team_sync;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    settings::{self, SyncQuery},
    sync,
};
use crate::{
    caller::Caller,
    error::ApiResult,
    events::{Event, Kind},
    input::{Body, Parameters, Segments, bad_field},
    organizations::{Org, TeamPath},
    state::AppState,
};

/// Bytes of what a team follows.
const MAX_CONFIG: usize = 8192;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
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
    let row = db::directory::team_sync(&state.db, team.id).await?;
    Ok(Json(row.map(shown).unwrap_or_default()))
}

fn shown(row: team_sync::Model) -> MemberSync {
    MemberSync {
        config: serde_json::from_value(row.config).unwrap_or_default(),
        last_synced_at: row.synced_at,
        last_error: row.error,
    }
}

/// Sets which part of the directory a team follows; for the organization's owners and site administrators. It is followed every
/// hour, and when it is asked for.
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
    let bad = |message: String| bad_field("memberSyncConfig", message);
    let config = serde_json::to_value(&form).map_err(|error| bad(error.to_string()))?;
    if config.to_string().len() > MAX_CONFIG {
        return Err(bad(format!("It has more than {MAX_CONFIG} bytes.")));
    }
    let sync: auth::ldap::MemberSync =
        serde_json::from_value(config.clone()).map_err(|error| bad(error.to_string()))?;
    sync.check().map_err(|error| bad(error.to_string()))?;
    let event = Event::of_team(Kind::Update, &org.row, &team)
        .because(org.reason())
        .changes(&form);
    db::directory::set_team_sync(&state.recording(&caller, event), team.id, config).await?;
    Ok(Json(MemberSync {
        config: form,
        ..MemberSync::default()
    }))
}

/// Makes a team what the directory says, or says what that would be; for the organization's owners and site administrators. Ours.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}/memberSync",
    tag = "organizations",
    params(TeamPath, SyncQuery),
    responses(
        (status = 200, description = "What was done, or would be.", body = TeamSync),
        (status = 400, description = "`INVALID_PARAMETERS`: the directory is not enabled, or the team does not follow it.", body = Envelope),
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
    let settings = settings::enabled(&state)
        .await?
        .ok_or_else(|| bad_field("ldap", "The directory is not enabled."))?;
    let sync = db::directory::team_sync(&state.db, team.id)
        .await?
        .filter(|row| sync::config(row).enable_sync)
        .ok_or_else(|| {
            bad_field(
                "memberSyncConfig",
                "The team does not follow the directory.",
            )
        })?;
    let done = sync::one_team(&state, &settings, &team, &sync, query.dry_run).await?;
    Ok(Json(done))
}
