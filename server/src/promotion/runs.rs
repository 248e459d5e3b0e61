//! What was promoted from a repository, or to it, and what could not be.

use api::{error::Envelope, promotion::PromotionRun};
use axum::extract::State;
use db::promotions::history::{self, Of};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{policy, sights};
use crate::{
    access::Level,
    caller::Caller,
    error::ApiResult,
    input::{Parameters, Segments, bad_field},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    repositories::{Found, Named},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_runs))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RunsQuery {
    /// Those from the repository; with `false` those to it.
    #[param(default = true)]
    source: Option<bool>,
}

/// Ours: lists what was promoted from a repository, or to it, and what could not be, the newest first. Needs admin access.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/promotions",
    tag = "promotion",
    params(Named, PageQuery, RunsQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<PromotionRun>, headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn list_runs(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Parameters(page): Parameters<PageQuery>,
    Parameters(query): Parameters<RunsQuery>,
) -> ApiResult<Paged<Vec<PromotionRun>>> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let page = page.page()?;
    let before = page.after.as_deref().map(str::parse).transpose();
    let before = before.map_err(|_| {
        bad_field(
            "pageStart",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    })?;
    let of = if query.source.unwrap_or(true) {
        Of::Source(found.row.id)
    } else {
        Of::Target(found.row.id)
    };
    let mut rows = history::list(&state.db, of, before, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.id.to_string());
    let pairs = rows.iter().map(|row| (row.source_id, row.target_id));
    let sights = sights(&state, &caller, pairs).await?;
    let runs = rows.into_iter().zip(sights);
    Ok(Paged {
        body: runs.map(|(row, sight)| policy::run(row, sight)).collect(),
        next,
        count: None,
    })
}
