//! Settings of a team: name, description, and deleting it.

use api::{
    access::TeamRepositories,
    organization::{Members, UpdateTeam},
};
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{super::sync, Context};
use crate::{
    client,
    components::{
        delete::DeleteCard,
        field::{Field, needs_script, notice},
        owned::{Count, Owned},
        task::Task,
        toast::Toasts,
    },
    paths,
};

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let follower = sync::Follower {
        hint: "The people of a group become members, and leave with it. Who was added by hand stays.",
        path: Signal::derive(move || {
            let (org, team) = context.names();
            paths::api::member_sync(&org, &team)
        }),
    };
    view! { <div class="stack">{general(context)} {sync::card(follower)} {delete(context)}</div> }
        .into_any()
}

fn general(context: Context) -> AnyView {
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let team = context.team.get_value();
    let (name, description) = (RwSignal::new(team.name), RwSignal::new(team.description));
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (org, before) = context.names();
        let now = name.with_untracked(|name| name.trim().to_owned());
        let body = UpdateTeam {
            name: Some(now.clone()),
            description: Some(description.get_untracked()),
        };
        let navigate = navigate.clone();
        task.run(
            client::send("PATCH", paths::api::team(&org, &before), &body),
            move |_| {
                toasts.good("Settings saved");
                if now == before {
                    context.loaded.refetch();
                } else {
                    navigate(
                        &paths::team(&org, &now, "settings"),
                        NavigateOptions::default(),
                    );
                }
            },
        );
    };
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>"General"</h2>
            </header>
            <div class="body form">
                {needs_script()} <Field label="Name" value=name required=true max=64 error=task.about("name") />
                <Field label="Description" value=description max=140 error=task.about("description") />
                {
                    let other = task.about_none_of(&["name", "description"]);
                    move || other.get().map(notice)
                } <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Save"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn owned(org: &str, team: &str) -> Vec<Owned> {
    let members = Owned {
        one: "membership in the team",
        many: "memberships in the team",
        path: paths::api::up_to_a_thousand(&paths::api::team_members(org, team)),
        count: |reply| {
            let members: Members = reply.json()?;
            Ok(Count::of_page(&members.members, &members.next_page_start))
        },
        is_chosen: false,
    };
    let rights = Owned {
        one: "right in a repository",
        many: "rights in repositories",
        path: paths::api::whole_page(&paths::api::all_team_repositories(org, team)),
        count: |reply| {
            let rights: TeamRepositories = reply.json()?;
            let next = reply.next.as_deref().unwrap_or_default();
            Ok(Count::of_page(&rights.repository_access_list, next))
        },
        is_chosen: false,
    };
    vec![members, rights]
}

fn delete(context: Context) -> AnyView {
    let (org, team) = context.names();
    let owned = owned(&org, &team);
    let path = move || {
        let (org, team) = context.names();
        paths::api::team(&org, &team)
    };
    view! {
        <DeleteCard
            action="Delete team"
            name=team
            path=Signal::derive(path)
            next=paths::organization(&org, "teams")
            warning="Its rights go with it; the people stay in the organization."
            owned
        >
            <p>"Its rights go with it; the people stay in the organization. This cannot be undone."</p>
        </DeleteCard>
    }
    .into_any()
}
