//! `/system/settings/sign-in/{provider}`: one identity provider: what it has to be told, its settings, its test.

use api::identity::{GroupRule, IdentityProvider, ProviderTest, UpdateIdentityProvider};
use leptos::{ev, prelude::*};

use super::settings;
use crate::{
    client,
    components::{
        copy::Command,
        delete::DeleteCard,
        field::{Check, Field, Kind, needs_script, notice},
        load::{load, shown},
        task::Task,
        toast::Toasts,
    },
    format,
    pages::parameter,
    paths,
};

/// The page.
pub fn page() -> AnyView {
    settings("sign-in", || {
        let name = parameter("provider");
        let loaded = load(move || paths::api::provider(&name.get()));
        shown(loaded, |provider: IdentityProvider| draw(&provider))
    })
}

fn draw(provider: &IdentityProvider) -> AnyView {
    let place = paths::api::provider(&provider.name);
    let people = format::counted(provider.identities_count, "account");
    view! {
        <div class="stack">
            {connection(provider)} {form(provider)}
            <DeleteCard
                action="Delete provider"
                name=provider.name.clone()
                path=Signal::stored(place)
                next=paths::SIGN_IN_SETTINGS.to_owned()
                warning="Nobody can sign in with it any more; who has no password cannot sign in until one is set. Memberships that its \
                rules made go."
            >
                <p>{people.clone()} " can be signed in to with it. The accounts stay."</p>
            </DeleteCard>
        </div>
    }
    .into_any()
}

/// What the provider has to be told, and whether it answers.
fn connection(provider: &IdentityProvider) -> AnyView {
    let task = Task::default();
    let result = RwSignal::new(None::<ProviderTest>);
    let path = format!("{}/test", paths::api::provider(&provider.name));
    let test = move |_| {
        result.set(None);
        let none = serde_json::Value::Null;
        task.run(client::send("POST", path.clone(), &none), move |reply| {
            result.try_set(reply.json().ok());
        });
    };
    let said = move || {
        result.get().map(|test| {
            if test.works {
                view! {
                    <p>
                        <span class="chip clean">"Works"</span>
                        " "
                        {test.message}
                    </p>
                }
                .into_any()
            } else {
                notice(test.message)
            }
        })
    };
    view! {
        <section class="card">
            <header>
                <h2>"Connection"</h2>
            </header>
            <div class="body stack">
                <p>"Give the provider this redirect URI:"</p>
                <Command text=Signal::stored(provider.redirect_uri.clone()) />
                <div class="row">
                    <button type="button" class="btn" disabled=task.busy on:click=test>
                        "Test"
                    </button>
                </div>
                <div role="status">{said}</div>
                {move || task.message().get().map(notice)}
            </div>
        </section>
    }
    .into_any()
}

/// Fields at which their errors stand.
const FIELDS: &[&str] = &[
    "label",
    "issuer",
    "clientId",
    "clientSecret",
    "scopes",
    "usernameClaim",
    "groupsClaim",
    "caCertificates",
    "groupRules",
];

/// What the form has.
#[derive(Clone, Copy)]
struct Form {
    label: RwSignal<String>,
    issuer: RwSignal<String>,
    client_id: RwSignal<String>,
    client_secret: RwSignal<String>,
    scopes: RwSignal<String>,
    username_claim: RwSignal<String>,
    groups_claim: RwSignal<String>,
    ca_certificates: RwSignal<String>,
    group_rules: RwSignal<String>,
    creates_users: RwSignal<bool>,
    is_active: RwSignal<bool>,
}

impl Form {
    fn of(provider: &IdentityProvider) -> Self {
        Self {
            label: RwSignal::new(provider.label.clone()),
            issuer: RwSignal::new(provider.issuer.clone()),
            client_id: RwSignal::new(provider.client_id.clone()),
            client_secret: RwSignal::default(),
            scopes: RwSignal::new(provider.scopes.join(" ")),
            username_claim: RwSignal::new(provider.username_claim.clone()),
            groups_claim: RwSignal::new(provider.groups_claim.clone()),
            ca_certificates: RwSignal::new(provider.ca_certificates.clone()),
            group_rules: RwSignal::new(written(&provider.group_rules)),
            creates_users: RwSignal::new(provider.creates_users),
            is_active: RwSignal::new(provider.is_active),
        }
    }

    fn body(self) -> UpdateIdentityProvider {
        let text = |value: RwSignal<String>| value.with_untracked(|text| text.trim().to_owned());
        UpdateIdentityProvider {
            label: Some(text(self.label)),
            issuer: Some(text(self.issuer)),
            client_id: Some(text(self.client_id)),
            client_secret: Some(text(self.client_secret)).filter(|secret| !secret.is_empty()),
            scopes: Some(
                text(self.scopes)
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
            ),
            username_claim: Some(text(self.username_claim)),
            groups_claim: Some(text(self.groups_claim)),
            ca_certificates: Some(text(self.ca_certificates)),
            creates_users: Some(self.creates_users.get_untracked()),
            is_active: Some(self.is_active.get_untracked()),
            group_rules: Some(read(&text(self.group_rules))),
        }
    }
}

fn form(provider: &IdentityProvider) -> AnyView {
    let toasts = Toasts::get();
    let form = Form::of(provider);
    let task = Task::default();
    let path = paths::api::provider(&provider.name);
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let deed = client::send("PATCH", path.clone(), &form.body());
        task.run(deed, move |_| {
            form.client_secret.try_set(String::new());
            toasts.good("Provider saved");
        });
    };
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>"Settings"</h2>
            </header>
            <div class="body form">
                {needs_script()} {fields(form, task, provider.has_client_secret)} {people(form, task)}
                {
                    let other = task.about_none_of(FIELDS);
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

/// How it is reached.
fn fields(form: Form, task: Task, has_secret: bool) -> AnyView {
    let about_secret = if has_secret {
        "One is kept, and not shown. Fill this in to change it."
    } else {
        "None is kept: a public client."
    };
    view! {
        <Field label="Label" value=form.label required=true max=256 hint="What its button says." error=task.about("label") />
        <Field label="Issuer" value=form.issuer required=true max=2048 error=task.about("issuer") />
        <Field label="Client ID" value=form.client_id required=true max=256 error=task.about("clientId") />
        <Field
            label="Client secret"
            value=form.client_secret
            kind=Kind::Password
            max=2048
            autocomplete="new-password"
            hint=about_secret
            error=task.about("clientSecret")
        />
        <Field
            label="Scopes"
            value=form.scopes
            hint="Asked for besides openid, with spaces between them."
            error=task.about("scopes")
        />
        <Field
            label="Certificate authorities"
            value=form.ca_certificates
            kind=Kind::Lines
            hint="PEM, to trust besides those of the system: for a provider with a certificate of your own authority."
            error=task.about("caCertificates")
        />
    }
    .into_any()
}

/// Who is let in, and where to.
fn people(form: Form, task: Task) -> AnyView {
    view! {
        <Check label="Active" value=form.is_active hint="Its button is on the sign-in page." />
        <Check
            label="Create users at first sign-in"
            value=form.creates_users
            hint="Who was never here is given an account, if the name is free. Otherwise people link the provider to their account themselves."
        />
        <Field
            label="Username claim"
            value=form.username_claim
            required=true
            max=256
            hint="The name of a new account, up to an @."
            error=task.about("usernameClaim")
        />
        <Field label="Groups claim" value=form.groups_claim required=true max=256 error=task.about("groupsClaim") />
        <Field
            label="Groups and teams"
            value=form.group_rules
            kind=Kind::Lines
            hint="One rule a line: group = organization/team. Applied at each sign-in; memberships that somebody made by hand stay."
            error=task.about("groupRules")
        />
    }
    .into_any()
}

/// Rules as lines.
fn written(rules: &[GroupRule]) -> String {
    let lines: Vec<String> = rules
        .iter()
        .map(|rule| format!("{} = {}/{}", rule.group, rule.organization, rule.team))
        .collect();
    lines.join("\n")
}

/// Lines as rules; a part that is missing is empty, and refused by the API.
fn read(lines: &str) -> Vec<GroupRule> {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (group, team) = line.rsplit_once('=').unwrap_or((line, ""));
            let (organization, team) = team.split_once('/').unwrap_or((team, ""));
            GroupRule {
                group: group.trim().to_owned(),
                organization: organization.trim().to_owned(),
                team: team.trim().to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_written_and_read() {
        let text = "CN=devs,OU=a = acme/writers\n/all = acme/readers";
        assert_eq!(written(&read(&format!("\n {text} \n"))), text);
        let parts = read("devs");
        assert_eq!(parts.len(), 1);
        assert!(parts.iter().all(|rule| rule.team.is_empty()));
    }
}
