//! Webhooks: who listens is told what happens, at least once and in order.
//!
//! `hear` finds who listens, and `tell` says what happened; what is to be told is written in the transaction of what it tells of
//! ([`db::Db::telling`]). `worker` has it sent, each webhook's by a task of its own (`lane`), with the client of `outgoing`; `deliveries`
//! shows what became of it. `hooks` are made, changed and deleted by who administers the place where they listen (`place`); `settings` are what
//! their rows say. What needs no
//! network and no database is in `crates/webhooks`.

mod deliveries;
mod form;
mod hear;
mod hooks;
mod lane;
mod pace;
mod place;
mod receiver;
mod sample;
mod secrets;
mod send;
mod settings;
pub(crate) mod tell;
mod trial;
mod worker;

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard, Notify};

use crate::{error::ApiError, operations::Operations};

pub(crate) use hear::Hook;
pub(crate) use pace::{Redeliveries, Trials};
pub use worker::settle;
pub(crate) use worker::{clean_up, run};

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(hooks::router())
        .merge(trial::router())
        .merge(secrets::router())
        .merge(deliveries::router())
}

/// What the parts of webhooks share in one process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Webhooks(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    news: Notify,
    scans: Mutex<()>,
}

impl Webhooks {
    /// There may be something to send.
    pub(crate) fn wake(&self) {
        self.0.news.notify_one();
    }

    async fn woken(&self) {
        self.0.news.notified().await;
    }

    /// For what is written of scans while nothing else is.
    async fn alone(&self) -> MutexGuard<'_, ()> {
        self.0.scans.lock().await
    }
}

fn no_such_webhook(id: &str) -> ApiError {
    ApiError::not_found(
        "NO_SUCH_WEBHOOK",
        format!("There is no webhook {id}, or you may not see it."),
    )
}
