//! Deleting accounts: eNZi's way, which leaves alone who still owns repositories, and DTR's, which takes them with it.

use api::error::Envelope;
use axum::{extract::State, http::StatusCode};
use db::{
    entities::account,
    repositories::{Filter, Viewer},
};
use serde_json::json;

use super::visible;
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind},
    input::Segments,
    operations::{Operations, routes},
    organizations::Org,
    state::AppState,
    trust,
    webhooks::tell::{RepositoryChange, Telling},
};

/// Repositories that an error names.
const MAX_NAMED: u64 = 20;
/// Repositories that are read at once.
const PAGE: u64 = 500;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(delete_account))
        .routes(routes!(delete_with_repositories))
        .routes(routes!(delete_repositories))
}

/// Deletes an account that owns no repository, with its sessions and tokens; for site administrators.
///
/// Where it owns some, nothing happens, and the answer's detail names up to 20 of them: delete those first.
#[utoipa::path(
    delete,
    path = "/enzi/v0/accounts/{nameOrId}",
    tag = "accounts",
    params(("nameOrId" = String, Path, description = "Its name, or `id:` and its id.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
        (status = 409, description = "`ACCOUNT_OWNS_REPOSITORIES`, `LAST_ADMIN`, `LAST_OWNER`", body = Envelope),
    )
)]
async fn delete_account(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name_or_id): Segments<String>,
) -> ApiResult<StatusCode> {
    caller.admin()?;
    let row = visible(&state, &caller, &name_or_id).await?;
    owns_nothing_alone(&state, &row).await?;
    let event = Event::of_account(Kind::Delete, &row);
    if db::accounts::delete(&state.recording(&caller, event), row.id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(owns_repositories(&state, &row).await?)
}

/// Deletes a user or an organization, and every repository of it (DTR); for site administrators.
#[utoipa::path(
    delete,
    path = "/api/v0/accounts/{account}",
    tag = "accounts",
    params(("account" = String, Path, description = "Its name, or `id:` and its id.")),
    responses(
        (status = 204, description = "It is gone, and what it owned."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
        (status = 405, description = "`REPOSITORY_CONTAINS_TAGS_IN_NOTARY`: delete the trust data of its repositories first.", body = Envelope),
        (status = 409, description = "`LAST_ADMIN`, `LAST_OWNER`; or `ACCOUNT_OWNS_REPOSITORIES`: one was made meanwhile.", body = Envelope),
    )
)]
async fn delete_with_repositories(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name_or_id): Segments<String>,
) -> ApiResult<StatusCode> {
    caller.admin()?;
    let row = visible(&state, &caller, &name_or_id).await?;
    owns_nothing_alone(&state, &row).await?;
    // Said before anything is gone.
    db::accounts::may_go(&state.db, row.id).await?;
    trust::refuse_signed(&state, &row).await?;
    let reason = format!("with its account {}", row.name);
    empty(&state, &caller, &row, &reason).await?;
    let event = Event::of_account(Kind::Delete, &row);
    if db::accounts::delete(&state.recording(&caller, event), row.id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(owns_repositories(&state, &row).await?)
}

/// Deletes every repository of a user or an organization (DTR, deprecated there); for the user, the organization's owners, and
/// site administrators.
#[utoipa::path(
    delete,
    path = "/api/v0/accounts/{account}/repositories",
    tag = "accounts",
    params(("account" = String, Path, description = "Its name, or `id:` and its id.")),
    responses(
        (status = 204, description = "They are gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
        (status = 405, description = "`REPOSITORY_CONTAINS_TAGS_IN_NOTARY`: delete their trust data first.", body = Envelope),
    )
)]
async fn delete_repositories(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name_or_id): Segments<String>,
) -> ApiResult<StatusCode> {
    let mut row = visible(&state, &caller, &name_or_id).await?;
    if row.is_org {
        row = Org::managed(&state, &caller, &name_or_id).await?.row;
    }
    trust::refuse_signed(&state, &row).await?;
    let reason = format!("all of {}", row.name);
    empty(&state, &caller, &row, &reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes the repositories of an account, one after the other, each with its event.
async fn empty(
    state: &AppState,
    caller: &Caller,
    row: &account::Model,
    reason: &str,
) -> ApiResult<()> {
    loop {
        let page = db::repositories::list(&state.db, &owned(row), None, PAGE).await?;
        for repository in &page {
            let event = Event::of_repository(Kind::Delete, repository).because(reason);
            let telling =
                Telling::of_change(state, repository, RepositoryChange::Deleted, caller.name());
            let told = telling.await?.of_repository(repository);
            let db = state.recording(caller, event).telling(told);
            db::repositories::delete(&db, repository).await?;
        }
        if page.is_empty() {
            return Ok(());
        }
    }
}

fn owned(row: &account::Model) -> Filter<'_> {
    Filter {
        viewer: Viewer::Admin,
        namespace: Some(&row.name),
        contains: None,
    }
}

/// Says which organizations would have no owner any more. Only [`db::accounts::delete`] can be sure.
async fn owns_nothing_alone(state: &AppState, row: &account::Model) -> ApiResult<()> {
    let alone = db::organizations::owned_alone(&state.db, row.id).await?;
    if alone.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{} is the only owner of organizations. Make somebody else an owner first: {}.",
        row.name,
        alone.join(", ")
    );
    Err(ApiError::conflict("LAST_OWNER", message).with_detail(json!({ "organizations": alone })))
}

/// What an account owns, as the reason why it stays.
async fn owns_repositories(state: &AppState, row: &account::Model) -> ApiResult<ApiError> {
    let owned = owned(row);
    let count = db::repositories::count(&state.db, &owned).await?;
    let names: Vec<String> = db::repositories::list(&state.db, &owned, None, MAX_NAMED)
        .await?
        .into_iter()
        .map(|repository| format!("{}/{}", repository.namespace, repository.name))
        .collect();
    let message = format!(
        "{} owns repositories ({count}). Delete them first: {}.",
        row.name,
        names.join(", ")
    );
    Ok(ApiError::conflict("ACCOUNT_OWNS_REPOSITORIES", message)
        .with_detail(json!({ "count": count, "repositories": names })))
}
