//! `/system/activity`: what happened, the newest first, for administrators.

use api::event::{Event, Events, Object};
use leptos::prelude::*;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::settings;
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
    paths,
};

/// The page.
pub fn page() -> AnyView {
    settings("activity", || {
        let (filter, start) = (query("filter"), query("start"));
        let (kind, object, actor) = (query("type"), query("object"), query("actor"));
        let (from, until) = (query("from"), query("until"));
        let loaded = load(move || {
            let (kind, object, actor) = (kind.get(), object.get(), actor.get());
            let (from, until) = (
                from.with(|day| midnight(day, 0)),
                until.with(|day| midnight(day, 1)),
            );
            let wanted = [
                ("eventType", kind.as_str()),
                ("objectType", &object),
                ("actorId", &actor),
                ("publishedAfter", &from),
                ("publishedBefore", &until),
                ("filter", &filter.get()),
            ];
            paths::api::events(wanted, &start.get())
        });
        view! {
            <Filter placeholder="Filter by name" label="Filter what happened">
                {choice("type", "What was done", KINDS)} {choice("object", "To what", OBJECTS)} {day("from", "From")}
                {day("until", "to")} {kept("actor")}
            </Filter>
            {shown_with(
                loaded,
                |answer: Events, reply| list(&answer.events, pager_if_needed(reply, "start").into_any()),
            )}
        }
        .into_any()
    })
}

/// When a day of the form begins, or so many days later, in the API's words; what is no day is for the API to refuse.
fn midnight(day: &str, later: i64) -> String {
    OffsetDateTime::parse(&format!("{day}T00:00:00Z"), &Rfc3339)
        .ok()
        .and_then(|time| time.checked_add(Duration::days(later)))
        .map_or_else(|| day.to_owned(), format::machine)
}

const KINDS: Words = &[
    ("", "Whatever was done"),
    ("CREATE", "Made, signed in"),
    ("UPDATE", "Changed"),
    ("DELETE", "Deleted, signed out"),
    ("GET", "Used"),
    ("FAIL", "Refused"),
];
const OBJECTS: Words = &[
    ("", "To everything"),
    ("session", "Sign-ins"),
    ("user", "Users"),
    ("organization", "Organizations"),
    ("membership", "Members"),
    ("team", "Teams"),
    ("teamMembership", "Members of teams"),
    ("repositoryAccess", "Rights in repositories"),
    ("namespaceAccess", "Rights in namespaces"),
    ("apiToken", "Access tokens"),
    ("publicKey", "Keys"),
    ("password", "Passwords"),
    ("secondFactor", "Second factors"),
    ("identityProvider", "Identity providers"),
    ("identity", "Linked identities"),
    ("workloadTrust", "Workload identity"),
    ("repository", "Repositories"),
    ("tag", "Tags"),
    ("manifest", "Manifests"),
    ("scan", "Scans"),
    ("override", "Findings set aside"),
    ("promotionPolicy", "Promotion policies"),
    ("promotion", "Promotions"),
    ("vulnerabilityData", "Vulnerability data"),
    ("tokenKey", "Keys of registry tokens"),
    ("settings", "Settings"),
];

fn list(events: &[Event], pager: AnyView) -> AnyView {
    if events.is_empty() {
        return nothing_or(|| table::empty("Nothing of that kind has happened yet."));
    }
    table::table(
        vec![
            Column::Text("When"),
            Column::Text("Who"),
            Column::Text("What"),
            Column::Text("Why"),
            Column::Text("From"),
        ],
        events.iter().map(row).collect(),
        pager,
    )
}

fn row(event: &Event) -> AnyView {
    let who = if event.actor.is_empty() {
        "nobody".to_owned()
    } else {
        event.actor.clone()
    };
    let class = if event.r#type == "FAIL" {
        "chip minor"
    } else {
        "chip"
    };
    let detail = event.detail.as_ref().map(ToString::to_string);
    view! {
        <tr>
            <td class="muted">{ago(event.published_at)}</td>
            <td>
                {who} <div class="muted small">{event.credential.clone()}</div>
            </td>
            <td class="wide">
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
                {detail.map(|detail| view! { <div class="muted small mono">{detail}</div> })}
            </td>
            <td class="muted">{event.reason.clone()}</td>
            <td class="muted">{event.address.clone()}</td>
        </tr>
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
