//! Settings of a team: name, description, and deleting it.

use api::organization::UpdateTeam;
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::Context;
use crate::{
    client,
    components::{
        dialog::Confirm,
        field::{Field, needs_script, notice},
        task::Task,
        toast::Toasts,
    },
    paths,
};

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    view! { <div class="stack">{general(context)} {delete(context)}</div> }.into_any()
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

fn delete(context: Context) -> AnyView {
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let asking = RwSignal::new(false);
    let task = Task::default();
    let (_, name) = context.names();
    let confirm = Callback::new(move |()| {
        let navigate = navigate.clone();
        let (org, team) = context.names();
        task.run(client::delete(paths::api::team(&org, &team)), move |_| {
            toasts.good(format!("Deleted team {team}"));
            navigate(
                &paths::organization(&org, "teams"),
                NavigateOptions::default(),
            );
        });
    });
    view! {
        <section class="card risky">
            <header>
                <h2>"Delete team"</h2>
            </header>
            <div class="body stack">
                <p>"Its rights go with it; the people stay in the organization. This cannot be undone."</p>
                <div class="row">
                    <button type="button" class="btn danger" on:click=move |_| asking.set(true)>
                        "Delete team"
                    </button>
                </div>
            </div>
            <Confirm
                open=asking
                title=format!("Delete team {name}?")
                action="Delete team"
                name=name
                busy=task.busy
                error=task.message()
                confirm
            >
                <p>"Its rights go with it; the people stay in the organization. This cannot be undone."</p>
            </Confirm>
        </section>
    }
    .into_any()
}
