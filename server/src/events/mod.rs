//! The account of what happened: who did what to what, from where, when, and why it was allowed or refused. Everything that is
//! recorded goes through here.
//!
//! A change and its event are one transaction: a handler passes the database of [`AppState::recording`] to the query that makes
//! the change. What changes nothing (a sign-in, a refusal, a use) is written by itself, and fails the request if it cannot be.

mod kinds;
mod list;
mod pace;
mod told;

use std::net::IpAddr;

use db::{
    Db,
    entities::{account, repository, team},
    events::{New, Thing},
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

pub(crate) use kinds::{Kind, ObjectType};
pub(crate) use pace::Pace;
pub(crate) use told::{Sees, is_whole, told};

use crate::{
    caller::{Caller, Known},
    error::ApiResult,
    operations::Operations,
    state::AppState,
    telemetry,
};

/// Characters that are kept of a name that somebody tried.
const MAX_TRIED: usize = 100;

/// `/api/v0/events`
pub(crate) fn router() -> Operations {
    list::router()
}

/// What happens, but for who does it and from where.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    kind: Kind,
    object: Thing,
    target: Option<Thing>,
    reason: String,
    detail: Option<Value>,
}

impl Event {
    /// `kind` is done to the thing of that id, or to one that is being made.
    pub(crate) fn new(
        kind: Kind,
        object: ObjectType,
        id: impl Into<Option<Uuid>>,
        name: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            object: thing(object, id.into(), name.into()),
            target: None,
            reason: String::new(),
            detail: None,
        }
    }

    /// It is done to an account.
    pub(crate) fn of_account(kind: Kind, row: &account::Model) -> Self {
        let object = if row.is_org {
            ObjectType::Organization
        } else {
            ObjectType::User
        };
        Self::new(kind, object, row.id, &row.name)
    }

    /// It is done to a repository.
    pub(crate) fn of_repository(kind: Kind, row: &repository::Model) -> Self {
        let name = format!("{}/{}", row.namespace, row.name);
        Self::new(kind, ObjectType::Repository, row.id, name)
    }

    /// It is done to the membership of `member` in the organization.
    pub(crate) fn of_member(kind: Kind, org: &account::Model, member: &account::Model) -> Self {
        Self::new(kind, ObjectType::Membership, org.id, &org.name).with(
            ObjectType::User,
            member.id,
            &member.name,
        )
    }

    /// It is done to a team; the organization takes part.
    pub(crate) fn of_team(kind: Kind, org: &account::Model, row: &team::Model) -> Self {
        Self::new(kind, ObjectType::Team, row.id, &row.name).with(
            ObjectType::Organization,
            org.id,
            &org.name,
        )
    }

    /// Another thing takes part.
    pub(crate) fn with(
        mut self,
        object: ObjectType,
        id: impl Into<Option<Uuid>>,
        name: impl Into<String>,
    ) -> Self {
        self.target = Some(thing(object, id.into(), name.into()));
        self
    }

    /// Why it is allowed, or refused. Of a site administrator it is said without this.
    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// What changes, as a form says it that holds no secret.
    pub(crate) fn changes(self, form: &impl Serialize) -> Self {
        match serde_json::to_value(form) {
            Ok(detail) => self.detail(detail),
            Err(_) => self,
        }
    }

    /// What changes.
    pub(crate) fn detail(mut self, detail: Value) -> Self {
        self.detail = Some(detail);
        self
    }

    /// Done by the account of that id and name, by a token of the registry; without a name by the public.
    pub(crate) fn by_token(self, id: Option<Uuid>, name: &str, client: IpAddr) -> New {
        let credential = if name.is_empty() {
            ""
        } else {
            "registry token"
        };
        New {
            actor_id: id,
            actor: name.to_owned(),
            credential: credential.to_owned(),
            ..self.by(None, client)
        }
    }

    /// Done by who is known, from this address.
    pub(crate) fn by(self, known: Option<&Known>, client: IpAddr) -> New {
        let is_admin = known.is_some_and(|known| known.subject().is_admin());
        New {
            actor_id: known.map(|known| known.account.id),
            actor: known
                .map(|known| known.account.name.clone())
                .unwrap_or_default(),
            credential: known
                .map(|known| known.credential.recorded())
                .unwrap_or_default(),
            kind: self.kind.as_str(),
            object: self.object,
            target: self.target,
            address: Some(client.to_string()),
            reason: if self.reason.is_empty() && is_admin {
                "a site administrator".to_owned()
            } else {
                self.reason
            },
            detail: self.detail,
            request_id: telemetry::current_request(),
        }
    }
}

/// Who promotes.
#[derive(Clone, Copy)]
pub(crate) enum Promoter<'p> {
    /// A policy.
    Policy(Uuid),
    /// Somebody, by hand.
    Caller(&'p Caller),
}

fn by_policy(policy: Uuid, event: Event) -> New {
    New {
        actor: format!("promotion {policy}"),
        credential: "promotion policy".to_owned(),
        kind: event.kind.as_str(),
        object: event.object,
        target: event.target,
        reason: event.reason,
        detail: event.detail,
        ..New::default()
    }
}

fn thing(object: ObjectType, id: Option<Uuid>, name: String) -> Thing {
    Thing {
        kind: object.as_str(),
        id: id.map(|id| id.to_string()),
        name,
    }
}

impl AppState {
    /// The database; what `caller` changes through it is recorded as `event`.
    pub(crate) fn recording(&self, caller: &Caller, event: Event) -> Db {
        self.recording_by(caller.known(), caller.client, event)
    }

    /// As [`Self::recording`], where there is no caller yet.
    pub(crate) fn recording_by(&self, known: Option<&Known>, client: IpAddr, event: Event) -> Db {
        self.db.recording(event.by(known, client))
    }

    /// The database; what is changed through it is recorded as done because of the LDAP directory.
    pub(crate) fn recording_by_directory(&self, event: Event) -> Db {
        self.db.recording(New {
            actor: "directory".to_owned(),
            credential: "ldap".to_owned(),
            kind: event.kind.as_str(),
            object: event.object,
            target: event.target,
            reason: event.reason,
            detail: event.detail,
            ..New::default()
        })
    }

    /// The database; what is changed through it is recorded as done by the scanner.
    pub(crate) fn recording_by_scanner(&self, event: Event) -> Db {
        self.recording_all_by_scanner([event])
    }

    /// The same, where it is about several repositories, or none.
    pub(crate) fn recording_all_by_scanner(&self, events: impl IntoIterator<Item = Event>) -> Db {
        self.db.also_recording(events.into_iter().map(|event| New {
            actor: "scanner".to_owned(),
            credential: "scanner".to_owned(),
            kind: event.kind.as_str(),
            object: event.object,
            target: event.target,
            reason: event.reason,
            detail: event.detail,
            ..New::default()
        }))
    }

    /// The database; what is changed through it is recorded as done by a promotion policy.
    pub(crate) fn recording_by_policy(&self, policy: Uuid, event: Event) -> Db {
        self.db.recording(by_policy(policy, event))
    }

    /// The database; a promotion through it is recorded in its source, and in its target as a tag that came.
    pub(crate) fn recording_promotion(&self, by: Promoter<'_>, left: Event, came: Event) -> Db {
        let new = |event: Event| match by {
            Promoter::Policy(policy) => by_policy(policy, event),
            Promoter::Caller(caller) => event.by(caller.known(), caller.client),
        };
        self.db.recording(new(left)).also_recording([new(came)])
    }

    /// The database; what is changed through it is recorded as done by whoever sends for webhooks.
    pub(crate) fn recording_by_webhooks(&self, event: Event) -> Db {
        self.db.recording(New {
            actor: "webhooks".to_owned(),
            credential: "webhooks".to_owned(),
            kind: event.kind.as_str(),
            object: event.object,
            target: event.target,
            reason: event.reason,
            detail: event.detail,
            ..New::default()
        })
    }

    /// The database; what is changed through it is recorded as done by the account of that id and name, by a token of the registry.
    pub(crate) fn recording_by_token(
        &self,
        id: Option<Uuid>,
        name: &str,
        client: IpAddr,
        event: Event,
    ) -> Db {
        self.db.recording(event.by_token(id, name, client))
    }

    /// Records what a promotion policy could not do.
    pub(crate) async fn record_by_policy(&self, policy: Uuid, event: Event) -> ApiResult<()> {
        Ok(db::events::append(&self.db, by_policy(policy, event)).await?)
    }

    /// The database; what is changed through it is recorded as done by a CI job of the trust `name`.
    pub(crate) fn recording_by_workload(&self, name: &str, client: IpAddr, event: Event) -> Db {
        self.db.recording(New {
            actor: name.to_owned(),
            credential: "workload identity".to_owned(),
            ..event.by(None, client)
        })
    }

    /// Records what changes no row of its own.
    pub(crate) async fn record(
        &self,
        known: Option<&Known>,
        client: IpAddr,
        event: Event,
    ) -> ApiResult<()> {
        Ok(db::events::append(&self.db, event.by(known, client)).await?)
    }
}

/// Records that somebody came with a password or what stands for it, to the minute: clients send it with each request.
pub(crate) async fn note_use(state: &AppState, known: &Known, client: IpAddr) -> ApiResult<()> {
    let credential = known.credential.recorded();
    if !state.pace.is_new((known.account.id, credential, client)) {
        return Ok(());
    }
    let event = Event::new(Kind::Get, ObjectType::Session, None, &known.account.name);
    state
        .record(Some(known), client, event.because("the password was right"))
        .await
}

/// Records that somebody tried to sign in and could not. `account` is the one of the name that was tried, if it may sign in; the
/// same is written whether there is one or not, so that the time it takes tells nothing.
pub(crate) async fn sign_in_failed(
    state: &AppState,
    name: &str,
    account: Option<&account::Model>,
    client: IpAddr,
) -> ApiResult<()> {
    let reason = match account {
        Some(_) => "the password was wrong",
        None => "there is no such user, or it is switched off",
    };
    refused(state, name, account.map(|row| row.id), client, reason).await
}

/// Records a refused sign-in. Of a flood of them some are recorded and the rest counted.
pub(crate) async fn refused(
    state: &AppState,
    name: &str,
    account: Option<Uuid>,
    client: IpAddr,
    reason: &str,
) -> ApiResult<()> {
    let Some(left_out) = state.pace.failure() else {
        return Ok(());
    };
    let tried: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_TRIED)
        .collect();
    let mut event = Event::new(Kind::Fail, ObjectType::Session, account, tried).because(reason);
    if left_out > 0 {
        event = event.detail(serde_json::json!({ "notRecordedBefore": left_out }));
    }
    state.record(None, client, event).await
}
