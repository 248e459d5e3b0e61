//! Sends what webhooks have to tell: each webhook's in its order, by a task of its own, so that nobody waits for a receiver that hangs.
//!
//! A delivery that fails is tried again, later and later; what comes after it waits, because it is told in order. It is safe to end at any
//! moment: what was sent and not yet written down is sent again.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use ::webhooks::{EventId, Next, Outcome, retry};
use db::{
    entities::{webhook, webhook_delivery},
    webhooks::{
        REVISION, State,
        deliveries::{self, Attempt, Head},
    },
};
use time::OffsetDateTime;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    receiver::Receiver,
    send::{self, Attempted, send},
};
use crate::{
    error::ApiResult,
    events::{Event, Kind, ObjectType},
    settings::OUTGOING,
    state::AppState,
};

/// How often it is looked whether there is something to send when nobody says so: another replica may have written it.
const LOOK: Duration = Duration::from_secs(5);
/// Deliveries that a task has in memory.
const LOT: u64 = 64;
/// What was sent is written down together, in so many…
const TOGETHER: usize = 32;
/// …or after so long.
const OFTEN: Duration = Duration::from_millis(250);
/// Why what is a day old is given up.
const TOO_OLD: &str = "a day went by, and it could not be delivered";
/// How long receivers have to answer when the program ends.
const GRACE: Duration = Duration::from_secs(2);
/// Webhooks that are sent for at once; each that waits for a receiver is one.
const LANES: usize = 1_000;

/// Gives up what is too old to be told, whoever was to be told, and forgets what was told long ago.
pub(crate) async fn clean_up(state: &AppState, now: OffsetDateTime) -> db::Result<()> {
    deliveries::give_up(&state.db, None, TOO_OLD, now - retry::LIFETIME).await?;
    deliveries::forget(&state.db, now - deliveries::KEPT).await?;
    Ok(())
}

/// Works until `stop`, and then ends what is being sent.
pub(crate) async fn run(state: AppState, stop: CancellationToken) {
    let mut dispatch = Dispatch {
        sender: Uuid::now_v7(),
        lanes: JoinSet::new(),
        busy: HashMap::new(),
        state,
        stop,
    };
    if dispatch.state.db.is_local()
        && let Err(error) = deliveries::release_all(&dispatch.state.db).await
    {
        tracing::error!(%error, "what another process began to send cannot be taken over");
    }
    let mut wait = Duration::ZERO;
    loop {
        tokio::select! {
            () = dispatch.stop.cancelled() => break,
            () = dispatch.state.webhooks.woken() => {}
            () = tokio::time::sleep(wait) => {}
            Some(ended) = dispatch.lanes.join_next_with_id() => dispatch.ended(ended),
        }
        wait = dispatch.look().await;
    }
    // what is not answered by then is sent again by the next process
    let ending = async { while dispatch.lanes.join_next().await.is_some() {} };
    drop(tokio::time::timeout(GRACE, ending).await);
}

/// Sends everything that is due, once: for tests, which do not want to wait for it.
pub async fn settle(state: &AppState) -> Result<(), String> {
    let (sender, stop) = (Uuid::now_v7(), CancellationToken::new());
    let mut seen = HashSet::new();
    loop {
        let now = OffsetDateTime::now_utc();
        let heads = deliveries::heads(&state.db).await;
        let heads = heads.map_err(|error| error.to_string())?;
        let due = heads.into_iter().filter(|head| head.next_at <= now);
        let Some(head) = due.into_iter().find(|head| seen.insert(head.webhook_id)) else {
            return Ok(());
        };
        let sent = lane(state, head.webhook_id, sender, &stop).await;
        sent.map_err(|error| error.message().to_owned())?;
    }
}

/// Who is sent for.
struct Dispatch {
    state: AppState,
    stop: CancellationToken,
    /// Who we are, among the processes of this registry.
    sender: Uuid,
    lanes: JoinSet<()>,
    busy: HashMap<Id, Uuid>,
}

impl Dispatch {
    fn ended(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "sending for a webhook broke off; tried again");
                error.id()
            }
        };
        self.busy.remove(&id);
    }

    /// Begins to send for whoever has something due. How long until there is more.
    async fn look(&mut self) -> Duration {
        let heads = match deliveries::heads(&self.state.db).await {
            Ok(heads) => heads,
            Err(error) => {
                tracing::error!(%error, "what webhooks have to tell cannot be read; tried again");
                return LOOK;
            }
        };
        let now = OffsetDateTime::now_utc();
        let mut wait = LOOK;
        for Head {
            webhook_id,
            next_at,
        } in heads
        {
            if self.busy.values().any(|busy| *busy == webhook_id) {
                continue;
            }
            if next_at > now {
                let until = Duration::try_from(next_at - now).unwrap_or(LOOK);
                wait = wait.min(until);
            } else if self.lanes.len() < LANES {
                self.begin(webhook_id);
            }
        }
        wait
    }

    fn begin(&mut self, hook: Uuid) {
        let (state, sender, stop) = (self.state.clone(), self.sender, self.stop.clone());
        let task = self.lanes.spawn(async move {
            if let Err(error) = lane(&state, hook, sender, &stop).await {
                tracing::error!(?error, webhook = %hook, "a webhook cannot be sent for; tried again");
                // what is wrong may not be over at once
                tokio::time::sleep(LOOK).await;
            }
        });
        self.busy.insert(task.id(), hook);
    }
}

/// Sends what a webhook has to tell, until there is no more, or something has to wait.
async fn lane(
    state: &AppState,
    hook: Uuid,
    sender: Uuid,
    stop: &CancellationToken,
) -> ApiResult<()> {
    let db = &state.db;
    while !stop.is_cancelled() {
        let now = OffsetDateTime::now_utc();
        let revision = settled(state);
        if !deliveries::claim(db, hook, sender, now).await? {
            return Ok(());
        }
        let Some(row) = db::webhooks::find(db, hook).await? else {
            return Ok(());
        };
        deliveries::give_up(db, Some(hook), TOO_OLD, now - retry::LIFETIME).await?;
        let rows = deliveries::waiting(db, hook, LOT).await?;
        let goes_on = match Receiver::of(state, &row).await {
            Ok(_) if rows.is_empty() => false,
            Ok(receiver) => {
                let sending = Sending {
                    state,
                    stop,
                    sender,
                    row: &row,
                    receiver,
                    revision,
                };
                sending.lot(rows).await?
            }
            Err(reason) => {
                pause(state, &row, &reason).await?;
                false
            }
        };
        if !goes_on {
            break;
        }
    }
    Ok(deliveries::release(db, hook, sender).await?)
}

/// Moves when a webhook changes, or where requests may go.
fn settled(state: &AppState) -> [Option<db::Revision>; 2] {
    [&REVISION, &OUTGOING].map(|key| state.db.revision(key))
}

/// One webhook, being sent for.
struct Sending<'s> {
    state: &'s AppState,
    stop: &'s CancellationToken,
    sender: Uuid,
    row: &'s webhook::Model,
    receiver: Receiver,
    /// When it, and where requests may go, were read.
    revision: [Option<db::Revision>; 2],
}

impl Sending<'_> {
    /// Sends some deliveries, in their order. False where the next one has to wait.
    async fn lot(&self, rows: Vec<webhook_delivery::Model>) -> ApiResult<bool> {
        // a connection is to the receiver of this moment, at an address that may be asked now: it outlives neither
        let mut line = None;
        let mut made = Vec::new();
        let mut noted = Instant::now();
        let mut goes_on = true;
        for row in rows {
            let now = OffsetDateTime::now_utc();
            let changed = settled(self.state) != self.revision;
            if changed || self.stop.is_cancelled() {
                break;
            }
            if row.next_at.is_some_and(|at| at > now) {
                goes_on = false;
                break;
            }
            let attempted = match send::payload(self.state, &row) {
                Ok(payload) => {
                    let id = EventId::from(row.event_id);
                    send(&self.receiver, &mut line, &id, payload).await
                }
                Err(error) => Attempted {
                    at: now,
                    took_ms: 0,
                    answer: Err(error),
                },
            };
            let outcome = attempted.outcome();
            let attempt = attempt(&row, attempted);
            goes_on = attempt.next_at.is_none();
            made.push(attempt);
            if outcome == Outcome::Gone {
                self.note(&mut made).await?;
                let reason = "the receiver answered 410 Gone: it wants no more";
                pause(self.state, self.row, reason).await?;
                return Ok(false);
            }
            if !goes_on {
                break;
            }
            if made.len() >= TOGETHER || noted.elapsed() >= OFTEN {
                self.note(&mut made).await?;
                noted = Instant::now();
            }
        }
        self.note(&mut made).await?;
        Ok(goes_on)
    }

    /// Writes down what was sent; a webhook whose receiver takes nothing for long is paused.
    async fn note(&self, made: &mut Vec<Attempt>) -> ApiResult<()> {
        if made.is_empty() {
            return Ok(());
        }
        let now = OffsetDateTime::now_utc();
        let db = &self.state.db;
        let health = deliveries::record(db, self.row.id, self.sender, made, now).await?;
        made.clear();
        let Some(health) = health else {
            return Ok(());
        };
        let failures = u32::try_from(health.failures).unwrap_or_default();
        if retry::pauses(failures, health.healthy_at, now) {
            let reason = format!("{failures} attempts failed, and none succeeded for an hour");
            pause(self.state, self.row, &reason).await?;
        }
        Ok(())
    }
}

/// What is written down of an attempt. What has to be tried again has its time; it is told as long as a day after it was made.
fn attempt(row: &webhook_delivery::Model, attempted: Attempted) -> Attempt {
    let now = OffsetDateTime::now_utc();
    let answered = attempted.answer.as_ref().ok();
    let (state, next_at) = match attempted.outcome() {
        Outcome::Delivered => (State::Delivered, None),
        Outcome::Failed | Outcome::Gone => {
            let attempts = u32::try_from(row.attempts).unwrap_or_default();
            let asked = answered.and_then(|answered| answered.retry_after.as_deref());
            let asked = asked.and_then(|value| retry::retry_after(value, now));
            let made_at = db::events::time(row.id);
            match retry::next(
                attempts.saturating_add(1),
                made_at,
                now,
                rand::random(),
                asked,
            ) {
                Next::At(at) => (State::Waiting, Some(at)),
                Next::Dead => (State::Dead, None),
            }
        }
    };
    Attempt {
        delivery: row.id,
        at: attempted.at,
        status: answered.map(|answered| answered.status.as_u16()),
        took_ms: attempted.took_ms,
        error: attempted.error(),
        answer: attempted.body(),
        answer_is_internal: attempted.is_internal(),
        state,
        next_at,
    }
}

/// Has nothing be sent any more until somebody switches the webhook on again, and says so.
async fn pause(state: &AppState, row: &webhook::Model, reason: &str) -> ApiResult<()> {
    tracing::warn!(webhook = %row.id, reason, "a webhook is paused");
    let event = Event::new(Kind::Fail, ObjectType::Webhook, row.id, &row.shown_endpoint);
    let event = match row.repository_id {
        Some(id) => event.with(ObjectType::Repository, id, &row.key),
        None => event,
    };
    let db = state.recording_by_webhooks(event.because(reason));
    db::webhooks::pause(&db, row.id, reason, OffsetDateTime::now_utc()).await?;
    Ok(())
}
