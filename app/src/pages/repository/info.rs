//! Info: README, pull command, and what the visitor may do.

use api::repository::{AccessLevel, Readme, UpdateRepository};
use leptos::{ev, prelude::*};

use super::{Context, explain};
use crate::{
    boot::Env,
    client,
    components::{
        clock,
        copy::Command,
        field::{Field, Kind, notice},
        icon::Icon,
        load::{load, shown},
        task::Task,
        toast::Toasts,
    },
    format, paths,
};

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let host = Env::get().host;
    let pull =
        Signal::derive(move || format!("docker pull {}/{}", host.get(), context.full_name()));
    view! {
        <div class="columns">
            {readme(context)} <div class="stack">
                <section class="card">
                    <header>
                        <h2>"Docker pull command"</h2>
                    </header>
                    <div class="body">
                        <Command text=pull />
                    </div>
                </section>
                {permission(context)} {facts(context)}
            </div>
        </div>
    }
    .into_any()
}

fn readme(context: Context) -> AnyView {
    let (namespace, name) = context.names();
    let loaded = load(move || paths::api::readme(&namespace, &name));
    let editing = RwSignal::new(false);
    let may_edit = context.may(AccessLevel::Admin);
    view! {
        <section class="card">
            <header>
                <h2>"README"</h2>
                <div class="acts">
                    <button
                        type="button"
                        class="btn"
                        hidden=move || !may_edit || editing.get()
                        on:click=move |_| editing.set(true)
                    >
                        "Edit"
                    </button>
                </div>
            </header>
            <div class="body">
                {move || {
                    if editing.get() {
                        editor(context, editing)
                    } else {
                        shown(loaded, move |readme: Readme| prose(readme.html, may_edit))
                    }
                }}
            </div>
        </section>
    }
    .into_any()
}

fn prose(html: String, may_edit: bool) -> AnyView {
    if html.is_empty() {
        let advice = if may_edit {
            " Say here what this image is, and how it is used."
        } else {
            ""
        };
        return view! { <p class="muted">"There is no README yet." {advice}</p> }.into_any();
    }
    view! { <div class="prose" inner_html=html></div> }.into_any()
}

fn editor(context: Context, editing: RwSignal<bool>) -> AnyView {
    let toasts = Toasts::get();
    let text = RwSignal::new(
        context
            .repository
            .with_value(|r| r.long_description.clone().unwrap_or_default()),
    );
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (namespace, name) = context.names();
        let body = UpdateRepository {
            long_description: Some(text.get_untracked()),
            ..UpdateRepository::default()
        };
        task.run(
            client::send("PATCH", paths::api::repository(&namespace, &name), &body),
            move |_| {
                toasts.good("README saved");
                editing.try_set(false);
                context.loaded.refetch();
            },
        );
    };
    view! {
        <form class="stack" on:submit=save>
            <Field label="Markdown" value=text kind=Kind::Code />
            {move || task.message().get().map(notice)}
            <div class="row">
                <button type="submit" class="btn primary" disabled=task.busy>
                    "Save"
                </button>
                <button type="button" class="btn" on:click=move |_| editing.set(false)>
                    "Cancel"
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// DTR's list "Your Repository Permissions", with the level that each needs.
const RIGHTS: [(&str, AccessLevel); 6] = [
    ("View and pull", AccessLevel::ReadOnly),
    ("Push", AccessLevel::ReadWrite),
    ("Delete tags", AccessLevel::ReadWrite),
    ("Edit the description", AccessLevel::Admin),
    ("Make it public or private", AccessLevel::Admin),
    ("Delete the repository", AccessLevel::Admin),
];

fn permission(context: Context) -> AnyView {
    let level = match context.repository.with_value(|r| r.permission) {
        AccessLevel::ReadOnly => "Read-only",
        AccessLevel::ReadWrite => "Read-write",
        AccessLevel::Admin => "Admin",
    };
    let is_signed_in = Env::get().account.with_untracked(Option::is_some);
    let rights = RIGHTS.map(|(words, needed)| {
        let granted = context.may(needed);
        view! {
            <li class:no=!granted>
                {if granted { Icon::Check.draw() } else { Icon::Cross.draw() }}
                <span>
                    {(!granted).then(|| view! { <span class="sr">"Not allowed: "</span> })} {words}
                </span>
            </li>
        }
    });
    view! {
        <section class="card">
            <header>
                <h2>"Your permission"</h2>
                <span class="chip info">{level}</span>
            </header>
            <ul class="body rights">{rights.into_iter().collect_view()}</ul>
            {is_signed_in
                .then(|| {
                    view! {
                        <div class="body why">{explain::own(context)}</div>
                    }
                })}
        </section>
    }
    .into_any()
}

fn facts(context: Context) -> AnyView {
    let repository = context.repository.get_value();
    view! {
        <section class="card">
            <header>
                <h2>"About"</h2>
            </header>
            <dl class="body facts">
                <dt>"Created"</dt>
                <dd>{clock::ago(repository.created_at)}</dd>
                <dt>"Last pushed"</dt>
                <dd>
                    {repository.last_pushed_at.map_or_else(|| view! { "never" }.into_any(), clock::ago)}
                </dd>
                <dt>"Size"</dt>
                <dd>{format::bytes(repository.size)}</dd>
                <dt>"Pulls"</dt>
                <dd>{repository.pulls}</dd>
                <dt>"Pushes"</dt>
                <dd>{repository.pushes}</dd>
            </dl>
        </section>
    }
    .into_any()
}
