//! The webhooks of a place.

use api::webhook::{UpdateWebhook, Webhook};
use leptos::{prelude::*, task::spawn_local};

use super::{Place, Reach, kinds, trial};
use crate::{
    client::{self, Reply},
    components::{
        clock::ago,
        filter::nothing,
        icon::Icon,
        load::{load, shown_with},
        pager::pager_if_needed,
        table::{self, Column},
        toast::Toasts,
    },
    pages::query,
    paths,
};

/// The list, and the way to the form.
pub(super) fn draw(place: Place) -> AnyView {
    let start = query("start");
    let loaded = load(move || place.api(&start.get()));
    let lead = match place.reach {
        Reach::Repository => "Whom the registry tells of what happens in this repository.",
        Reach::Namespace => {
            "Whom the registry tells of what happens in all repositories here, those to come included."
        }
        Reach::Registry => {
            "Whom the registry tells of what happens: all webhooks, wherever they listen. New ones here listen everywhere."
        }
    };
    view! {
        <div class="stack">
            <div class="sides">
                <p class="muted">{lead}</p>
                <a class="btn primary" href=place.page("new")>
                    {Icon::Plus.draw()}
                    "New webhook"
                </a>
            </div>
            {shown_with(loaded, move |hooks: Vec<Webhook>, reply| table(place, hooks, reply))}
        </div>
    }
    .into_any()
}

fn table(place: Place, hooks: Vec<Webhook>, reply: &Reply) -> AnyView {
    if hooks.is_empty() {
        return nothing(
            Icon::Flow,
            "No webhooks",
            "A webhook sends a request to an address of yours when something happens, as a tag that is pushed: to start a pipeline, or to \
            tell a chat.",
        );
    }
    let mut columns = vec![
        Column::Text("Notification"),
        Column::Text("Endpoint"),
        Column::Text("Last used"),
        Column::Text("State"),
        Column::Text("Active"),
        Column::Buttons("Test"),
    ];
    if place.reach == Reach::Registry {
        columns.insert(1, Column::Text("Listens at"));
    }
    let rows = hooks.into_iter().map(|hook| row(place, hook)).collect();
    table::table(columns, rows, pager_if_needed(reply, "start"))
}

fn row(place: Place, hook: Webhook) -> AnyView {
    let id = StoredValue::new(hook.id.to_string());
    let (first, more) = kinds::summary(&hook.types);
    let listens = (place.reach == Reach::Registry).then(|| {
        view! {
            <td class="muted">
                <span class="unit">"at "</span>
                {where_words(&hook.key)}
            </td>
        }
    });
    let is_active = RwSignal::new(!hook.inactive);
    let test = move || {
        let path = format!("{}/test", paths::api::webhook(&id.get_value()));
        client::send("POST", path, &())
    };
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=place.page(&id.get_value())>
                    {first.clone()}
                </a>
                {(more > 0).then(|| view! { <div class="muted small">{format!("and {more} more")}</div> })}
            </td>
            {listens}
            <td class="wide">
                <code class="anywhere">{hook.endpoint.clone()}</code>
                {doubts(&hook)}
            </td>
            <td class="muted">
                <span class="unit">"used "</span>
                {last_used(&hook)}
            </td>
            <td>{state(&hook, is_active)}</td>
            <td>{switch(&hook, is_active)}</td>
            <td class="wide">{trial::button(test, false)}</td>
        </tr>
    }
    .into_any()
}

/// Where a webhook listens, for people.
pub(super) fn where_words(key: &str) -> String {
    if key.is_empty() {
        "the whole registry".to_owned()
    } else {
        key.to_owned()
    }
}

/// When it was last used.
pub(super) fn last_used(hook: &Webhook) -> AnyView {
    if hook.last_successful_at.year() > 1 {
        ago(hook.last_successful_at)
    } else {
        "Never".into_any()
    }
}

/// What is not safe about the way to the receiver.
fn doubts(hook: &Webhook) -> AnyView {
    let is_plain = hook.endpoint.starts_with("http://");
    let word = match (is_plain, hook.skip_tls_verification) {
        (true, _) => "Not encrypted",
        (false, true) => "TLS not verified",
        (false, false) => return ().into_any(),
    };
    view! {
        " "
        <span class="chip minor">{word}</span>
    }
    .into_any()
}

/// How it goes: paused, failing, waiting, or well.
fn state(hook: &Webhook, is_active: RwSignal<bool>) -> AnyView {
    let (paused, failures, waiting) = (hook.paused.clone(), hook.failures, hook.waiting);
    let words = move || {
        if !is_active.get() {
            return view! { <span class="chip">"Off"</span> }.into_any();
        }
        if let Some(reason) = paused.clone() {
            return view! {
                <span class="chip critical" title=reason>
                    "Paused"
                </span>
            }
            .into_any();
        }
        if failures > 0 {
            return view! { <span class="chip minor">"Failing"</span> }.into_any();
        }
        view! { <span class="chip clean">"On"</span> }.into_any()
    };
    view! {
        {words}
        {(waiting > 0).then(|| view! { <div class="muted small">{format!("{waiting} waiting")}</div> })}
    }
    .into_any()
}

/// The toggle: it takes effect at once, and goes back where that fails.
fn switch(hook: &Webhook, is_active: RwSignal<bool>) -> AnyView {
    let toasts = Toasts::get();
    let id = hook.id.to_string();
    let label = format!("Active: {}", hook.endpoint);
    let change = move |wanted: bool| {
        is_active.set(wanted);
        let saving = set_active(&id, wanted);
        spawn_local(async move {
            match saving.await {
                Ok(_) if wanted => toasts.good("Switched on"),
                Ok(_) => toasts.good("Switched off"),
                Err(failure) => {
                    is_active.try_set(!wanted);
                    toasts.bad(failure.message);
                }
            }
        });
    };
    view! {
        <input
            type="checkbox"
            role="switch"
            aria-label=label
            prop:checked=is_active
            checked=is_active.get_untracked()
            on:change:target=move |event| change(event.target().checked())
        />
    }
    .into_any()
}

/// Switches a webhook on or off.
pub(super) fn set_active(id: &str, is_active: bool) -> client::Replying {
    let body = UpdateWebhook {
        id: id.to_owned(),
        inactive: Some(!is_active),
        ..UpdateWebhook::default()
    };
    client::send("POST", paths::api::webhook("update"), &body)
}
