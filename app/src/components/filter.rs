//! The line above a list: a search field and other choices. It is a form that works without script; with it, the list follows
//! while one types.

use std::time::Duration;

use leptos::{ev, html, leptos_dom::helpers::debounce, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};

use crate::paths;

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
    let current = use_query_map();
    let navigate = use_navigate();
    let form = NodeRef::<html::Form>::new();
    let apply = move || {
        let Some(form) = form.get_untracked() else {
            return;
        };
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
                value=current.with_untracked(|query| query.get("filter"))
            />
            {children.map(|children| children())}
        </form>
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
