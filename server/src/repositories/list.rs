//! Lists of repositories: all that the caller may see, and those of one namespace.

use api::{error::Envelope, repository::Repositories};
use axum::extract::State;
use db::repositories::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::shown_all;
use crate::{
    caller::Caller,
    error::ApiResult,
    input::{Parameters, Segments, bad_field},
    operations::{Operations, routes},
    paging::{Page, PageQuery, Paged},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_repositories))
        .routes(routes!(list_namespace_repositories))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Contains {
    /// Ours: only those whose `namespace/name` or short description contains this, whatever the case.
    filter: Option<String>,
}

/// Lists the repositories that the caller may see, by name. Without an account those are the public ones.
#[utoipa::path(
    get,
    path = "/api/v0/repositories",
    tag = "repositories",
    params(PageQuery, Contains),
    responses(
        (status = 200, description = "One page.", body = Repositories,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
    )
)]
async fn list_repositories(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(page): Parameters<PageQuery>,
    Parameters(contains): Parameters<Contains>,
) -> ApiResult<Paged<Repositories>> {
    let filter = Filter {
        viewer: caller.subject().viewer(),
        namespace: None,
        contains: contains.filter.as_deref(),
    };
    list(&state, &caller, &filter, &page.page()?).await
}

/// Lists a namespace's repositories that the caller may see, by name. An unknown namespace has none.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}",
    tag = "repositories",
    params(("namespace" = String, Path, description = "Name of an account."), PageQuery, Contains),
    responses(
        (status = 200, description = "One page.", body = Repositories,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
    )
)]
async fn list_namespace_repositories(
    State(state): State<AppState>,
    caller: Caller,
    Segments(namespace): Segments<String>,
    Parameters(page): Parameters<PageQuery>,
    Parameters(contains): Parameters<Contains>,
) -> ApiResult<Paged<Repositories>> {
    let filter = Filter {
        viewer: caller.subject().viewer(),
        namespace: Some(&namespace),
        contains: contains.filter.as_deref(),
    };
    list(&state, &caller, &filter, &page.page()?).await
}

async fn list(
    state: &AppState,
    caller: &Caller,
    filter: &Filter<'_>,
    page: &Page,
) -> ApiResult<Paged<Repositories>> {
    let after = match &page.after {
        None => None,
        Some(after) => Some(after.split_once('/').ok_or_else(|| {
            bad_field(
                "pageStart",
                "pageStart is the X-Next-Page-Start of the page before.",
            )
        })?),
    };
    let mut rows = db::repositories::list(&state.db, filter, after, page.limit()).await?;
    let next = page.cut(&mut rows, |row| format!("{}/{}", row.namespace, row.name));
    let count = if page.count {
        Some(db::repositories::count(&state.db, filter).await?)
    } else {
        None
    };
    let repositories = shown_all(state, caller, rows).await?;
    Ok(Paged {
        body: Repositories { repositories },
        next,
        count,
    })
}
