//! What a user may do in a repository.

use api::{access::UserAccess, error::Envelope};
use axum::{Json, extract::State};
use oci::RepositoryName;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    access::Subject,
    accounts,
    caller::Caller,
    error::{ApiError, ApiResult},
    input::Segments,
    operations::{Operations, routes},
    repositories::{Found, level_shown},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(get_user_access))
}

/// The segments of a user's right in a repository.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct UserPath {
    /// The user's name, or `id:` and its id.
    account: String,
    /// Name of the account that owns the repository.
    namespace: String,
    /// Name of the repository within the namespace.
    reponame: String,
}

/// Says what a user may do in a repository: the caller, or anybody to site administrators. Who is switched off may do nothing.
#[utoipa::path(
    get,
    path = "/api/v0/accounts/{account}/repositoryAccess/{namespace}/{reponame}",
    tag = "access",
    params(UserPath),
    responses(
        (status = 200, description = "The highest right.", body = UserAccess),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`; `NO_SUCH_REPOSITORY`, also where the user has no right.", body = Envelope),
    )
)]
async fn get_user_access(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<UserPath>,
) -> ApiResult<Json<UserAccess>> {
    let row = accounts::visible_user(&state, &caller, &path.account).await?;
    let user = accounts::shown(&row);
    let full_name = format!("{}/{}", path.namespace, path.reponame);
    let missing = || ApiError::no_such_repository(&full_name);
    let name: RepositoryName = full_name.parse().map_err(|_| missing())?;
    let repository = db::repositories::find(&state.db, &name)
        .await?
        .ok_or_else(missing)?;
    if !row.is_active {
        return Err(missing());
    }
    let decision = state.decide(&Subject::of(&row), &repository).await?;
    let level = decision.level.ok_or_else(missing)?;
    let found = Found {
        row: repository,
        decision,
    };
    Ok(Json(UserAccess {
        access_level: level_shown(level),
        repository: found.shown(&state).await?,
        user,
    }))
}
