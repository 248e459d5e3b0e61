//! One webhook: what it is set to, how it goes, and what can be done about it.

use api::webhook::{Format, Webhook};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    Place, kinds,
    list::{last_used, set_active, where_words},
    secret, trial,
};
use crate::{
    client,
    components::{
        clock::ago,
        field::notice,
        icon::Icon,
        load::{Loaded, load, shown},
        remove::Remove,
        task::Task,
        toast::Toasts,
    },
    paths,
};

/// The card of the webhook of that id.
pub(super) fn draw(place: Place, id: &str) -> AnyView {
    let path = paths::api::webhook(id);
    let loaded = load(move || path.clone());
    let fresh = RwSignal::new(None::<String>);
    let done = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| fresh.set(None)>
                "Done"
            </button>
        }
        .into_any()
    };
    let test = StoredValue::new(format!("{}/test", paths::api::webhook(id)));
    view! {
        {move || fresh.get().map(|text| secret::once(text, done()))}
        {shown(loaded, move |webhook: Webhook| card(place, loaded, fresh, &webhook))}
        {trial::button(move || client::send("POST", test.get_value(), &()), true)}
    }
    .into_any()
}

fn card(
    place: Place,
    loaded: Loaded,
    fresh: RwSignal<Option<String>>,
    webhook: &Webhook,
) -> AnyView {
    let (first, more) = kinds::summary(&webhook.types);
    let heading = if more > 0 {
        format!("{first}, and {more} more")
    } else {
        first
    };
    view! {
        <section class="card" aria-labelledby="webhook">
            <header>
                <h2 id="webhook">{heading}</h2>
                {webhook.inactive.then(|| view! { <span class="chip">"Off"</span> })}
                <div class="acts">{actions(place, loaded, webhook)}</div>
            </header>
            <div class="body stack">
                {paused(loaded, webhook)} {doubts(webhook)} {facts(webhook)} {secret::draw(webhook, loaded, fresh)}
            </div>
        </section>
    }
    .into_any()
}

fn actions(place: Place, loaded: Loaded, webhook: &Webhook) -> AnyView {
    let navigate = use_navigate();
    let id = webhook.id.to_string();
    let api = StoredValue::new(paths::api::webhook(&id));
    let gone = Callback::new(move |()| {
        let list = place.home.get_value();
        navigate(&list, NavigateOptions::default());
    });
    let (label, is_active) = if webhook.inactive {
        ("Switch on", true)
    } else {
        ("Switch off", false)
    };
    view! {
        {switch(loaded, webhook, label, is_active)}
        <a class="btn" href=place.form(&id)>
            {Icon::Pencil.draw()}
            "Edit"
        </a>
        <Remove
            label="Delete webhook"
            title="Delete this webhook?"
            action="Delete"
            said="Webhook deleted"
            deed=Callback::new(move |()| client::delete(api.get_value()))
            done=gone
        >
            <p>"Nobody is told by it any more. What it still had to tell, and its log, go with it."</p>
        </Remove>
    }
    .into_any()
}

/// A button that switches it off, or on, or on again.
fn switch(loaded: Loaded, webhook: &Webhook, label: &'static str, is_active: bool) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let id = webhook.id.to_string();
    let change = move |_| {
        task.run(set_active(&id, is_active), move |_| {
            toasts.good(if is_active {
                "Switched on"
            } else {
                "Switched off"
            });
            loaded.refetch();
        });
    };
    Effect::new(move |_| {
        if let Some(message) = task.message().get() {
            toasts.bad(message);
        }
    });
    view! {
        <button type="button" class="btn" disabled=task.busy on:click=change>
            {label}
        </button>
    }
    .into_any()
}

/// Said where it is paused, with the way to go on.
fn paused(loaded: Loaded, webhook: &Webhook) -> Option<AnyView> {
    let reason = webhook.paused.clone()?;
    let banner = view! {
        <div class="notice" role="status">
            {Icon::Warning.draw()}
            <div class="stack tight">
                <p>"Paused: " {reason} ". What it has to tell waits, and is given up when it is a day old."</p>
                <div>{switch(loaded, webhook, "Switch on again", true)}</div>
            </div>
        </div>
    };
    Some(banner.into_any())
}

/// What is not safe about the way to the receiver.
fn doubts(webhook: &Webhook) -> AnyView {
    let is_plain = webhook.endpoint.starts_with("http://");
    let text = match (is_plain, webhook.skip_tls_verification) {
        (true, _) => "Without https, whoever is on the way can read and change what is sent.",
        (false, true) => {
            "The receiver's certificate is not checked: whoever is on the way can pretend to be the receiver, and read and change what is sent."
        }
        (false, false) => return ().into_any(),
    };
    notice(text.to_owned())
}

fn facts(webhook: &Webhook) -> AnyView {
    let format = match webhook.format {
        Format::Dtr => "as DTR",
        Format::CloudEvents => "CloudEvents 1.0",
    };
    let or = |words: String, empty: &'static str| {
        if words.is_empty() {
            view! { <span class="muted">{empty}</span> }.into_any()
        } else {
            words.into_any()
        }
    };
    let types = webhook
        .types
        .iter()
        .map(|name| view! { <li>{kinds::label(name)}</li> });
    let by = (!webhook.author.is_empty()).then(|| format!(" by {}", webhook.author));
    let failures = (webhook.failures > 0).then(|| {
        let words = crate::format::counted(webhook.failures.into(), "attempt");
        format!(", {words} failed since")
    });
    view! {
        <dl class="facts">
            <dt>"Endpoint"</dt>
            <dd>
                <code>{webhook.endpoint.clone()}</code>
            </dd>
            <dt>"Notifications"</dt>
            <dd>
                <ul class="plain">{types.collect_view()}</ul>
            </dd>
            <dt>"Tags"</dt>
            <dd>{or(webhook.tag_patterns.join(", "), "all")}</dd>
            <dt>"Listens at"</dt>
            <dd>{where_words(&webhook.key)}</dd>
            <dt>"Format"</dt>
            <dd>{format}</dd>
            <dt>"Custom headers"</dt>
            <dd>{or(webhook.headers.join(", "), "none")}</dd>
            <dt>"Last used"</dt>
            <dd>{last_used(webhook)} {failures}</dd>
            <dt>"Waiting"</dt>
            <dd>{webhook.waiting}</dd>
            <dt>"Made"</dt>
            <dd>{ago(webhook.created_at)} {by}</dd>
        </dl>
    }
    .into_any()
}
