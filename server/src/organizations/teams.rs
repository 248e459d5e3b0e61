//! Teams of an organization.

use api::{
    error::Envelope,
    organization::{CreateTeam, Team, Teams, UpdateTeam},
};
use axum::{Json, extract::State, http::StatusCode};
use oci::name::Namespace;
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{Org, StartQuery, cut, limit, shown_team, shown_teams};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Parameters, Segments, bad_field, one_line},
    operations::{Operations, routes},
    state::AppState,
};

/// Characters of a team's name.
const MAX_NAME: usize = 64;
/// Characters of a team's description.
const MAX_DESCRIPTION: usize = 140;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_teams, create_team))
        .routes(routes!(get_team, update_team, delete_team))
}

/// The segments of a team's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TeamPath {
    /// The organization's name, or `id:` and its id.
    #[serde(rename = "nameOrId")]
    #[param(rename = "nameOrId")]
    pub(crate) org: String,
    /// The team's name, or `id:` and its id.
    pub(crate) team: String,
}

/// Lists an organization's teams, by name; for its members and site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/teams",
    tag = "organizations",
    params(("nameOrId" = String, Path, description = "The organization's name, or `id:` and its id."), StartQuery),
    responses(
        (status = 200, description = "One page.", body = Teams),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn list_teams(
    State(state): State<AppState>,
    caller: Caller,
    Segments(org): Segments<String>,
    Parameters(query): Parameters<StartQuery>,
) -> ApiResult<Json<Teams>> {
    let org = Org::visible(&state, &caller, &org).await?;
    let size = query.size()?;
    let mut rows = db::teams::list(
        &state.db,
        org.row.id,
        None,
        query.contains.as_deref(),
        query.start(),
        limit(size),
    )
    .await?;
    let next_page_start = cut(&mut rows, size, |row| &row.name);
    Ok(Json(Teams {
        teams: shown_teams(&state, &caller, &rows).await?,
        next_page_start,
    }))
}

/// Makes a team; for the organization's owners and site administrators.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts/{nameOrId}/teams",
    tag = "organizations",
    params(("nameOrId" = String, Path, description = "The organization's name, or `id:` and its id.")),
    request_body = CreateTeam,
    responses(
        (status = 201, description = "Created.", body = Team),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
        (status = 409, description = "`TEAM_EXISTS`", body = Envelope),
    )
)]
async fn create_team(
    State(state): State<AppState>,
    caller: Caller,
    Segments(org): Segments<String>,
    Body(form): Body<CreateTeam>,
) -> ApiResult<(StatusCode, Json<Team>)> {
    let org = Org::managed(&state, &caller, &org).await?;
    let name = name(form.name)?;
    let description = one_line("description", form.description, MAX_DESCRIPTION)?;
    let now = OffsetDateTime::now_utc();
    let event = Event::new(Kind::Create, ObjectType::Team, None, &name)
        .with(ObjectType::Organization, org.row.id, &org.row.name)
        .because(org.reason());
    let db = state.recording(&caller, event);
    let row = db::teams::create(&db, org.row.id, name, description, now)
        .await
        .map_err(taken)?;
    let shown = shown_team(&state, &caller, row).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Shows a team; for the organization's members and site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}",
    tag = "organizations",
    params(TeamPath),
    responses(
        (status = 200, description = "The team.", body = Team),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn get_team(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
) -> ApiResult<Json<Team>> {
    let org = Org::visible(&state, &caller, &path.org).await?;
    let row = org.team(&state, &path.team).await?;
    Ok(Json(shown_team(&state, &caller, row).await?))
}

/// Changes a team's name or description; for the organization's owners and site administrators.
#[utoipa::path(
    patch,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}",
    tag = "organizations",
    params(TeamPath),
    request_body = UpdateTeam,
    responses(
        (status = 200, description = "The team as it is now.", body = Team),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
        (status = 409, description = "`TEAM_EXISTS`", body = Envelope),
    )
)]
async fn update_team(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
    Body(form): Body<UpdateTeam>,
) -> ApiResult<Json<Team>> {
    let org = Org::managed(&state, &caller, &path.org).await?;
    let team = org.team(&state, &path.team).await?;
    let event = Event::of_team(Kind::Update, &org.row, &team)
        .because(org.reason())
        .changes(&form);
    let update = db::teams::Update {
        name: form.name.map(name).transpose()?,
        description: form
            .description
            .map(|text| one_line("description", text, MAX_DESCRIPTION))
            .transpose()?,
    };
    let db = state.recording(&caller, event);
    let row = db::teams::update(&db, team.id, update)
        .await
        .map_err(taken)?
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_TEAM",
                format!("There is no team {} any more.", path.team),
            )
        })?;
    Ok(Json(shown_team(&state, &caller, row).await?))
}

/// Deletes a team with its memberships and rights; for the organization's owners and site administrators.
#[utoipa::path(
    delete,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}",
    tag = "organizations",
    params(TeamPath),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn delete_team(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
) -> ApiResult<StatusCode> {
    let org = Org::managed(&state, &caller, &path.org).await?;
    let team = org.team(&state, &path.team).await?;
    let event = Event::of_team(Kind::Delete, &org.row, &team).because(org.reason());
    db::teams::delete(&state.recording(&caller, event), team.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn name(name: String) -> ApiResult<String> {
    name.parse::<Namespace>()
        .map_err(|error| bad_field("name", error.message))?;
    if name.len() > MAX_NAME {
        return Err(bad_field(
            "name",
            format!("name has more than {MAX_NAME} characters; shorten it."),
        ));
    }
    Ok(name)
}

fn taken(error: db::Error) -> ApiError {
    match error {
        db::Error::Exists(what) => {
            ApiError::conflict("TEAM_EXISTS", format!("{what} exists already."))
        }
        error => error.into(),
    }
}
