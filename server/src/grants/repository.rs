//! The teams with a right in one repository.

use api::{
    access::{RepositoryTeams, SetAccess},
    error::Envelope,
};
use axum::{Json, extract::State, http::StatusCode};
use db::entities::{account, team};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{FilterQuery, level, part, shown};
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Parameters, Segments},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    repositories::{Found, Named},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_repository_teams))
        .routes(routes!(set_repository_team, delete_repository_team))
}

/// The segments of a team's right in a repository.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TeamPath {
    /// Name of the organization that owns the repository.
    namespace: String,
    /// Name of the repository within the namespace.
    reponame: String,
    /// Name of a team of the organization, or `id:` and its id.
    teamname: String,
}

impl TeamPath {
    fn named(&self) -> Named {
        Named {
            namespace: self.namespace.clone(),
            reponame: self.reponame.clone(),
        }
    }
}

/// Lists the teams with a right in a repository of an organization, by name; needs admin access.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/teamAccess",
    tag = "access",
    params(Named, FilterQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = RepositoryTeams,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`, `NOT_OWNED_BY_ORGANIZATION`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn list_repository_teams(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Parameters(wanted): Parameters<FilterQuery>,
    Parameters(query): Parameters<PageQuery>,
) -> ApiResult<Paged<RepositoryTeams>> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    organization(&state, &found).await?;
    let page = query.page()?;
    let mut rows =
        db::grants::teams_of_repository(&state.db, found.row.id, part(&wanted, &page)).await?;
    let next = page.cut(&mut rows, |(team, _)| team.name.clone());
    let count = if page.count {
        let contains = wanted.filter.as_deref();
        Some(db::grants::count_of_repository(&state.db, found.row.id, contains).await?)
    } else {
        None
    };
    Ok(Paged {
        body: RepositoryTeams {
            repository: found.shown(&state).await?,
            team_access_list: shown(&state, &caller, rows).await?,
        },
        next,
        count,
    })
}

/// Sets what a team may do in a repository of its organization; needs admin access.
#[utoipa::path(
    put,
    path = "/api/v0/repositories/{namespace}/{reponame}/teamAccess/{teamname}",
    tag = "access",
    params(TeamPath),
    request_body = SetAccess,
    responses(
        (status = 200, description = "The right as it is now: a list of this team alone.", body = RepositoryTeams),
        (status = 400, description = "`INVALID_JSON`, `NOT_OWNED_BY_ORGANIZATION`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn set_repository_team(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
    Body(form): Body<SetAccess>,
) -> ApiResult<Json<RepositoryTeams>> {
    let found = Found::with(&state, &caller, &path.named(), Level::Admin).await?;
    let team = team(&state, &found, &path.teamname).await?;
    let event = granted(Kind::Update, &caller, &found, &team).changes(&form);
    let level = level(form.access_level);
    let db = state.recording(&caller, event);
    db::grants::grant_repository(&db, &team, &found.row, level).await?;
    Ok(Json(RepositoryTeams {
        repository: found.shown(&state).await?,
        team_access_list: shown(&state, &caller, vec![(team, level)]).await?,
    }))
}

/// Takes a team's right in a repository away; needs admin access.
#[utoipa::path(
    delete,
    path = "/api/v0/repositories/{namespace}/{reponame}/teamAccess/{teamname}",
    tag = "access",
    params(TeamPath),
    responses(
        (status = 204, description = "The team has no right of its own there any more."),
        (status = 400, description = "`NOT_OWNED_BY_ORGANIZATION`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn delete_repository_team(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
) -> ApiResult<StatusCode> {
    let found = Found::with(&state, &caller, &path.named(), Level::Admin).await?;
    let team = team(&state, &found, &path.teamname).await?;
    let event = granted(Kind::Delete, &caller, &found, &team);
    let db = state.recording(&caller, event);
    db::grants::revoke_repository(&db, team.id, found.row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is recorded of a right.
fn granted(kind: Kind, caller: &Caller, found: &Found, team: &team::Model) -> Event {
    let name = format!("{}/{}", found.row.namespace, found.row.name);
    Event::new(kind, ObjectType::RepositoryAccess, found.row.id, name)
        .with(ObjectType::Team, team.id, &team.name)
        .because(found.reason(caller))
}

/// The organization that owns the repository; 400 where a user does.
async fn organization(state: &AppState, found: &Found) -> ApiResult<account::Model> {
    db::accounts::by_id(&state.db, found.row.account_id)
        .await?
        .filter(|owner| owner.is_org)
        .ok_or_else(|| {
            ApiError::invalid(
                "NOT_OWNED_BY_ORGANIZATION",
                "The repository is not owned by an organization, so no team can have a right in it.",
            )
        })
}

/// A team of the organization that owns the repository.
async fn team(state: &AppState, found: &Found, name_or_id: &str) -> ApiResult<team::Model> {
    let org = organization(state, found).await?;
    let team = match name_or_id.strip_prefix("id:").map(str::parse) {
        Some(Ok(id)) => db::teams::by_id(&state.db, org.id, id).await?,
        Some(Err(_)) => None,
        None => db::teams::find(&state.db, org.id, name_or_id).await?,
    };
    team.ok_or_else(|| {
        ApiError::not_found(
            "NO_SUCH_TEAM",
            format!("The organization {} has no team {name_or_id}.", org.name),
        )
    })
}
