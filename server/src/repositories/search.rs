//! Search: for the interface's palette (`autocomplete`) and for `docker search` (`dockersearch`). Both look only among what the
//! caller may see.

use api::{
    account::Account,
    error::Envelope,
    search::{Autocomplete, DockerRepository, DockerSearch, FoundImage},
};
use axum::{Json, extract::State};
use db::{accounts::Kind, repositories::Filter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{pasted::Pasted, shown_all};
use crate::{
    access::Level,
    accounts,
    caller::Caller,
    error::ApiResult,
    input::{Parameters, bad_field},
    operations::{Operations, routes},
    state::AppState,
};

/// Results where the query does not say.
const DEFAULT_RESULTS: u32 = 25;
/// The most results.
const MAX_RESULTS: u32 = 100;

pub(super) fn router() -> Operations {
    Operations::default()
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
    /// Only repositories of this namespace, and no images.
    namespace: Option<String>,
    /// Results of each kind, from 1 to 100; 25 where absent.
    #[param(minimum = 1, maximum = 100, default = 25)]
    limit: Option<u32>,
}

/// Finds repositories and accounts whose name contains the query, whatever the case; and images, where the query is a digest, an
/// image's id, or a reference with or without a registry.
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
    let mut text = query.query.unwrap_or_default();
    let mut found = Autocomplete::default();
    if query.include_repositories != Some(false) {
        let pasted = Pasted::read(&text);
        if let Some(Pasted::Repository(name)) = &pasted {
            name.as_str().clone_into(&mut text);
        }
        if let Some(pasted) = pasted.filter(|_| query.namespace.is_none()) {
            found.image_results = images(&state, &caller, pasted, limit).await?;
        }
        let filter = Filter {
            viewer: caller.subject().viewer(),
            namespace: query.namespace.as_deref(),
            contains: Some(&text),
        };
        let rows = db::repositories::list(&state.db, &filter, None, limit.into()).await?;
        found.repository_results = shown_all(&state, &caller, rows).await?;
    }
    if query.include_accounts != Some(false) {
        found.account_results = accounts_named(&state, &caller, &text, limit).await?;
    }
    Ok(Json(found))
}

/// The images that were pasted, as far as the caller may see them.
async fn images(
    state: &AppState,
    caller: &Caller,
    pasted: Pasted,
    limit: u32,
) -> ApiResult<Vec<FoundImage>> {
    let (name, tag, digest) = match pasted {
        Pasted::Repository(_) => return Ok(Vec::new()),
        Pasted::Digest(digest) => {
            let viewer = caller.subject().viewer();
            let places =
                db::images::by_digest(&state.db, &viewer, &digest.to_string(), limit.into())
                    .await?;
            return Ok(places
                .into_iter()
                .map(|place| FoundImage {
                    namespace: place.namespace,
                    name: place.name,
                    tag: None,
                    digest: place.digest,
                })
                .collect());
        }
        Pasted::Tag(name, tag) => (name, Some(tag), None),
        Pasted::Manifest(name, digest) => (name, None, Some(digest)),
    };
    let Some(row) = db::repositories::find(&state.db, &name).await? else {
        return Ok(Vec::new());
    };
    let decision = state.decide(&caller.subject(), &row).await?;
    if !decision.allows(Level::ReadOnly) {
        return Ok(Vec::new());
    }
    let digest = match (&tag, digest) {
        (Some(tag), _) => db::tags::find(&state.db, row.id, tag.as_str())
            .await?
            .map(|tag| tag.digest),
        (None, Some(digest)) => db::manifests::find(&state.db, row.id, &digest)
            .await?
            .map(|manifest| manifest.digest),
        (None, None) => None,
    };
    Ok(digest
        .map(|digest| FoundImage {
            namespace: row.namespace,
            name: row.name,
            tag: tag.map(|tag| tag.to_string()),
            digest,
        })
        .into_iter()
        .collect())
}

/// Accounts that the caller may see: all to a site administrator, and to others their own and those of their organizations.
async fn accounts_named(
    state: &AppState,
    caller: &Caller,
    text: &str,
    limit: u32,
) -> ApiResult<Vec<Account>> {
    let Some(own) = caller.own() else {
        return Ok(Vec::new());
    };
    if caller.subject().is_admin() {
        let rows = db::accounts::list(&state.db, Kind::All, Some(text), None, limit.into()).await?;
        return Ok(rows.iter().map(accounts::shown).collect());
    }
    let mut found = Vec::new();
    if own.name.contains(&text.to_lowercase()) {
        found.push(accounts::shown(own));
    }
    if !caller.subject().is_limited() {
        let orgs = db::organizations::of_account(&state.db, own.id, Some(text), None, limit.into());
        found.extend(orgs.await?.iter().map(|(org, _)| accounts::shown(org)));
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
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
