//! `/users/{name}/keys`: the keys that a user signs with, and the certificates of client bundles. What an administrator sees of
//! others, and may revoke, is the same list.

mod new;
mod prove;
mod row;

use api::public_key::PublicKeys;
use leptos::prelude::*;

use super::{head, is_self};
use crate::{
    client::Reply,
    components::{
        field::needs_script,
        filter::{Filter, kept, nothing},
        icon::Icon,
        load::{Loaded, load, shown_with},
        pager::pager_if_needed,
        table::{self, Column},
    },
    pages::{organizations::with_next, parameter, query, signed_in},
    paths,
};

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Page {
    name: Memo<String>,
    /// The visitor's own keys are shown.
    is_own: Signal<bool>,
    /// Those that were revoked are shown.
    is_revoked: Signal<bool>,
    loaded: Loaded,
}

/// The page.
pub fn page() -> AnyView {
    signed_in(|| {
        let (name, show) = (parameter("name"), query("show"));
        let (filter, start) = (query("filter"), query("start"));
        let page = Page {
            name,
            is_own: Signal::derive(move || is_self(&name.get())),
            is_revoked: Signal::derive(move || show.with(|show| show == "revoked")),
            loaded: load(move || {
                paths::api::keys(&name.get(), &show.get(), &filter.get(), &start.get())
            }),
        };
        draw(page)
    })
}

fn draw(page: Page) -> AnyView {
    let name = page.name;
    let open = new::Open::default();
    view! {
        {move || head(&name.get(), "keys")}
        <div class="head">
            <p class="lead">"What "{name}" signs with, and the certificates of client bundles."</p>
            {move || page.is_own.get().then(|| new::buttons(open))}
        </div>
        {new::dialogs(page, open)}
        <div class="stack">
            {needs_script()}
            <div>
                <Filter placeholder="Filter by label or key id" label="Filter keys">
                    {kept("show")}
                </Filter>
                {shown_with(page.loaded, move |keys: PublicKeys, reply| list(page, keys, reply))}
            </div>
            <p>{move || other_list(page)}</p>
        </div>
    }
    .into_any()
}

/// The way to the revoked keys, and back.
fn other_list(page: Page) -> AnyView {
    let is_revoked = page.is_revoked.get();
    let words = if is_revoked {
        "Keys in use"
    } else {
        "Revoked keys"
    };
    view! { <a href=paths::keys(&page.name.get(), !is_revoked)>{words}</a> }.into_any()
}

fn list(page: Page, keys: PublicKeys, reply: &Reply) -> AnyView {
    if keys.account_public_keys.is_empty() {
        return empty(page);
    }
    let reply = with_next(reply, keys.next_page_start);
    let rows = keys.account_public_keys.into_iter();
    table::table(
        vec![
            Column::Text("Label"),
            Column::Text("Key id"),
            Column::Text("Use"),
            Column::Text("Last used"),
            Column::Text("Made"),
            Column::Buttons("Actions"),
        ],
        rows.map(|key| row::draw(page, key)).collect(),
        pager_if_needed(&reply, "start"),
    )
}

fn empty(page: Page) -> AnyView {
    let (heading, text) = if page.is_revoked.get_untracked() {
        (
            "No revoked keys",
            "Nobody can register a revoked key again.",
        )
    } else {
        (
            "No keys yet",
            "A client bundle has a key to sign images with, and a certificate that curl and docker show instead of a password.",
        )
    };
    nothing(Icon::Key, heading, text)
}
