//! `/system/settings/ldap`: the company's directory, with a test of the settings, and a dry run of what following it would do.

use api::ldap::{LdapSettings, LdapStep, LdapSync, LdapTest, TeamSync};
use leptos::{ev, prelude::*};

use super::settings;
use crate::{
    client,
    components::{
        field::{Check, Field, Kind, needs_script, notice},
        load::{Loaded, load, shown},
        task::Task,
        toast::Toasts,
    },
    format, paths,
};

/// The page.
pub fn page() -> AnyView {
    settings("ldap", || {
        let loaded = load(|| paths::api::LDAP.to_owned());
        shown(loaded, move |settings: LdapSettings| {
            let form = Form::of(&settings);
            view! {
                <div class="stack">
                    <p class="muted">
                        "People of an LDAP directory or of Active Directory sign in with the password that they have there. Users who \
                        were made here keep theirs, and sign in without the directory."
                    </p>
                    {connection(form, loaded)} {settings.enabled.then(following)}
                </div>
            }
            .into_any()
        })
    })
}

/// Fields at which their errors stand.
const FIELDS: &[&str] = &[
    "url",
    "caPem",
    "readerDN",
    "readerPassword",
    "baseDN",
    "userFilter",
];

/// What the form has.
#[derive(Clone, Copy)]
struct Form {
    enabled: RwSignal<bool>,
    url: RwSignal<String>,
    start_tls: RwSignal<bool>,
    ca_pem: RwSignal<String>,
    reader_dn: RwSignal<String>,
    reader_password: RwSignal<String>,
    base_dn: RwSignal<String>,
    one_level: RwSignal<bool>,
    user_filter: RwSignal<String>,
    username_attribute: RwSignal<String>,
    full_name_attribute: RwSignal<String>,
    create_users: RwSignal<bool>,
    switch_off_missing: RwSignal<bool>,
    timeout_seconds: u16,
}

impl Form {
    fn of(settings: &LdapSettings) -> Self {
        let text = |text: &String| RwSignal::new(text.clone());
        Self {
            enabled: RwSignal::new(settings.enabled),
            url: text(&settings.url),
            start_tls: RwSignal::new(settings.start_tls),
            ca_pem: text(&settings.ca_pem),
            reader_dn: text(&settings.reader_dn),
            reader_password: RwSignal::new(String::new()),
            base_dn: text(&settings.base_dn),
            one_level: RwSignal::new(settings.one_level),
            user_filter: text(&settings.user_filter),
            username_attribute: text(&settings.username_attribute),
            full_name_attribute: text(&settings.full_name_attribute),
            create_users: RwSignal::new(settings.create_users),
            switch_off_missing: RwSignal::new(settings.switch_off_missing),
            timeout_seconds: settings.timeout_seconds,
        }
    }

    fn body(self) -> LdapSettings {
        let text = |value: RwSignal<String>| value.with_untracked(|text| text.trim().to_owned());
        LdapSettings {
            enabled: self.enabled.get_untracked(),
            url: text(self.url),
            start_tls: self.start_tls.get_untracked(),
            ca_pem: text(self.ca_pem),
            reader_dn: text(self.reader_dn),
            reader_password: Some(self.reader_password.get_untracked())
                .filter(|password| !password.is_empty()),
            base_dn: text(self.base_dn),
            one_level: self.one_level.get_untracked(),
            user_filter: text(self.user_filter),
            username_attribute: text(self.username_attribute),
            full_name_attribute: text(self.full_name_attribute),
            timeout_seconds: self.timeout_seconds,
            create_users: self.create_users.get_untracked(),
            switch_off_missing: self.switch_off_missing.get_untracked(),
        }
    }
}

fn connection(form: Form, loaded: Loaded) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let steps = RwSignal::new(Vec::<LdapStep>::new());
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let deed = client::send("PUT", paths::api::LDAP.to_owned(), &form.body());
        task.run(deed, move |_| {
            toasts.good("Directory settings saved");
            loaded.refetch();
        });
    };
    let test = move |_| {
        let path = format!("{}/test", paths::api::LDAP);
        steps.set(Vec::new());
        task.run(client::send("POST", path, &form.body()), move |reply| {
            let answer: LdapTest = reply.json().unwrap_or_default();
            steps.try_set(answer.steps);
        });
    };
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>"Directory"</h2>
            </header>
            <div class="body form">
                {needs_script()} {address(form, task)} {people(form, task)}
                {
                    let other = task.about_none_of(FIELDS);
                    move || other.get().map(notice)
                } {move || steps.with(|steps| (!steps.is_empty()).then(|| tested(steps)))} <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Save"
                    </button>
                    <button type="button" class="btn" disabled=task.busy on:click=test>
                        "Test"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn address(form: Form, task: Task) -> AnyView {
    view! {
        <Check label="People of the directory may sign in" value=form.enabled />
        <Field
            label="Address"
            value=form.url
            max=4096
            hint="ldaps://ldap.example.org, or ldap://… with StartTLS."
            error=task.about("url")
        />
        <Check label="StartTLS" value=form.start_tls hint="Encrypts an ldap:// connection before anything is said on it." />
        {move || {
            let is_plain = form.url.with(|url| url.trim().starts_with("ldap://")) && !form.start_tls.get();
            is_plain.then(|| notice("Not encrypted: whoever listens on the way reads passwords.".to_owned()))
        }}
        <Field
            label="Certificate authorities"
            kind=Kind::Lines
            value=form.ca_pem
            hint="PEM; empty for those of the system."
            error=task.about("caPem")
        />
        <Field
            label="Reader"
            value=form.reader_dn
            max=4096
            hint="The DN of the account that searches; empty to search as nobody."
            error=task.about("readerDN")
        />
        <Field
            label="Reader's password"
            kind=Kind::Password
            value=form.reader_password
            autocomplete="new-password"
            hint="Empty, it stays as it is. It is never shown again."
            error=task.about("readerPassword")
        />
    }
    .into_any()
}

fn people(form: Form, task: Task) -> AnyView {
    view! {
        <Field
            label="Base DN"
            value=form.base_dn
            max=4096
            hint="Where people are, such as ou=people,dc=example,dc=org."
            error=task.about("baseDN")
        />
        <Check label="Only its own children" value=form.one_level hint="Not the whole tree below it." />
        <Field
            label="User filter"
            value=form.user_filter
            max=4096
            hint="Finds a person by name. Active Directory: (&(objectClass=user)(sAMAccountName={username}))"
            error=task.about("userFilter")
        />
        <Field label="Attribute with the username" value=form.username_attribute max=128 />
        <Field label="Attribute with the full name" value=form.full_name_attribute max=128 />
        <Check
            label="Make users at their first sign-in"
            value=form.create_users
            hint="Else an administrator makes them, from the directory."
        />
        <Check
            label="Switch off who is gone"
            value=form.switch_off_missing
            hint="Every hour. Their access tokens and keys stop working, too."
        />
    }
    .into_any()
}

fn tested(steps: &[LdapStep]) -> AnyView {
    let line = |step: &LdapStep| {
        let (class, word) = if step.ok {
            ("chip clean", "good")
        } else {
            ("chip critical", "failed")
        };
        view! {
            <li>
                <span class=class>{word}</span>
                " "
                {step.stage.clone()}
                ": "
                <span class="muted">{step.detail.clone()}</span>
            </li>
        }
    };
    view! {
        <ul class="plain stack tight" role="status" aria-label="Test">
            {steps.iter().map(line).collect_view()}
        </ul>
    }
    .into_any()
}

/// Teams that follow the directory, now and not in an hour.
fn following() -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let found = RwSignal::new(None::<(bool, LdapSync)>);
    let sync = move |dry_run: bool| {
        let path = format!("{}/sync?dryRun={dry_run}", paths::api::LDAP);
        task.run(client::send("POST", path, &()), move |reply| {
            found.try_set(reply.json().ok().map(|answer| (dry_run, answer)));
            if !dry_run {
                toasts.good("The directory was followed");
            }
        });
    };
    view! {
        <section class="card">
            <header>
                <div>
                    <h2>"Following the directory"</h2>
                    <p class="hint">"Every hour: teams are made what their groups are, and who is gone is switched off."</p>
                </div>
            </header>
            <div class="body stack">
                {move || task.message().get().map(notice)}
                {move || found.with(|found| found.as_ref().map(|(dry, answer)| outcome(*dry, answer)))} <div class="row">
                    <button type="button" class="btn" disabled=task.busy on:click=move |_| sync(true)>
                        "Dry run"
                    </button>
                    <button type="button" class="btn" disabled=task.busy on:click=move |_| sync(false)>
                        "Follow it now"
                    </button>
                </div>
            </div>
        </section>
    }
    .into_any()
}

fn outcome(is_dry: bool, answer: &LdapSync) -> AnyView {
    let teams = answer.teams.iter().map(|team| {
        let name = if team.team.is_empty() {
            format!("{}: owners", team.organization)
        } else {
            format!("{}/{}", team.organization, team.team)
        };
        view! {
            <li>
                <b>{name}</b>
                ": "
                {changes(team)}
            </li>
        }
    });
    let gone = if answer.switched_off.is_empty() {
        "nobody".to_owned()
    } else {
        answer.switched_off.join(", ")
    };
    let heading = if is_dry { "It would be done:" } else { "Done:" };
    view! {
        <div role="status" class="stack tight">
            <p>{heading}</p>
            <ul class="plain stack tight">
                {teams.collect_view()} <li>"Switched off: " {gone}</li>
            </ul>
            {(!answer.error.is_empty()).then(|| notice(answer.error.clone()))}
        </div>
    }
    .into_any()
}

/// What happens to a team, in a line.
pub(crate) fn changes(team: &TeamSync) -> String {
    if !team.error.is_empty() {
        return team.error.clone();
    }
    let mut parts = Vec::new();
    for (word, names) in [
        ("in", &team.added),
        ("out", &team.removed),
        ("without an account", &team.without_account),
    ] {
        if !names.is_empty() {
            let some: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
            let more = names.len().saturating_sub(some.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            parts.push(format!("{word}: {}{more}", some.join(", ")));
        }
    }
    parts.push(format!(
        "{} unchanged",
        format::counted(team.unchanged, "member")
    ));
    parts.join("; ")
}
