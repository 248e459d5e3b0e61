//! Why a tag was promoted, or was not: what each policy says of it now, line by line, and what was done.

use api::{
    error::Envelope,
    promotion::{PromotionRun, TagPolicy},
};
use axum::{Json, extract::State};
use db::{entities::promotion, promotions::history, tags::Tagged as TagRow};
use time::OffsetDateTime;

use super::{
    Whole,
    facts::Known,
    policies::shown,
    policy::{self, Asked, Terms},
    sights, worker,
};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input::Segments,
    operations::{Operations, routes},
    repositories::{Found, Named, Tagged},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(explain_tag))
}

/// Ours: says what each promotion policy of the repository says of a tag now, line by line, and what was done.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/tags/{reference}/policies",
    tag = "promotion",
    params(Named, ("reference" = String, Path, description = "A tag.")),
    responses(
        (status = 200, description = "One entry for each policy.", body = Vec<TagPolicy>),
        (status = 400, description = "`INVALID_TAG_NAME`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`", body = Envelope),
    )
)]
async fn explain_tag(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<Tagged>,
) -> ApiResult<Json<Vec<TagPolicy>>> {
    let (named, reference) = path.split();
    let found = Found::visible(&state, &caller, &named).await?;
    let tag: oci::Tag = reference
        .parse()
        .map_err(|error: oci::Error| ApiError::invalid("INVALID_TAG_NAME", error.message))?;
    let missing = || ApiError::not_found("NO_SUCH_TAG", format!("There is no tag {tag}."));
    let row = db::tags::find(&state.db, found.row.id, tag.as_str())
        .await?
        .ok_or_else(missing)?;
    let tags = db::tags::with_manifests(&state.db, found.row.id, vec![row]).await?;
    let row = tags.first().ok_or_else(missing)?;

    let rows = db::promotions::from(&state.db, found.row.id).await?;
    let policies = Whole::all(&state, rows).await?;
    let terms = policies.iter().map(|policy| Terms::of(&policy.row));
    let terms: Vec<Terms> = terms.collect::<ApiResult<_>>()?;
    let asked = terms.iter().map(Terms::asked);
    let asked = asked.fold(Asked::default(), Asked::and).with_reasons();
    let now = OffsetDateTime::now_utc();
    let known = Known::of(&state, &found.row, &tags, asked, now).await?;
    let runs = history::of_digest(&state.db, found.row.id, &row.tag.digest).await?;
    let each = shown(&state, &caller, &policies).await?;
    let mut answer = Vec::with_capacity(policies.len());
    for ((policy, terms), shown) in policies.iter().zip(&terms).zip(each) {
        let repository = super::name(&policy.source)
            .parse()
            .map_err(|error: oci::Error| ApiError::internal(&error.message))?;
        let said = known.ask(row, |facts| {
            (terms.evaluate(facts), terms.target_tag(&repository, facts))
        });
        let (evaluation, target_tag) = said.ok_or_else(missing)?;
        let own: Vec<promotion::Model> = runs
            .iter()
            .filter(|run| run.policy_id == Some(policy.row.id))
            .cloned()
            .collect();
        let verdict = evaluation.verdict;
        answer.push(TagPolicy {
            outcome: outcome(policy, row, verdict, &target_tag, &own),
            verdict: policy::verdict(verdict),
            lines: policy::lines(evaluation),
            target_tag: target_tag.ok(),
            runs: of_policy(&state, &caller, own).await?,
            policy: shown,
        });
    }
    Ok(Json(answer))
}

async fn of_policy(
    state: &AppState,
    caller: &Caller,
    rows: Vec<promotion::Model>,
) -> ApiResult<Vec<PromotionRun>> {
    let pairs = rows.iter().map(|row| (row.source_id, row.target_id));
    let sights = sights(state, caller, pairs).await?;
    let runs = rows.into_iter().zip(sights);
    Ok(runs.map(|(row, sight)| policy::run(row, sight)).collect())
}

/// What became of the image, in words.
fn outcome(
    policy: &Whole,
    row: &TagRow,
    verdict: rules::Verdict,
    target_tag: &Result<String, String>,
    runs: &[promotion::Model],
) -> String {
    let now = runs.iter().find(|run| run.revision == policy.row.revision);
    if let Some(run) = now.filter(|run| run.is_done) {
        return format!("Promoted as {}.", run.target_tag);
    }
    if worker::is_attachment(&row.tag) {
        return "The tag names a signature or another attachment, which is never promoted."
            .to_owned();
    }
    if !policy.row.enabled {
        return "The policy is switched off.".to_owned();
    }
    if let Some(reason) = &policy.row.stopped {
        return format!("The policy is stopped: {reason}.");
    }
    if !worker::applies(&policy.row, &row.tag) {
        return "The policy was saved for future pushes, and this tag was set before.".to_owned();
    }
    match (verdict, target_tag, now) {
        (rules::Verdict::DoesNotHold, ..) => "Not promoted: a criterion does not hold.".to_owned(),
        (rules::Verdict::Unknown, ..) => {
            "Not promoted: something is not known, and what is unknown never passes.".to_owned()
        }
        (rules::Verdict::Holds, Err(reason), _) => format!("Not promoted: {reason}."),
        (_, _, Some(run)) => format!("Not promoted: {}.", run.reason),
        (_, _, None) if row.tag.due_at.is_some() => "It is about to be promoted.".to_owned(),
        (_, _, None) => "All criteria hold; it is promoted with the next event.".to_owned(),
    }
}
