//! Permissions: the teams with a right in the repository, and why somebody may do something in it.

use api::{
    access::{RepositoryTeams, SetAccess, TeamAccess},
    organization::Teams,
};
use leptos::{ev, prelude::*};

use super::{Context, explain};
use crate::{
    client::{self, Reply},
    components::{
        choice::{Choice, LEVELS, level, level_value, saved_at_once},
        field::{needs_script, notice},
        filter::{Filter, kept, nothing},
        icon::Icon,
        load::{Loaded, load, shown_with},
        pager::pager_if_needed,
        remove::Remove,
        suggest::Suggest,
        table::{self, Column},
        task::Task,
        toast::Toasts,
    },
    pages::query,
    paths,
};

/// The tab, for who may change them.
pub(super) fn tab(context: Context) -> AnyView {
    if !context.has_teams() {
        let (owner, _) = context.names();
        return view! {
            <div class="stack">
                <p class="muted">
                    "What "{owner} " owns has no teams: only repositories of organizations take them. Administrators of the registry may \
                    do everything here, too."
                </p>
                {explain::card(context)}
            </div>
        }
        .into_any();
    }
    let (filter, start) = (query("filter"), query("start"));
    let loaded = load(move || {
        let (namespace, name) = context.names();
        paths::api::repository_teams(&namespace, &name, &filter.get(), &start.get())
    });
    view! {
        <div class="stack">
            {adding(context, loaded)}
            <div>
                <Filter placeholder="Filter by name" label="Filter teams by name">
                    {kept("user")}
                </Filter>
                {shown_with(loaded, move |answer: RepositoryTeams, reply| list(context, loaded, answer, reply))}
            </div>
            {explain::card(context)}
        </div>
    }
    .into_any()
}

fn adding(context: Context, loaded: Loaded) -> AnyView {
    let toasts = Toasts::get();
    let (team, is_unknown) = (RwSignal::new(String::new()), RwSignal::new(false));
    let chosen = RwSignal::new(level_value(level("")).to_owned());
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (namespace, name) = context.names();
        let wanted = team.with_untracked(|team| team.trim().to_owned());
        let path = paths::api::repository_team(&namespace, &name, &wanted);
        let access_level = level(&chosen.get_untracked());
        task.run(
            client::send("PUT", path, &SetAccess { access_level }),
            move |_| {
                toasts.good(format!("Added the team {wanted}"));
                team.try_set(String::new());
                loaded.refetch();
            },
        );
    };
    let teams = Suggest {
        look_for: Callback::new(move |text: String| {
            paths::api::teams_page(&context.names().0, &text, "")
        }),
        names: |reply| {
            let found = reply.json::<Teams>()?.teams;
            Ok(found.into_iter().map(|team| team.name).collect())
        },
        exactly: Callback::new(move |name: String| paths::api::team(&context.names().0, &name)),
    };
    let (org, _) = context.names();
    let hint = Signal::derive(move || {
        if is_unknown.get() {
            "The organization has no team of that name."
        } else {
            ""
        }
    });
    view! {
        <section class="card">
            <header>
                <h2>"Add team"</h2>
                <a href=paths::organization(&org, "teams")>"Teams of "{org.clone()}</a>
            </header>
            <form class="body adding" on:submit=submit>
                {needs_script()} {teams.field("Team".to_owned(), hint, team, is_unknown)}
                <Choice label="Permissions" words=LEVELS value=chosen />
                <button type="submit" class="btn primary" disabled=task.busy>
                    "Add"
                </button>
                {
                    let error = task.message();
                    move || error.get().map(notice)
                }
            </form>
        </section>
    }
    .into_any()
}

fn list(context: Context, loaded: Loaded, answer: RepositoryTeams, reply: &Reply) -> AnyView {
    if answer.team_access_list.is_empty() {
        return nothing(
            Icon::People,
            "No team of its own",
            "No team has a right in just this repository. Teams with a right in the whole namespace, and the owners of the organization, have it here too.",
        );
    }
    let rows = answer.team_access_list.into_iter();
    table::table(
        vec![
            Column::Text("Team"),
            Column::Text("Permissions"),
            Column::Buttons("Remove"),
        ],
        rows.map(|access| row(context, loaded, access)).collect(),
        pager_if_needed(reply, "start"),
    )
}

fn row(context: Context, loaded: Loaded, access: TeamAccess) -> AnyView {
    let (org, _) = context.names();
    let team = access.team;
    let (shown, name) = (team.name.clone(), team.name.clone());
    let choice = saved_at_once(
        format!("Permissions of {name}"),
        LEVELS,
        level_value(access.access_level),
        move |chosen| {
            let (namespace, repository) = context.names();
            let access_level = level(chosen);
            let path = paths::api::repository_team(&namespace, &repository, &name);
            client::send("PUT", path, &SetAccess { access_level })
        },
        move |word| format!("{shown}: {word}"),
    );
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=paths::team(&org, &team.name, "users")>
                    {team.name.clone()}
                </a>
                <div class="muted small">{team.description}</div>
            </td>
            <td>{choice}</td>
            <td class="fit">{remove(context, loaded, team.name)}</td>
        </tr>
    }
    .into_any()
}

fn remove(context: Context, loaded: Loaded, team: String) -> AnyView {
    let repository = context.full_name();
    let label = format!("Remove {team}");
    let title = format!("Remove the team {team} from {repository}?");
    let said = format!("The team {team} has no right of its own in {repository} any more");
    let deed = Callback::new(move |()| {
        let (namespace, name) = context.names();
        client::delete(paths::api::repository_team(&namespace, &name, &team))
    });
    let done = Callback::new(move |()| loaded.refetch());
    view! {
        <Remove label title said deed done>
            <p>"The right goes; the team stays, with its other rights."</p>
        </Remove>
    }
    .into_any()
}
