//! `/orgs`: all organizations for administrators, their own for everybody else.

use api::{
    account::{Account, Accounts},
    organization::MemberOrgs,
};
use leptos::prelude::*;

use crate::{
    boot::Env,
    client::Reply,
    components::{
        filter::Filter,
        icon::Icon,
        load::{load, shown_with},
        pager::{pager, pager_if_needed},
        table::{self, Column},
    },
    format,
    pages::{query, signed_in, title},
    paths,
};

/// An organization, and whether the visitor owns it; an administrator is shown all of them, and not asked.
struct Row {
    org: Account,
    is_owned: Option<bool>,
}

/// The page.
pub fn page() -> AnyView {
    signed_in(|| {
        let is_admin = is_admin();
        view! {
            {title("Organizations")}
            <div class="head">
                <div>
                    <h1>"Organizations"</h1>
                    {(!is_admin).then(|| view! { <p>"Those that you are in."</p> })}
                </div>
                <div class="acts">{is_admin.then(new_button)}</div>
            </div>
            <Filter placeholder="Filter by name" label="Filter organizations by name" />
            {if is_admin { all() } else { own() }}
        }
        .into_any()
    })
}

fn is_admin() -> bool {
    let account = Env::get().account;
    account.with_untracked(|account| account.as_ref().is_some_and(|a| a.is_admin))
}

fn all() -> AnyView {
    let (filter, start) = (query("filter"), query("start"));
    let loaded = load(move || paths::api::organizations(&filter.get(), &start.get()));
    shown_with(loaded, |answer: Accounts, reply| {
        let summary = format::counted(answer.resource_count, "organization");
        let rows = answer
            .accounts
            .into_iter()
            .map(|org| Row {
                org,
                is_owned: None,
            })
            .collect();
        list(rows, reply, answer.next_page_start, Some(summary))
    })
}

fn own() -> AnyView {
    let env = Env::get();
    let (filter, start) = (query("filter"), query("start"));
    let loaded =
        load(move || paths::api::organizations_of(&env.user(), &filter.get(), &start.get()));
    shown_with(loaded, |answer: MemberOrgs, reply| {
        let rows = answer
            .member_orgs
            .into_iter()
            .map(|own| Row {
                org: own.org,
                is_owned: Some(own.is_admin),
            })
            .collect();
        list(rows, reply, answer.next_page_start, None)
    })
}

fn list(rows: Vec<Row>, reply: &Reply, next: String, summary: Option<String>) -> AnyView {
    if rows.is_empty() {
        return none();
    }
    let reply = super::with_next(reply, next);
    let has_roles = rows.iter().any(|row| row.is_owned.is_some());
    let columns = [
        Some(Column::Text("Organization")),
        Some(Column::Text("Full name")),
        has_roles.then_some(Column::Text("Your role")),
    ];
    table::table(
        columns.into_iter().flatten().collect(),
        rows.into_iter().map(row).collect(),
        match summary {
            Some(summary) => pager(&reply, "start", view! { <span>{summary}</span> }.into_any()),
            None => pager_if_needed(&reply, "start"),
        },
    )
}

fn row(Row { org, is_owned }: Row) -> AnyView {
    let role = is_owned.map(|is_owned| {
        let word = if is_owned {
            view! { <span class="chip info">"Org owner"</span> }.into_any()
        } else {
            view! { <span class="muted">"Member"</span> }.into_any()
        };
        view! { <td>{word}</td> }
    });
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=paths::organization(&org.name, "users")>
                    {org.name.clone()}
                </a>
            </td>
            {super::full_name(&org)}
            {role}
        </tr>
    }
    .into_any()
}

fn new_button() -> AnyView {
    view! {
        <a class="btn primary" href=paths::NEW_ORGANIZATION>
            {Icon::Plus.draw()}
            "New organization"
        </a>
    }
    .into_any()
}

/// Nothing to list: why, and what to do about it.
fn none() -> AnyView {
    let is_filtered = query("filter").with_untracked(|filter| !filter.is_empty());
    let (heading, text) = if is_filtered {
        (
            "No organization matches",
            "Of those that you may see, none has that name.",
        )
    } else if is_admin() {
        (
            "No organizations yet",
            "An organization owns repositories together. Its people are in teams, and each team has its rights.",
        )
    } else {
        (
            "You are in no organization",
            "An organization owns repositories together. One of its owners, or an administrator, can add you.",
        )
    };
    view! {
        <div class="card empty">
            {Icon::People.draw()}
            <h2>{heading}</h2>
            <p>{text}</p>
            {is_filtered
                .then(|| {
                    view! {
                        <a class="btn" href=paths::ORGANIZATIONS>
                            "Show all"
                        </a>
                    }
                })}
        </div>
    }
    .into_any()
}
