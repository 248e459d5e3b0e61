//! The way of images over repositories: which policies lead from and to a repository, directly or through others.

use std::collections::BTreeMap;

use api::{
    error::Envelope,
    promotion::{GraphPolicy, GraphRepository, PromotionGraph},
};
use axum::{Json, extract::State};
use db::promotions::{MOST_TOUCHING, touching};
use uuid::Uuid;

use super::{Whole, name, sights};
use crate::{
    caller::Caller,
    error::ApiResult,
    input::Segments,
    operations::{Operations, routes},
    repositories::{Found, Named},
    state::AppState,
};

/// Promotions that are followed, one after the other.
const FARTHEST: usize = 16;
/// Repositories that are shown.
const MOST: usize = 60;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(promotion_graph))
}

/// Ours: the repositories that images get to from a repository by promotion, and those that they come from, with the policies between
/// them. What lies behind a repository that the caller may not see is not followed.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/promotionGraph",
    tag = "promotion",
    params(Named),
    responses(
        (status = 200, description = "At most 60 repositories.", body = PromotionGraph),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn promotion_graph(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
) -> ApiResult<Json<PromotionGraph>> {
    let found = Found::visible(&state, &caller, &named).await?;
    let mut walk = Walk::from(found.row.id, found.full_name());
    for _ in 0..FARTHEST {
        if walk.frontier.is_empty() {
            break;
        }
        let frontier = std::mem::take(&mut walk.frontier);
        let mut rows = touching(&state.db, &frontier).await?;
        walk.is_whole &= rows.len() < MOST_TOUCHING;
        rows.retain(|row| !walk.policies.contains_key(&row.id));
        let policies = Whole::all(&state, rows).await?;
        let pairs = policies
            .iter()
            .map(|policy| (policy.source.id, policy.target.id));
        let sights = sights(&state, &caller, pairs).await?;
        for (policy, sight) in policies.iter().zip(sights) {
            walk.add(policy, (sight.source, sight.target));
        }
    }
    Ok(Json(walk.end()))
}

/// What was found so far.
struct Walk {
    /// How many promotions away each repository is, and its name.
    steps: BTreeMap<Uuid, (i32, String)>,
    policies: BTreeMap<Uuid, GraphPolicy>,
    /// Those whose policies were not looked at yet.
    frontier: Vec<Uuid>,
    is_whole: bool,
}

impl Walk {
    fn from(repository: Uuid, full_name: String) -> Self {
        Self {
            steps: BTreeMap::from([(repository, (0, full_name))]),
            policies: BTreeMap::new(),
            frontier: vec![repository],
            is_whole: true,
        }
    }

    /// Adds a policy of a repository that is there already, and the one at its other end, as far as they are seen.
    fn add(&mut self, policy: &Whole, (sees_source, sees_target): (bool, bool)) {
        let (source, target) = (policy.source.id, policy.target.id);
        let step = |id| self.steps.get(&id).map(|(step, _)| *step);
        let (from, to) = (step(source), step(target));
        if let (Some(from), None, true) = (from, to, sees_target) {
            self.reach(target, from + 1, name(&policy.target));
        }
        if let (None, Some(to), true) = (from, to, sees_source) {
            self.reach(source, to - 1, name(&policy.source));
        }
        let shown = |id: &Uuid| self.steps.get(id).map(|(_, name)| name.clone());
        let row = &policy.row;
        let ends = (
            shown(&source).filter(|_| sees_source),
            shown(&target).filter(|_| sees_target),
        );
        if (sees_source && ends.0.is_none()) || (sees_target && ends.1.is_none()) {
            // there was no room for the repository at its other end
            return;
        }
        self.policies.insert(
            row.id,
            GraphPolicy {
                id: row.id,
                source_repository: ends.0.unwrap_or_default(),
                target_repository: ends.1.unwrap_or_default(),
                tag_template: row.tag_template.clone(),
                enabled: row.enabled,
                is_stopped: row.stopped.is_some(),
            },
        );
    }

    fn reach(&mut self, repository: Uuid, step: i32, full_name: String) {
        if self.steps.len() < MOST {
            self.steps.insert(repository, (step, full_name));
            self.frontier.push(repository);
        } else {
            self.is_whole = false;
        }
    }

    fn end(self) -> PromotionGraph {
        let mut repositories: Vec<GraphRepository> = self
            .steps
            .into_values()
            .map(|(step, name)| GraphRepository { name, step })
            .collect();
        repositories.sort_by(|one, other| (one.step, &one.name).cmp(&(other.step, &other.name)));
        PromotionGraph {
            repositories,
            policies: self.policies.into_values().collect(),
            is_whole: self.is_whole && self.frontier.is_empty(),
        }
    }
}
