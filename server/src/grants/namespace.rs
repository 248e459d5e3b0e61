//! The teams with a right in every repository of their organization.

use api::{
    access::{NamespaceTeam, NamespaceTeams, SetAccess},
    error::Envelope,
};
use axum::{Json, extract::State, http::StatusCode};
use db::{entities::team, grants::Level};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{FilterQuery, level, part, shown};
use crate::{
    access,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Parameters, Segments},
    operations::{Operations, routes},
    organizations::{Org, shown_team},
    paging::{PageQuery, Paged},
    repositories::level_shown,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_namespace_teams))
        .routes(routes!(
            get_namespace_team,
            set_namespace_team,
            delete_namespace_team
        ))
}

/// The segments of a team's right in a namespace.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TeamPath {
    /// Name of an organization.
    namespace: String,
    /// Name of one of its teams, or `id:` and its id.
    teamname: String,
}

/// Lists the teams with a right in a whole namespace, by name; for the organization's members and site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/repositoryNamespaces/{namespace}/teamAccess",
    tag = "access",
    params(("namespace" = String, Path, description = "Name of an organization."), FilterQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = NamespaceTeams,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn list_namespace_teams(
    State(state): State<AppState>,
    caller: Caller,
    Segments(namespace): Segments<String>,
    Parameters(wanted): Parameters<FilterQuery>,
    Parameters(query): Parameters<PageQuery>,
) -> ApiResult<Paged<NamespaceTeams>> {
    let org = Org::visible(&state, &caller, &namespace).await?;
    let page = query.page()?;
    let mut rows =
        db::grants::teams_of_namespace(&state.db, org.row.id, part(&wanted, &page)).await?;
    let next = page.cut(&mut rows, |(team, _)| team.name.clone());
    let count = if page.count {
        let contains = wanted.filter.as_deref();
        Some(db::grants::count_of_namespace(&state.db, org.row.id, contains).await?)
    } else {
        None
    };
    Ok(Paged {
        body: NamespaceTeams {
            namespace: org.row.name,
            team_access_list: shown(&state, &caller, rows).await?,
        },
        next,
        count,
    })
}

/// Shows a team's right in a whole namespace; for the organization's members and site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/repositoryNamespaces/{namespace}/teamAccess/{teamname}",
    tag = "access",
    params(TeamPath),
    responses(
        (status = 200, description = "The right.", body = NamespaceTeam),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`, `NO_SUCH_NAMESPACE_TEAM_ACCESS`", body = Envelope),
    )
)]
async fn get_namespace_team(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
) -> ApiResult<Json<NamespaceTeam>> {
    let org = Org::visible(&state, &caller, &path.namespace).await?;
    let team = org.team(&state, &path.teamname).await?;
    let level = db::grants::of_namespace(&state.db, team.id)
        .await?
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_NAMESPACE_TEAM_ACCESS",
                format!(
                    "The team {} has no right in the whole namespace.",
                    team.name
                ),
            )
        })?;
    answer(&state, &caller, org, team, level).await
}

/// Sets what a team may do in every repository of its organization; for who holds admin access to the whole namespace.
#[utoipa::path(
    put,
    path = "/api/v0/repositoryNamespaces/{namespace}/teamAccess/{teamname}",
    tag = "access",
    params(TeamPath),
    request_body = SetAccess,
    responses(
        (status = 200, description = "The right as it is now.", body = NamespaceTeam),
        (status = 400, description = "`INVALID_JSON`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn set_namespace_team(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
    Body(form): Body<SetAccess>,
) -> ApiResult<Json<NamespaceTeam>> {
    let org = administered(&state, &caller, &path.namespace).await?;
    let team = org.team(&state, &path.teamname).await?;
    let event = granted(Kind::Update, &org, &team).changes(&form);
    let level = level(form.access_level);
    let db = state.recording(&caller, event);
    db::grants::grant_namespace(&db, &team, level).await?;
    answer(&state, &caller, org, team, level).await
}

/// Takes a team's right in a whole namespace away; for who holds admin access to it.
#[utoipa::path(
    delete,
    path = "/api/v0/repositoryNamespaces/{namespace}/teamAccess/{teamname}",
    tag = "access",
    params(TeamPath),
    responses(
        (status = 204, description = "The team has no right in the whole namespace any more."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn delete_namespace_team(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
) -> ApiResult<StatusCode> {
    let org = administered(&state, &caller, &path.namespace).await?;
    let team = org.team(&state, &path.teamname).await?;
    let db = state.recording(&caller, granted(Kind::Delete, &org, &team));
    db::grants::revoke_namespace(&db, team.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is recorded of a right.
fn granted(kind: Kind, org: &Org, team: &team::Model) -> Event {
    let reason = match org.reason() {
        reason if reason.is_empty() => "admin access to the whole namespace".to_owned(),
        reason => reason,
    };
    Event::new(kind, ObjectType::NamespaceAccess, org.row.id, &org.row.name)
        .with(ObjectType::Team, team.id, &team.name)
        .because(reason)
}

/// The organization, for who holds admin access to its whole namespace; else 401, 403 or 404.
async fn administered(state: &AppState, caller: &Caller, name: &str) -> ApiResult<Org> {
    let org = Org::visible(state, caller, name).await?;
    if access::may_create(&caller.subject(), org.row.id, &org.standing) {
        return Ok(org);
    }
    Err(ApiError::not_authorized(format!(
        "This needs admin access to the whole namespace {name}. An owner of the organization can do it.",
    )))
}

async fn answer(
    state: &AppState,
    caller: &Caller,
    org: Org,
    team: team::Model,
    level: Level,
) -> ApiResult<Json<NamespaceTeam>> {
    Ok(Json(NamespaceTeam {
        access_level: level_shown(level),
        namespace: org.row.name,
        team: shown_team(state, caller, team).await?,
    }))
}
