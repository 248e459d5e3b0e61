//! The fields of the form, in DTR's order and words.

use leptos::prelude::*;

use super::{super::trial, Form};
use crate::components::{
    choice::{Choice, Words},
    field::{Check, Field, Kind, notice},
    task::Task,
};

const FORMATS: Words = &[("dtr", "As DTR"), ("cloudevents", "CloudEvents 1.0")];

pub(super) fn draw(form: Form, task: Task) -> AnyView {
    let is_new = form.saved.with_value(Option::is_none);
    view! {
        {notifications(form, task)}
        {receiver(form, task)}
        <Field
            label="Tags"
            value=form.patterns
            kind=Kind::Lines
            hint="One pattern a line, as v* or !v0.*; after ! stands an exception. Empty for all tags."
            error=task.about("tagPatterns")
        />
        <Choice label="Format" words=FORMATS value=form.format />
        {is_new
            .then(|| {
                view! {
                    <Check
                        label="Sign requests"
                        value=form.signed
                        hint="So that the receiver knows who sent them (Standard Webhooks, HMAC-SHA256). The secret is shown once."
                    />
                }
            })}
        {headers(form, task)}
        {advanced(form, task)}
    }
    .into_any()
}

fn notifications(form: Form, task: Task) -> AnyView {
    let offers = form.offers.get_value().into_iter();
    let checks = offers.map(|(_, label, chosen)| view! { <Check label=label value=chosen /> });
    let error = task.about("type");
    view! {
        <fieldset class="field">
            <legend class="label">"Notification to receive"</legend>
            <div class="kinds">{checks.collect_view()}</div>
            <p class="err" role="alert" hidden=move || error.with(Option::is_none)>
                {move || error.get()}
            </p>
        </fieldset>
    }
    .into_any()
}

/// The address, the button that tries it, and what is not safe about it.
fn receiver(form: Form, task: Task) -> AnyView {
    let saved = form
        .saved
        .with_value(|saved| saved.as_ref().map(|webhook| webhook.endpoint.clone()));
    let required = saved.is_none();
    let hint = match &saved {
        None => "https:// or http://, with any path and query. What looks secret in it is not shown again.".to_owned(),
        Some(saved) => format!("Empty, it stays {saved}"),
    };
    let is_plain = move || {
        form.endpoint.with(|new| {
            let is_kept = new.trim().is_empty();
            let kept = saved.as_deref().filter(|_| is_kept);
            kept.unwrap_or(new.trim()).starts_with("http://")
        })
    };
    view! {
        <Field
            label="Webhook URL"
            value=form.endpoint
            required=required
            max=4096
            hint=hint
            error=task.about("endpoint")
        />
        {trial::button(move || form.test(), true)}
        {move || {
            is_plain()
                .then(|| notice("Without https, whoever is on the way can read and change what is sent.".to_owned()))
        }}
    }
    .into_any()
}

/// Rows of headers; of a webhook that has some, their names at first.
fn headers(form: Form, task: Task) -> AnyView {
    let names = form
        .saved
        .with_value(|saved| saved.as_ref().map(|webhook| webhook.headers.join(", ")))
        .unwrap_or_default();
    let (is_given, error) = (form.gives_headers, task.about("headers"));
    (move || {
        if is_given.get() {
            return form.headers.draw(error);
        }
        view! {
            <div class="field">
                <span class="label">"Custom headers"</span>
                <p class="hint">
                    {names.clone()} ". Their values are not shown. With another URL they go, unless they are given again."
                </p>
                <div>
                    <button type="button" class="btn" on:click=move |_| is_given.set(true)>
                        "Replace headers"
                    </button>
                </div>
            </div>
        }
        .into_any()
    })
    .into_any()
}

fn advanced(form: Form, task: Task) -> AnyView {
    let is_open = form.skip_verification.get_untracked()
        || form.tls_cert.with_untracked(|pem| !pem.is_empty());
    let refused = task.about("tlsCert");
    view! {
        <details open=move || is_open || refused.with(Option::is_some)>
            <summary>"Show advanced settings"</summary>
            <div class="form">
                <Field
                    label="TLS certificate"
                    value=form.tls_cert
                    kind=Kind::Lines
                    hint="PEM; trusted besides those of the system."
                    error=refused
                />
                <Check
                    label="Skip TLS verification"
                    value=form.skip_verification
                    hint="The receiver's certificate is not checked."
                />
                {move || {
                    form.skip_verification
                        .get()
                        .then(|| notice("Whoever is on the way can pretend to be the receiver, and read and change what is sent.".to_owned()))
                }}
            </div>
        </details>
    }
    .into_any()
}
