//! `/orgs/new`: the form for a new organization, for administrators.

use api::account::CreateAccount;
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    client,
    components::{
        field::{Field, needs_script, notice},
        task::Task,
        toast::Toasts,
    },
    pages::{administrator, title},
    paths,
};

/// Fields at which their errors stand.
const FIELDS: &[&str] = &["name", "fullName"];

/// The page.
pub fn page() -> AnyView {
    administrator(|| {
        view! {
            {title("New organization")}
            <div class="head">
                <div>
                    <h1>"New organization"</h1>
                </div>
            </div>
            {form()}
        }
        .into_any()
    })
}

fn form() -> AnyView {
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let (name, full_name) = (RwSignal::default(), RwSignal::default());
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = CreateAccount {
            name: name.with_untracked(|name: &String| name.trim().to_owned()),
            full_name: full_name.get_untracked(),
            is_org: true,
            is_active: true,
            ..CreateAccount::default()
        };
        let navigate = navigate.clone();
        let made = body.name.clone();
        task.run(
            client::send("POST", paths::api::ACCOUNTS.to_owned(), &body),
            move |_| {
                toasts.good(format!("Made organization {made}"));
                navigate(
                    &paths::organization(&made, "teams"),
                    NavigateOptions::default(),
                );
            },
        );
    };
    view! {
        <form class="card" on:submit=submit>
            <div class="body form">
                {needs_script()}
                <Field
                    label="Name"
                    value=name
                    required=true
                    max=64
                    hint="Lowercase letters, digits, underscores and hyphens. It is also the namespace of its repositories, and cannot be changed later."
                    error=task.about("name")
                /> <Field label="Full name (optional)" value=full_name max=100 error=task.about("fullName") />
                {
                    let other = task.about_none_of(FIELDS);
                    move || other.get().map(notice)
                } <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Create"
                    </button>
                    <a class="btn" href=paths::ORGANIZATIONS>
                        "Cancel"
                    </a>
                </div>
            </div>
        </form>
    }
    .into_any()
}
