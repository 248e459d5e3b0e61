//! A user who is made for a team, and put into it; for administrators.

use api::{organization::PutMember, settings::Features};
use leptos::{ev, prelude::*};

use super::Context;
use crate::{
    client,
    components::{
        dialog::Dialog,
        field::notice,
        icon::Icon,
        load::{Loaded, load, shown},
        task::Task,
        toast::Toasts,
    },
    pages::users::new::{FIELDS, NewUser},
    paths,
};

/// The button, and the dialog behind it.
pub(super) fn button(context: Context, members: Loaded) -> AnyView {
    let open = RwSignal::new(false);
    view! {
        <button type="button" class="btn" on:click=move |_| open.set(true)>
            {Icon::Plus.draw()}
            "New user"
        </button>
        <Dialog open title="New user">
            {shown(
                load(|| paths::api::FEATURES.to_owned()),
                move |features: Features| form(context, members, open, features.ldap_enabled),
            )}
        </Dialog>
    }
    .into_any()
}

fn form(context: Context, members: Loaded, open: RwSignal<bool>, has_directory: bool) -> AnyView {
    let toasts = Toasts::get();
    let user = NewUser::default();
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = user.body();
        let (name, (org, team)) = (body.name.clone(), context.names());
        let making = client::send("POST", paths::api::ACCOUNTS.to_owned(), &body);
        let member = paths::api::team_member(&org, &team, &name);
        let deed = Box::pin(async move {
            making.await?;
            client::send("PUT", member, &PutMember::default()).await
        });
        task.run(deed, move |_| {
            open.try_set(false);
            toasts.good(format!("Made user {name}, and added to {team}"));
            members.refetch();
        });
    };
    let other = task.about_none_of(FIELDS);
    view! {
        <form on:submit=submit>
            <div class="body form">{user.fields(task, has_directory)} {move || other.get().map(notice)}</div>
            <footer>
                <button type="button" class="btn" on:click=move |_| open.set(false)>
                    "Cancel"
                </button>
                <button type="submit" class="btn primary" disabled=task.busy>
                    "Make and add"
                </button>
            </footer>
        </form>
    }
    .into_any()
}
