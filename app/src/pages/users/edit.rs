//! `/users/{name}/settings`: everybody's own profile, and an administrator's view of any user.

use api::{
    account::{Account, UpdateAccount},
    organization::MemberOrgs,
    public_key::PublicKeys,
};
use leptos::{ev, prelude::*};

use super::head;
use crate::{
    boot::Env,
    client,
    components::{
        delete::DeleteCard,
        field::{Check, Field, needs_script, notice},
        load::{load, shown},
        owned::{Count, Owned},
        rename::RenameCard,
        task::Task,
        toast::Toasts,
    },
    pages::{parameter, signed_in},
    paths,
};

/// Who is shown to whom.
#[derive(Clone, Copy)]
struct Subject {
    account: StoredValue<Account>,
    is_self: bool,
    by_admin: bool,
}

impl Subject {
    fn name(self) -> String {
        self.account.with_value(|account| account.name.clone())
    }
}

/// The page.
pub fn page() -> AnyView {
    signed_in(|| {
        let env = Env::get();
        let name = parameter("name");
        let loaded = load(move || paths::api::account(&name.get()));
        shown(loaded, move |account: Account| {
            let me = env.account.get_untracked();
            let subject = Subject {
                is_self: me.as_ref().is_some_and(|me| me.id == account.id),
                by_admin: me.as_ref().is_some_and(|me| me.is_admin),
                account: StoredValue::new(account),
            };
            draw(subject)
        })
    })
}

fn draw(subject: Subject) -> AnyView {
    view! {
        {head(&subject.name(), "settings")}
        <div class="stack">
            {profile(subject)} {subject.by_admin.then(|| rename(subject))} {empty(&subject.name(), paths::user_repositories)}
            {(subject.by_admin && !subject.is_self).then(|| delete(subject))}
        </div>
    }
    .into_any()
}

fn profile(subject: Subject) -> AnyView {
    let (env, toasts) = (Env::get(), Toasts::get());
    let account = subject.account.get_value();
    let full_name = RwSignal::new(account.full_name);
    let (is_admin, is_active) = (
        RwSignal::new(account.is_admin),
        RwSignal::new(account.is_active),
    );
    // Nobody can lock themselves out.
    let powers = subject.by_admin && !subject.is_self;
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = UpdateAccount {
            name: None,
            full_name: Some(full_name.get_untracked()),
            is_admin: powers.then(|| is_admin.get_untracked()),
            is_active: powers.then(|| is_active.get_untracked()),
        };
        task.run(
            client::send("PATCH", paths::api::account(&subject.name()), &body),
            move |reply| {
                toasts.good("Profile saved");
                if subject.is_self
                    && let Ok(account) = reply.json()
                {
                    env.account.set(Some(account));
                }
            },
        );
    };
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>"Profile"</h2>
            </header>
            <div class="body form">
                {needs_script()} <Field label="Full name" value=full_name max=100 autocomplete="name" error=task.about("fullName") />
                {powers
                    .then(|| {
                        view! {
                            <Check label="Administrator" value=is_admin hint="May do everything in this registry." />
                            <Check
                                label="Active"
                                value=is_active
                                hint="Switched off, the account cannot sign in, push or pull; what it owns stays."
                            />
                        }
                    })} {
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

fn rename(subject: Subject) -> AnyView {
    view! { <RenameCard name=subject.name() page=paths::user also="The user signs in by the new name. " /> }
        .into_any()
}

/// Deleting every repository of an account, which stays.
pub(crate) fn empty(name: &str, then: fn(&str) -> String) -> AnyView {
    view! {
        <DeleteCard
            action="Delete all repositories"
            name=name.to_owned()
            title=format!("Delete all repositories of {name}?")
            said=format!("Deleted all repositories of {name}")
            path=Signal::stored(paths::api::all_repositories_of(name))
            next=then(name)
            warning="The account stays."
            owned=vec![
                Owned {
                    is_chosen: false,
                    ..repositories(name)
                },
            ]
        >
            <p>"All of them, with all tags and images. This cannot be undone."</p>
        </DeleteCard>
    }
    .into_any()
}

/// The repositories of an account that is deleted.
pub(crate) fn repositories(name: &str) -> Owned {
    Owned {
        one: "repository",
        many: "repositories",
        path: paths::api::repositories(name, "", ""),
        count: |reply| Ok(Count::told(reply)),
        is_chosen: true,
    }
}

fn owned(name: &str) -> Vec<Owned> {
    let keys = Owned {
        one: "key",
        many: "keys",
        path: paths::api::up_to_a_thousand(&paths::api::new_key(name)),
        count: |reply| {
            let keys: PublicKeys = reply.json()?;
            Ok(Count::of_page(
                &keys.account_public_keys,
                &keys.next_page_start,
            ))
        },
        is_chosen: false,
    };
    let memberships = Owned {
        one: "membership in an organization",
        many: "memberships in organizations",
        path: paths::api::all_organizations_of(name),
        count: |reply| {
            let organizations: MemberOrgs = reply.json()?;
            Ok(Count::of_page(
                &organizations.member_orgs,
                &organizations.next_page_start,
            ))
        },
        is_chosen: false,
    };
    let tokens = Owned {
        one: "access token",
        many: "access tokens",
        path: paths::api::tokens(name, "", ""),
        count: |reply| Ok(Count::told(reply)),
        is_chosen: false,
    };
    vec![repositories(name), memberships, tokens, keys]
}

fn delete(subject: Subject) -> AnyView {
    let name = subject.name();
    view! {
        <DeleteCard
            action="Delete user"
            name=name.clone()
            path=Signal::stored(paths::api::account(&name))
            with_repositories=paths::api::account_with_repositories(&name)
            next=paths::USERS.to_owned()
            warning="The account goes, with its sessions, access tokens and keys."
            owned=owned(&name)
        >
            <p>
                "The account goes, and cannot sign in any more. The record of what it did stays. This cannot be undone. To keep \
                what it owns, switch the account off instead."
            </p>
        </DeleteCard>
    }
    .into_any()
}
