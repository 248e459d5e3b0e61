//! `/system/activity`: what happened, the newest first, for administrators.

use api::event::{Event, Events, Object};
use leptos::prelude::*;

use super::settings;
use crate::{
    components::{
        choice::options,
        clock::ago,
        filter::{Filter, kept, nothing_or},
        load::{load, shown_with},
        pager::pager_if_needed,
        table::{self, Column},
    },
    pages::query,
    paths,
};

/// The page.
pub fn page() -> AnyView {
    settings("activity", || {
        let (filter, start) = (query("filter"), query("start"));
        let (kind, object, actor) = (query("type"), query("object"), query("actor"));
        let loaded = load(move || {
            let (kind, object, actor) = (kind.get(), object.get(), actor.get());
            paths::api::events(&kind, &object, &actor, &filter.get(), &start.get())
        });
        view! {
            <Filter placeholder="Filter by name" label="Filter what happened">
                {choice("type", "What was done", KINDS, kind)}
                {choice("object", "To what", OBJECTS, object)}
                {kept("actor")}
            </Filter>
            {shown_with(
                loaded,
                |answer: Events, reply| list(&answer.events, pager_if_needed(reply, "start").into_any()),
            )}
        }
        .into_any()
    })
}

const KINDS: &[(&str, &str)] = &[
    ("", "Whatever was done"),
    ("CREATE", "Made, signed in"),
    ("UPDATE", "Changed"),
    ("DELETE", "Deleted, signed out"),
    ("GET", "Used"),
    ("FAIL", "Refused"),
];
const OBJECTS: &[(&str, &str)] = &[
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
    ("password", "Passwords"),
    ("repository", "Repositories"),
    ("tag", "Tags"),
    ("manifest", "Manifests"),
    ("settings", "Settings"),
];

fn choice(
    name: &'static str,
    label: &'static str,
    words: &'static [(&'static str, &'static str)],
    chosen: Memo<String>,
) -> AnyView {
    view! {
        <select name=name aria-label=label>
            {options(words, &chosen.get_untracked())}
        </select>
    }
    .into_any()
}

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
