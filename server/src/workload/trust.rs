//! One trust: shown, changed, deleted.

use api::{
    error::Envelope,
    workload::{UpdateWorkloadTrust, WorkloadTrust},
};
use axum::{Json, extract::State, http::StatusCode};
use db::{entities::workload_trust as row, workload_trusts::Settings};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{settings, shown_one};
use crate::{
    caller::{Caller, Person},
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Segments},
    operations::{Operations, routes},
    organizations::Org,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(get_trust, update_trust, delete_trust))
}

/// The segments of a trust's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TrustPath {
    /// Name of an organization.
    account: String,
    /// Name of one of its trusts.
    trust: String,
}

/// What is recorded of a trust.
pub(super) fn recorded(kind: Kind, org: &Org, id: Option<Uuid>, name: &str) -> Event {
    Event::new(
        kind,
        ObjectType::WorkloadTrust,
        id,
        format!("{}/{name}", org.row.name),
    )
    .with(ObjectType::Organization, org.row.id, &org.row.name)
    .because(org.reason())
}

/// A trust of this organization and of no other.
async fn find(state: &AppState, org: &Org, name: &str) -> ApiResult<row::Model> {
    db::workload_trusts::find(&state.db, org.row.id, name)
        .await?
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_WORKLOAD_TRUST",
                format!("The organization {} has no trust {name}.", org.row.name),
            )
        })
}

/// Ours: shows a trust; for the organization's owners and site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/accounts/{account}/workloadTrusts/{trust}",
    tag = "tokens",
    params(TrustPath),
    responses(
        (status = 200, description = "The trust.", body = WorkloadTrust),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_WORKLOAD_TRUST`", body = Envelope),
    )
)]
async fn get_trust(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TrustPath>,
) -> ApiResult<Json<WorkloadTrust>> {
    let org = Org::managed(&state, &caller, &path.account).await?;
    let row = find(&state, &org, &path.trust).await?;
    Ok(Json(shown_one(&state, org.row.id, row).await?))
}

/// Ours: changes what the body names of a trust; for the organization's owners and site administrators.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    patch,
    path = "/api/v0/accounts/{account}/workloadTrusts/{trust}",
    tag = "tokens",
    params(TrustPath),
    request_body = UpdateWorkloadTrust,
    responses(
        (status = 200, description = "The trust as it is now.", body = WorkloadTrust),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_WORKLOAD_TRUST`", body = Envelope),
    )
)]
async fn update_trust(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(path): Segments<TrustPath>,
    Body(form): Body<UpdateWorkloadTrust>,
) -> ApiResult<Json<WorkloadTrust>> {
    let org = Org::managed(&state, &caller, &path.account).await?;
    let row = find(&state, &org, &path.trust).await?;
    let id = row.id;
    let event = recorded(Kind::Update, &org, Some(id), &row.name).changes(&form);
    let rights = match &form.rights {
        Some(rights) => Some(settings::rights(&state, &org.row, rights).await?),
        None => None,
    };
    let (level, grants) = rights.unzip();
    let change = |before: Settings| -> ApiResult<Settings> {
        let mut changed = settings::set(before, form)?;
        changed.namespace_level = level.unwrap_or(changed.namespace_level);
        settings::check(&state, &changed)?;
        Ok(changed)
    };
    let db = state.recording(&caller, event);
    let row = db::workload_trusts::update(&db, id, change, grants.as_deref())
        .await?
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_WORKLOAD_TRUST",
                format!("There is no trust {} any more.", path.trust),
            )
        })?;
    Ok(Json(shown_one(&state, org.row.id, row).await?))
}

/// Ours: deletes a trust; for the organization's owners and site administrators. Registry tokens that its jobs hold go on for five
/// minutes at most.
#[utoipa::path(
    delete,
    path = "/api/v0/accounts/{account}/workloadTrusts/{trust}",
    tag = "tokens",
    params(TrustPath),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_WORKLOAD_TRUST`", body = Envelope),
    )
)]
async fn delete_trust(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<TrustPath>,
) -> ApiResult<StatusCode> {
    let org = Org::managed(&state, &caller, &path.account).await?;
    let row = find(&state, &org, &path.trust).await?;
    let event = recorded(Kind::Delete, &org, Some(row.id), &row.name);
    db::workload_trusts::delete(&state.recording(&caller, event), row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
