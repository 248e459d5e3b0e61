//! The interface: pages and components, drawn by the server first and brought to life in the browser.
//!
//! It is a client of the public JSON API and nothing else: no database, no secret, no way around authorization. [`client`] is
//! the way to the API, [`boot`] what a page knows before it asks, [`shell`] the frame around every page, [`pages`] the screens,
//! [`components`] what they are put together from. Features: `ssr` for the server, `hydrate` for the browser; never both.

pub mod boot;
pub mod client;
pub mod components;
pub mod document;
pub mod format;
pub mod pages;
pub mod paths;
pub mod shell;
pub mod sought;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    components::{Redirect, Route, Router, Routes},
    path,
};

use crate::{
    boot::Env,
    components::toast::Toasts,
    pages::{
        error, events, image, organizations, part::Part, promotion, repositories, repository,
        security, sign_in, signing, system, trust_policy, users,
    },
    shell::Frame,
};

/// The application: environment, shell, and the one table of pages.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Env::provide();
    Toasts::provide();
    // With this the router keeps the old page until the new one has its data.
    let (routing, set_routing) = signal(false);
    view! {
        <Router set_is_routing=set_routing>
            <Frame routing>
                <Routes fallback=error::not_found>
                    <Route path=path!("/") view=|| view! { <Redirect path=paths::REPOSITORIES /> } />
                    <Route path=path!("/sign-in") view=sign_in::page />
                    <Route path=path!("/sign-in/code") view=sign_in::code />
                    <Route path=path!("/repositories") view=repositories::list::page />
                    <Route path=path!("/repositories/new") view=repositories::new::page />
                    <Route path=path!("/repositories/:namespace") view=repositories::list::to_namespace />
                    <Route path=path!("/repositories/:namespace/:name") view=repository::to_tags />
                    <Route path=path!("/repositories/:namespace/:name/promotions") view=Part::Promotion(promotion::Page::List) />
                    <Route path=path!("/repositories/:namespace/:name/promotions/new") view=Part::Promotion(promotion::Page::New) />
                    <Route path=path!("/repositories/:namespace/:name/promotions/:policy") view=Part::Promotion(promotion::Page::Policy) />
                    <Route path=path!("/repositories/:namespace/:name/tags/:reference/policies") view=Part::Promotion(promotion::Page::Tag) />
                    <Route path=path!("/repositories/:namespace/:name/permissions") view=Part::Upkeep(repository::Upkeep::Permissions) />
                    <Route path=path!("/repositories/:namespace/:name/settings") view=Part::Upkeep(repository::Upkeep::Settings) />
                    <Route path=path!("/repositories/:namespace/:name/settings/trust") view=Part::TrustPolicy(trust_policy::Page::OfRepository) />
                    <Route path=path!("/repositories/:namespace/:name/webhooks/:webhook?") view=Part::Events(events::Page::OfRepository) />
                    <Route path=path!("/repositories/:namespace/:name/activity") view=Part::Activity(events::Activity::OfRepository) />
                    <Route path=path!("/repositories/:namespace/:name/trust") view=Part::Trust />
                    <Route path=path!("/repositories/:namespace/:name/:tab") view=repository::page />
                    <Route path=path!("/repositories/:namespace/:name/:reference/:os/:arch/compare") view=Part::Details(image::Details::Comparison) />
                    <Route path=path!("/repositories/:namespace/:name/:reference/:os/:arch/config") view=Part::Details(image::Details::Configuration) />
                    <Route path=path!("/repositories/:namespace/:name/:reference/:os/:arch/manifest") view=Part::Details(image::Details::Manifest) />
                    <Route path=path!("/repositories/:namespace/:name/:reference/:os/:arch/referrers") view=Part::Details(image::Details::Referrers) />
                    <Route path=path!("/repositories/:namespace/:name/:reference/:os/:arch/signatures") view=Part::Details(image::Details::Signatures) />
                    <Route path=path!("/repositories/:namespace/:name/:reference/:os/:arch/custody") view=Part::Custody />
                    <Route path=path!("/repositories/:namespace/:name/:reference/:os/:arch/components") view=Part::Components />
                    <Route path=path!("/repositories/:namespace/:name/:reference/:os/:arch/:tab") view=Part::Image />
                    <Route path=path!("/users") view=Part::Users(users::Page::List) />
                    <Route path=path!("/users/new") view=Part::Users(users::Page::New) />
                    <Route path=path!("/users/:name/repositories") view=Part::Users(users::Page::Repositories) />
                    <Route path=path!("/users/:name/teams") view=Part::Users(users::Page::Teams) />
                    <Route path=path!("/users/:name/settings") view=Part::Users(users::Page::Settings) />
                    <Route path=path!("/users/:name/security") view=Part::Access(users::Access::Security) />
                    <Route path=path!("/users/:name/access-tokens") view=Part::Access(users::Access::Tokens) />
                    <Route path=path!("/users/:name/keys") view=Part::Access(users::Access::Keys) />
                    <Route path=path!("/users/:name/identities") view=Part::Access(users::Access::Identities) />
                    <Route path=path!("/users/:name/webhooks/:webhook?") view=Part::Events(events::Page::OfUser) />
                    <Route path=path!("/orgs") view=Part::Organizations(organizations::Page::List) />
                    <Route path=path!("/orgs/new") view=Part::Organizations(organizations::Page::New) />
                    <Route path=path!("/orgs/:org") view=Part::Organizations(organizations::Page::Organization) />
                    <Route path=path!("/orgs/:org/webhooks/:webhook?") view=Part::Events(events::Page::OfOrganization) />
                    <Route path=path!("/orgs/:org/settings/trust") view=Part::TrustPolicy(trust_policy::Page::OfOrganization) />
                    <Route path=path!("/orgs/:org/settings/trust/keys") view=Part::TrustPolicy(trust_policy::Page::TrustsOfOrganization) />
                    <Route path=path!("/orgs/:org/workload") view=Part::Identity(system::Identity::Workload) />
                    <Route path=path!("/orgs/:org/:tab") view=Part::Organizations(organizations::Page::Tab) />
                    <Route path=path!("/orgs/:org/teams/:team") view=Part::Organizations(organizations::Page::Team) />
                    <Route path=path!("/orgs/:org/teams/:team/:tab") view=Part::Organizations(organizations::Page::TeamTab) />
                    <Route path=path!("/system/settings/general") view=Part::System(system::Page::General) />
                    <Route path=path!("/system/settings/ldap") view=Part::Identity(system::Identity::Ldap) />
                    <Route path=path!("/system/trust") view=Part::TrustPolicy(trust_policy::Page::Registry) />
                    <Route path=path!("/system/trust/keys") view=Part::TrustPolicy(trust_policy::Page::TrustsOfRegistry) />
                    <Route path=path!("/system/activity") view=Part::Activity(events::Activity::OfRegistry) />
                    <Route path=path!("/system/webhooks/:webhook?") view=Part::Events(events::Page::OfRegistry) />
                    <Route path=path!("/system/settings/sign-in") view=Part::Identity(system::Identity::SignIn) />
                    <Route path=path!("/system/settings/sign-in/:provider") view=Part::Identity(system::Identity::Provider) />
                    <Route path=path!("/system/security") view=Part::System(system::Page::Security) />
                    <Route path=path!("/security") view=Part::Security(security::Page::Where) />
                    <Route path=path!("/security/changes/:generation") view=Part::Security(security::Page::Changed) />
                    <Route path=path!("/signing") view=Part::Signing(signing::Page::Desk) />
                    <Route path=path!("/signing/keys/:key") view=Part::Signing(signing::Page::Key) />
                    <Route path=path!("/api") view=Part::Reference />
                </Routes>
            </Frame>
        </Router>
    }
}
