//! Looks at tags that are due: asks the policies of their repository, and promotes what meets their rules.
//!
//! A policy works with the rights of who saved it, looked up anew each time. It is safe to end at any moment: a tag stays due until all
//! policies were asked, and what was promoted is not promoted again.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use db::{
    entities::{promotion_policy, repository, tag},
    promotions::{
        due, history,
        perform::{Order, Performed, perform, refuse},
    },
    tags::Tagged,
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Whole, facts::Known, name, policy};
use crate::{
    access::{Level, Subject},
    error::ApiResult,
    events::{Event, Kind, ObjectType, Promoter},
    immutability,
    state::AppState,
    trust,
    webhooks::tell,
};

/// How often tags are looked for when nobody says that there are some: another replica may have set them.
const LOOK: Duration = Duration::from_secs(15);
/// Pushes that follow one another closely are looked at together.
const GATHER: Duration = Duration::from_millis(5);
/// What could not be looked at waits for so long.
const AGAIN: Duration = Duration::from_secs(30);
/// Tags that are looked at together.
const LOT: u64 = 50;
/// Repositories that an image may go through, one promotion after the other.
const LONGEST_CHAIN: usize = 32;

/// Works until `stop`.
pub(crate) async fn run(state: AppState, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = state.promotion.woken() => tokio::time::sleep(GATHER).await,
            _ = look.tick() => {
                if let Err(error) = try_stopped(&state).await {
                    tracing::error!(?error, "stopped promotion policies cannot be looked at");
                }
            }
        }
        while !stop.is_cancelled() {
            let working = state.clone();
            // on a task of its own, so that a fault in one lot does not end all promotion
            match tokio::spawn(async move { lot(&working).await }).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => break,
                Ok(Err(error)) => {
                    tracing::error!(?error, "tags cannot be promoted; tried again");
                    break;
                }
                Err(error) => {
                    tracing::error!(%error, "the promotion of tags broke off; tried again");
                    break;
                }
            }
        }
    }
}

/// Does everything that is due, once: for tests, which do not want to wait for it.
pub async fn settle(state: &AppState) -> Result<(), String> {
    let failed = |error| format!("{error:?}");
    try_stopped(state).await.map_err(failed)?;
    while lot(state).await.map_err(failed)? {}
    Ok(())
}

/// Looks at the tags that became due last. False where there are none.
async fn lot(state: &AppState) -> ApiResult<bool> {
    let due = due::next(&state.db, OffsetDateTime::now_utc(), LOT).await?;
    let any = !due.is_empty();
    let mut of: BTreeMap<Uuid, Vec<tag::Model>> = BTreeMap::new();
    for row in due {
        of.entry(row.repository_id).or_default().push(row);
    }
    for (source, tags) in of {
        let looked = look_at(state, source, &tags).await;
        let again = match &looked {
            Ok(()) => None,
            Err(error) => {
                tracing::error!(?error, repository = %source, "tags cannot be promoted; tried again");
                Some(OffsetDateTime::now_utc() + AGAIN)
            }
        };
        for row in tags {
            due::done(&state.db, &row, again).await?;
        }
    }
    Ok(any)
}

/// A policy with everything that it needs to promote.
struct Ready {
    whole: Whole,
    terms: policy::Terms,
}

async fn look_at(state: &AppState, source: Uuid, due: &[tag::Model]) -> ApiResult<()> {
    let ready = match db::repositories::by_id(&state.db, source).await? {
        Some(source) => {
            let policies = ready(state, &source).await?;
            Some((source, policies)).filter(|(_, policies)| !policies.is_empty())
        }
        None => None,
    };
    if let Some((source, policies)) = ready {
        let images = due
            .iter()
            .filter(|row| !immutability::is_attachment(&row.name))
            .cloned();
        let tags = db::tags::with_manifests(&state.db, source.id, images.collect()).await?;
        let asked = policies
            .iter()
            .map(|policy| policy.terms.asked_with_reasons());
        let asked = asked.fold(policy::Asked::default(), policy::Asked::and);
        let now = OffsetDateTime::now_utc();
        let known = Known::of(state, &source, &tags, asked, now).await?;
        for row in &tags {
            for policy in &policies {
                ask(state, &source, policy, row, &known).await?;
            }
        }
    }
    Ok(())
}

/// The policies of a repository that are to be asked; those that may not work any more are stopped, and say so.
async fn ready(state: &AppState, source: &repository::Model) -> ApiResult<Vec<Ready>> {
    let mut rows = db::promotions::from(&state.db, source.id).await?;
    // one that is stopped goes on with all tags that came meanwhile: see `try_stopped`
    rows.retain(|row| row.enabled && row.stopped.is_none());
    let mut found = Vec::new();
    for whole in Whole::all(state, rows).await? {
        match policy::Terms::of(&whole.row) {
            Ok(terms) => match lacks(state, &whole).await? {
                None => found.push(Ready { whole, terms }),
                Some(lacking) => stop(state, &whole, &lacking).await?,
            },
            Err(error) => {
                let unreadable = format!("its rules cannot be read: {}", error.message());
                stop(state, &whole, &unreadable).await?;
            }
        }
    }
    Ok(found)
}

/// Policies that are stopped go on when whoever saved them has the rights again.
async fn try_stopped(state: &AppState) -> ApiResult<()> {
    let rows = db::promotions::stopped(&state.db).await?;
    for whole in Whole::all(state, rows).await? {
        if policy::Terms::of(&whole.row).is_ok() && lacks(state, &whole).await?.is_none() {
            let event =
                event(&whole, Kind::Update).because("whoever saved it has the rights again");
            let db = state.recording_by_policy(whole.row.id, event);
            db::promotions::go_on(&db, &whole.row, OffsetDateTime::now_utc()).await?;
        }
    }
    Ok(())
}

/// What is recorded of a policy.
fn event(whole: &Whole, kind: Kind) -> Event {
    let id = whole.row.id;
    Event::new(kind, ObjectType::PromotionPolicy, id, id.to_string()).with(
        ObjectType::Repository,
        whole.source.id,
        name(&whole.source),
    )
}

/// Which right the author of a policy does not have any more.
async fn lacks(state: &AppState, whole: &Whole) -> ApiResult<Option<String>> {
    let row = &whole.row;
    let author = db::accounts::by_id(&state.db, row.author_id).await?;
    let Some(author) = author.filter(|author| author.is_active) else {
        return Ok(Some(format!(
            "{}, who saved it, has no account any more that may sign in",
            row.author
        )));
    };
    let subject = Subject::of(&author);
    for repository in [&whole.source, &whole.target] {
        if !state
            .decide(&subject, repository)
            .await?
            .allows(Level::Admin)
        {
            return Ok(Some(format!(
                "{}, who saved it, does not administer {} any more",
                author.name,
                name(repository)
            )));
        }
    }
    Ok(None)
}

async fn stop(state: &AppState, whole: &Whole, reason: &str) -> ApiResult<()> {
    let id = whole.row.id;
    tracing::warn!(policy = %id, reason, "a promotion policy is stopped");
    let event = event(whole, Kind::Fail).because(reason);
    let db = state.recording_by_policy(id, event);
    Ok(db::promotions::set_stopped(&db, id, reason).await?)
}

async fn ask(
    state: &AppState,
    source: &repository::Model,
    policy: &Ready,
    row: &Tagged,
    known: &Known,
) -> ApiResult<()> {
    if !applies(&policy.whole.row, &row.tag) {
        return Ok(());
    }
    let repository = name(source).parse::<oci::RepositoryName>();
    let Ok(repository) = repository else {
        return Ok(());
    };
    let asked = known.ask(row, |facts| {
        let evaluation = policy.terms.criteria.evaluate(facts);
        (evaluation, policy.terms.target_tag(&repository, facts))
    });
    let Some((evaluation, target_tag)) = asked.filter(|(said, _)| said.verdict.holds()) else {
        return Ok(());
    };
    let order = order(source, policy, row, target_tag.as_ref().ok(), evaluation);
    let event = |kind| {
        let target = format!("{}:{}", order.target.1, order.target_tag);
        Event::new(kind, ObjectType::Promotion, None, target).with(
            ObjectType::Repository,
            source.id,
            format!("{}:{}", order.source, row.tag.name),
        )
    };
    let refusal = match target_tag {
        Err(reason) => Some(reason),
        Ok(target_tag) => stays(state, source, policy, &row.tag, &target_tag).await?,
    };
    let (made, failed) = (event(Kind::Create), event(Kind::Fail));
    let digest = order.tag.digest.clone();
    let performed = if let Some(reason) = refusal {
        refuse(&state.db, order, reason, known.now).await?
    } else {
        let made = made
            .because(format!(
                "revision {} of the policy",
                policy.whole.row.revision
            ))
            .detail(serde_json::json!({ "digest": digest }));
        let places = (source, &policy.whole.target);
        let (told, _alone) = tell::promoted(state, places, &order, known.now).await?;
        let by = Promoter::Policy(policy.whole.row.id);
        let came = super::came(&policy.whole.target, &order);
        let db = state.recording_promotion(by, made, came).telling(told);
        let performed = perform(&db, order, super::why_kept, known.now).await?;
        state.webhooks.wake();
        performed
    };
    if let Performed::Refused {
        reason,
        is_new: true,
    } = performed
    {
        let failed = failed.because(reason);
        state.record_by_policy(policy.whole.row.id, failed).await?;
    }
    Ok(())
}

/// Why a tag is not promoted, whatever the rules say.
async fn stays(
    state: &AppState,
    source: &repository::Model,
    policy: &Ready,
    tag: &tag::Model,
    target_tag: &str,
) -> ApiResult<Option<String>> {
    if let Some(reason) = loops(state, policy, tag).await? {
        return Ok(Some(reason));
    }
    let target = (&policy.whole.target, target_tag);
    trust::policy::keeps(state, source, target, &tag.name, &tag.digest).await
}

/// What is to be done, where the rules hold; without a tag it can only be written down.
fn order(
    source: &repository::Model,
    policy: &Ready,
    row: &Tagged,
    target_tag: Option<&String>,
    evaluation: rules::Evaluation,
) -> Order {
    Order {
        policy: Some((policy.whole.row.id, policy.whole.row.revision)),
        tag: row.tag.clone(),
        source: name(source),
        target: (policy.whole.target.id, name(&policy.whole.target)),
        target_tag: target_tag.unwrap_or(&policy.whole.row.tag_template).clone(),
        referrers: policy.whole.row.referrers,
        actor: policy.whole.row.author.clone(),
        verdict: serde_json::to_value(policy::lines(evaluation)).ok(),
    }
}

/// Whether a policy looks at a tag: not at those that were there before, if it was saved for future pushes.
pub(super) fn applies(policy: &promotion_policy::Model, row: &tag::Model) -> bool {
    policy
        .applies_from
        .is_none_or(|from| row.updated_at >= from)
}

/// Why an image may not go on: it has been in the target already, on its way here.
async fn loops(state: &AppState, policy: &Ready, row: &tag::Model) -> ApiResult<Option<String>> {
    let mut before = row.promotion_id;
    let mut seen: HashSet<Uuid> = before.into_iter().collect();
    for _ in 0..LONGEST_CHAIN {
        let Some(id) = before else {
            return Ok(None);
        };
        let Some(made) = history::of_ids(&state.db, [id]).await?.remove(&id) else {
            return Ok(None);
        };
        if made.source_id == policy.whole.target.id {
            return Ok(Some(format!(
                "it came here from {}:{} by promotion, and would go round in a circle",
                made.source, made.source_tag
            )));
        }
        let from = db::tags::find(&state.db, made.source_id, &made.source_tag).await?;
        // where something else is there now, the way goes no further back
        let from = from.filter(|from| from.digest == row.digest);
        before = from
            .and_then(|from| from.promotion_id)
            .filter(|id| seen.insert(*id));
    }
    Ok(Some(format!(
        "it went through {LONGEST_CHAIN} repositories by promotion already"
    )))
}
