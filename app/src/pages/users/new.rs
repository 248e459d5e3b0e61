//! `/users/new`: the form for a new user, for administrators.

use api::account::CreateAccount;
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    client,
    components::{
        field::{Check, Field, Kind, needs_script, notice},
        task::Task,
        toast::Toasts,
    },
    pages::{administrator, title},
    paths,
};

/// Fields at which their errors stand.
const FIELDS: &[&str] = &["name", "fullName", "password"];

/// The page.
pub fn page() -> AnyView {
    administrator(|| {
        view! {
            {title("New user")}
            <div class="head">
                <div>
                    <h1>"New user"</h1>
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
    let (name, full_name, password) = (
        RwSignal::default(),
        RwSignal::default(),
        RwSignal::default(),
    );
    let is_admin = RwSignal::new(false);
    let task = Task::default();
    let save = Callback::new(move |another: bool| {
        let body = CreateAccount {
            name: name.with_untracked(|name: &String| name.trim().to_owned()),
            full_name: full_name.get_untracked(),
            password: password.get_untracked(),
            is_admin: is_admin.get_untracked(),
            is_active: true,
            ..CreateAccount::default()
        };
        let navigate = navigate.clone();
        let made = body.name.clone();
        task.run(
            client::send("POST", paths::api::ACCOUNTS.to_owned(), &body),
            move |_| {
                toasts.good(format!("Made user {made}"));
                if another {
                    for field in [name, full_name, password] {
                        field.try_set(String::new());
                    }
                    is_admin.try_set(false);
                } else {
                    navigate(paths::USERS, NavigateOptions::default());
                }
            },
        );
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        save.run(submitted_by(&event, "another"));
    };
    view! {
        <form class="card" on:submit=submit>
            <div class="body form">
                {needs_script()}
                <Field
                    label="Username"
                    value=name
                    required=true
                    max=100
                    hint="Lowercase letters, digits, underscores and hyphens. It is also the user's namespace."
                    error=task.about("name")
                /> <Field label="Full name (optional)" value=full_name max=100 error=task.about("fullName") />
                <Field
                    label="Password"
                    value=password
                    kind=Kind::Password
                    autocomplete="new-password"
                    required=true
                    hint="At least 8 characters."
                    error=task.about("password")
                /> <Check label="Administrator" value=is_admin hint="May do everything in this registry." />
                {
                    let other = task.about_none_of(FIELDS);
                    move || other.get().map(notice)
                } <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Save"
                    </button>
                    <button type="submit" class="btn" name="another" disabled=task.busy>
                        "Save and create another"
                    </button>
                    <a class="btn" href=paths::USERS>
                        "Cancel"
                    </a>
                </div>
            </div>
        </form>
    }
    .into_any()
}

/// Whether the button of that name sent the form.
fn submitted_by(event: &ev::SubmitEvent, name: &str) -> bool {
    event
        .submitter()
        .and_then(|button| button.get_attribute("name"))
        .is_some_and(|given| given == name)
}
