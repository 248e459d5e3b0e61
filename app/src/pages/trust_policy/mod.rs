//! Which images may be pulled, by who signed them: the policy of the registry, an organization or a repository, what it would refuse, and
//! why one image may be pulled or not; of the registry, what it asks of certificates, too.

mod certificates;
mod exceptions;
mod explain;
mod form;
mod teams;
mod trial;

use api::trust_policy::TrustPolicy;
use leptos::prelude::*;

use crate::{
    components::load::{load, shown},
    pages::{organizations, repository, system},
    paths,
};

/// The pages of this part.
#[derive(Clone, Copy)]
pub enum Page {
    /// Of the registry.
    Registry,
    /// Of an organization.
    OfOrganization,
    /// Of a repository.
    OfRepository,
}

/// Draws one of the pages.
pub fn draw(page: Page) -> AnyView {
    match page {
        Page::Registry => system::settings("trust", || {
            let about = "every image of this registry";
            let policy = policy(paths::api::TRUST_POLICY.to_owned(), about, None);
            view! { <div class="stack">{policy} {certificates::draw()}</div> }.into_any()
        }),
        Page::OfOrganization => organizations::with_tab_of_managers("settings", |name| {
            let back = paths::organization(&name, "settings");
            let path = paths::api::organization_trust_policy(&name);
            policy(path, "the images of this organization", Some(back))
        }),
        Page::OfRepository => repository::with_tab_of_admins("settings", |context| {
            let (namespace, name) = context.names();
            let back = paths::repository(&namespace, &name, "settings");
            let path = paths::api::repository_trust_policy(&namespace, &name);
            policy(path, "the images of this repository", Some(back))
        }),
    }
}

/// The policy at a path of the API.
fn policy(path: String, about: &'static str, back: Option<String>) -> AnyView {
    let at = path.clone();
    let loaded = load(move || path.clone());
    view! {
        <div class="stack">
            {back.map(|href| view! { <p><a href=href>"All settings"</a></p> })}
            {shown(loaded, move |saved: TrustPolicy| form::draw(&at, about, saved))}
        </div>
    }
    .into_any()
}
