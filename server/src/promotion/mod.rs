//! Promotion: images go from one repository to another by rule, and every answer can be explained.
//!
//! `policies` are saved by who administers both repositories; `worker` asks them of tags that are due (`db::promotions::due`) and
//! promotes; `facts` reads what rules ask for; `explain` says what a policy says of a tag, and `trial` what it would do to all; `manual`
//! promotes by hand; `badge` says of a tag where it comes from, and `graph` which way images go. The rules themselves are in
//! `crates/rules`.

pub(crate) mod badge;
mod explain;
mod facts;
mod graph;
mod manual;
mod policies;
mod policy;
mod revisions;
mod runs;
mod trial;
mod tried;
mod worker;

use std::{collections::HashSet, sync::Arc};

use api::promotion::PromotionRun;
use db::{
    entities::{promotion_policy, repository},
    promotions::perform::Order,
};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    immutability,
    operations::Operations,
    state::AppState,
};

use policy::Sight;
pub(crate) use worker::run;
pub use worker::settle;

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(policies::router())
        .merge(revisions::router())
        .merge(trial::router())
        .merge(explain::router())
        .merge(manual::router())
        .merge(runs::router())
        .merge(graph::router())
}

/// What the parts of promotion share in one process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promotion(Arc<Notify>);

impl Promotion {
    /// Tags may be due.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }

    async fn woken(&self) {
        self.0.notified().await;
    }
}

/// `namespace/name`
fn name(row: &repository::Model) -> String {
    format!("{}/{}", row.namespace, row.name)
}

/// Why a tag of the target cannot be set to something else.
fn why_kept(target: &repository::Model, tag: &str) -> Option<String> {
    immutability::cannot_be_overwritten(target, &name(target), tag)
}

/// What is recorded in the target of a promotion. Where the image comes from is not said: who sees the target may not see the source.
fn came(target: &repository::Model, order: &Order) -> Event {
    Event::new(Kind::Create, ObjectType::Tag, None, &order.target_tag)
        .with(ObjectType::Repository, target.id, name(target))
        .because("by promotion")
        .detail(serde_json::json!({ "digest": order.tag.digest }))
}

fn no_such_policy(id: &str) -> ApiError {
    ApiError::not_found(
        "NO_SUCH_PROMOTION_POLICY",
        format!("There is no promotion policy {id} here."),
    )
}

/// A policy with its repositories.
struct Whole {
    row: promotion_policy::Model,
    source: repository::Model,
    target: repository::Model,
}

impl Whole {
    /// Each of these policies whose repositories are there, with them.
    async fn all(state: &AppState, rows: Vec<promotion_policy::Model>) -> ApiResult<Vec<Self>> {
        let ids = rows.iter().flat_map(|row| [row.source_id, row.target_id]);
        let repositories = db::repositories::by_ids(&state.db, ids).await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                Some(Self {
                    source: repositories.get(&row.source_id)?.clone(),
                    target: repositories.get(&row.target_id)?.clone(),
                    row,
                })
            })
            .collect())
    }

    /// The policy of that id, if it is about the repository.
    async fn find(state: &AppState, repository: Uuid, id: &str) -> ApiResult<Self> {
        let missing = || no_such_policy(id);
        let parsed = id.parse().map_err(|_| missing())?;
        let row = db::promotions::find(&state.db, parsed)
            .await?
            .filter(|row| row.source_id == repository || row.target_id == repository)
            .ok_or_else(missing)?;
        Self::all(state, vec![row]).await?.pop().ok_or_else(missing)
    }
}

/// Those of these promotions whose target `caller` sees.
pub(crate) async fn seen(
    state: &AppState,
    caller: &Caller,
    promotions: impl IntoIterator<Item = Uuid>,
) -> ApiResult<HashSet<Uuid>> {
    let rows = db::promotions::history::of_ids(&state.db, promotions).await?;
    let rows: Vec<_> = rows.into_values().collect();
    let pairs = rows.iter().map(|row| (row.source_id, row.target_id));
    let sights = sights(state, caller, pairs).await?;
    let seen = rows.iter().zip(sights).filter(|(_, sight)| sight.target);
    Ok(seen.map(|(row, _)| row.id).collect())
}

/// What was promoted of a digest, or could not be, wherever, the newest first: at most `limit`, each with what `caller` may see of it.
pub(crate) async fn of_digest(
    state: &AppState,
    caller: &Caller,
    digest: &str,
    limit: u64,
) -> ApiResult<Vec<(db::entities::promotion::Model, PromotionRun)>> {
    let rows = db::custody::promotions(&state.db, digest, limit).await?;
    let pairs = rows.iter().map(|row| (row.source_id, row.target_id));
    let sights = sights(state, caller, pairs).await?;
    Ok(rows
        .into_iter()
        .zip(sights)
        .map(|(row, sight)| (row.clone(), policy::run(row, sight)))
        .collect())
}

/// What `caller` sees of promotions between these repositories: of each pair, in their order.
async fn sights(
    state: &AppState,
    caller: &Caller,
    pairs: impl IntoIterator<Item = (Uuid, Uuid)>,
) -> ApiResult<Vec<Sight>> {
    let pairs: Vec<(Uuid, Uuid)> = pairs.into_iter().collect();
    let ids = pairs.iter().flat_map(|(source, target)| [*source, *target]);
    let rows = db::repositories::by_ids(&state.db, ids).await?;
    let rows: Vec<repository::Model> = rows.into_values().collect();
    let decisions = state.decide_all(&caller.subject(), &rows).await?;
    let sees = |id: &Uuid| {
        let decision = decisions.get(id);
        decision.is_some_and(|decision| decision.allows(Level::ReadOnly))
    };
    let people = caller.own().is_some();
    Ok(pairs
        .iter()
        .map(|(source, target)| Sight {
            source: sees(source),
            target: sees(target),
            people,
        })
        .collect())
}
