//! What happened, and who is told of it: the activity of a repository, and webhooks wherever they listen.

mod activity;
mod detail;
pub(crate) mod happened;
mod webhooks;

use leptos::prelude::*;

use self::webhooks::{Place, Reach};
use super::{organizations, repository, system, users};
use crate::paths;

/// The pages of this part.
#[derive(Clone, Copy)]
pub enum Page {
    /// Webhooks of a repository: the list, a new one, or one of them.
    OfRepository,
    /// Of all repositories of an organization.
    OfOrganization,
    /// Of all repositories of a user.
    OfUser,
    /// Of the whole registry.
    OfRegistry,
}

/// Whose activity: a part of its own.
#[derive(Clone, Copy)]
pub enum Activity {
    /// What happened in a repository.
    OfRepository,
    /// What happened in the registry.
    OfRegistry,
}

/// Draws what happened.
pub fn activity(of: Activity) -> AnyView {
    match of {
        Activity::OfRepository => repository::with_tab("activity", activity::tab),
        Activity::OfRegistry => system::activity::page(),
    }
}

/// Draws one of the pages.
pub fn draw(page: Page) -> AnyView {
    match page {
        Page::OfRepository => repository::with_tab_of_admins("webhooks", |context| {
            let (namespace, name) = context.names();
            let home = paths::repository(&namespace, &name, "webhooks");
            webhooks::draw(Place::new(Reach::Repository, context.full_name(), home))
        }),
        Page::OfOrganization => organizations::with_tab_of_managers("webhooks", |name| {
            let home = paths::organization(&name, "webhooks");
            webhooks::draw(Place::new(Reach::Namespace, name, home))
        }),
        Page::OfUser => users::with_tab("webhooks", |name| {
            let home = paths::user_webhooks(&name);
            webhooks::draw(Place::new(Reach::Namespace, name, home))
        }),
        Page::OfRegistry => system::settings("webhooks", || {
            let home = paths::WEBHOOKS.to_owned();
            webhooks::draw(Place::new(Reach::Registry, String::new(), home))
        }),
    }
}
