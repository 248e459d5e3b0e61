//! The bar above the page: breadcrumb, palette, theme, account.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::crumbs;
use crate::{
    boot::{Env, Theme},
    components::{icon::Icon, toast::Toasts},
    format, paths,
};

pub(super) fn bar(palette: RwSignal<bool>) -> AnyView {
    let (env, toasts) = (Env::get(), Toasts::get());
    let theme = move || format!("Theme: {}", env.theme.get().name());
    view! {
        <header class="top">
            {crumbs::crumbs()}
            <button type="button" class="find" on:click=move |_| palette.set(true)>
                {Icon::Search.draw()}
                <span>"Find repository, page…"</span>
                <kbd aria-hidden="true">"Ctrl K"</kbd>
            </button>
            <button
                type="button"
                class="btn quiet square"
                aria-label=theme
                title=theme
                on:click=move |_| change_theme(env, toasts)
            >
                {Icon::Sun.draw()}
            </button>
            {account()}
        </header>
    }
    .into_any()
}

/// Brings the next theme, at once and for a year.
pub(super) fn change_theme(env: Env, toasts: Toasts) {
    let theme = env.theme.get_untracked().next();
    env.theme.set(theme);
    keep_theme(theme);
    toasts.announce(format!("Theme: {}", theme.name()));
}

#[cfg(feature = "hydrate")]
fn keep_theme(theme: Theme) {
    use wasm_bindgen::JsCast;

    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-theme", theme.name());
    }
    let secure = if window().location().protocol().is_ok_and(|p| p == "https:") {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{}={}; Path=/; Max-Age=31536000; SameSite=Lax{secure}",
        Theme::COOKIE,
        theme.name()
    );
    let _ = document()
        .unchecked_ref::<web_sys::HtmlDocument>()
        .set_cookie(&cookie);
}

#[cfg(not(feature = "hydrate"))]
fn keep_theme(_theme: Theme) {}

fn account() -> AnyView {
    let env = Env::get();
    let Some(account) = env.account.get_untracked() else {
        let location = use_location();
        let href = move || paths::sign_in(&paths::here(&location));
        return view! {
            <a class="btn" rel="external" href=href>
                "Sign in"
            </a>
        }
        .into_any();
    };
    view! {
        <details class="drop">
            <summary class="avatar">
                {format::initials(&account.name)} <span class="sr">" – account menu"</span>
            </summary>
            <div class="panel">
                <div class="who">
                    <strong>{account.name.clone()}</strong>
                    <div class="muted small">
                        {move || env.account.with(|a| a.as_ref().map(|a| a.full_name.clone()))}
                    </div>
                </div>
                <a href=paths::user(&account.name)>{Icon::User.draw()} "Profile"</a>
                <a href=paths::namespace(&account.name)>{Icon::Box.draw()} "My repositories"</a>
                <a href=paths::security(&account.name)>{Icon::Shield.draw()} "Security"</a>
                <a href=paths::tokens(&account.name)>{Icon::Lock.draw()} "Access tokens"</a>
                <a href=paths::keys(&account.name, false)>{Icon::Key.draw()} "Keys"</a>
                <a href=paths::SIGNING>{Icon::Pencil.draw()} "Signing"</a>
                <a href=paths::identities(&account.name)>{Icon::Link.draw()} "Linked identities"</a>
                <form method="post" action="/sign-out">
                    <button type="submit">{Icon::Leave.draw()} "Sign out"</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}
