//! What promotion policies were.

use api::{error::Envelope, promotion::PolicyRevision};
use axum::{Json, extract::State};

use super::{Whole, policies::OfPolicy, policy, sights};
use crate::{
    access::Level,
    caller::Caller,
    error::ApiResult,
    input::Segments,
    operations::{Operations, routes},
    repositories::{Found, Named},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_revisions))
}

/// Ours: lists what a promotion policy was, the newest revision first. Needs admin access to its source or its target.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies/{promotionpolicyid}/revisions",
    tag = "promotion",
    params(Named, ("promotionpolicyid" = String, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The last hundred.", body = Vec<PolicyRevision>),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_PROMOTION_POLICY`", body = Envelope),
    )
)]
async fn list_revisions(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OfPolicy>,
) -> ApiResult<Json<Vec<PolicyRevision>>> {
    let (named, id) = path.split();
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let policy = Whole::find(&state, found.row.id, &id).await?;
    let rows = db::promotions::revisions(&state.db, policy.row.id).await?;
    let pairs = rows.iter().map(|row| (policy.source.id, row.target_id));
    let sights = sights(&state, &caller, pairs).await?;
    let revisions = rows
        .into_iter()
        .zip(sights)
        .map(|(row, sight)| PolicyRevision {
            revision: u32::try_from(row.revision).unwrap_or_default(),
            enabled: row.enabled,
            rules: if sight.source {
                policy::stored(&row.rules)
            } else {
                Vec::new()
            },
            tag_template: row.tag_template,
            include_referrers: row.referrers,
            target_repository: if sight.target {
                row.target
            } else {
                String::new()
            },
            author: row.author,
            made_at: row.made_at,
        });
    Ok(Json(revisions.collect()))
}
