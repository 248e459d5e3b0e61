//! Lists of what happened, the newest first: who did what to what, when, and why they could.

use api::event::{Event, Events, Object};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::detail;
use crate::{
    components::{
        choice::Words,
        clock::ago,
        filter::{Filter, choice, day, kept, nothing_or},
        load::{load, shown_with},
        pager::pager_if_needed,
        table::{self, Column},
    },
    format,
    pages::query,
    paths::{self, api::Wanted},
};

/// The choices of a list, which the page's address keeps.
#[derive(Clone, Copy)]
struct Choices {
    event: Memo<String>,
    filter: Memo<String>,
    kind: Memo<String>,
    object: Memo<String>,
    actor: Memo<String>,
    from: Memo<String>,
    until: Memo<String>,
    pulls: Memo<String>,
}

impl Choices {
    fn of_page() -> Self {
        Self {
            event: query("event"),
            filter: query("filter"),
            kind: query("type"),
            object: query("object"),
            actor: query("actor"),
            from: query("from"),
            until: query("until"),
            pulls: query("pulls"),
        }
    }

    /// An address made with them, as they are now; read as signals are.
    fn address(self, make: impl FnOnce(Wanted<'_>) -> String) -> String {
        let from = self.from.with(|day| midnight(day, 0));
        let until = self.until.with(|day| midnight(day, 1));
        let event = self.event.get();
        // who asks for one event wants it whatever it is
        let exclude = self
            .pulls
            .with(|pulls| pulls.is_empty() && event.is_empty());
        let exclude = exclude.to_string();
        make([
            ("eventId", &event),
            ("eventType", &self.kind.get()),
            ("objectType", &self.object.get()),
            ("actorId", &self.actor.get()),
            ("publishedAfter", &from),
            ("publishedBefore", &until),
            ("excludePull", &exclude),
            ("filter", &self.filter.get()),
        ])
    }
}

/// The list at that address of the API, with what filters it; `objects` are the kinds of things that it is about.
pub(crate) fn draw(api: String, objects: Words) -> AnyView {
    let (choices, start) = (Choices::of_page(), query("start"));
    let is_registry = api == paths::api::EVENTS;
    let loaded = load(move || {
        let start = start.get();
        choices.address(|wanted| paths::api::events_page(&api, wanted, &start))
    });
    view! {
        <Filter placeholder="Filter by name" label="Filter what happened">
            {choice("type", "What was done", KINDS)} {choice("object", "To what", objects)} {choice("pulls", "Pulls", PULLS)}
            {day("from", "From")} {day("until", "to")} {kept("actor")} {is_registry.then(|| export(choices))}
        </Filter>
        {only(choices.actor, "Only what one account did. ", "Show everybody")}
        {only(choices.event, "Only one event. ", "Show everything that happened")}
        {shown_with(
            loaded,
            move |answer: Events, reply| {
                let pager = pager_if_needed(reply, "start").into_any();
                match answer.events.as_slice() {
                    [event] if choices.event.with_untracked(|id| !id.is_empty()) => one(event),
                    events => list(events, pager),
                }
            },
        )}
    }
    .into_any()
}

fn export(choices: Choices) -> AnyView {
    view! {
        <a
            class="btn end"
            rel="external"
            download="events.jsonl"
            href=move || choices.address(paths::api::exported_events)
        >
            "Export as JSON lines"
        </a>
    }
    .into_any()
}

/// Said where only a part is shown, with the way back to all.
fn only(wanted: Memo<String>, what: &'static str, back: &'static str) -> AnyView {
    let here = use_location().pathname;
    view! {
        <p class="lead" hidden=move || wanted.with(String::is_empty)>
            {what}
            <a href=here>{back}</a>
        </p>
    }
    .into_any()
}

/// When a day of the form begins, or so many days later, in the API's words; what is no day is for the API to refuse.
fn midnight(day: &str, later: i64) -> String {
    OffsetDateTime::parse(&format!("{day}T00:00:00Z"), &Rfc3339)
        .ok()
        .and_then(|time| time.checked_add(Duration::days(later)))
        .map_or_else(|| day.to_owned(), format::machine)
}

const PULLS: Words = &[("", "Exclude pull"), ("with", "With pulls")];

const KINDS: Words = &[
    ("", "Whatever was done"),
    ("CREATE", "Made, signed in"),
    ("UPDATE", "Changed"),
    ("DELETE", "Deleted, signed out"),
    ("GET", "Used"),
    ("FAIL", "Refused"),
    ("SCAN", "Scanned"),
];

fn list(events: &[Event], pager: AnyView) -> AnyView {
    if events.is_empty() {
        return nothing_or(|| table::empty("Nothing of that kind has happened yet."));
    }
    // who only reads a repository is not told why, nor from where
    let is_full = events
        .iter()
        .any(|event| event.address.is_some() || !event.reason.is_empty());
    let mut columns = vec![
        Column::Text("When"),
        Column::Text("Who"),
        Column::Text("What"),
    ];
    if is_full {
        columns.extend([Column::Text("Why"), Column::Text("From")]);
    }
    let rows = events.iter().map(|event| row(event, is_full));
    table::table(columns, rows.collect(), pager)
}

fn row(event: &Event, is_full: bool) -> AnyView {
    let class = if event.r#type == "FAIL" {
        "chip minor"
    } else {
        "chip"
    };
    let detail = event.detail.as_ref().map(detail::entries);
    // the registry's own hands come with nothing but their name
    let credential = Some(event.credential.clone()).filter(|with| *with != event.actor);
    view! {
        <tr>
            <td class="muted">
                {narrowed("event", event.id.to_string(), "Only this event", ago(event.published_at).into_any())}
            </td>
            <td>
                {who(event)} {credential.map(|with| view! { <div class="muted small">{with}</div> })}
            </td>
            <td class="wide anywhere">
                <span class=class>{event.r#type.clone()}</span>
                " "
                {thing(&event.object)}
                {event
                    .target
                    .as_ref()
                    .map(|target| {
                        view! {
                            ", "
                            {thing(target)}
                        }
                    })}
                {detail
                    .map(|entries| view! { <div class="muted small anywhere">{entries.join(" · ")}</div> })}
            </td>
            {is_full
                .then(|| {
                    view! {
                        <td class="muted">{event.reason.clone()}</td>
                        <td class="muted">{event.address.clone()}</td>
                    }
                })}
        </tr>
    }
    .into_any()
}

/// Who it was, with the way to all that they did.
fn who(event: &Event) -> AnyView {
    let name = if event.actor.is_empty() {
        "nobody".to_owned()
    } else {
        event.actor.clone()
    };
    let Some(id) = event.actor_id else {
        return name.into_any();
    };
    narrowed(
        "actor",
        id.to_string(),
        "Only what this account did",
        name.into_any(),
    )
}

/// A link to this list, with nothing but that in it.
fn narrowed(to: &'static str, id: String, title: &'static str, words: AnyView) -> AnyView {
    let here = use_location().pathname;
    let href = move || paths::with_query(&here.get(), [(to, id.as_str())]);
    view! {
        <a class="plain" href=href title=title>
            {words}
        </a>
    }
    .into_any()
}

/// An event by itself, with everything that is told of it.
fn one(event: &Event) -> AnyView {
    let more = [
        ("Time", Some(format::absolute(event.published_at))),
        ("Event", Some(event.id.to_string())),
        ("Request", event.request_id.clone()),
    ];
    let more = more.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(view! {
            <dt>{name}</dt>
            <dd class="anywhere">{value}</dd>
        })
    });
    view! {
        {list(std::slice::from_ref(event), ().into_any())}
        <dl class="facts">{more.collect_view()}</dl>
    }
    .into_any()
}

fn thing(object: &Object) -> AnyView {
    let kind = object.r#type.clone();
    view! {
        <span class="muted">{kind}</span>
        " "
        {object.name.clone()}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_from_midnight_to_midnight() {
        assert_eq!(midnight("2026-02-28", 0), "2026-02-28T00:00:00Z");
        assert_eq!(midnight("2026-02-28", 1), "2026-03-01T00:00:00Z");
        assert_eq!(midnight("", 1), "");
        assert_eq!(midnight("yesterday", 0), "yesterday");
    }
}
