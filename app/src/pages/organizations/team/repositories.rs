//! What a team may do: in single repositories, and in the whole namespace.

use api::{
    access::{NamespaceTeam, RepositoryAccess, SetAccess, TeamRepositories},
    repository::{CreateRepository, Visibility},
    search::Autocomplete,
};
use leptos::{ev, prelude::*};

use super::Context;
use crate::{
    client::{self, Reply, Replying},
    components::{
        choice::{Choice, LEVELS, LEVELS_OR_NONE, level, level_value, saved_at_once, word},
        field::{needs_script, notice},
        filter::{Filter, nothing},
        icon::Icon,
        load::{Loaded, load, shown_if_any, shown_with},
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

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let (filter, start) = (query("filter"), query("start"));
    let loaded = load(move || {
        let (org, team) = context.names();
        paths::api::team_repositories(&org, &team, &filter.get(), &start.get())
    });
    view! {
        <div class="stack">
            {whole_namespace(context)} {context.is_managed().then(|| adding(context, loaded))}
            <div>
                <Filter placeholder="Filter by name" label="Filter repositories by name" />
                {shown_with(loaded, move |answer: TeamRepositories, reply| list(context, loaded, answer, reply))}
            </div>
        </div>
    }
    .into_any()
}

fn whole_namespace(context: Context) -> AnyView {
    let loaded = load(move || {
        let (org, team) = context.names();
        paths::api::namespace_team(&org, &team)
    });
    shown_if_any(loaded, move |right: Option<NamespaceTeam>| {
        let initial = right.map_or("", |right| level_value(right.access_level));
        let choice = if context.is_managed() {
            saved_at_once(
                "Right in the whole namespace".to_owned(),
                LEVELS_OR_NONE,
                initial,
                move |chosen| {
                    let (org, team) = context.names();
                    let path = paths::api::namespace_team(&org, &team);
                    if chosen.is_empty() {
                        return client::delete(path);
                    }
                    let access_level = level(chosen);
                    client::send("PUT", path, &SetAccess { access_level })
                },
                |word| format!("Whole namespace: {word}"),
            )
        } else {
            view! { <span class="muted">{word(LEVELS_OR_NONE, initial)}</span> }.into_any()
        };
        let org = context.organization.name();
        view! {
            <section class="card">
                <header>
                    <div>
                        <h2>"Whole namespace"</h2>
                        <p class="hint">"In every repository of "{org}", also in those to come."</p>
                    </div>
                    <div class="acts namespace">{choice}</div>
                </header>
            </section>
        }
        .into_any()
    })
}

fn adding(context: Context, loaded: Loaded) -> AnyView {
    let toasts = Toasts::get();
    let name = RwSignal::new(String::new());
    let is_new = RwSignal::new(false);
    let chosen = RwSignal::new(level_value(level("")).to_owned());
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let wanted = name.with_untracked(|name| name.trim().to_owned());
        let deed = grant(
            context,
            wanted.clone(),
            is_new.get_untracked(),
            &chosen.get_untracked(),
        );
        task.run(deed, move |_| {
            toasts.good(format!("Added {wanted}"));
            name.try_set(String::new());
            loaded.refetch();
        });
    };
    let repositories = Suggest {
        look_for: Callback::new(move |text: String| {
            paths::api::some_repositories(&context.organization.name(), &text)
        }),
        names: |reply| {
            let found = reply.json::<Autocomplete>()?.repository_results;
            Ok(found.into_iter().map(|found| found.name).collect())
        },
        exactly: Callback::new(move |name: String| {
            paths::api::repository(&context.organization.name(), &name)
        }),
    };
    let hint = Signal::derive(move || {
        if is_new.get() {
            "There is none of that name: it will be made, private."
        } else {
            ""
        }
    });
    let label = format!("Repository of {}", context.organization.name());
    view! {
        <section class="card">
            <header>
                <h2>"Add repository"</h2>
            </header>
            <form class="body adding" on:submit=submit>
                {needs_script()}
                {repositories.field(label, hint, name, is_new)}
                <Choice label="Permissions" words=LEVELS value=chosen />
                <button type="submit" class="btn primary" disabled=task.busy>
                    {move || if is_new.get() { "Make and add" } else { "Add" }}
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

/// Gives the team its right in a repository, which is made before where it is new.
fn grant(context: Context, name: String, is_new: bool, chosen: &str) -> Replying {
    let (org, team) = context.names();
    let body = SetAccess {
        access_level: level(chosen),
    };
    let give = paths::api::repository_team(&org, &name, &team);
    if !is_new {
        return client::send("PUT", give, &body);
    }
    let repository = CreateRepository {
        name,
        short_description: String::new(),
        long_description: String::new(),
        visibility: Visibility::Private,
        scan_on_push: true,
        immutable_tags: false,
        immutable_tag_patterns: Vec::new(),
        enable_manifest_lists: false,
        tag_limit: 0,
    };
    let making = client::send("POST", paths::api::namespace(&org), &repository);
    Box::pin(async move {
        making.await?;
        client::send("PUT", give, &body).await
    })
}

fn list(context: Context, loaded: Loaded, answer: TeamRepositories, reply: &Reply) -> AnyView {
    if answer.repository_access_list.is_empty() {
        return nothing(
            Icon::Box,
            "No single repositories",
            "The team has no right of its own in any of them.",
        );
    }
    let rows = answer.repository_access_list.into_iter();
    table::table(
        vec![
            Column::Text("Repository"),
            Column::Text("Permissions"),
            Column::Buttons("Remove"),
        ],
        rows.map(|access| row(context, loaded, access)).collect(),
        pager_if_needed(reply, "start"),
    )
}

fn row(context: Context, loaded: Loaded, access: RepositoryAccess) -> AnyView {
    let repository = access.repository;
    let (org, name) = (repository.namespace, repository.name);
    let current = level_value(access.access_level);
    let (tab, choice) = if context.is_managed() {
        ("permissions", choose(context, &name, current))
    } else {
        let word = word(LEVELS, current);
        (
            "tags",
            view! { <span class="muted">{word}</span> }.into_any(),
        )
    };
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=paths::repository(&org, &name, tab)>
                    <span class="part">{org.clone()} " / "</span>
                    {name.clone()}
                </a>
            </td>
            <td>{choice}</td>
            <td class="fit">{context.is_managed().then(|| remove(context, loaded, name))}</td>
        </tr>
    }
    .into_any()
}

fn choose(context: Context, name: &str, current: &'static str) -> AnyView {
    let (shown, name) = (name.to_owned(), name.to_owned());
    saved_at_once(
        format!("Permissions in {name}"),
        LEVELS,
        current,
        move |chosen| {
            let (org, team) = context.names();
            let access_level = level(chosen);
            let path = paths::api::repository_team(&org, &name, &team);
            client::send("PUT", path, &SetAccess { access_level })
        },
        move |word| format!("{shown}: {word}"),
    )
}

fn remove(context: Context, loaded: Loaded, name: String) -> AnyView {
    let (_, team) = context.names();
    let label = format!("Remove {name}");
    let title = format!("Remove {name} from the team {team}?");
    let said = format!("The team {team} has no right of its own in {name} any more");
    let deed = Callback::new(move |()| {
        let (org, team) = context.names();
        client::delete(paths::api::repository_team(&org, &name, &team))
    });
    let done = Callback::new(move |()| loaded.refetch());
    view! {
        <Remove label title said deed done>
            <p>"The right of the team goes; the repository and what is in it stay."</p>
        </Remove>
    }
    .into_any()
}
