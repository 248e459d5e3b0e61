//! Addresses of what happened, and of who is told of it, in the API.

use super::{PAGE_SIZE, repository};
use crate::paths::{escape, with_query};

/// Pairs of a query that say what is wanted; those that are empty do not.
pub type Wanted<'a> = [(&'a str, &'a str); 8];

/// What happened in the registry.
pub const EVENTS: &str = "/api/v0/events";

/// What happened in a repository.
#[must_use]
pub fn repository_events(namespace: &str, name: &str) -> String {
    format!("{}/events", repository(namespace, name))
}

/// A page of what happened, at [`EVENTS`] or in a repository.
#[must_use]
pub fn events_page(list: &str, wanted: Wanted<'_>, start: &str) -> String {
    let page = [("pageStart", start), ("pageSize", PAGE_SIZE)];
    with_query(list, wanted.into_iter().chain(page).collect::<Vec<_>>())
}

/// All of what happened in the registry, a line of JSON each.
#[must_use]
pub fn exported_events(wanted: Wanted<'_>) -> String {
    with_query(&format!("{EVENTS}/export"), wanted)
}

/// Webhooks: where they are made.
pub const WEBHOOKS: &str = "/api/v0/webhooks";

/// A page of all webhooks.
#[must_use]
pub fn webhooks_page(start: &str) -> String {
    with_query(WEBHOOKS, [("pageStart", start), ("pageSize", PAGE_SIZE)])
}

/// The webhooks that listen at a repository.
#[must_use]
pub fn repository_webhooks(namespace: &str, name: &str) -> String {
    format!("{}/webhooks", repository(namespace, name))
}

/// The webhooks that listen at a namespace.
#[must_use]
pub fn namespace_webhooks(name: &str) -> String {
    format!("/api/v0/accounts/{}/webhooks", escape(name))
}

/// One webhook; `update` changes one, `test` tries a receiver.
#[must_use]
pub fn webhook(id: &str) -> String {
    format!("{WEBHOOKS}/{}", escape(id))
}

/// What a webhook's requests are signed with.
#[must_use]
pub fn webhook_secret(id: &str) -> String {
    format!("{}/secret", webhook(id))
}

/// A page of what a webhook told.
#[must_use]
pub fn deliveries_page(webhook_id: &str, start: &str) -> String {
    with_query(
        &format!("{}/deliveries", webhook(webhook_id)),
        [("pageStart", start), ("pageSize", PAGE_SIZE)],
    )
}

/// Something that a webhook told.
#[must_use]
pub fn delivery(webhook_id: &str, id: &str) -> String {
    format!("{}/deliveries/{}", webhook(webhook_id), escape(id))
}
