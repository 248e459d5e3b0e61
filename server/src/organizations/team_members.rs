//! Members of a team.

use api::{
    error::Envelope,
    organization::{Member, Members, PutMember},
};
use axum::{Json, extract::State, http::StatusCode};
use db::entities::{account, team};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{Org, StartQuery, cut, limit, teams::TeamPath, user};
use crate::{
    accounts,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Parameters, Segments, bad_field},
    operations::{Operations, routes},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_team_members))
        .routes(routes!(
            get_team_member,
            put_team_member,
            delete_team_member
        ))
}

/// The segments of a team member's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TeamMemberPath {
    /// The organization's name, or `id:` and its id.
    #[serde(rename = "nameOrId")]
    #[param(rename = "nameOrId")]
    org: String,
    /// The team's name, or `id:` and its id.
    team: String,
    /// The user's name, or `id:` and its id.
    member: String,
}

/// Lists the members of a team, by name; for the organization's members and site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}/members",
    tag = "organizations",
    params(TeamPath, StartQuery),
    responses(
        (status = 200, description = "One page.", body = Members),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn list_team_members(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamPath>,
    Parameters(query): Parameters<StartQuery>,
) -> ApiResult<Json<Members>> {
    let org = Org::visible(&state, &caller, &path.org).await?;
    let team = org.team(&state, &path.team).await?;
    let size = query.size()?;
    let contains = query.contains.as_deref();
    let mut rows =
        db::teams::members(&state.db, team.id, contains, query.start(), limit(size)).await?;
    let next_page_start = cut(&mut rows, size, |row| &row.name);
    let members = rows
        .iter()
        .map(|row| Member {
            member: accounts::shown(row),
            is_admin: false,
            can_sign: None,
        })
        .collect();
    Ok(Json(Members {
        members,
        next_page_start,
    }))
}

/// Shows a member of a team; for the organization's members and site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}/members/{member}",
    tag = "organizations",
    params(TeamMemberPath),
    responses(
        (status = 200, description = "The member.", body = Member),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`, `NO_SUCH_MEMBER`", body = Envelope),
    )
)]
async fn get_team_member(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamMemberPath>,
) -> ApiResult<Json<Member>> {
    let org = Org::visible(&state, &caller, &path.org).await?;
    let team = org.team(&state, &path.team).await?;
    let missing = || no_such_member(&path);
    let row = accounts::find(&state, &path.member)
        .await?
        .ok_or_else(missing)?;
    if !db::teams::has_member(&state.db, team.id, row.id).await? {
        return Err(missing());
    }
    Ok(Json(Member {
        member: accounts::shown(&row),
        is_admin: false,
        can_sign: None,
    }))
}

fn no_such_member(path: &TeamMemberPath) -> ApiError {
    ApiError::not_found(
        "NO_SUCH_MEMBER",
        format!("{} is not in the team {}.", path.member, path.team),
    )
}

/// What is recorded of a membership.
fn membership(kind: Kind, org: &Org, team: &team::Model, member: &account::Model) -> Event {
    let name = format!("{}/{}", org.row.name, team.name);
    Event::new(kind, ObjectType::TeamMembership, team.id, name)
        .with(ObjectType::User, member.id, &member.name)
        .because(org.reason())
}

/// Puts a user into a team, and into its organization; for the organization's owners and site administrators.
#[utoipa::path(
    put,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}/members/{member}",
    tag = "organizations",
    params(TeamMemberPath),
    request_body = PutMember,
    responses(
        (status = 200, description = "The member.", body = Member),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`, `NO_SUCH_USER`", body = Envelope),
    )
)]
async fn put_team_member(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamMemberPath>,
    Body(form): Body<PutMember>,
) -> ApiResult<Json<Member>> {
    let org = Org::managed(&state, &caller, &path.org).await?;
    if form.is_admin == Some(true) {
        return Err(bad_field(
            "isAdmin",
            "A team has no administrators of its own: leave isAdmin false.",
        ));
    }
    let team = org.team(&state, &path.team).await?;
    let member = user(&state, &path.member).await?;
    let event = membership(Kind::Create, &org, &team, &member);
    let db = state.recording(&caller, event);
    db::teams::put_member(&db, &team, member.id, OffsetDateTime::now_utc()).await?;
    Ok(Json(Member {
        member: accounts::shown(&member),
        is_admin: false,
        can_sign: None,
    }))
}

/// Takes a user out of a team; it stays in the organization. For the organization's owners and site administrators.
#[utoipa::path(
    delete,
    path = "/enzi/v0/accounts/{nameOrId}/teams/{team}/members/{member}",
    tag = "organizations",
    params(TeamMemberPath),
    responses(
        (status = 204, description = "It is not in it any more."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`, `NO_SUCH_MEMBER`", body = Envelope),
    )
)]
async fn delete_team_member(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TeamMemberPath>,
) -> ApiResult<StatusCode> {
    let org = Org::managed(&state, &caller, &path.org).await?;
    let team = org.team(&state, &path.team).await?;
    let missing = || no_such_member(&path);
    let member = accounts::find(&state, &path.member)
        .await?
        .ok_or_else(missing)?;
    let event = membership(Kind::Delete, &org, &team, &member);
    let db = state.recording(&caller, event);
    if db::teams::remove_member(&db, team.id, member.id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(missing())
    }
}
