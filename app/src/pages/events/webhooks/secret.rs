//! What a webhook's requests are signed with: new secrets, which are shown once, and the one before.

use api::webhook::{SetSecret, Webhook};
use leptos::prelude::*;

use crate::{
    client,
    components::{copy::Command, field::notice, load::Loaded, task::Task, toast::Toasts},
    paths,
};

/// A secret, this once; `onward` is what is done after it was copied.
pub(super) fn once(secret: String, onward: AnyView) -> AnyView {
    view! {
        <section class="card" aria-labelledby="fresh-secret" role="status">
            <header>
                <h2 id="fresh-secret">"Copy the secret now"</h2>
            </header>
            <div class="body stack">
                <p>"It is shown this once. The receiver checks with it that a request is from this registry."</p>
                <Command text=Signal::stored(secret) />
                <div class="row">{onward}</div>
            </div>
        </section>
    }
    .into_any()
}

/// What there is to do about a webhook's secret; a new one goes into `fresh`.
pub(super) fn draw(webhook: &Webhook, loaded: Loaded, fresh: RwSignal<Option<String>>) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let path = StoredValue::new(paths::api::webhook_secret(&webhook.id.to_string()));
    let renew = move |_| {
        let deed = client::send("POST", path.get_value(), &SetSecret::default());
        task.run(deed, move |reply| {
            fresh.set(reply.json::<Webhook>().ok().and_then(|w| w.secret));
            loaded.refetch();
        });
    };
    let button = move |label: &'static str, rest: &'static str, said: &'static str| {
        let deed = move |_| {
            let path = format!("{}{rest}", path.get_value());
            task.run(client::delete(path), move |_| {
                toasts.good(said);
                loaded.refetch();
            });
        };
        view! {
            <button type="button" class="btn" disabled=task.busy on:click=deed>
                {label}
            </button>
        }
    };
    let (is_signed, has_previous) = (webhook.signed, webhook.has_previous_secret);
    let (state, renews) = match (is_signed, has_previous) {
        (false, _) => ("Requests are not signed.", "Sign requests"),
        (true, false) => (
            "Requests are signed (Standard Webhooks, HMAC-SHA256).",
            "New secret",
        ),
        (true, true) => (
            "Requests are signed with the new secret and with the one before, until that is dropped.",
            "New secret",
        ),
    };
    view! {
        <div class="stack tight">
            <p>{state}</p>
            <div class="row">
                <button type="button" class="btn" disabled=task.busy on:click=renew>
                    {renews}
                </button>
                {has_previous.then(|| button("Drop the secret before", "/previous", "The secret before is dropped"))}
                {is_signed.then(|| button("Stop signing", "", "Requests are not signed any more"))}
            </div>
            {move || task.message().get().map(notice)}
        </div>
    }
    .into_any()
}
