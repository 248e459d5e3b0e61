//! What a caller is told of an event: everything, or only what was done and not why, nor from where, nor where an image went.

use api::event::{Event, Object};
use db::entities::event;

use super::{Kind, ObjectType};
use crate::{
    access::{Decision, Level},
    caller::Caller,
    error::ApiResult,
    promotion,
    state::AppState,
};

/// What who may only read a repository learns of.
pub(super) const OF_READERS: &[&str] = &[
    ObjectType::Repository.as_str(),
    ObjectType::Tag.as_str(),
    ObjectType::Manifest.as_str(),
];

/// How much of a repository's events a caller is told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Sees {
    /// Nothing: nobody without an account is.
    #[default]
    Nothing,
    /// What was done to the repository, its tags and its manifests; not why, nor from where, nor who pulled.
    Deeds,
    /// Everything: who administers it.
    All,
}

impl Sees {
    /// How much a caller who has this right in a repository is told.
    pub(crate) fn of(caller: &Caller, decision: &Decision) -> Self {
        if decision.allows(Level::Admin) {
            Self::All
        } else if decision.allows(Level::ReadOnly) && caller.account().is_ok() {
            Self::Deeds
        } else {
            Self::Nothing
        }
    }
}

/// What a caller is told of these events of repositories; `sees` says how much of that of each. What they are not told of is left out.
pub(crate) async fn told(
    state: &AppState,
    caller: &Caller,
    sees: impl Fn(&event::Model) -> Sees,
    rows: Vec<event::Model>,
) -> ApiResult<Vec<Event>> {
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        match sees(&row) {
            Sees::All => events.push(shown(row)),
            Sees::Deeds if row.kind != Kind::Get.as_str() && is_of_readers(&row) => {
                let mut event = shown(row);
                for_reader(&mut event);
                events.push(event);
            }
            Sees::Deeds | Sees::Nothing => (),
        }
    }
    if caller.admin().is_err() {
        hide_targets(state, caller, &mut events).await?;
    }
    Ok(events)
}

/// Whether a caller is told all of an event.
pub(crate) fn is_whole(told: &Event, row: &event::Model) -> bool {
    *told == shown(row.clone())
}

fn is_of_readers(row: &event::Model) -> bool {
    OF_READERS.contains(&row.object_type.as_str())
}

/// What who only reads a repository learns of an event.
fn for_reader(event: &mut Event) {
    event.address = None;
    event.credential = String::new();
    event.reason = String::new();
    event.request_id = None;
    if event.object.r#type == ObjectType::Repository.as_str() {
        event.detail = None;
    }
}

/// Leaves out the names of repositories that images were promoted to, and that the caller may not see.
async fn hide_targets(state: &AppState, caller: &Caller, events: &mut [Event]) -> ApiResult<()> {
    let (promotion, policy) = (
        ObjectType::Promotion.as_str(),
        ObjectType::PromotionPolicy.as_str(),
    );
    let of = |event: &Event| event.object.id.as_deref().and_then(|id| id.parse().ok());
    let promotions = events
        .iter()
        .filter(|event| event.object.r#type == promotion);
    let seen = promotion::seen(state, caller, promotions.filter_map(of)).await?;
    for event in events {
        if event.object.r#type == policy {
            event.detail = None;
            // why it was stopped names both repositories
            event.reason = String::new();
        }
        let is_seen = of(event).is_some_and(|id| seen.contains(&id));
        if event.object.r#type == promotion && !is_seen {
            event.object.name = String::new();
            event.reason = String::new();
        }
    }
    Ok(())
}

/// An event as the API shows it to who is told all of it.
pub(super) fn shown(row: event::Model) -> Event {
    let actor_type = match (row.actor_id, row.credential.as_str()) {
        (Some(_), _) => "user",
        (None, "") => "anonymous",
        (None, _) => "system",
    };
    Event {
        id: row.id,
        published_at: db::events::time(row.id),
        actor: row.actor,
        actor_id: row.actor_id,
        actor_type: actor_type.to_owned(),
        credential: row.credential,
        r#type: row.kind,
        object: Object {
            id: row.object_id,
            r#type: row.object_type,
            name: row.object,
        },
        target: row.target_type.map(|kind| Object {
            id: row.target_id,
            r#type: kind,
            name: row.target.unwrap_or_default(),
        }),
        address: row.address,
        repository: row.repository_id,
        request_id: row.request_id,
        reason: row.reason,
        detail: row.detail,
    }
}
