//! Trying a receiver: a button that sends a sample, and what came of it.

use api::webhook::WebhookTested;
use leptos::prelude::*;

use crate::{
    client::Replying,
    components::{icon::Icon, task::Task},
};

/// The button; `send` asks for the sample to be sent. Of a failure, `show_answer` also shows what the receiver wrote.
pub(super) fn button(
    send: impl Fn() -> Replying + Send + Sync + 'static,
    show_answer: bool,
) -> AnyView {
    let task = Task::default();
    let came = RwSignal::new(None::<WebhookTested>);
    let test = move |_| {
        came.set(None);
        task.run(send(), move |reply| {
            came.try_set(reply.json().ok());
        });
    };
    let is_tried = move || came.with(Option::is_some) || task.failure.with(Option::is_some);
    view! {
        <div class="row">
            <button type="button" class="btn" disabled=task.busy on:click=test>
                {move || if is_tried() { "Retry" } else { "Test" }}
            </button>
            <div class="trial" role="status">
                {move || came.with(|came| came.as_ref().map(|came| outcome(came, show_answer)))}
                {move || task.message().get().map(|message| view! { <span class="err">{message}</span> })}
            </div>
        </div>
    }
    .into_any()
}

fn outcome(came: &WebhookTested, show_answer: bool) -> AnyView {
    if came.delivered {
        return view! {
            <span class="chip clean">{Icon::Check.draw()} "Payload sent"</span>
            <span class="muted small">{in_short(came)}</span>
        }
        .into_any();
    }
    let answer = came.answer.clone().filter(|_| show_answer);
    view! {
        <span class="chip critical">"Not taken"</span>
        <span class="small">{in_short(came)}</span>
        {answer.map(|answer| view! { <pre class="block wrap">{answer}</pre> })}
    }
    .into_any()
}

/// `It answered 503 in 12 ms: …`.
fn in_short(came: &WebhookTested) -> String {
    let took = came.took_ms;
    match (came.status, &came.error) {
        (Some(status), Some(error)) => format!("It answered {status} in {took} ms: {error}."),
        (Some(status), None) => format!("It answered {status} in {took} ms."),
        (None, Some(error)) => format!("There was no answer: {error}."),
        (None, None) => format!("There was no answer within {took} ms."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_is_said() {
        let came = |status, error: Option<&str>| WebhookTested {
            status,
            error: error.map(str::to_owned),
            took_ms: 12,
            ..WebhookTested::default()
        };
        assert_eq!(
            in_short(&came(Some(503), None)),
            "It answered 503 in 12 ms."
        );
        assert_eq!(
            in_short(&came(None, Some("connection refused"))),
            "There was no answer: connection refused."
        );
    }
}
