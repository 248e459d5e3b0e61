//! Why a tag was promoted, or was not: what each policy says of it now, line by line, and what was done.

use api::{error::Envelope, promotion::TagPolicy};
use axum::{Json, extract::State};
use db::{
    entities::{promotion, tag},
    promotions::history,
    tags::Tagged as TagRow,
};
use time::OffsetDateTime;

use super::{
    Whole,
    facts::Known,
    policies::shown,
    policy::{self, Asked, Sight, Terms},
    sights, worker,
};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    immutability,
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
    let runs = history::of_tag(&state.db, &row.tag).await?;
    let promoted = runs.iter().filter(|run| run.is_done);
    let promoted = promoted.map(|run| (run.target_id, run.target_tag.as_str()));
    let there = db::tags::find_all(&state.db, promoted).await?;
    let pairs = policies
        .iter()
        .map(|policy| (policy.source.id, policy.target.id));
    let sights = sights(&state, &caller, pairs).await?;
    let each = shown(&state, &caller, &policies).await?;
    let mut answer = Vec::with_capacity(policies.len());
    for (((policy, terms), shown), sight) in policies.iter().zip(&terms).zip(each).zip(sights) {
        let repository = super::name(&policy.source)
            .parse()
            .map_err(|error: oci::Error| ApiError::internal(&error.message))?;
        let said = known.ask(row, |facts| {
            (
                terms.criteria.evaluate(facts),
                terms.target_tag(&repository, facts),
            )
        });
        let (evaluation, target_tag) = said.ok_or_else(missing)?;
        let own: Vec<promotion::Model> = runs
            .iter()
            .filter(|run| run.policy_id == Some(policy.row.id))
            .cloned()
            .collect();
        let revision = policy.row.revision;
        let now = own.iter().find(|run| run.revision == revision);
        let verdict = evaluation.verdict;
        answer.push(TagPolicy {
            outcome: match now {
                Some(run) if run.is_done => {
                    let key = (run.target_id, run.target_tag.clone());
                    done(run, there.get(&key))
                }
                now => outcome(policy, row, verdict, &target_tag, now, sight),
            },
            verdict: policy::verdict(verdict),
            lines: policy::lines_for(evaluation, sight.people),
            target_tag: target_tag.ok(),
            runs: own.into_iter().map(|row| policy::run(row, sight)).collect(),
            policy: shown,
        });
    }
    Ok(Json(answer))
}

/// That the image was promoted, and what became of the tag in the target.
fn done(run: &promotion::Model, there: Option<&tag::Model>) -> String {
    let name = &run.target_tag;
    match there {
        Some(there) if there.digest == run.digest => format!("Promoted as {name}."),
        Some(_) => format!(
            "Promoted as {name} before; that tag is another image now. It is promoted once."
        ),
        None => format!(
            "Promoted as {name} before; that tag is not there any more. It is promoted once."
        ),
    }
}

/// What became of the image, in words.
fn outcome(
    policy: &Whole,
    row: &TagRow,
    verdict: rules::Verdict,
    target_tag: &Result<String, String>,
    now: Option<&promotion::Model>,
    sight: Sight,
) -> String {
    if immutability::is_attachment(&row.tag.name) {
        return "The tag names a signature or another attachment, which is never promoted."
            .to_owned();
    }
    if !policy.row.enabled {
        return "The policy is switched off.".to_owned();
    }
    if let Some(reason) = &policy.row.stopped {
        return if sight.is_whole() {
            format!("The policy is stopped: {reason}.")
        } else {
            "The policy is stopped.".to_owned()
        };
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
        (_, _, Some(run)) if sight.is_whole() => format!("Not promoted: {}.", run.reason),
        (_, _, Some(_)) => "Not promoted: it may not go to the target.".to_owned(),
        (_, _, None) if row.tag.due_at.is_some() => "It is about to be promoted.".to_owned(),
        (_, _, None) => "All criteria hold; it is promoted with the next event.".to_owned(),
    }
}
