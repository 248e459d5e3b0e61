//! What a policy would do to the tags that there are, before it is saved.

use std::sync::Arc;

use api::{
    error::Envelope,
    promotion::{CreatePromotionPolicy, PolicyTally, PolicyTrial, TriedTag, Verdict},
};
use axum::{Json, extract::State};
use db::tags::Tagged;
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{
    Whole,
    facts::Known,
    policy::{self, Asked, Terms},
    tried::Lots,
};
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    input::{Body, Parameters, Segments},
    operations::{Operations, routes},
    repositories::{Found, Named},
    state::AppState,
};

/// Tags that the answer lists.
const LISTED: usize = 200;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(try_policy, try_policies))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TrialQuery {
    /// Id of the saved policy that is being changed: the answer says what is different.
    policy: Option<String>,
    /// Everything that tags were set to in the last so many days, also where they are something else now or gone.
    #[param(minimum = 1, maximum = 3650)]
    days: Option<u16>,
}

/// Ours: says what a promotion policy would do to the tags that there are, or to what was pushed lately. Nothing is promoted or saved.
/// Needs admin access.
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
        repository: repository(&found)?,
        asked: before
            .iter()
            .map(Terms::asked)
            .fold(terms.asked(), Asked::and),
        terms,
        before,
    };
    let mut lots = Lots::of(&state, &found.row, since);
    let trial = Arc::new(trial);
    let asking = Arc::clone(&trial);
    let ask = move |known: &Known, tags| asking.ask_all(known, tags);
    let said = lots.each(trial.asked, now, ask).await?;
    let said = said.into_iter().fold(Said::default(), Said::and);
    let (rows, tried): (Vec<Tagged>, Vec<TriedTag>) = said.newest.into_iter().unzip();
    let asked = trial.asked.with_reasons();
    let known = Known::of(&state, &found.row, &rows, asked, now).await?;
    Ok(Json(PolicyTrial {
        gone: lots.gone,
        tags: trial.with_reasons(&known, &rows, tried),
        ..said.counts
    }))
}

/// Ours: says what each saved policy of the repository would do to the tags that there are, also those that are switched off, or are for
/// future pushes. Nothing is promoted. Needs admin access.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies/test",
    tag = "promotion",
    params(Named),
    responses(
        (status = 200, description = "One entry for each policy, the oldest first.", body = Vec<PolicyTally>),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn try_policies(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
) -> ApiResult<Json<Vec<PolicyTally>>> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let rows = db::promotions::from(&state.db, found.row.id).await?;
    let repository = repository(&found)?;
    let trials = rows.iter().map(|row| {
        let terms = Terms::of(row)?;
        Ok(Trial {
            repository: repository.clone(),
            asked: terms.asked(),
            terms,
            before: None,
        })
    });
    let trials: Vec<Trial> = trials.collect::<ApiResult<_>>()?;
    let asked = trials.iter().map(|trial| trial.asked);
    let asked = asked.fold(Asked::default(), Asked::and);
    let ask = move |known: &Known, tags: Vec<Tagged>| {
        let counts = trials.iter().map(|trial| trial.counts(known, &tags));
        counts.collect::<Vec<PolicyTrial>>()
    };
    let mut lots = Lots::of(&state, &found.row, None);
    let said = lots.each(asked, OffsetDateTime::now_utc(), ask).await?;
    let mut all = vec![PolicyTrial::default(); rows.len()];
    for lot in &said {
        for (all, one) in all.iter_mut().zip(lot) {
            add(all, one);
        }
    }
    let tallies = rows.iter().zip(all).map(|(row, all)| PolicyTally {
        policy: row.id,
        would_promote: all.would_promote,
        would_not: all.would_not,
        unknown: all.unknown,
    });
    Ok(Json(tallies.collect()))
}

fn repository(found: &Found) -> ApiResult<oci::RepositoryName> {
    let name = found.full_name().parse();
    name.map_err(|error: oci::Error| ApiError::internal(&error.message))
}

struct Trial {
    repository: oci::RepositoryName,
    terms: Terms,
    before: Option<Terms>,
    asked: Asked,
}

/// What it says of some tags: how many there are of each kind, and the newest.
#[derive(Default)]
struct Said {
    counts: PolicyTrial,
    newest: Vec<(Tagged, TriedTag)>,
}

impl Said {
    fn and(mut self, other: Self) -> Self {
        add(&mut self.counts, &other.counts);
        self.newest.extend(other.newest);
        self.cut();
        self
    }

    fn cut(&mut self) {
        self.newest
            .sort_by_key(|(row, _)| std::cmp::Reverse(row.tag.updated_at));
        self.newest.truncate(LISTED);
    }
}

fn add(all: &mut PolicyTrial, one: &PolicyTrial) {
    all.would_promote += one.would_promote;
    all.would_not += one.would_not;
    all.unknown += one.unknown;
    all.more += one.more;
    all.fewer += one.fewer;
}

impl Trial {
    /// What it says of a lot.
    fn ask_all(&self, known: &Known, tags: Vec<Tagged>) -> Said {
        let mut all = Said::default();
        for row in tags {
            if let Some(tried) = self.ask(known, &row) {
                count(&mut all.counts, &tried);
                all.newest.push((row, tried));
            }
        }
        all.cut();
        all
    }

    /// The same, without the tags.
    fn counts(&self, known: &Known, tags: &[Tagged]) -> PolicyTrial {
        let mut counts = PolicyTrial::default();
        for tried in tags.iter().filter_map(|row| self.ask(known, row)) {
            count(&mut counts, &tried);
        }
        counts
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
    fn with_reasons(
        &self,
        known: &Known,
        rows: &[Tagged],
        mut tried: Vec<TriedTag>,
    ) -> Vec<TriedTag> {
        for (row, tried) in rows.iter().zip(&mut tried) {
            if tried.verdict != Verdict::Holds {
                let said = known.ask(row, |facts| self.terms.criteria.evaluate(facts));
                tried.reason = said.map(reason).unwrap_or_default();
            }
        }
        tried
    }
}

/// Adds what it says of one tag.
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
