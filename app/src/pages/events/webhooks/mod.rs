//! Webhooks of a repository, of a namespace or of the whole registry: the list, a new one, and one with what it told.

mod about;
mod delivery;
mod form;
mod headers;
mod kinds;
mod list;
mod log;
mod secret;
mod trial;

use api::webhook::Webhook;
use leptos::prelude::*;

use crate::{
    pages::{parameter, query},
    paths,
};

/// How much of the registry something is about; also how far a webhook listens. The order is the order of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// One repository.
    Repository,
    /// All repositories of an account, and that there are more or less of them.
    Namespace,
    /// Everything.
    Registry,
}

/// Where the webhooks of a page listen.
#[derive(Clone, Copy)]
pub(super) struct Place {
    reach: Reach,
    /// `namespace/name`, `namespace`, or empty for the whole registry.
    key: StoredValue<String>,
    /// The address of their list.
    home: StoredValue<String>,
}

impl Place {
    pub(super) fn new(reach: Reach, key: String, home: String) -> Self {
        Self {
            reach,
            key: StoredValue::new(key),
            home: StoredValue::new(home),
        }
    }

    /// How far a saved webhook listens, which may be less than the list does that it is in; a new one listens as far.
    fn reach_of(self, webhook: Option<&Webhook>) -> Reach {
        match webhook.map(|webhook| webhook.key.as_str()) {
            None => self.reach,
            Some("") => Reach::Registry,
            Some(key) if key.contains('/') => Reach::Repository,
            Some(_) => Reach::Namespace,
        }
    }

    /// The list of them in the API. That of the whole registry has those of all other places, too, and comes in pages.
    fn api(self, start: &str) -> String {
        self.key.with_value(|key| match key.split_once('/') {
            Some((namespace, name)) => paths::api::repository_webhooks(namespace, name),
            None if key.is_empty() => paths::api::webhooks_page(start),
            None => paths::api::namespace_webhooks(key),
        })
    }

    /// The page of one of them; of `new`, the form.
    fn page(self, id: &str) -> String {
        self.home.with_value(|home| paths::webhook(home, id))
    }

    /// The form that changes one.
    fn form(self, id: &str) -> String {
        paths::with_query(&self.page(id), [("edit", "yes")])
    }
}

/// What the page's address says: the list, the form, or one of them.
pub(super) fn draw(place: Place) -> AnyView {
    let (webhook, edit) = (parameter("webhook"), query("edit"));
    (move || match (webhook.get().as_str(), edit.get().as_str()) {
        ("", _) => list::draw(place),
        ("new", _) => form::new(place),
        (id, "") => one(place, id),
        (id, _) => form::change(place, id),
    })
    .into_any()
}

fn one(place: Place, id: &str) -> AnyView {
    view! { <div class="stack">{about::draw(place, id)} {log::draw(id)}</div> }.into_any()
}
