//! Trying an operation: a form for its parameters and body, and what the registry answered.

use leptos::{ev, prelude::*, task::spawn_local};
use serde_json::Value;

use super::document::Operation;
use crate::{
    client::{self, Answer, Call},
    format, paths,
};

/// One field of the form.
#[derive(Clone)]
struct Given {
    name: String,
    in_path: bool,
    value: RwSignal<String>,
}

/// The form.
pub(super) fn form(operation: &Operation, body: Option<Value>) -> AnyView {
    let parameters: Vec<Given> = operation
        .parameters
        .iter()
        .map(|p| Given {
            name: p.name.clone(),
            in_path: p.in_path,
            value: RwSignal::new(String::new()),
        })
        .collect();
    let body =
        body.map(|body| RwSignal::new(serde_json::to_string_pretty(&body).unwrap_or_default()));
    let answer = RwSignal::new(None::<Answer>);
    let busy = RwSignal::new(false);
    let fields = parameters.iter().map(field).collect_view();
    let (method, template) = (operation.method, operation.path.clone());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let path = address(&template, &parameters);
        let call = Call {
            method,
            path,
            body: body.map(|body| body.get_untracked()),
        };
        busy.set(true);
        spawn_local(async move {
            let came = client::perform(call).await;
            answer.try_set(Some(came));
            busy.try_set(false);
        });
    };
    view! {
        <form class="try stack" on:submit=submit>
            <h3>"Try it"</h3>
            {fields}
            {body.map(body_field)}
            <div class="row">
                <button type="submit" class="btn" class:danger=method == "DELETE" disabled=busy>
                    "Send "
                    {method}
                </button>
                <span class="muted small">"It is done for real, with your rights."</span>
            </div>
            <div role="status">{move || answer.get().map(result)}</div>
        </form>
    }
    .into_any()
}

fn field(given: &Given) -> AnyView {
    let value = given.value;
    view! {
        <label class="field">
            <span class="label">
                <code>{given.name.clone()}</code>
            </span>
            <input
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                required=given.in_path
                bind:value=value
            />
        </label>
    }
    .into_any()
}

fn body_field(body: RwSignal<String>) -> AnyView {
    view! {
        <label class="field">
            <span class="label">"Body (JSON)"</span>
            <textarea class="mono low" rows="6" spellcheck="false" bind:value=body></textarea>
        </label>
    }
    .into_any()
}

fn address(template: &str, parameters: &[Given]) -> String {
    let mut path = template.to_owned();
    let mut query = Vec::new();
    for given in parameters {
        let value = given.value.get_untracked();
        if given.in_path {
            path = path.replace(&format!("{{{}}}", given.name), &paths::escape(&value));
        } else {
            query.push((given.name.as_str(), value));
        }
    }
    paths::with_query(
        &path,
        query.iter().map(|(name, value)| (*name, value.as_str())),
    )
}

fn result(answer: Answer) -> AnyView {
    let chip = match answer.status {
        200..300 => "chip clean",
        0 | 400.. => "chip critical",
        _ => "chip",
    };
    let status = if answer.status == 0 {
        "no answer".to_owned()
    } else {
        answer.status.to_string()
    };
    let paging = answer.next.map(|next| view! { <span class="small muted">"Next page starts at " <code>{next}</code></span> });
    view! {
        <div class="stack tight">
            <div class="row">
                <span class=chip>{status}</span>
                {paging}
            </div>
            <pre class="block wrap" tabindex="0">
                {format::indented(&answer.body)}
            </pre>
        </div>
    }
    .into_any()
}
