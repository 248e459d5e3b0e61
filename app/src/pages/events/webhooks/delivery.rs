//! One delivery: the request, and what the receiver answered.

use api::webhook::{Delivery, DeliveryRequest};
use leptos::prelude::*;

use crate::{boot::Env, format};

/// The row below the one of the delivery.
pub(super) fn draw(delivery: &Delivery) -> AnyView {
    view! {
        <tr>
            <td class="wide" colspan="7">
                <div class="stack tight">
                    {delivery.request.as_ref().map(request)} <h3>"Answer"</h3> {answer(delivery)}
                    <p class="hint">"Event " <code>{delivery.event.to_string()}</code> ": the id stays the same when it is sent again."</p>
                </div>
            </td>
        </tr>
    }
    .into_any()
}

fn request(request: &DeliveryRequest) -> AnyView {
    let lines = request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"));
    let head: String = std::iter::once(format!("POST {}\n", request.endpoint))
        .chain(lines)
        .collect();
    view! {
        <h3>"Request"</h3>
        <pre class="block wrap" tabindex="0" aria-label="Headers of the request">{head}</pre>
        <pre class="block wrap" tabindex="0" aria-label="Body of the request">{format::indented(&request.body)}</pre>
    }
    .into_any()
}

fn answer(delivery: &Delivery) -> AnyView {
    let status = delivery.status.map(|status| format!("Status {status}. "));
    if let Some(body) = &delivery.answer {
        return view! {
            <p>{status} {delivery.error.clone()}</p>
            <pre class="block wrap" tabindex="0" aria-label="Body of the answer">{body.clone()}</pre>
        }
        .into_any();
    }
    let is_admin = Env::get()
        .account
        .with_untracked(|account| account.as_ref().is_some_and(|a| a.is_admin));
    let why = match (delivery.status, is_admin) {
        (None, _) if delivery.error.is_some() => "",
        (None, _) => "There is none yet.",
        (Some(_), true) => "It has no body.",
        (Some(_), false) => {
            "It has no body, or comes from a network that is not public: what is answered there is shown to site administrators only."
        }
    };
    view! { <p class="muted">{status} {delivery.error.clone()} " " {why}</p> }.into_any()
}
