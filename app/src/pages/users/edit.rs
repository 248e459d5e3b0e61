//! `/users/{name}/settings`: everybody's own profile, and an administrator's view of any user.

use api::account::{Account, UpdateAccount};
use leptos::{ev, prelude::*};

use super::head;
use crate::{
    boot::Env,
    client,
    components::{
        delete::DeleteCard,
        field::{Check, Field, needs_script, notice},
        load::{load, shown},
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
        <div class="stack">{profile(subject)} {(subject.by_admin && !subject.is_self).then(|| delete(subject))}</div>
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

fn delete(subject: Subject) -> AnyView {
    view! {
        <DeleteCard
            action="Delete user"
            name=subject.name()
            path=Signal::derive(move || paths::api::account(&subject.name()))
            next=paths::USERS.to_owned()
            warning="The account goes, and it cannot sign in any more."
        >
            <p>"The account and its sessions go. This cannot be undone."</p>
        </DeleteCard>
    }
    .into_any()
}
