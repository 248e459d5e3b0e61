//! The card by which an administrator gives an account another name, with what that means for who pulls its images.

use api::account::{Account, UpdateAccount};
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    field::{Field, needs_script, notice},
    task::Task,
    toast::Toasts,
};
use crate::{boot::Env, client, paths};

/// The card with its form.
#[component]
pub fn RenameCard(
    /// The name that the account has.
    name: String,
    /// The page that is shown under the new one.
    page: fn(&str) -> String,
    /// What else the name is good for.
    #[prop(optional)]
    also: &'static str,
) -> impl IntoView {
    let (env, toasts, navigate) = (Env::get(), Toasts::get(), use_navigate());
    let before = StoredValue::new(name.clone());
    let wanted = RwSignal::new(name);
    let task = Task::default();
    let images = move |name: &str| format!("{}/{name}/…", env.host.get());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = UpdateAccount {
            name: Some(wanted.with_untracked(|name| name.trim().to_owned())),
            ..UpdateAccount::default()
        };
        let navigate = navigate.clone();
        let path = paths::api::account(&before.get_value());
        task.run(client::send("PATCH", path, &body), move |reply| {
            let Ok(account) = reply.json::<Account>() else {
                return;
            };
            let name = account.name.clone();
            toasts.good(format!("The name is now {name}"));
            let is_own =
                |own: &Option<Account>| own.as_ref().is_some_and(|own| own.id == account.id);
            if env.account.with_untracked(is_own) {
                env.account.set(Some(account));
            }
            // Nothing is at the old address any more.
            let options = NavigateOptions {
                replace: true,
                ..NavigateOptions::default()
            };
            navigate(&page(&name), options);
        });
    };
    let is_same = move || wanted.with(|wanted| before.with_value(|name| wanted.trim() == name));
    let other = task.about_none_of(&["name"]);
    view! {
        <form class="card" on:submit=submit>
            <header>
                <h2>"Rename"</h2>
            </header>
            <div class="body form">
                {needs_script()} <Field label="New name" value=wanted required=true max=64 error=task.about("name") />
                <p>
                    "Rights, memberships, tokens and keys stay. "{also} "Images are pulled and pushed as "
                    <code>{move || wanted.with(|name| images(name.trim()))}</code> " from then on, and no more as "
                    <code>{move || before.with_value(|name| images(name))}</code>
                    ": change the commands of people, Dockerfiles and pipelines. Whoever is given the old name later has its addresses."
                </p>
                {move || other.get().map(notice)}
                <div class="acts">
                    <button type="submit" class="btn" disabled=move || task.busy.get() || is_same()>
                        "Rename"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}
