//! What a visitor of `/v2/` does is recorded in their name: an account's, or that of a token, for which the database is not asked.

use db::{Db, entities::repository};

use super::{
    error::Outcome,
    identity::{Identity, Visitor},
    pulled::{self, Lane},
};
use crate::{events::Event, origin::Origin, trust::policy::Admitted, workload};

impl Visitor<'_> {
    /// The database; what the visitor changes through it is recorded as `event`.
    pub(crate) async fn recording(&self, event: Event) -> Outcome<Db> {
        let client = Origin::of(&self.state.config, self.parts).client;
        let known = self.known().await?;
        Ok(workload::recording(self.state, known.as_ref(), self.account(), client, event).await?)
    }

    /// As [`Self::recording`], for a push: who pushes is what their token says, and the database is not asked.
    pub(crate) async fn recording_push(&self, event: Event) -> Outcome<Db> {
        match &self.identity {
            Identity::Token(claims) if claims.job.is_none() && claims.name.is_some() => {
                let client = Origin::of(&self.state.config, self.parts).client;
                let event = event.because("a registry token that grants push");
                let name = self.name();
                Ok(self
                    .state
                    .recording_by_token(self.account(), name, client, event))
            }
            _ => self.recording(event).await,
        }
    }

    /// Records a pull, unless the same was recorded lately. It costs no question to the database.
    pub(super) fn record_pull(
        &self,
        repository: &repository::Model,
        tag: Option<&str>,
        digest: &str,
        admitted: &Admitted,
    ) {
        self.record_once(repository, (tag, digest), || {
            pulled::event(repository, tag, digest, admitted.decision())
        });
    }

    /// Records what was done to this in a repository, unless the same was recorded lately. It costs no question to the database.
    pub(crate) fn record_once(
        &self,
        repository: &repository::Model,
        what: (Option<&str>, &str),
        event: impl FnOnce() -> Event,
    ) {
        let pulled = &self.state.pulled;
        if !pulled.is_new(Lane::Pulls, self.account(), repository.id, what) {
            return;
        }
        self.record(event());
    }

    /// Records what was done. It costs no question to the database.
    pub(crate) fn record(&self, event: Event) {
        let client = Origin::of(&self.state.config, self.parts).client;
        let event = match &self.identity {
            Identity::Anonymous => event.by(None, client),
            Identity::Account(known) => event.by(Some(known), client),
            Identity::Token(_) => event.by_token(self.account(), self.name(), client),
        };
        self.state.pulled.add(Lane::Pulls, event);
    }
}
