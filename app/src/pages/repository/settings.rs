//! Settings: visibility, description, when images are scanned, and deleting the repository.

use api::repository::UpdateRepository;
use leptos::{ev, prelude::*};

use super::Context;
use crate::{
    client,
    components::{
        delete::DeleteCard,
        field::{Check, Field, Kind, needs_script, notice},
        signed::signed_only,
        task::Task,
        toast::Toasts,
    },
    format,
    pages::repositories::new::{IMMUTABLE, scan_cards, visibility_cards},
    paths,
};

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let (namespace, name) = context.names();
    let policy = paths::repository_trust_policy(&namespace, &name);
    view! { <div class="stack">{general(context)} {signed_only(policy, None)} {delete(context)}</div> }
        .into_any()
}

fn general(context: Context) -> AnyView {
    let toasts = Toasts::get();
    let repository = context.repository.get_value();
    let description = RwSignal::new(repository.short_description);
    let visibility = RwSignal::new(repository.visibility);
    let immutable = RwSignal::new(repository.immutable_tags);
    let patterns = RwSignal::new(repository.immutable_tag_patterns.join("\n"));
    let scan_on_push = RwSignal::new(repository.scan_on_push);
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (namespace, name) = context.names();
        let body = UpdateRepository {
            short_description: Some(description.get_untracked()),
            visibility: Some(visibility.get_untracked()),
            immutable_tags: Some(immutable.get_untracked()),
            immutable_tag_patterns: Some(patterns.with_untracked(|text| lines(text))),
            scan_on_push: Some(scan_on_push.get_untracked()),
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
                {needs_script()} {visibility_cards(visibility)} {scan_cards(scan_on_push)}
                <Field label="Description" value=description kind=Kind::Lines max=140 error=task.about("shortDescription") />
                <Check label=IMMUTABLE.0 value=immutable hint=IMMUTABLE.1 />
                <Field
                    label="Immutable tag patterns"
                    value=patterns
                    kind=Kind::Lines
                    hint="One a line, as v* or !v0.*: tags that can neither be pushed again with other content nor deleted. After ! stands \
                    an exception; exceptions alone, as !latest, mean all other tags."
                    error=task.about("immutableTagPatterns")
                />
                {
                    let other = task.about_none_of(&["shortDescription", "immutableTagPatterns"]);
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

/// What stands on each line.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn delete(context: Context) -> AnyView {
    let tags = move || format::counted(context.tag_count.get(), "tag");
    let path = move || {
        let (namespace, name) = context.names();
        paths::api::repository(&namespace, &name)
    };
    view! {
        <DeleteCard
            action="Delete repository"
            name=context.full_name()
            path=Signal::derive(path)
            next=paths::REPOSITORIES.to_owned()
            warning="All of its tags, images and settings go with it."
        >
            <p>
                {tags}
                " and everything they point at go with it. Content that other repositories have too stays there. This cannot be undone."
            </p>
        </DeleteCard>
    }
    .into_any()
}
