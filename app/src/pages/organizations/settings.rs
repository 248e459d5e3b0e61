//! Settings of an organization: its full name, and deleting it.

use api::account::UpdateAccount;
use leptos::{ev, prelude::*};

use super::{Context, sync};
use crate::{
    boot::Env,
    client,
    components::{
        delete::DeleteCard,
        field::{Field, needs_script, notice},
        task::Task,
        toast::Toasts,
    },
    paths,
};

/// The tab. Only site administrators delete organizations.
pub(super) fn tab(context: Context) -> AnyView {
    let is_admin = Env::get()
        .account
        .with_untracked(|account| account.as_ref().is_some_and(|a| a.is_admin));
    let follower = sync::Follower {
        hint: "The people of a group become owners of the organization, and plain members when they leave it. Who was made an \
               owner by hand stays one.",
        path: Signal::derive(move || paths::api::owner_sync(&context.name())),
    };
    view! {
        <div class="stack">
            {general(context)} {sync::card(follower)} {is_admin.then(|| delete(context))}
        </div>
    }
    .into_any()
}

fn general(context: Context) -> AnyView {
    let toasts = Toasts::get();
    let full_name = RwSignal::new(context.account.with_value(|org| org.full_name.clone()));
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = UpdateAccount {
            full_name: Some(full_name.get_untracked()),
            ..UpdateAccount::default()
        };
        task.run(
            client::send("PATCH", paths::api::account(&context.name()), &body),
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
                {needs_script()} <Field label="Full name" value=full_name max=100 error=task.about("fullName") />
                {
                    let other = task.about_none_of(&["fullName"]);
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
    view! {
        <DeleteCard
            action="Delete organization"
            name=context.name()
            path=Signal::derive(move || paths::api::account(&context.name()))
            next=paths::ORGANIZATIONS.to_owned()
            warning="Its teams and their rights go with it; the accounts of its members stay. It must own no repository any more."
        >
            <p>"Its teams and their rights go with it; the accounts of its members stay. This cannot be undone."</p>
        </DeleteCard>
    }
    .into_any()
}
