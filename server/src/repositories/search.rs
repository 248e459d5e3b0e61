//! Search: for the interface's palette (`autocomplete`) and for `docker search` (`dockersearch`). Both look only among what the
//! caller may see.

use api::{
    error::Envelope,
    search::{Autocomplete, DockerRepository, DockerSearch},
};
use axum::{Json, extract::State};
use db::{accounts::Kind, repositories::Filter};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::shown_all;
use crate::{
    accounts,
    caller::Caller,
    error::ApiResult,
    input::{Parameters, bad_field},
    state::AppState,
};

/// Results where the query does not say.
const DEFAULT_RESULTS: u32 = 25;
/// The most results.
const MAX_RESULTS: u32 = 100;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(autocomplete))
        .routes(routes!(docker_search))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct AutocompleteQuery {
    /// What to look for; without it, the first by name.
    query: Option<String>,
    /// Look for repositories; `true` where absent.
    include_repositories: Option<bool>,
    /// Look for accounts; `true` where absent.
    include_accounts: Option<bool>,
    /// Only repositories of this namespace.
    namespace: Option<String>,
    /// Results of each kind, from 1 to 100; 25 where absent.
    #[param(minimum = 1, maximum = 100, default = 25)]
    limit: Option<u32>,
}

/// Finds repositories and accounts whose name contains the query, whatever the case.
#[utoipa::path(
    get,
    path = "/api/v0/index/autocomplete",
    tag = "search",
    params(AutocompleteQuery),
    responses(
        (status = 200, description = "What was found.", body = Autocomplete),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
    )
)]
async fn autocomplete(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(query): Parameters<AutocompleteQuery>,
) -> ApiResult<Json<Autocomplete>> {
    let limit = query.limit.unwrap_or(DEFAULT_RESULTS);
    if !(1..=MAX_RESULTS).contains(&limit) {
        return Err(bad_field(
            "limit",
            format!("limit is a number from 1 to {MAX_RESULTS}."),
        ));
    }
    let text = query.query.unwrap_or_default();
    let mut found = Autocomplete::default();
    if query.include_repositories != Some(false) {
        let filter = Filter {
            viewer: caller.subject().viewer(),
            namespace: query.namespace.as_deref(),
            contains: Some(&text),
        };
        let rows = db::repositories::list(&state.db, &filter, None, limit.into()).await?;
        found.repository_results = shown_all(&state, &caller, rows).await?;
    }
    if query.include_accounts != Some(false) {
        found.account_results = match caller.own() {
            Some(_) if caller.subject().is_admin() => {
                let rows =
                    db::accounts::list(&state.db, Kind::All, Some(&text), None, limit.into())
                        .await?;
                rows.iter().map(accounts::shown).collect()
            }
            Some(own) if own.name.contains(&text.to_lowercase()) => {
                vec![accounts::shown(own)]
            }
            _ => Vec::new(),
        };
    }
    Ok(Json(found))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DockerSearchQuery {
    /// What to look for.
    q: Option<String>,
}

/// Finds repositories in the words of Docker's search API; at most 25.
#[utoipa::path(
    get,
    path = "/api/v0/index/dockersearch",
    tag = "search",
    params(DockerSearchQuery),
    responses((status = 200, description = "What was found.", body = DockerSearch))
)]
async fn docker_search(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(query): Parameters<DockerSearchQuery>,
) -> ApiResult<Json<DockerSearch>> {
    let text = query.q.unwrap_or_default();
    let filter = Filter {
        viewer: caller.subject().viewer(),
        namespace: None,
        contains: Some(&text),
    };
    let rows = db::repositories::list(&state.db, &filter, None, DEFAULT_RESULTS.into()).await?;
    let results: Vec<_> = rows
        .into_iter()
        .map(|row| DockerRepository {
            name: format!("{}/{}", row.namespace, row.name),
            description: row.short_description,
            is_official: false,
            is_trusted: false,
            star_count: 0,
        })
        .collect();
    Ok(Json(DockerSearch {
        num_results: u32::try_from(results.len()).unwrap_or(u32::MAX),
        query: text,
        results,
    }))
}
