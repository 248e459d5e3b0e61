//! The line above a list: a search field and other choices. It is a form that works without script; with it, the list follows
//! while one types.

use std::time::Duration;

use leptos::{ev, html, leptos_dom::helpers::debounce, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use super::{
    choice::{Words, options},
    icon::Icon,
};
use crate::{pages::query, paths};

/// Search by the query parameter `filter` of the page's own address. Other controls inside belong to the same form.
#[component]
pub fn Filter(
    /// Shown in the empty field.
    placeholder: &'static str,
    /// The field's name for those who do not see it.
    label: &'static str,
    /// Other choices: controls with a `name`.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let location = use_location();
    let navigate = use_navigate();
    let form = NodeRef::<html::Form>::new();
    let field = NodeRef::<html::Input>::new();
    let text = query("filter");
    let sent = StoredValue::new(text.get_untracked());
    // Who went elsewhere by a link, and not by the field, finds in it what is shown.
    Effect::new(move |_| {
        let text = text.get();
        if sent.get_value() != text
            && let Some(field) = field.get_untracked()
        {
            field.set_value(&text);
            sent.set_value(text);
        }
    });
    let apply = move || {
        let (Some(form), Some(field)) = (form.get_untracked(), field.get_untracked()) else {
            return;
        };
        sent.set_value(field.value());
        let pairs = pairs(&form);
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let href = paths::with_query(&location.pathname.get_untracked(), pairs);
        navigate(
            &href,
            NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            },
        );
    };
    let mut later = debounce(Duration::from_millis(200), {
        let apply = apply.clone();
        move |()| apply()
    });
    let (on_change, on_submit) = (apply.clone(), apply);
    view! {
        <form
            class="filters"
            role="search"
            method="get"
            node_ref=form
            on:input=move |_| later(())
            on:change=move |_| on_change()
            on:submit=move |event: ev::SubmitEvent| {
                event.prevent_default();
                on_submit();
            }
        >
            <input
                class="grow"
                type="search"
                name="filter"
                placeholder=placeholder
                aria-label=label
                autocomplete="off"
                node_ref=field
                value=sent.get_value()
            />
            {children.map(|children| children())}
        </form>
    }
    .into_any()
}

/// Keeps a parameter of the page's address while one filters.
pub fn kept(name: &'static str) -> AnyView {
    let value = query(name);
    view! { <input type="hidden" name=name value=value /> }.into_any()
}

/// A choice of the form, kept in the page's address under `name`.
pub fn choice(name: &'static str, label: &'static str, words: Words) -> AnyView {
    view! {
        <select name=name aria-label=label>
            {options(words, &query(name).get_untracked())}
        </select>
    }
    .into_any()
}

/// A day of the form, kept in the page's address under `name`.
pub fn day(name: &'static str, label: &'static str) -> AnyView {
    view! {
        <label class="day">
            {label} <input type="date" name=name value=query(name).get_untracked() />
        </label>
    }
    .into_any()
}

/// In the place of an empty list: that nothing matches the filter, or `none`.
pub fn nothing_or(none: impl FnOnce() -> AnyView) -> AnyView {
    if query("filter").with_untracked(String::is_empty) {
        return none();
    }
    said(
        Icon::Search,
        "Nothing matches",
        "Nothing in this list contains that text.",
    )
}

/// In the place of an empty list: that nothing matches the filter, or what there is to know while there is nothing.
pub fn nothing(icon: Icon, heading: &'static str, text: &'static str) -> AnyView {
    nothing_or(|| said(icon, heading, text))
}

fn said(icon: Icon, heading: &'static str, text: &'static str) -> AnyView {
    view! {
        <div class="card empty">
            {icon.draw()}
            <h2>{heading}</h2>
            <p>{text}</p>
        </div>
    }
    .into_any()
}

/// Names and values of a form's controls.
#[cfg(feature = "hydrate")]
fn pairs(form: &web_sys::HtmlFormElement) -> Vec<(String, String)> {
    use wasm_bindgen::JsCast;

    let controls = form.elements();
    (0..controls.length())
        .filter_map(|index| controls.item(index))
        .filter_map(|element| {
            let name = element.get_attribute("name")?;
            let value = match element.dyn_ref::<web_sys::HtmlInputElement>() {
                Some(input) => input.value(),
                None => element.dyn_ref::<web_sys::HtmlSelectElement>()?.value(),
            };
            Some((name, value))
        })
        .collect()
}

#[cfg(not(feature = "hydrate"))]
fn pairs(_form: &web_sys::HtmlFormElement) -> Vec<(String, String)> {
    Vec::new()
}
