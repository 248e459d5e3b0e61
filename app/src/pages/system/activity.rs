//! `/system/activity`: what happened, the newest first, for administrators.

use api::event::{Event, Events, Object};
use leptos::prelude::*;

use super::settings;
use crate::{
    components::{
        clock::ago,
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
        let start = query("start");
        let (kind, object, actor) = (query("type"), query("object"), query("actor"));
        let loaded = load(move || {
            paths::api::events(&kind.get(), &object.get(), &actor.get(), &start.get())
        });
        view! {
            <div class="stack">
                {filters(kind, object)}
                {shown_with(
                    loaded,
                    |answer: Events, reply| list(&answer.events, pager_if_needed(reply, "start").into_any()),
                )}
            </div>
        }
        .into_any()
    })
}

const KINDS: &[(&str, &str)] = &[
    ("", "Everything"),
    ("CREATE", "Made, signed in"),
    ("UPDATE", "Changed"),
    ("DELETE", "Deleted, signed out"),
    ("GET", "Used"),
    ("FAIL", "Refused"),
];
const OBJECTS: &[(&str, &str)] = &[
    ("", "Everything"),
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

/// A plain form: it works without script, and the address keeps what was chosen.
fn filters(kind: Memo<String>, object: Memo<String>) -> AnyView {
    let choice = |label: &'static str,
                  name: &'static str,
                  words: &'static [(&'static str, &'static str)],
                  chosen: Memo<String>| {
        let chosen = chosen.get_untracked();
        let options = words.iter().map(|(value, word)| {
            view! {
                <option value=*value selected=*value == chosen>
                    {*word}
                </option>
            }
        });
        view! {
            <div class="field short">
                <label class="label" for=format!("filter-{name}")>
                    {label}
                </label>
                <select id=format!("filter-{name}") name=name>
                    {options.collect_view()}
                </select>
            </div>
        }
    };
    view! {
        <form class="card" method="get" action=paths::ACTIVITY>
            <div class="body row end">
                {choice("What", "type", KINDS, kind)} {choice("Of", "object", OBJECTS, object)}
                <button type="submit" class="btn">
                    "Show"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn list(events: &[Event], pager: AnyView) -> AnyView {
    if events.is_empty() {
        return table::empty("Nothing of that kind has happened yet.");
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
