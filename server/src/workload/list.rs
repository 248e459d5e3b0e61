//! The list of an organization's trusts.

use api::{
    error::Envelope,
    workload::{CreateWorkloadTrust, WorkloadTrust},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, request::Parts},
};
use db::workload_trusts::Settings;
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{settings, shown_all, shown_one, trust::recorded};
use crate::{
    accounts,
    caller::{Caller, Person},
    error::{ApiError, ApiResult},
    events::Kind,
    input::{Body, Parameters, Segments},
    operations::{Operations, routes},
    organizations::Org,
    origin::Origin,
    paging::{PageQuery, Paged},
    state::AppState,
};

/// Trusts of one organization.
const MAX_TRUSTS: u64 = 200;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_trusts, create_trust))
}

/// The part of the query that says what to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterQuery {
    /// Ours: only trusts whose name or issuer contains this, whatever the case.
    filter: Option<String>,
}

/// Ours: lists which CI jobs an organization trusts, by name; for its owners and site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/accounts/{account}/workloadTrusts",
    tag = "tokens",
    params(("account" = String, Path, description = "Name of an organization."), FilterQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<WorkloadTrust>,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn list_trusts(
    State(state): State<AppState>,
    caller: Caller,
    Segments(org): Segments<String>,
    Parameters(wanted): Parameters<FilterQuery>,
    Parameters(query): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<WorkloadTrust>>> {
    let org = Org::managed(&state, &caller, &org).await?.row;
    let page = query.page()?;
    let wanted = wanted.filter.as_deref();
    let after = page.after.as_deref();
    let mut rows =
        db::workload_trusts::list(&state.db, org.id, wanted, after, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.name.clone());
    let count = if page.count {
        Some(db::workload_trusts::count(&state.db, org.id, wanted).await?)
    } else {
        None
    };
    Ok(Paged {
        body: shown_all(&state, org.id, rows).await?,
        next,
        count,
    })
}

/// Ours: makes a trust; for the organization's owners and site administrators. Its jobs come with `organization/name` as the user
/// name and their ID token as the password of `docker login`, or exchange it at `/auth/token` (RFC 8693).
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    post,
    path = "/api/v0/accounts/{account}/workloadTrusts",
    tag = "tokens",
    params(("account" = String, Path, description = "Name of an organization.")),
    request_body = CreateWorkloadTrust,
    responses(
        (status = 201, description = "Made.", body = WorkloadTrust),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
        (status = 409, description = "`WORKLOAD_TRUST_EXISTS`, `TOO_MANY_WORKLOAD_TRUSTS`", body = Envelope),
    )
)]
async fn create_trust(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(org): Segments<String>,
    parts: Parts,
    Body(form): Body<CreateWorkloadTrust>,
) -> ApiResult<(StatusCode, Json<WorkloadTrust>)> {
    let org = Org::managed(&state, &caller, &org).await?;
    accounts::check_name(&form.name)?;
    if db::workload_trusts::count(&state.db, org.row.id, None).await? >= MAX_TRUSTS {
        return Err(ApiError::conflict(
            "TOO_MANY_WORKLOAD_TRUSTS",
            format!("The organization has {MAX_TRUSTS} trusts already, which is the most."),
        ));
    }
    let event = recorded(Kind::Create, &org, None, &form.name).changes(&form);
    let (namespace_level, grants) = settings::rights(&state, &org.row, &form.rights).await?;
    let settings = Settings {
        kind: settings::kind_name(form.kind).to_owned(),
        issuer: form.issuer,
        audience: form
            .audience
            .unwrap_or_else(|| Origin::of(&state.config, &parts).base),
        conditions: settings::conditions(form.conditions)?,
        namespace_level,
        is_active: form.is_active.unwrap_or(true),
    };
    settings::check(&state, &settings)?;
    let db = state.recording(&caller, event);
    let now = OffsetDateTime::now_utc();
    let row = db::workload_trusts::create(&db, org.row.id, form.name, settings, &grants, now)
        .await
        .map_err(|error| match error {
            db::Error::Exists(what) => {
                ApiError::conflict("WORKLOAD_TRUST_EXISTS", format!("{what} exists already."))
            }
            error => error.into(),
        })?;
    let shown = shown_one(&state, org.row.id, row).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}
