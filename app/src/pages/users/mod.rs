//! Users: the list, a new one, and one with the tabs Repositories, Teams, Settings, Security, Access tokens, Keys,
//! Linked identities and Webhooks: an administrator's view of anyone, and everybody's view of themselves.

pub mod edit;
pub mod identities;
pub mod keys;
pub mod list;
pub mod new;
pub mod repositories;
pub mod security;
pub mod teams;
mod token_scope;
pub mod tokens;

use leptos::prelude::*;

use crate::{
    boot::Env,
    components::tabs::tab_bar,
    pages::{parameter, signed_in},
    paths,
};

/// The pages of this part.
#[derive(Clone, Copy)]
pub enum Page {
    /// All users.
    List,
    /// A new one.
    New,
    /// What one may read.
    Repositories,
    /// What one is in.
    Teams,
    /// Name, rights, and the end.
    Settings,
}

/// The pages of how somebody comes in, which are a part of their own.
#[derive(Clone, Copy)]
pub enum Access {
    /// Password, second factor, sessions.
    Security,
    /// Passwords for programs.
    Tokens,
    /// Client certificates.
    Keys,
    /// Identities elsewhere.
    Identities,
}

/// Draws one of the pages.
pub fn draw(page: Page) -> AnyView {
    match page {
        Page::List => list::page(),
        Page::New => new::page(),
        Page::Repositories => repositories::page(),
        Page::Teams => teams::page(),
        Page::Settings => edit::page(),
    }
}

/// Draws one of the pages of how somebody comes in.
pub fn access(page: Access) -> AnyView {
    match page {
        Access::Security => security::page(),
        Access::Tokens => tokens::page(),
        Access::Keys => keys::page(),
        Access::Identities => identities::page(),
    }
}

/// The head of each page of a user, with its tabs.
fn head(name: &str, tab: &'static str) -> AnyView {
    let links = vec![
        (
            "repositories",
            "Repositories",
            paths::user_repositories(name),
        ),
        ("teams", "Teams", paths::user_teams(name)),
        ("settings", "Settings", paths::user(name)),
        ("security", "Security", paths::security(name)),
        ("access-tokens", "Access tokens", paths::tokens(name)),
        ("keys", "Keys", paths::keys(name, false)),
        ("identities", "Linked identities", paths::identities(name)),
        ("webhooks", "Webhooks", paths::user_webhooks(name)),
    ];
    let heading = name.to_owned();
    view! {
        <div class="head">
            <div>
                <h1>{heading}</h1>
            </div>
        </div>
        {tab_bar("User", name, links, Memo::new(move |_| tab.to_owned()))}
    }
    .into_any()
}

/// A tab whose code is in another part, of the user of the page's address.
pub(crate) fn with_tab(tab: &'static str, draw: fn(String) -> AnyView) -> AnyView {
    signed_in(move || {
        let name = parameter("name");
        (move || {
            let name = name.get();
            view! { {head(&name, tab)} {draw(name)} }
        })
        .into_any()
    })
}

/// Whether the user of that name is the visitor.
fn is_self(name: &str) -> bool {
    Env::get()
        .account
        .with(|me| me.as_ref().is_some_and(|me| me.name == name))
}
