//! Which images may be pulled, by who signed them: the policy of the registry, an organization or a repository, what it would refuse, and
//! why one image may be pulled or not; of the registry, what it asks of certificates, too. And whose signatures of cosign and notation
//! count in an organization and in all of the registry.

mod certificates;
mod exceptions;
mod explain;
mod form;
mod teams;
mod trial;
mod trusts;

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
    /// The keys and certificates that the registry trusts.
    TrustsOfRegistry,
    /// Those that an organization trusts.
    TrustsOfOrganization,
}

/// Draws one of the pages.
pub fn draw(page: Page) -> AnyView {
    match page {
        Page::Registry => system::settings("trust", || {
            let about = "every image of this registry";
            let policy = policy(paths::api::TRUST_POLICY.to_owned(), about, None);
            let trusts = trusts::link(paths::SIGNATURE_TRUSTS.to_owned());
            view! { <div class="stack">{policy} {certificates::draw()} {trusts}</div> }.into_any()
        }),
        Page::OfOrganization => organizations::with_tab_of_managers("settings", |name| {
            let back = paths::organization(&name, "settings");
            let path = paths::api::organization_trust_policy(&name);
            let policy = policy(path, "the images of this organization", Some(back));
            let trusts = trusts::link(paths::organization_signature_trusts(&name));
            view! { <div class="stack">{policy} {trusts}</div> }.into_any()
        }),
        Page::OfRepository => repository::with_tab_of_admins("settings", |context| {
            let (namespace, name) = context.names();
            let back = paths::repository(&namespace, &name, "settings");
            let path = paths::api::repository_trust_policy(&namespace, &name);
            policy(path, "the images of this repository", Some(back))
        }),
        Page::TrustsOfRegistry => system::settings("trust", || {
            let path = paths::api::SIGNATURE_TRUSTS.to_owned();
            let back = paths::TRUST_SETTINGS.to_owned();
            trusts::draw(path, "all repositories", back)
        }),
        Page::TrustsOfOrganization => organizations::with_tab_of_managers("settings", |name| {
            let path = paths::api::organization_signature_trusts(&name);
            let back = paths::organization_trust_policy(&name);
            trusts::draw(path, "the repositories of this organization", back)
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
