//! The shell around every page: navigation, breadcrumb, palette, theme, account.

mod crumbs;
mod nav;
mod palette;
mod top;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{components::toast::Toasts, paths};

/// Draws the shell around `page`; the pages for signing in stand alone.
#[component]
pub fn Frame(
    /// Whether a page has been asked for that is not there yet.
    routing: ReadSignal<bool>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let toasts = Toasts::get();
    let page = children();
    // Signing in and out are full page loads, so this never changes while the page is open.
    let path = use_location().pathname.get_untracked();
    if [paths::SIGN_IN, paths::SIGN_IN_CODE].contains(&path.as_str()) {
        return page;
    }
    keep_focus(routing);
    close_menus();
    let palette = RwSignal::new(false);
    view! {
        // External: the browser itself moves the focus, which the router would not.
        <a class="skip" href="#main" rel="external">
            "Skip to content"
        </a>
        <div class="shell">
            {nav::side()}
            <div class="content">
                {top::bar(palette)}
                <main class="page" id="main" tabindex="-1">
                    {page}
                </main>
            </div>
        </div>
        {palette::palette(palette)}
        {toasts.region()}
    }
    .into_any()
}

/// After a step to another page inside the browser: its title is announced, and where the focus was lost with what it was on,
/// it goes to the page, not to the beginning of the document.
#[cfg(feature = "hydrate")]
fn keep_focus(routing: ReadSignal<bool>) {
    let toasts = Toasts::get();
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            arrive(toasts, routing);
        }
        path
    });
}

/// Announces the page once it is there: its code and its data may still be on their way.
#[cfg(feature = "hydrate")]
fn arrive(toasts: Toasts, routing: ReadSignal<bool>) {
    use wasm_bindgen::JsCast;

    let look = move || {
        if routing.try_get_untracked().unwrap_or_default() {
            return arrive(toasts, routing);
        }
        toasts.announce(document().title());
        let lost = document()
            .active_element()
            .is_none_or(|element| element.tag_name() == "BODY");
        if let Some(main) = document().get_element_by_id("main").filter(|_| lost) {
            let _ = main.unchecked_ref::<web_sys::HtmlElement>().focus();
        }
    };
    set_timeout(look, std::time::Duration::from_millis(60));
}

#[cfg(not(feature = "hydrate"))]
fn keep_focus(_routing: ReadSignal<bool>) {}

/// Menus close when the page changes, on Escape, and on a click beside them.
#[cfg(feature = "hydrate")]
fn close_menus() {
    use leptos::ev;
    use wasm_bindgen::JsCast;

    let close = |except: Option<web_sys::Node>| {
        let Ok(menus) = document().query_selector_all("details.drop[open], details.menu[open]")
        else {
            return;
        };
        for menu in (0..menus.length()).filter_map(|index| menus.item(index)) {
            if !menu.contains(except.as_ref()) {
                let _ = menu
                    .unchecked_ref::<web_sys::Element>()
                    .remove_attribute("open");
            }
        }
    };
    let path = use_location().pathname;
    Effect::new(move |_| {
        path.track();
        close(None);
    });
    let clicks = window_event_listener(ev::click, move |event| {
        close(event.target().and_then(|t| t.dyn_into().ok()));
    });
    let keys = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" {
            close(None);
        }
    });
    on_cleanup(move || {
        clicks.remove();
        keys.remove();
    });
}

#[cfg(not(feature = "hydrate"))]
fn close_menus() {}
