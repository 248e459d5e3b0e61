//! Sends what webhooks have to tell: each webhook's in its order, by a task of its own, so that nobody waits for a receiver that hangs.
//!
//! A delivery that fails is tried again, later and later; what comes after it waits, because it is told in order. It is safe to end at any
//! moment: what was sent and not yet written down is sent again.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use ::webhooks::retry;
use db::webhooks::deliveries;
use time::OffsetDateTime;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::lane::{TOO_OLD, lane};
use crate::state::AppState;

/// How often it is looked whether there is something to send when nobody says so: another replica may have written it.
const LOOK: Duration = Duration::from_secs(5);
/// How long receivers have to answer when the program ends.
const GRACE: Duration = Duration::from_secs(2);
/// Webhooks that are sent for at once; each that waits for a receiver is one. Of more, those go first that went longest ago.
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
        turns: HashMap::new(),
        turn: 0,
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
        while let Some(ended) = dispatch.lanes.try_join_next_with_id() {
            dispatch.ended(ended);
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
        let due = heads.into_iter().filter(|head| head.at(sender) <= now);
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
    /// Whose turn it was when, of those who have something to tell.
    turns: HashMap<Uuid, u64>,
    turn: u64,
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
        let busy: HashSet<Uuid> = self.busy.values().copied().collect();
        let mut wait = LOOK;
        let mut due = Vec::new();
        let mut turns = HashMap::new();
        for head in heads {
            let (hook, at) = (head.webhook_id, head.at(self.sender));
            let turn = self.turns.get(&hook).copied();
            turns.extend(turn.map(|turn| (hook, turn)));
            if busy.contains(&hook) {
                continue;
            }
            if at > now {
                wait = wait.min(Duration::try_from(at - now).unwrap_or(LOOK));
            } else {
                due.push((turn, at, hook));
            }
        }
        self.turns = turns;
        due.sort_unstable();
        for (.., hook) in due.into_iter().take(LANES.saturating_sub(self.lanes.len())) {
            self.begin(hook);
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
        self.turn += 1;
        self.turns.insert(hook, self.turn);
    }
}
