//! The organizations that an account is in.

use api::{
    error::Envelope,
    organization::{MemberOrg, MemberOrgs},
};
use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{StartQuery, cut, limit};
use crate::{
    accounts,
    caller::Caller,
    error::ApiResult,
    input::{Parameters, Segments},
    state::AppState,
};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list_organizations))
}

/// Lists the organizations that an account is in, by name: the own ones, or anybody's to site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/organizations",
    tag = "organizations",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id."), StartQuery),
    responses(
        (status = 200, description = "One page.", body = MemberOrgs),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn list_organizations(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name_or_id): Segments<String>,
    Parameters(query): Parameters<StartQuery>,
) -> ApiResult<Json<MemberOrgs>> {
    let row = accounts::visible(&state, &caller, &name_or_id).await?;
    let size = query.size()?;
    let mut rows =
        db::organizations::of_account(&state.db, row.id, query.start(), limit(size)).await?;
    let next_page_start = cut(&mut rows, size, |(org, _)| &org.name);
    let member_orgs = rows
        .iter()
        .map(|(org, is_owner)| MemberOrg {
            org: accounts::shown(org),
            is_admin: *is_owner,
        })
        .collect();
    Ok(Json(MemberOrgs {
        member_orgs,
        next_page_start,
    }))
}
