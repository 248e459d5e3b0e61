//! Settings of an organization: its names, whom its owners follow, and deleting it.

use api::{
    account::UpdateAccount,
    organization::{Members, Teams},
};
use leptos::{ev, prelude::*};

use super::{Context, sync};
use crate::{
    boot::Env,
    client,
    components::{
        delete::DeleteCard,
        field::{Field, needs_script, notice},
        owned::{Count, Owned},
        rename::RenameCard,
        signed::signed_only,
        task::Task,
        toast::Toasts,
    },
    pages::users::edit::{empty, repositories},
    paths,
};

/// The tab. Only site administrators rename and delete organizations.
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
            {general(context)} {is_admin.then(|| rename(context))} {sync::card(follower)}
            {signed_only(
                paths::organization_trust_policy(&context.name()),
                Some(paths::organization_signature_trusts(&context.name())),
            )}
            {empty(&context.name(), |name| paths::organization(name, "repositories"))} {is_admin.then(|| delete(context))}
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

fn rename(context: Context) -> AnyView {
    let page = |name: &str| paths::organization(name, "settings");
    view! { <RenameCard name=context.name() page=page /> }.into_any()
}

fn owned(name: &str) -> Vec<Owned> {
    let members = Owned {
        one: "membership",
        many: "memberships",
        path: paths::api::up_to_a_thousand(&paths::api::members(name)),
        count: |reply| {
            let members: Members = reply.json()?;
            Ok(Count::of_page(&members.members, &members.next_page_start))
        },
        is_chosen: false,
    };
    let teams = Owned {
        one: "team",
        many: "teams",
        path: paths::api::up_to_a_thousand(&paths::api::teams(name)),
        count: |reply| {
            let teams: Teams = reply.json()?;
            Ok(Count::of_page(&teams.teams, &teams.next_page_start))
        },
        is_chosen: false,
    };
    let trusts = Owned {
        one: "trust in CI jobs",
        many: "trusts in CI jobs",
        path: paths::api::counted(&paths::api::trusts(name)),
        count: |reply| Ok(Count::told(reply)),
        is_chosen: false,
    };
    vec![repositories(name), teams, members, trusts]
}

fn delete(context: Context) -> AnyView {
    let name = context.name();
    view! {
        <DeleteCard
            action="Delete organization"
            name=name.clone()
            path=Signal::stored(paths::api::account(&name))
            with_repositories=paths::api::account_with_repositories(&name)
            next=paths::ORGANIZATIONS.to_owned()
            warning="Its teams and their rights go with it; the accounts of its members stay."
            owned=owned(&name)
        >
            <p>"Its teams and their rights go with it; the accounts of its members stay. This cannot be undone."</p>
        </DeleteCard>
    }
    .into_any()
}
