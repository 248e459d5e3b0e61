//! Members of an organization.

use api::{
    error::Envelope,
    organization::{Member, Members, PutMember, Teams},
};
use axum::{Json, extract::State, http::StatusCode};
use db::organizations;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashSet;
use time::OffsetDateTime;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{Org, StartQuery, cut, limit, shown_teams, user};
use crate::{
    access, accounts,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind},
    input::{Body, Parameters, Segments, bad_field},
    operations::{Operations, routes},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_members))
        .routes(routes!(get_member, put_member, delete_member))
        .routes(routes!(list_member_teams))
}

/// The segments of a member's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct MemberPath {
    /// The organization's name, or `id:` and its id.
    #[serde(rename = "nameOrId")]
    #[param(rename = "nameOrId")]
    org: String,
    /// The user's name, or `id:` and its id.
    member: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterQuery {
    /// `all`, `admins` (owners) or `non-admins`; `all` where absent.
    filter: Option<String>,
}

/// Lists the members of an organization, by name; for its members and site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/members",
    tag = "organizations",
    params(("nameOrId" = String, Path, description = "The organization's name, or `id:` and its id."), FilterQuery, StartQuery),
    responses(
        (status = 200, description = "One page.", body = Members),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn list_members(
    State(state): State<AppState>,
    caller: Caller,
    Segments(org): Segments<String>,
    Parameters(filter): Parameters<FilterQuery>,
    Parameters(query): Parameters<StartQuery>,
) -> ApiResult<Json<Members>> {
    let org = Org::visible(&state, &caller, &org).await?;
    let kind = match filter.filter.as_deref().unwrap_or_default() {
        "" | "all" => organizations::Kind::All,
        "admins" => organizations::Kind::Owners,
        "non-admins" => organizations::Kind::Members,
        _ => return Err(bad_field("filter", "filter is all, admins or non-admins.")),
    };
    let size = query.size()?;
    let contains = query.contains.as_deref();
    let mut rows = db::organizations::members(
        &state.db,
        org.row.id,
        kind,
        contains,
        query.start(),
        limit(size),
    )
    .await?;
    let next_page_start = cut(&mut rows, size, |row| &row.account.name);
    let signers = signers(&state, &caller, &org, rows.iter().map(|row| row.account.id)).await?;
    let members = rows
        .iter()
        .map(|row| Member {
            member: accounts::shown(&row.account),
            is_admin: row.is_owner,
            can_sign: signers
                .as_ref()
                .map(|found| found.contains(&row.account.id)),
        })
        .collect();
    Ok(Json(Members {
        members,
        next_page_start,
    }))
}

/// Those of these members who can sign, for who manages the organization; `None` for others.
async fn signers(
    state: &AppState,
    caller: &Caller,
    org: &Org,
    members: impl IntoIterator<Item = Uuid>,
) -> ApiResult<Option<HashSet<Uuid>>> {
    if !access::may_manage(&caller.subject(), &org.standing) {
        return Ok(None);
    }
    let now = OffsetDateTime::now_utc();
    Ok(Some(
        db::public_keys::signers(&state.db, members, now).await?,
    ))
}

/// Shows a member; for the organization's members and site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/members/{member}",
    tag = "organizations",
    params(MemberPath),
    responses(
        (status = 200, description = "The member.", body = Member),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_MEMBER`", body = Envelope),
    )
)]
async fn get_member(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<MemberPath>,
) -> ApiResult<Json<Member>> {
    let org = Org::visible(&state, &caller, &path.org).await?;
    let missing = || no_such_member(&org, &path.member);
    // Whether there is such a user elsewhere is not told.
    let row = accounts::find(&state, &path.member)
        .await?
        .ok_or_else(missing)?;
    let is_admin = db::organizations::membership(&state.db, org.row.id, row.id)
        .await?
        .ok_or_else(missing)?;
    let signers = signers(&state, &caller, &org, [row.id]).await?;
    Ok(Json(Member {
        member: accounts::shown(&row),
        is_admin,
        can_sign: signers.map(|found| found.contains(&row.id)),
    }))
}

fn no_such_member(org: &Org, name: &str) -> ApiError {
    ApiError::not_found(
        "NO_SUCH_MEMBER",
        format!("{name} is not in the organization {}.", org.row.name),
    )
}

/// Puts a user into an organization, or changes whether the member owns it; for its owners and site administrators.
#[utoipa::path(
    put,
    path = "/enzi/v0/accounts/{nameOrId}/members/{member}",
    tag = "organizations",
    params(MemberPath),
    request_body = PutMember,
    responses(
        (status = 200, description = "The member as it is now.", body = Member),
        (status = 400, description = "`INVALID_JSON`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
        (status = 409, description = "`LAST_OWNER`", body = Envelope),
    )
)]
async fn put_member(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<MemberPath>,
    Body(form): Body<PutMember>,
) -> ApiResult<Json<Member>> {
    let org = Org::managed(&state, &caller, &path.org).await?;
    let member = user(&state, &path.member).await?;
    let before = db::organizations::membership(&state.db, org.row.id, member.id).await?;
    let kind = before.map_or(Kind::Create, |_| Kind::Update);
    let is_admin = form.is_admin.or(before).unwrap_or_default();
    let event = Event::of_member(kind, &org.row, &member)
        .because(org.reason())
        .detail(json!({ "isAdmin": is_admin }));
    let db = state.recording(&caller, event);
    let now = OffsetDateTime::now_utc();
    db::organizations::put_member(&db, org.row.id, member.id, form.is_admin, now).await?;
    let signers = signers(&state, &caller, &org, [member.id]).await?;
    Ok(Json(Member {
        member: accounts::shown(&member),
        is_admin,
        can_sign: signers.map(|found| found.contains(&member.id)),
    }))
}

/// Takes a member out of an organization and of its teams; for its owners, site administrators, and the member itself.
#[utoipa::path(
    delete,
    path = "/enzi/v0/accounts/{nameOrId}/members/{member}",
    tag = "organizations",
    params(MemberPath),
    responses(
        (status = 204, description = "It is not in it any more."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_MEMBER`", body = Envelope),
        (status = 409, description = "`LAST_OWNER`", body = Envelope),
    )
)]
async fn delete_member(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<MemberPath>,
) -> ApiResult<StatusCode> {
    let own = caller.account()?;
    let leaves = accounts::find(&state, &path.member)
        .await?
        .filter(|row| row.id == own.id);
    let is_own = leaves.is_some();
    let (org, member) = if is_own {
        (Org::visible(&state, &caller, &path.org).await?, leaves)
    } else {
        let org = Org::managed(&state, &caller, &path.org).await?;
        (org, accounts::find(&state, &path.member).await?)
    };
    let missing = || no_such_member(&org, &path.member);
    let member = member.ok_or_else(missing)?;
    let reason = if is_own {
        "their own membership".to_owned()
    } else {
        org.reason()
    };
    let event = Event::of_member(Kind::Delete, &org.row, &member).because(reason);
    let db = state.recording(&caller, event);
    if db::organizations::remove_member(&db, org.row.id, member.id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(missing())
    }
}

/// Lists the teams of an organization that a member is in, by name; for its members and site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/members/{member}/teams",
    tag = "organizations",
    params(MemberPath, StartQuery),
    responses(
        (status = 200, description = "One page.", body = Teams),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_MEMBER`", body = Envelope),
    )
)]
async fn list_member_teams(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<MemberPath>,
    Parameters(query): Parameters<StartQuery>,
) -> ApiResult<Json<Teams>> {
    let org = Org::visible(&state, &caller, &path.org).await?;
    let missing = || no_such_member(&org, &path.member);
    let member = accounts::find(&state, &path.member)
        .await?
        .ok_or_else(missing)?;
    db::organizations::membership(&state.db, org.row.id, member.id)
        .await?
        .ok_or_else(missing)?;
    let size = query.size()?;
    let mut rows = db::teams::list(
        &state.db,
        org.row.id,
        Some(member.id),
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
