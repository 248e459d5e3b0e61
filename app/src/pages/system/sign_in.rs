//! `/system/settings/sign-in`: the identity providers, and adding one.

use api::identity::{CreateIdentityProvider, IdentityProvider};
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::settings;
use crate::{
    client,
    components::{
        field::{Field, Kind, needs_script, notice},
        filter::{Filter, nothing_or},
        load::{load, shown_with},
        pager::pager_if_needed,
        table::{self, Column},
        task::Task,
        toast::Toasts,
    },
    format,
    pages::query,
    paths,
};

/// The page.
pub fn page() -> AnyView {
    settings("sign-in", || {
        let (filter, start) = (query("filter"), query("start"));
        let loaded = load(move || paths::api::providers_page(&filter.get(), &start.get()));
        view! {
            <div class="stack">
                <p class="muted">
                    "People sign in with their password, and with the OpenID Connect providers below: GitLab, Keycloak, Entra ID, \
                    Google and others. The password form always works."
                </p>
                <div>
                    <Filter placeholder="Filter by name or issuer" label="Filter identity providers" />
                    {shown_with(
                        loaded,
                        |providers: Vec<IdentityProvider>, reply| {
                            list(&providers, pager_if_needed(reply, "start").into_any())
                        },
                    )}
                </div>
                {adding()}
            </div>
        }
        .into_any()
    })
}

fn list(providers: &[IdentityProvider], pager: AnyView) -> AnyView {
    if providers.is_empty() {
        return nothing_or(|| table::empty("There are no identity providers yet."));
    }
    table::table(
        vec![
            Column::Text("Provider"),
            Column::Text("Issuer"),
            Column::Text("State"),
            Column::Text("Linked"),
        ],
        providers.iter().map(row).collect(),
        pager,
    )
}

fn row(provider: &IdentityProvider) -> AnyView {
    let state = if provider.is_active {
        view! { <span class="chip clean">"Active"</span> }.into_any()
    } else {
        view! { <span class="chip minor">"Switched off"</span> }.into_any()
    };
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=paths::provider(&provider.name)>
                    {provider.label.clone()}
                </a>
                <div class="muted small">{provider.name.clone()}</div>
            </td>
            <td class="muted">{provider.issuer.clone()}</td>
            <td>{state}</td>
            <td class="muted">{format::counted(provider.identities_count, "account")}</td>
        </tr>
    }
    .into_any()
}

/// Fields at which their errors stand.
const FIELDS: &[&str] = &["name", "issuer", "clientId", "clientSecret"];

/// What the form has.
#[derive(Clone, Copy, Default)]
struct Form {
    name: RwSignal<String>,
    issuer: RwSignal<String>,
    client_id: RwSignal<String>,
    client_secret: RwSignal<String>,
}

impl Form {
    fn body(self) -> CreateIdentityProvider {
        let text = |value: RwSignal<String>| value.with_untracked(|text| text.trim().to_owned());
        CreateIdentityProvider {
            name: text(self.name),
            issuer: text(self.issuer),
            client_id: text(self.client_id),
            label: None,
            client_secret: Some(text(self.client_secret)).filter(|secret| !secret.is_empty()),
            scopes: None,
            username_claim: None,
            groups_claim: None,
            ca_certificates: None,
            creates_users: None,
            is_active: None,
            group_rules: None,
        }
    }
}

fn adding() -> AnyView {
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let form = Form::default();
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = form.body();
        let navigate = navigate.clone();
        let made = body.name.clone();
        task.run(
            client::send("POST", paths::api::PROVIDERS.to_owned(), &body),
            move |_| {
                toasts.good(format!("Added {made}"));
                navigate(&paths::provider(&made), NavigateOptions::default());
            },
        );
    };
    view! {
        <form class="card" on:submit=submit>
            <header>
                <h2>"Add an identity provider"</h2>
            </header>
            <div class="body form">
                {needs_script()} {fields(form, task)}
                {
                    let other = task.about_none_of(FIELDS);
                    move || other.get().map(notice)
                } <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Add provider"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn fields(form: Form, task: Task) -> AnyView {
    view! {
        <Field
            label="Name"
            value=form.name
            required=true
            max=64
            hint="A short word for addresses, such as gitlab. It stays."
            error=task.about("name")
        />
        <Field
            label="Issuer"
            value=form.issuer
            required=true
            max=2048
            hint="The provider's URL to the letter, such as https://gitlab.com."
            error=task.about("issuer")
        />
        <Field label="Client ID" value=form.client_id required=true max=256 error=task.about("clientId") />
        <Field
            label="Client secret"
            value=form.client_secret
            kind=Kind::Password
            max=2048
            autocomplete="new-password"
            hint="As the provider gave it; empty for a public client."
            error=task.about("clientSecret")
        />
    }
    .into_any()
}
