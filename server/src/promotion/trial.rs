//! What a policy would do to the tags that there are, before it is saved.

use api::{
    error::Envelope,
    promotion::{CreatePromotionPolicy, PolicyTrial, TriedTag, Verdict},
};
use axum::{Json, extract::State};
use db::{entities::repository, tags::Tagged};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{
    Whole,
    facts::Known,
    policy::{self, Asked, Terms},
};
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    immutability,
    input::{Body, Parameters, Segments},
    operations::{Operations, routes},
    repositories::{Found, Named},
    state::AppState,
};

/// Tags that are looked at together.
const LOT: u64 = 1_000;
/// Tags that the answer lists.
const LISTED: usize = 200;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(try_policy))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TrialQuery {
    /// Id of the saved policy that is being changed: the answer says what is different.
    policy: Option<String>,
    /// Only tags that were set in the last so many days.
    #[param(minimum = 1, maximum = 3650)]
    days: Option<u16>,
}

/// Ours: says what a promotion policy would do to the tags that there are. Nothing is promoted or saved. Needs admin access.
#[utoipa::path(
    post,
    path = "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies/test",
    tag = "promotion",
    params(Named, TrialQuery),
    request_body = CreatePromotionPolicy,
    responses(
        (status = 200, description = "What it would do.", body = PolicyTrial),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PROMOTION_POLICY`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_PROMOTION_POLICY`", body = Envelope),
    )
)]
async fn try_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Parameters(query): Parameters<TrialQuery>,
    Body(form): Body<CreatePromotionPolicy>,
) -> ApiResult<Json<PolicyTrial>> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let terms = Terms::read(&form.rules, &form.tag_template)?;
    let before = match &query.policy {
        Some(id) => Some(Terms::of(
            &Whole::find(&state, found.row.id, id).await?.row,
        )?),
        None => None,
    };
    let now = OffsetDateTime::now_utc();
    let since = query
        .days
        .map(|days| now - time::Duration::days(days.into()));
    let trial = Trial {
        repository: found
            .full_name()
            .parse()
            .map_err(|error: oci::Error| ApiError::internal(&error.message))?,
        asked: before
            .iter()
            .map(Terms::asked)
            .fold(terms.asked(), Asked::and),
        terms,
        before,
        now,
    };
    Ok(Json(trial.run(&state, &found.row, since).await?))
}

struct Trial {
    repository: oci::RepositoryName,
    terms: Terms,
    before: Option<Terms>,
    asked: Asked,
    now: OffsetDateTime,
}

impl Trial {
    async fn run(
        &self,
        state: &AppState,
        source: &repository::Model,
        since: Option<OffsetDateTime>,
    ) -> ApiResult<PolicyTrial> {
        let mut trial = PolicyTrial::default();
        let mut newest: Vec<(Tagged, TriedTag)> = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let lot = db::tags::list(&state.db, source.id, None, after.as_deref(), LOT).await?;
            let is_last = (lot.len() as u64) < LOT;
            after = lot.last().map(|row| row.tag.name.clone());
            let tags: Vec<Tagged> = lot
                .into_iter()
                .filter(|row| !immutability::is_attachment(&row.tag.name))
                .filter(|row| since.is_none_or(|since| row.tag.updated_at >= since))
                .collect();
            let known = Known::of(state, source, &tags, self.asked, self.now).await?;
            for row in tags {
                if let Some(tried) = self.ask(&known, &row) {
                    count(&mut trial, &tried);
                    newest.push((row, tried));
                }
            }
            newest.sort_by_key(|(row, _)| std::cmp::Reverse(row.tag.updated_at));
            newest.truncate(LISTED);
            if is_last {
                break;
            }
        }
        let (rows, tried): (Vec<Tagged>, Vec<TriedTag>) = newest.into_iter().unzip();
        trial.tags = self.with_reasons(state, source, &rows, tried).await?;
        Ok(trial)
    }

    /// What it says of one tag, without reasons.
    fn ask(&self, known: &Known, row: &Tagged) -> Option<TriedTag> {
        known.ask(row, |facts| {
            let verdict = policy::verdict(self.terms.criteria.evaluate(facts).verdict);
            let before = self.before.as_ref();
            let before =
                before.map(|terms| policy::verdict(terms.criteria.evaluate(facts).verdict));
            let target_tag = match verdict {
                Verdict::Holds => Some(self.terms.target_tag(&self.repository, facts)),
                _ => None,
            };
            let (target_tag, reason) = match target_tag {
                Some(Ok(tag)) => (Some(tag), String::new()),
                Some(Err(reason)) => (None, reason),
                None => (None, String::new()),
            };
            TriedTag {
                tag: row.tag.name.clone(),
                digest: row.tag.digest.clone(),
                before: before.filter(|before| *before != verdict),
                verdict,
                target_tag,
                reason,
            }
        })
    }

    /// Those that are listed say which criterion keeps them, and what it found.
    async fn with_reasons(
        &self,
        state: &AppState,
        source: &repository::Model,
        rows: &[Tagged],
        mut tried: Vec<TriedTag>,
    ) -> ApiResult<Vec<TriedTag>> {
        let asked = self.asked.with_reasons();
        let known = Known::of(state, source, rows, asked, self.now).await?;
        for (row, tried) in rows.iter().zip(&mut tried) {
            if tried.verdict != Verdict::Holds {
                let said = known.ask(row, |facts| self.terms.criteria.evaluate(facts));
                tried.reason = said.map(reason).unwrap_or_default();
            }
        }
        Ok(tried)
    }
}

fn count(trial: &mut PolicyTrial, tried: &TriedTag) {
    let promotes = tried.target_tag.is_some();
    match tried.verdict {
        Verdict::Holds if promotes => trial.would_promote += 1,
        Verdict::Unknown => trial.unknown += 1,
        Verdict::Holds | Verdict::DoesNotHold => trial.would_not += 1,
    }
    match tried.before {
        Some(Verdict::Holds) => trial.fewer += 1,
        Some(_) if promotes => trial.more += 1,
        _ => {}
    }
}

/// The first line that keeps an image back, in words.
fn reason(of: rules::Evaluation) -> String {
    let verdict = of.verdict;
    let line = of.lines.into_iter().find(|line| line.verdict == verdict);
    line.map(|line| format!("{}: {}", line.criterion, line.reason))
        .unwrap_or_default()
}
