//! The organizations and the teams that a user is in.

use api::{
    error::Envelope,
    organization::{MemberOrg, MemberOrgs, MemberTeam, MemberTeams},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{StartQuery, cut, limit, shown_teams};
use crate::{
    accounts,
    caller::Caller,
    error::ApiResult,
    input::{Parameters, Segments},
    operations::{Operations, routes},
    paging::IdStartQuery,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_organizations))
        .routes(routes!(list_teams_of_user))
}

/// Lists the organizations that a user is in, by name: the own ones, or anybody's to site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/organizations",
    tag = "organizations",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id."), StartQuery),
    responses(
        (status = 200, description = "One page.", body = MemberOrgs),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
    )
)]
async fn list_organizations(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name_or_id): Segments<String>,
    Parameters(query): Parameters<StartQuery>,
) -> ApiResult<Json<MemberOrgs>> {
    let user = accounts::visible_user(&state, &caller, &name_or_id).await?;
    let size = query.size()?;
    let contains = query.contains.as_deref();
    let mut rows =
        db::organizations::of_account(&state.db, user.id, contains, query.start(), limit(size))
            .await?;
    let next_page_start = cut(&mut rows, size, |(org, _)| &org.name);
    let orgs = accounts::shown_all(&state, rows.iter().map(|(org, _)| org)).await?;
    let member_orgs = orgs
        .into_iter()
        .zip(&rows)
        .map(|(org, (_, is_owner))| MemberOrg {
            org,
            is_admin: *is_owner,
        })
        .collect();
    Ok(Json(MemberOrgs {
        member_orgs,
        next_page_start,
    }))
}

/// The part of the query that says what to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ContainsQuery {
    /// Only teams whose name, or whose organization's name, contains this, whatever the case.
    contains: Option<String>,
}

/// Ours: lists the teams that a user is in, with their organizations: the own ones, or anybody's to site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/memberTeams",
    tag = "organizations",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id."), ContainsQuery, IdStartQuery),
    responses(
        (status = 200, description = "One page.", body = MemberTeams),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
    )
)]
async fn list_teams_of_user(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name_or_id): Segments<String>,
    Parameters(wanted): Parameters<ContainsQuery>,
    Parameters(query): Parameters<IdStartQuery>,
) -> ApiResult<Json<MemberTeams>> {
    let user = accounts::visible_user(&state, &caller, &name_or_id).await?;
    let (start, size) = query.read()?;
    let contains = wanted.contains.as_deref();
    let mut rows = db::teams::of_account(&state.db, user.id, contains, start, limit(size)).await?;
    let next = rows.get(size).map(|(team, _)| team.id.to_string());
    rows.truncate(size);
    let (teams, orgs): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let teams = shown_teams(&state, &caller, &teams).await?;
    let member_teams = orgs
        .iter()
        .zip(teams)
        .map(|(org, team)| MemberTeam {
            org: accounts::shown(org),
            team,
        })
        .collect();
    Ok(Json(MemberTeams {
        member_teams,
        next_page_start: next.unwrap_or_default(),
    }))
}
