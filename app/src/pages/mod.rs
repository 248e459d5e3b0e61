//! The screens, one file or folder each.

pub mod error;
pub mod events;
pub mod image;
pub mod organizations;
pub mod part;
pub mod promotion;
pub mod reference;
pub mod repositories;
pub mod repository;
pub mod security;
pub mod sign_in;
pub mod signing;
pub mod system;
pub mod trust;
pub mod trust_policy;
pub mod users;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    components::Redirect,
    hooks::{use_location, use_params_map, use_query_map},
};

use crate::{boot::Env, paths};

/// The document's title: what the page is about, then the product.
pub(crate) fn title(text: impl Into<String>) -> AnyView {
    let text = format!("{} · Plimsoll", text.into());
    view! { <Title text /> }.into_any()
}

/// A parameter of the page's path, as a signal; empty where there is none.
pub(crate) fn parameter(name: &'static str) -> Memo<String> {
    let map = use_params_map();
    Memo::new(move |_| map.with(|map| map.get(name).unwrap_or_default()))
}

/// A parameter of the page's query, as a signal; empty where there is none.
pub(crate) fn query(name: &'static str) -> Memo<String> {
    let map = use_query_map();
    Memo::new(move |_| map.with(|map| map.get(name).unwrap_or_default()))
}

/// Draws a page for those who are signed in; others are sent to sign in, and then back here.
pub(crate) fn signed_in(draw: impl FnOnce() -> AnyView) -> AnyView {
    if Env::get().account.with_untracked(Option::is_some) {
        return draw();
    }
    let path = use_location().pathname.get_untracked();
    view! { <Redirect path=paths::sign_in(&path) /> }.into_any()
}

/// Draws a page for administrators; to others it is refused in words.
pub(crate) fn administrator(draw: impl FnOnce() -> AnyView + 'static) -> AnyView {
    signed_in(move || {
        let is_admin = Env::get()
            .account
            .with_untracked(|account| account.as_ref().is_some_and(|a| a.is_admin));
        if is_admin { draw() } else { error::forbidden() }
    })
}
