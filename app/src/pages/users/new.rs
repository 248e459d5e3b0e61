//! `/users/new`: the form for a new user, for administrators.

use api::{account::CreateAccount, settings::Features};
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    client,
    components::{
        field::{Check, Field, Kind, needs_script, notice},
        load::{load, shown},
        task::Task,
        toast::Toasts,
    },
    pages::{administrator, title},
    paths,
};

/// Fields at which their errors stand.
pub(crate) const FIELDS: &[&str] = &["name", "fullName", "password"];

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
            {shown(load(|| paths::api::FEATURES.to_owned()), |features: Features| form(features.ldap_enabled))}
        }
        .into_any()
    })
}

/// What the form has.
#[derive(Clone, Copy, Default)]
pub(crate) struct NewUser {
    name: RwSignal<String>,
    full_name: RwSignal<String>,
    password: RwSignal<String>,
    is_admin: RwSignal<bool>,
    from_directory: RwSignal<bool>,
}

impl NewUser {
    /// What the API is asked for: who comes from the directory is as the directory says.
    pub(crate) fn body(self) -> CreateAccount {
        let name = self.name.with_untracked(|name| name.trim().to_owned());
        if self.from_directory.get_untracked() {
            return CreateAccount {
                name,
                is_active: true,
                search_ldap: true,
                ..CreateAccount::default()
            };
        }
        CreateAccount {
            name,
            full_name: self.full_name.get_untracked(),
            password: self.password.get_untracked(),
            is_admin: self.is_admin.get_untracked(),
            is_active: true,
            ..CreateAccount::default()
        }
    }

    /// Ready for the next one.
    fn clear(self) {
        for field in [self.name, self.full_name, self.password] {
            field.try_set(String::new());
        }
        self.is_admin.try_set(false);
    }

    /// The fields; with the choice of the directory where there is one.
    pub(crate) fn fields(self, task: Task, has_directory: bool) -> AnyView {
        view! {
            <Field
                label="Username"
                value=self.name
                required=true
                max=100
                hint="Lowercase letters, digits, underscores and hyphens. It is also the user's namespace."
                error=task.about("name")
            />
            {has_directory
                .then(|| {
                    view! {
                        <Check
                            label="Import from the LDAP directory"
                            value=self.from_directory
                            hint="The user is looked for there by this name, and signs in with the password there."
                        />
                    }
                })}
            {move || (!self.from_directory.get()).then(|| self.local_fields(task))}
        }
        .into_any()
    }

    fn local_fields(self, task: Task) -> AnyView {
        view! {
            <Field label="Full name (optional)" value=self.full_name max=100 error=task.about("fullName") />
            <Field
                label="Password"
                value=self.password
                kind=Kind::Password
                autocomplete="new-password"
                required=true
                hint="At least 8 characters."
                error=task.about("password")
            />
            <Check label="Administrator" value=self.is_admin hint="May do everything in this registry." />
        }
        .into_any()
    }
}

fn form(has_directory: bool) -> AnyView {
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let user = NewUser::default();
    let task = Task::default();
    let save = Callback::new(move |another: bool| {
        let body = user.body();
        let navigate = navigate.clone();
        let made = body.name.clone();
        task.run(
            client::send("POST", paths::api::ACCOUNTS.to_owned(), &body),
            move |_| {
                toasts.good(format!("Made user {made}"));
                if another {
                    user.clear();
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
                {needs_script()} {user.fields(task, has_directory)}
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
