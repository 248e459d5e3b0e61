//! What is sent for one webhook: one delivery after the other, each written down with what was answered.

use std::time::{Duration, Instant};

use ::webhooks::{EventId, Next, Outcome, retry};
use db::{
    entities::{webhook, webhook_delivery},
    webhooks::{
        REVISION, State,
        deliveries::{self, Attempt},
    },
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    place,
    receiver::{Receiver, Unready},
    send::{self, Attempted, send},
};
use crate::{
    error::ApiResult,
    events::{Event, Kind, ObjectType},
    settings::OUTGOING,
    state::AppState,
};

/// Deliveries that a task has in memory.
const LOT: u64 = 64;
/// What was sent is written down together, in so many…
const TOGETHER: usize = 32;
/// …or after so long.
const OFTEN: Duration = Duration::from_millis(250);
/// How long others may have to wait for a place.
const TURN: Duration = Duration::from_secs(10);
/// Why what is a day old is given up.
pub(super) const TOO_OLD: &str = "a day went by, and it could not be delivered";

/// Sends what a webhook has to tell, until there is no more, something has to wait, or others have waited long enough.
pub(super) async fn lane(
    state: &AppState,
    hook: Uuid,
    sender: Uuid,
    stop: &CancellationToken,
) -> ApiResult<()> {
    let db = &state.db;
    let begun = Instant::now();
    while !stop.is_cancelled() && begun.elapsed() < TURN {
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
        let goes_on = match ready(state, &row).await? {
            Ok(_) if rows.is_empty() => false,
            Ok(receiver) => {
                let sending = Sending {
                    state,
                    stop,
                    sender,
                    row: &row,
                    receiver,
                    revision,
                    begun,
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

/// What requests are made with; or why nothing is sent until somebody does something about it.
async fn ready(state: &AppState, row: &webhook::Model) -> ApiResult<Result<Receiver, String>> {
    if let Some(reason) = place::lacks(state, row).await? {
        return Ok(Err(reason));
    }
    match Receiver::of(state, row).await {
        Ok(receiver) => Ok(Ok(receiver)),
        Err(Unready::Ever(reason)) => Ok(Err(reason)),
        Err(Unready::Now(error)) => Err(error),
    }
}

/// Moves when a webhook changes, or where requests may go, by this process.
fn settled(state: &AppState) -> [Option<db::Revision>; 2] {
    [&REVISION, &OUTGOING].map(|key| state.db.own_revision(key))
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
    /// When its turn began.
    begun: Instant,
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
            if changed || self.stop.is_cancelled() || self.begun.elapsed() >= TURN {
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
                // another process says nowhere else where requests may go now: what is open is closed, and everything read again
                let is_alone = self.state.db.revision(&OUTGOING).is_some();
                if !self.note(&mut made).await? || !is_alone {
                    return Ok(true);
                }
                noted = Instant::now();
            }
        }
        self.note(&mut made).await?;
        Ok(goes_on)
    }

    /// Writes down what was sent; a webhook whose receiver takes nothing for long is paused. False where it is not what it was any more.
    async fn note(&self, made: &mut Vec<Attempt>) -> ApiResult<bool> {
        if made.is_empty() {
            return Ok(true);
        }
        let now = OffsetDateTime::now_utc();
        let db = &self.state.db;
        let health = deliveries::record(db, self.row.id, self.sender, made, now).await?;
        made.clear();
        let Some(health) = health else {
            return Ok(false);
        };
        let failures = u32::try_from(health.failures).unwrap_or_default();
        if retry::pauses(failures, health.healthy_at, now) {
            let reason = format!("{failures} attempts failed, and none succeeded for an hour");
            pause(self.state, self.row, &reason).await?;
            return Ok(false);
        }
        Ok(is_sent_alike(self.row, &health.row) && health.row.leased_by == Some(self.sender))
    }
}

/// Whether requests for it are made as before: another process may have changed it, and says so nowhere else.
fn is_sent_alike(before: &webhook::Model, now: &webhook::Model) -> bool {
    before.enabled == now.enabled
        && before.paused_at == now.paused_at
        && before.endpoint == now.endpoint
        && before.tls_certificate == now.tls_certificate
        && before.skip_verify == now.skip_verify
        && before.headers == now.headers
        && before.secret == now.secret
        && before.previous_secret == now.previous_secret
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
