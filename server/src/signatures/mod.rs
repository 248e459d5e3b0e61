//! Signatures of cosign and notation: found when they are pushed, verified by a worker, listed with the reasons.
//!
//! `found` says of a manifest that is pushed whether it holds signatures, and of what: the push puts it into the queue in its own
//! transaction (`db::signatures`). `worker` verifies what is due with the keys and certificates that are trusted then (`trusted`), and
//! writes down what it found; `list` answers it, `shown` says it in lists of images, and `trusts` is where organizations and the registry say whom they trust. What a
//! signature is worth is decided by `trust::attached`.

mod found;
mod list;
mod shown;
mod trusted;
mod trusts;
mod worker;

use std::sync::Arc;

use db::signatures::At;
use time::OffsetDateTime;
use tokio::sync::Notify;

use crate::{operations::Operations, settings::Switch, state::AppState};

pub(crate) use found::signs;
pub(crate) use shown::Attached;
pub(crate) use worker::run;
pub use worker::settle;

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(list::router())
        .merge(trusts::router())
}

/// For what counts at a moment, by what the registry asks of certificates.
pub(crate) async fn at(state: &AppState, now: OffsetDateTime) -> db::Result<At> {
    let switch = Switch::SignatureCertificatesValidNow;
    Ok(At {
        now,
        are_certificates_good: switch.is_on(state).await?,
    })
}

/// Wakes whoever verifies in this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signatures(Arc<Notify>);

impl Signatures {
    /// Something may be due.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }

    async fn woken(&self) {
        self.0.notified().await;
    }
}
