//! The repositories that a team has a right of its own in.

use api::{
    access::{RepositoryAccess, TeamRepositories},
    error::Envelope,
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{FilterQuery, part};
use crate::{
    access,
    caller::Caller,
    error::{ApiError, ApiResult},
    input::{Parameters, Segments},
    operations::{Operations, routes},
    organizations::{Org, shown_team},
    paging::{PageQuery, Paged},
    repositories::{level_shown, shown_all},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_team_repositories))
}

/// The segments of a team's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TeamPath {
    /// Name of an organization.
    account: String,
    /// Name of one of its teams, or `id:` and its id.
    teamname: String,
}

/// Lists the repositories that a team has a right of its own in, by name; for its members, the organization's owners and site
/// administrators.
#[utoipa::path(
    get,
    path = "/api/v0/accounts/{account}/teams/{teamname}/repositoryAccess",
    tag = "access",
    params(TeamPath, FilterQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = TeamRepositories,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn list_team_repositories(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
    Parameters(wanted): Parameters<FilterQuery>,
    Parameters(query): Parameters<PageQuery>,
) -> ApiResult<Paged<TeamRepositories>> {
    let org = Org::visible(&state, &caller, &path.account).await?;
    let row = org.team(&state, &path.teamname).await?;
    let team = shown_team(&state, &caller, row).await?;
    if !team.client_user_is_member && !access::may_manage(&caller.subject(), &org.standing) {
        return Err(ApiError::not_authorized(format!(
            "Only members of the team {} and owners of {} may see this.",
            team.name, org.row.name
        )));
    }
    let page = query.page()?;
    let mut rows =
        db::grants::repositories_of_team(&state.db, team.id, part(&wanted, &page)).await?;
    let next = page.cut(&mut rows, |(repository, _)| repository.name.clone());
    let count = if page.count {
        let contains = wanted.filter.as_deref();
        Some(db::grants::count_of_team(&state.db, team.id, contains).await?)
    } else {
        None
    };
    let levels: std::collections::HashMap<_, _> = rows
        .iter()
        .map(|(repository, level)| (repository.id, level_shown(*level)))
        .collect();
    let repositories = rows.into_iter().map(|(repository, _)| repository).collect();
    let repository_access_list = shown_all(&state, &caller, repositories)
        .await?
        .into_iter()
        .filter_map(|repository| {
            Some(RepositoryAccess {
                access_level: *levels.get(&repository.id)?,
                repository,
            })
        })
        .collect();
    Ok(Paged {
        body: TeamRepositories {
            team,
            repository_access_list,
        },
        next,
        count,
    })
}
