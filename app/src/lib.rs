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
        error, image, organizations, reference, repositories, repository, sign_in, system, users,
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
                    <Route path=path!("/repositories/:namespace/:name/:tab") view=repository::page />
                    <Route path=path!("/repositories/:namespace/:name/:reference/:os/:arch/:tab") view=image::page />
                    <Route path=path!("/users") view=users::list::page />
                    <Route path=path!("/users/new") view=users::new::page />
                    <Route path=path!("/users/:name/repositories") view=users::repositories::page />
                    <Route path=path!("/users/:name/teams") view=users::teams::page />
                    <Route path=path!("/users/:name/settings") view=users::edit::page />
                    <Route path=path!("/users/:name/security") view=users::security::page />
                    <Route path=path!("/users/:name/access-tokens") view=users::tokens::page />
                    <Route path=path!("/users/:name/keys") view=users::keys::page />
                    <Route path=path!("/users/:name/identities") view=users::identities::page />
                    <Route path=path!("/orgs") view=organizations::list::page />
                    <Route path=path!("/orgs/new") view=organizations::new::page />
                    <Route path=path!("/orgs/:org") view=organizations::to_members />
                    <Route path=path!("/orgs/:org/:tab") view=organizations::page />
                    <Route path=path!("/orgs/:org/teams/:team") view=organizations::team::to_members />
                    <Route path=path!("/orgs/:org/teams/:team/:tab") view=organizations::team::page />
                    <Route path=path!("/system/settings/general") view=system::general::page />
                    <Route path=path!("/system/settings/ldap") view=system::ldap::page />
                    <Route path=path!("/system/activity") view=system::activity::page />
                    <Route path=path!("/system/settings/sign-in") view=system::sign_in::page />
                    <Route path=path!("/system/settings/sign-in/:provider") view=system::provider::page />
                    <Route path=path!("/api") view=reference::page />
                </Routes>
            </Frame>
        </Router>
    }
}
