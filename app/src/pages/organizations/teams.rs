//! Teams of an organization, and making a new one.

use api::organization::{CreateTeam, Team, Teams};
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{Context, with_next};
use crate::{
    client::{self, Reply},
    components::{
        field::{Field, needs_script, notice},
        filter::{Filter, nothing},
        icon::Icon,
        load::{load, shown_with},
        pager::pager_if_needed,
        table::{self, Column},
        task::Task,
        toast::Toasts,
    },
    pages::query,
    paths,
};

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let (filter, start) = (query("filter"), query("start"));
    let loaded = load(move || paths::api::teams_page(&context.name(), &filter.get(), &start.get()));
    view! {
        <div class="stack">
            {context.is_managed.then(|| adding(context))}
            <div>
                <Filter placeholder="Filter by name" label="Filter teams by name" />
                {shown_with(loaded, move |answer: Teams, reply| list(context, answer, reply))}
            </div>
        </div>
    }
    .into_any()
}

fn adding(context: Context) -> AnyView {
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let (name, description) = (RwSignal::default(), RwSignal::default());
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = CreateTeam {
            name: name.with_untracked(|name: &String| name.trim().to_owned()),
            description: description.get_untracked(),
        };
        let navigate = navigate.clone();
        let (org, made) = (context.name(), body.name.clone());
        task.run(
            client::send("POST", paths::api::teams(&org), &body),
            move |_| {
                toasts.good(format!("Made team {made}"));
                navigate(
                    &paths::team(&org, &made, "users"),
                    NavigateOptions::default(),
                );
            },
        );
    };
    view! {
        <section class="card">
            <header>
                <h2>"New team"</h2>
            </header>
            <form class="body adding" on:submit=submit>
                {needs_script()}
                <Field label="Name" value=name required=true max=64 error=task.about("name") />
                <Field label="Description (optional)" value=description max=140 error=task.about("description") />
                <button type="submit" class="btn primary" disabled=task.busy>
                    "Create team"
                </button>
                {
                    let other = task.about_none_of(&["name", "description"]);
                    move || other.get().map(notice)
                }
            </form>
        </section>
    }
    .into_any()
}

fn list(context: Context, answer: Teams, reply: &Reply) -> AnyView {
    if answer.teams.is_empty() {
        return nothing(
            Icon::People,
            "No teams",
            "A team has people, and rights in repositories that hold for all of them.",
        );
    }
    let reply = with_next(reply, answer.next_page_start);
    table::table(
        vec![
            Column::Text("Team"),
            Column::Number("Members"),
            Column::Text("You"),
        ],
        answer
            .teams
            .into_iter()
            .map(|team| row(context, team))
            .collect(),
        pager_if_needed(&reply, "start"),
    )
}

fn row(context: Context, team: Team) -> AnyView {
    let noun = if team.members_count == 1 {
        " member"
    } else {
        " members"
    };
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=paths::team(&context.name(), &team.name, "users")>
                    {team.name.clone()}
                </a>
                <div class="muted small">{team.description}</div>
            </td>
            <td class="num">{team.members_count} <span class="unit">{noun}</span></td>
            <td>
                {team.client_user_is_member.then(|| view! { <span class="chip info">"You are in it"</span> })}
            </td>
        </tr>
    }
    .into_any()
}
