//! Another password.

use api::account::ChangePassword;
use leptos::{ev, prelude::*};

use super::Page;
use crate::{
    client,
    components::{
        field::{Field, Kind, needs_script, notice},
        task::Task,
        toast::Toasts,
    },
    paths,
};

/// Fields at which their errors stand.
const FIELDS: &[&str] = &["oldPassword", "newPassword"];

/// In place of the card, for people of the directory.
pub(super) fn elsewhere() -> AnyView {
    view! {
        <section class="card">
            <header>
                <div>
                    <h2>"Password"</h2>
                    <p class="hint">"It is the one of the LDAP directory, and is changed there."</p>
                </div>
            </header>
        </section>
    }
    .into_any()
}

/// The card.
pub(super) fn card(page: Page) -> AnyView {
    let toasts = Toasts::get();
    let (old, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = ChangePassword {
            old_password: old.get_untracked(),
            new_password: new.get_untracked(),
        };
        let path = paths::api::change_password(&page.name.get_untracked());
        task.run(client::send("POST", path, &body), move |_| {
            toasts.good("Password changed; other sessions have ended");
            old.try_set(String::new());
            new.try_set(String::new());
            page.sessions.refetch();
        });
    };
    let current = page.is_own.get().then(|| {
        view! {
            <Field
                label="Current password"
                value=old
                kind=Kind::Password
                autocomplete="current-password"
                required=true
                error=task.about("oldPassword")
            />
        }
    });
    let other = task.about_none_of(FIELDS);
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>"Password"</h2>
            </header>
            <div class="body form">
                {needs_script()} // For password managers: whose password it is.
                <input type="text" class="sr" autocomplete="username" value=page.name tabindex="-1" aria-hidden="true" readonly />
                {current}
                <Field
                    label="New password"
                    value=new
                    kind=Kind::Password
                    autocomplete="new-password"
                    required=true
                    hint="At least 8 characters. All other sessions end."
                    error=task.about("newPassword")
                /> {move || other.get().map(notice)} <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Change password"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}
