//! The navigation at the left; on a narrow screen a bar with a menu.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    boot::Env,
    components::icon::{Icon, mark},
    paths,
};

/// The navigation, twice in the document: beside the page, and in the menu of a narrow screen. Only one of them is ever shown.
pub(super) fn side() -> AnyView {
    view! {
        <nav class="side" aria-label="Main">
            <a class="brand" href=paths::REPOSITORIES>
                {mark()}
                "Plimsoll"
            </a>
            <div class="nav">{links()}</div>
            <details class="menu">
                <summary class="btn square" aria-label="Menu">
                    {Icon::Menu.draw()}
                </summary>
                <div class="nav">{links()}</div>
            </details>
        </nav>
    }
    .into_any()
}

fn links() -> AnyView {
    let env = Env::get();
    let admin = env
        .account
        .with_untracked(|account| account.as_ref().is_some_and(|a| a.is_admin));
    let signed_in = env.account.with_untracked(Option::is_some);
    view! {
        {link(paths::REPOSITORIES, "/repositories", Icon::Box, "Repositories")}
        {link(paths::SECURITY, "/security", Icon::Search, "Where is it")}
        {signed_in.then(|| link(paths::SIGNING, "/signing", Icon::Pencil, "Signing"))}
        {signed_in.then(|| link(paths::ORGANIZATIONS, "/orgs", Icon::People, "Organizations"))}
        {admin
            .then(|| {
                view! {
                    {link(paths::USERS, "/users", Icon::User, "Users")}
                    <div class="caption">"System"</div>
                    {link(paths::SYSTEM, "/system", Icon::Gear, "Settings")}
                }
            })}
        <div class="foot">{link(paths::REFERENCE, "/api", Icon::Flow, "API")}</div>
    }
    .into_any()
}

fn link(href: &'static str, area: &'static str, icon: Icon, label: &'static str) -> AnyView {
    let path = use_location().pathname;
    let current = move || {
        path.with(|path| {
            path.strip_prefix(area)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .then_some("page")
    };
    view! {
        <a href=href aria-current=current>
            {icon.draw()}
            {label}
        </a>
    }
    .into_any()
}
