//! Settings: visibility, description, and deleting the repository.

use api::repository::UpdateRepository;
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::Context;
use crate::{
    client,
    components::{
        dialog::Confirm,
        field::{Check, Field, Kind, needs_script, notice},
        task::Task,
        toast::Toasts,
    },
    format,
    pages::repositories::new::{IMMUTABLE, visibility_cards},
    paths,
};

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    view! { <div class="stack">{general(context)} {delete(context)}</div> }.into_any()
}

fn general(context: Context) -> AnyView {
    let toasts = Toasts::get();
    let repository = context.repository.get_value();
    let description = RwSignal::new(repository.short_description);
    let visibility = RwSignal::new(repository.visibility);
    let immutable = RwSignal::new(repository.immutable_tags);
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (namespace, name) = context.names();
        let body = UpdateRepository {
            short_description: Some(description.get_untracked()),
            visibility: Some(visibility.get_untracked()),
            immutable_tags: Some(immutable.get_untracked()),
            ..UpdateRepository::default()
        };
        task.run(
            client::send("PATCH", paths::api::repository(&namespace, &name), &body),
            move |_| {
                toasts.good("Settings saved");
                context.loaded.refetch();
            },
        );
    };
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>"General"</h2>
            </header>
            <div class="body form">
                {needs_script()} {visibility_cards(visibility)}
                <Field label="Description" value=description kind=Kind::Lines max=140 error=task.about("shortDescription") />
                <Check label=IMMUTABLE.0 value=immutable hint=IMMUTABLE.1 />
                {
                    let other = task.about_none_of(&["shortDescription"]);
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
    let full_name = context.full_name();
    let confirm = {
        let full_name = full_name.clone();
        Callback::new(move |()| {
            let (namespace, name) = context.names();
            let (navigate, full_name) = (navigate.clone(), full_name.clone());
            task.run(
                client::delete(paths::api::repository(&namespace, &name)),
                move |_| {
                    toasts.good(format!("Deleted {full_name}"));
                    navigate(paths::REPOSITORIES, NavigateOptions::default());
                },
            );
        })
    };
    let tags = move || format::counted(context.tag_count.get(), "tag");
    view! {
        <section class="card risky">
            <header>
                <h2>"Delete repository"</h2>
            </header>
            <div class="body stack">
                <p>"All of its tags, images and settings go with it. This cannot be undone."</p>
                <div class="row">
                    <button type="button" class="btn danger" on:click=move |_| asking.set(true)>
                        "Delete repository"
                    </button>
                </div>
            </div>
            <Confirm
                open=asking
                title=format!("Delete {full_name}?")
                action="Delete repository"
                name=full_name
                busy=task.busy
                error=task.message()
                confirm
            >
                <p>
                    {tags}
                    " and everything they point at go with it. Content that other repositories have too stays there. This cannot be undone."
                </p>
            </Confirm>
        </section>
    }
    .into_any()
}
