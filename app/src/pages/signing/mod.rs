//! The signing desk: what waits for the visitor's signature with the commands to sign it, where their keys may sign, and what a key
//! signed.

mod commands;
mod empty;
mod key;
mod keys;
mod waiting;

use api::signing::{SigningKey, WaitingTag};
use leptos::prelude::*;

use crate::{
    boot::Env,
    components::{
        field::needs_script,
        load::{Loaded, load, shown, shown_together},
    },
    pages::{query, signed_in, title},
    paths,
};

/// The pages of this part.
#[derive(Clone, Copy)]
pub enum Page {
    /// What waits, and the keys.
    Desk,
    /// One key, and what it signed.
    Key,
}

/// Draws one of the pages.
pub fn draw(page: Page) -> AnyView {
    signed_in(move || match page {
        Page::Desk => desk(),
        Page::Key => key::page(),
    })
}

fn desk() -> AnyView {
    let (show, start) = (query("show"), query("start"));
    let keys = load(move || paths::api::signing_keys(&show.get()));
    let waiting = load(move || {
        if show.with(String::is_empty) {
            paths::api::waiting(&start.get())
        } else {
            String::new()
        }
    });
    let own = paths::keys(&Env::get().user(), false);
    view! {
        {title("Signing")}
        <div class="head">
            <div>
                <h1>"Signing"</h1>
                <p>"What waits for your signature, and which of your keys sign where."</p>
            </div>
            <div class="acts">
                <a class="btn" href=own>
                    "Your keys"
                </a>
            </div>
        </div>
        <div class="stack">
            {needs_script()} {move || if show.get() == "revoked" { revoked(keys) } else { both(keys, waiting) }}
        </div>
    }
    .into_any()
}

fn revoked(keys: Loaded) -> AnyView {
    view! {
        <h2>"Keys that you revoked"</h2>
        {shown(keys, |keys: Vec<SigningKey>| keys::revoked(&keys))}
        <p>
            <a href=paths::SIGNING>"Keys in use, and what waits"</a>
        </p>
    }
    .into_any()
}

fn both(keys: Loaded, waiting: Loaded) -> AnyView {
    shown_together(vec![keys, waiting], move |replies| {
        let [all, waiting] = replies else {
            return Ok(().into_any());
        };
        let all: Vec<SigningKey> = all.json()?;
        let tags: Vec<WaitingTag> = waiting.json()?;
        let list = match empty::of(&all, &tags, waiting.next.is_some()) {
            Some(words) => words,
            None => waiting::list(tags, waiting),
        };
        let keys = (!all.is_empty()).then(|| {
            view! {
                <h2>"Your keys"</h2>
                {keys::list(&all)}
            }
        });
        Ok(view! {
            <h2>"Waiting for your signature"</h2>
            {list}
            {keys}
            <p>
                <a href=paths::revoked_signing_keys()>"Keys that you revoked, and what they signed"</a>
            </p>
        }
        .into_any())
    })
}
