//! What a webhook told, and what became of it: the newest first. One delivery can be open.

use std::time::Duration;

use api::webhook::{Delivery, DeliveryState};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::delivery;
use crate::{
    boot::Env,
    client::{self, Reply},
    components::{
        clock::ago,
        live::later,
        load::{Loaded, load, shown_together},
        pager::pager_if_needed,
        table::{self, Column},
        task::Task,
        toast::Toasts,
    },
    format,
    pages::query,
    paths,
};

/// When it is looked again while something is to be sent.
const SOON: Duration = Duration::from_secs(2);
/// And when nothing is.
const LATER: Duration = Duration::from_secs(15);

/// What the rows share.
#[derive(Clone, Copy)]
struct Log {
    id: StoredValue<String>,
    deliveries: Loaded,
    start: Memo<String>,
}

/// The log of the webhook of that id.
pub(super) fn draw(id: &str) -> AnyView {
    let (start, open) = (query("start"), query("delivery"));
    let id = StoredValue::new(id.to_owned());
    let log = Log {
        id,
        deliveries: load(move || paths::api::deliveries_page(&id.get_value(), &start.get())),
        start,
    };
    let opened = load(move || {
        let open = open.get();
        if open.is_empty() {
            return String::new();
        }
        paths::api::delivery(&id.get_value(), &open)
    });
    view! {
        <section class="stack" aria-labelledby="deliveries">
            <h2 id="deliveries">"Deliveries"</h2>
            {shown_together(
                vec![log.deliveries, opened],
                move |replies| {
                    let [all, opened] = replies else { return Ok(().into_any()) };
                    Ok(list(log, &all.json::<Vec<Delivery>>()?, opened.json().ok().as_ref(), all))
                },
            )}
        </section>
    }
    .into_any()
}

fn list(log: Log, all: &[Delivery], opened: Option<&Delivery>, reply: &Reply) -> AnyView {
    let is_waiting = all
        .iter()
        .any(|delivery| delivery.state == DeliveryState::Waiting);
    // What is read is not drawn anew.
    if opened.is_none() && log.start.with_untracked(String::is_empty) {
        Effect::new(move |_| {
            let after = if is_waiting { SOON } else { LATER };
            later(after, move || log.deliveries.refetch());
        });
    }
    if all.is_empty() {
        return table::empty(
            "Nothing was told yet. What happens from now on is listed here for 30 days.",
        );
    }
    let columns = vec![
        Column::Text("Result"),
        Column::Text("Event"),
        Column::Text("About"),
        Column::Text("Attempts"),
        Column::Text("Took"),
        Column::Text("When"),
        Column::Buttons("Actions"),
    ];
    let rows = all.iter().flat_map(|delivery| {
        let opened = opened.filter(|opened| opened.id == delivery.id);
        [
            Some(row(log, delivery, opened.is_some())),
            opened.map(delivery::draw),
        ]
    });
    table::table(
        columns,
        rows.flatten().collect(),
        pager_if_needed(reply, "start"),
    )
}

fn row(log: Log, delivery: &Delivery, is_open: bool) -> AnyView {
    let (class, word) = match delivery.state {
        DeliveryState::Delivered => ("chip clean", "Delivered"),
        DeliveryState::Waiting => ("chip minor", "Waiting"),
        DeliveryState::Dead => ("chip critical", "Given up"),
    };
    let id = delivery.id.to_string();
    let took = delivery.took_ms.map(|took| format!("{took} ms"));
    let here = use_location().pathname;
    let href = move || {
        let (start, id) = (log.start.get(), if is_open { "" } else { &id });
        paths::with_query(&here.get(), [("start", start.as_str()), ("delivery", id)])
    };
    view! {
        <tr>
            <td>
                <span class=class>{word}</span>
                <div class="muted small">{said(delivery)}</div>
            </td>
            <td class="wide">
                <a class="name mono" href=href aria-expanded=is_open.to_string() data-noscroll>
                    {delivery.r#type.clone()}
                </a>
                {delivery.by_hand.then(|| view! { <div class="muted small">"sent again by hand"</div> })}
            </td>
            <td class="anywhere">{delivery.subject.clone()}</td>
            <td class="muted">
                <span class="unit">"attempts: "</span>
                {attempts(delivery)}
            </td>
            <td class="muted" class:hide=delivery.took_ms.is_none()>
                {took}
            </td>
            <td class="muted">{ago(delivery.made_at)}</td>
            <td>{buttons(log, delivery)}</td>
        </tr>
    }
    .into_any()
}

/// What the receiver answered last, or why it did not.
fn said(delivery: &Delivery) -> Option<String> {
    let status = delivery.status.map(|status| format!("answered {status}"));
    delivery.error.clone().or(status)
}

/// How often it was tried, and when it is tried next.
fn attempts(delivery: &Delivery) -> AnyView {
    let (count, now) = (delivery.attempts, Env::get().now);
    let next = delivery
        .next_at
        .filter(|_| delivery.state == DeliveryState::Waiting);
    match next {
        None => count.into_any(),
        Some(next) => {
            view! { {count} ", " {move || due(&format::ago(next, now.get()))} }.into_any()
        }
    }
}

/// When something is due, from how long it would be ago then.
fn due(distance: &str) -> String {
    match distance.strip_suffix(" ago") {
        Some(distance) => format!("next in {distance}"),
        None if distance == "yesterday" => "next in a day".to_owned(),
        None => "next at once".to_owned(),
    }
}

fn buttons(log: Log, delivery: &Delivery) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let path = log
        .id
        .with_value(|id| paths::api::delivery(id, &delivery.id.to_string()));
    let again = format!("{path}/redeliver");
    let done = move |said: &'static str| {
        toasts.good(said);
        log.deliveries.refetch();
    };
    let send = move |_| {
        task.run(client::send("POST", again.clone(), &()), move |_| {
            done("It is sent again");
        });
    };
    let give_up = move |_| {
        task.run(client::delete(path.clone()), move |_| {
            done("It is given up; what waits behind it is sent");
        });
    };
    Effect::new(move |_| {
        if let Some(message) = task.message().get() {
            toasts.bad(message);
        }
    });
    let waits = delivery.state == DeliveryState::Waiting && delivery.attempts > 0;
    view! {
        <button type="button" class="btn" disabled=task.busy on:click=send>
            "Redeliver"
        </button>
        {waits
            .then(|| {
                view! {
                    <button type="button" class="btn" disabled=task.busy on:click=give_up>
                        "Give up"
                    </button>
                }
            })}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_told_by_its_distance() {
        assert_eq!(due("8 minutes ago"), "next in 8 minutes");
        assert_eq!(due("just now"), "next at once");
        assert_eq!(due("yesterday"), "next in a day");
    }
}
