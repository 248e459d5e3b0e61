//! `/users`: all users, for administrators.

use api::account::{Account, Accounts};
use leptos::prelude::*;

use crate::{
    components::{
        choice::Words,
        filter::{Filter, choice, nothing},
        icon::Icon,
        load::{load, shown_with},
        pager::pager,
        table::{self, Column},
    },
    format,
    pages::{administrator, query, title},
    paths,
};

const KINDS: Words = &[
    ("", "All users"),
    ("admins", "Administrators"),
    ("non-admins", "Not administrators"),
    ("active-users", "Active"),
    ("inactive-users", "Switched off"),
];
const ORDERS: Words = &[
    ("", "By username"),
    ("-name", "By username, from Z"),
    ("fullName", "By full name"),
    ("-fullName", "By full name, from Z"),
];

/// The page.
pub fn page() -> AnyView {
    administrator(|| {
        let (filter, start) = (query("filter"), query("start"));
        let (kind, order) = (query("kind"), query("order"));
        let loaded =
            load(move || paths::api::users(&kind.get(), &order.get(), &filter.get(), &start.get()));
        view! {
            {title("Users")}
            <div class="head">
                <div>
                    <h1>"Users"</h1>
                </div>
                <div class="acts">
                    <a class="btn primary" href=paths::NEW_USER>
                        {Icon::Plus.draw()}
                        "New user"
                    </a>
                </div>
            </div>
            <Filter placeholder="Filter by name or full name" label="Filter users by name">
                {choice("kind", "Which users", KINDS)}
                {choice("order", "Order", ORDERS)}
            </Filter>
            {shown_with(
                loaded,
                |answer: Accounts, reply| {
                    let mut reply = reply.clone();
                    reply.next = Some(answer.next_page_start).filter(|start| !start.is_empty());
                    let summary = format::counted(answer.resource_count, "user");
                    table(&answer.accounts, pager(&reply, "start", view! { <span>{summary}</span> }.into_any()))
                },
            )}
        }
        .into_any()
    })
}

fn table(accounts: &[Account], pager: AnyView) -> AnyView {
    if accounts.is_empty() {
        return nothing(Icon::People, "No users", "There is nobody on this page.");
    }
    table::table(
        vec![
            Column::Text("Username"),
            Column::Text("Full name"),
            Column::Text("Role"),
            Column::Text("State"),
        ],
        accounts.iter().map(row).collect(),
        pager,
    )
}

fn row(account: &Account) -> AnyView {
    let role = if account.is_admin {
        view! { <span class="chip info">"Administrator"</span> }.into_any()
    } else {
        view! { <span class="muted">"User"</span> }.into_any()
    };
    let state = if account.is_active {
        view! { <span class="muted">"Active"</span> }.into_any()
    } else {
        view! { <span class="chip minor">"Switched off"</span> }.into_any()
    };
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=paths::user(&account.name)>
                    {account.name.clone()}
                </a>
            </td>
            <td class="muted">{account.full_name.clone()}</td>
            <td>{role}</td>
            <td>{state}</td>
        </tr>
    }
    .into_any()
}
