//! Where webhooks listen, and who may say so: who administers the repository, owns the namespace, or administers the registry.

use std::collections::{HashMap, HashSet};

use db::{entities::webhook, webhooks::Place};
use uuid::Uuid;

use super::no_such_webhook;
use crate::{
    access::{self, Level, Subject},
    accounts,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    organizations::Org,
    repositories::{Found, Named},
    state::AppState,
};

/// A place that the caller may make webhooks listen at.
pub(super) struct Managed {
    pub(super) place: Place,
    /// `namespace/name`, `namespace`, or empty.
    pub(super) key: String,
    /// Why somebody who is no site administrator may, for the record.
    reason: String,
}

impl Managed {
    /// The place of that key: `namespace/name`, `namespace`, or empty for the whole registry; else 401, 403 or 404.
    pub(super) async fn of(state: &AppState, caller: &Caller, key: &str) -> ApiResult<Self> {
        // who is good for some repositories only makes nothing that goes on by itself
        caller.account()?;
        let key = key.trim();
        if key.is_empty() {
            caller.admin()?;
            return Ok(Self {
                place: Place::Registry,
                key: String::new(),
                reason: String::new(),
            });
        }
        match key.split_once('/') {
            Some((namespace, reponame)) => {
                let named = Named {
                    namespace: namespace.to_owned(),
                    reponame: reponame.to_owned(),
                };
                Self::repository(state, caller, &named).await
            }
            None => Self::namespace(state, caller, key).await,
        }
    }

    /// A repository that the caller administers.
    pub(super) async fn repository(
        state: &AppState,
        caller: &Caller,
        named: &Named,
    ) -> ApiResult<Self> {
        let found = Found::with(state, caller, named, Level::Admin).await?;
        Ok(Self {
            place: Place::Repository(found.row.id),
            key: found.full_name(),
            reason: found.reason(caller),
        })
    }

    /// The caller's own namespace, or that of an organization that they own.
    pub(super) async fn namespace(
        state: &AppState,
        caller: &Caller,
        name: &str,
    ) -> ApiResult<Self> {
        let account = caller.account()?;
        let found = accounts::find(state, name).await?;
        let of = |row: &db::entities::account::Model, reason| Self {
            place: Place::Namespace(row.id),
            key: row.name.clone(),
            reason,
        };
        match found {
            Some(row) if row.is_org => {
                let org = Org::managed(state, caller, name).await?;
                Ok(of(&org.row, org.reason()))
            }
            Some(row) if row.id == account.id => Ok(of(&row, "the own namespace".to_owned())),
            Some(row) if account.is_admin => Ok(of(&row, String::new())),
            _ => Err(ApiError::not_found(
                "NO_SUCH_ACCOUNT",
                format!("There is no account {name}, or you may not manage its webhooks."),
            )),
        }
    }

    /// The webhook of that id, with the place where it listens, if the caller may manage it; else 404, whether there is one or not.
    pub(super) async fn webhook(
        state: &AppState,
        caller: &Caller,
        id: &str,
    ) -> ApiResult<(webhook::Model, Self)> {
        caller.account()?;
        let parsed: Uuid = id.parse().map_err(|_| no_such_webhook(id))?;
        let row = db::webhooks::find(&state.db, parsed)
            .await?
            .ok_or_else(|| no_such_webhook(id))?;
        match Self::of(state, caller, &row.key).await {
            Ok(managed) if managed.place == Place::of(&row) => Ok((row, managed)),
            Err(error) if error.status().is_server_error() => Err(error),
            Ok(_) | Err(_) => Err(no_such_webhook(id)),
        }
    }

    /// Those of these webhooks that the caller may manage. Repositories are decided together, namespaces once each.
    pub(super) async fn among(
        state: &AppState,
        caller: &Caller,
        rows: &[webhook::Model],
    ) -> ApiResult<HashSet<Uuid>> {
        let ids = rows.iter().filter_map(|row| row.repository_id);
        let repositories = db::repositories::by_ids(&state.db, ids).await?;
        let repositories: Vec<_> = repositories.into_values().collect();
        let decisions = state.decide_all(&caller.subject(), &repositories).await?;
        let mut namespaces: HashMap<&str, bool> = HashMap::new();
        for row in rows.iter().filter(|row| row.account_id.is_some()) {
            if !namespaces.contains_key(row.key.as_str()) {
                let managed = Self::namespace(state, caller, &row.key).await.is_ok();
                namespaces.insert(&row.key, managed);
            }
        }
        let is_managed = |row: &&webhook::Model| match Place::of(row) {
            Place::Repository(id) => decisions
                .get(&id)
                .is_some_and(|decision| decision.allows(Level::Admin)),
            Place::Namespace(_) => namespaces.get(row.key.as_str()).copied().unwrap_or(false),
            Place::Registry => caller.admin().is_ok(),
        };
        Ok(rows.iter().filter(is_managed).map(|row| row.id).collect())
    }

    /// What is recorded of a webhook here.
    pub(super) fn event(&self, kind: Kind, id: impl Into<Option<Uuid>>, endpoint: &str) -> Event {
        let event = Event::new(kind, ObjectType::Webhook, id, endpoint);
        match self.place {
            Place::Repository(id) => event.with(ObjectType::Repository, id, &self.key),
            Place::Namespace(id) => event.with(ObjectType::Namespace, id, &self.key),
            Place::Registry => event,
        }
        .because(self.reason.clone())
    }
}

/// Why a webhook may not be sent for: who answers for it may not manage it any more.
pub(super) async fn lacks(state: &AppState, row: &webhook::Model) -> ApiResult<Option<String>> {
    let author = match row.author_id {
        Some(id) => db::accounts::by_id(&state.db, id).await?,
        None => None,
    };
    let Some(author) = author.filter(|author| author.is_active) else {
        return Ok(Some(format!(
            "{}, who made it, has no account any more that may sign in",
            row.author
        )));
    };
    let subject = Subject::of(&author);
    let may = match Place::of(row) {
        Place::Registry => subject.is_admin(),
        Place::Repository(id) => match db::repositories::by_id(&state.db, id).await? {
            Some(repository) => {
                let decision = state.decide(&subject, &repository).await?;
                decision.allows(Level::Admin)
            }
            None => false,
        },
        Place::Namespace(id) if id == author.id => true,
        Place::Namespace(id) => match db::accounts::by_id(&state.db, id).await? {
            Some(namespace) => {
                let standing = state.namespace_standing(&subject, &namespace).await?;
                access::may_manage(&subject, &standing)
            }
            None => false,
        },
    };
    let place = if row.key.is_empty() {
        "the registry"
    } else {
        &row.key
    };
    Ok((!may).then(|| {
        format!(
            "{}, who made it, may not manage the webhooks of {place} any more",
            author.name
        )
    }))
}
