//! `/system/settings/general`: settings of the whole registry, for administrators.

use api::settings::{Settings, UpdateSettings};
use leptos::{ev, prelude::*};

use crate::{
    boot::Env,
    client,
    components::{
        field::{Check, Field, Kind, needs_script, notice},
        load::{load, shown},
        task::Task,
        toast::Toasts,
    },
    paths,
};

/// The page.
pub fn page() -> AnyView {
    super::settings("general", || {
        let loaded = load(|| paths::api::SETTINGS.to_owned());
        shown(loaded, |settings: Settings| draw(&settings))
    })
}

fn draw(settings: &Settings) -> AnyView {
    let toasts = Toasts::get();
    let on_push = RwSignal::new(settings.create_repository_on_push);
    let read_only = RwSignal::new(settings.read_only_registry);
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = UpdateSettings {
            create_repository_on_push: Some(on_push.get_untracked()),
            read_only_registry: Some(read_only.get_untracked()),
            ..UpdateSettings::default()
        };
        task.run(
            client::send("POST", paths::api::SETTINGS.to_owned(), &body),
            move |_| toasts.good("Settings saved"),
        );
    };
    view! {
        <div class="stack">
            <form class="card" on:submit=save>
                <header>
                    <h2>"Repositories"</h2>
                </header>
                <div class="body form">
                    {needs_script()}
                    <Check
                        label="Create repository on push"
                        value=on_push
                        hint="A push to a repository that does not exist makes it, private, if the one who pushes may make it there."
                    />
                    <Check
                        label="Read-only registry"
                        value=read_only
                        hint="Pulls work; pushes and deletions are refused. For the time of a backup or a move."
                    /> {move || task.message().get().map(notice)} <div class="acts">
                        <button type="submit" class="btn primary" disabled=task.busy>
                            "Save"
                        </button>
                    </div>
                </div>
            </form>
            {outgoing(settings)} {address(settings)}
        </div>
    }
    .into_any()
}

/// Where webhooks may be sent to, and by which way.
fn outgoing(settings: &Settings) -> AnyView {
    const FIELDS: &[&str] = &["outgoingAllowedNetworks", "outgoingProxy"];
    let toasts = Toasts::get();
    let networks = RwSignal::new(settings.outgoing_allowed_networks.join("\n"));
    let proxy = RwSignal::new(settings.outgoing_proxy.clone());
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let lines = networks.get_untracked();
        let lines = lines.lines().map(str::trim);
        let body = UpdateSettings {
            outgoing_allowed_networks: Some(
                lines
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned)
                    .collect(),
            ),
            outgoing_proxy: Some(proxy.with_untracked(|text| text.trim().to_owned())),
            ..UpdateSettings::default()
        };
        task.run(
            client::send("POST", paths::api::SETTINGS.to_owned(), &body),
            move |_| toasts.good("Settings saved"),
        );
    };
    let about_proxy = if settings.outgoing_proxy_has_credentials {
        "It is shown a name and a password, which stay as they are while the address does."
    } else {
        "As http://proxy.example:3128, or with http://name:password@; empty for none."
    };
    let other = task.about_none_of(FIELDS);
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>"Outgoing requests"</h2>
            </header>
            <div class="body form">
                <p class="muted">
                    "Webhooks are sent to public addresses only, so that nobody reaches with them what is inside of your network."
                </p>
                <Field
                    label="Allowed networks"
                    value=networks
                    kind=Kind::Lines
                    hint="Networks that are not public and that webhooks may be sent to all the same: one a line, as 10.1.2.0/24 or 127.0.0.1."
                    error=task.about("outgoingAllowedNetworks")
                />
                <Field
                    label="Proxy"
                    value=proxy
                    max=2048
                    hint=about_proxy
                    error=task.about("outgoingProxy")
                />
                {move || other.get().map(notice)} <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Save outgoing requests"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn address(settings: &Settings) -> AnyView {
    let host = Env::get().host;
    let configured = settings.dtr_host.clone();
    let explanation = if configured.is_empty() {
        "No external address is configured; commands are made for the address in the browser's bar. It is set by --external-url."
    } else {
        "From the configuration (--external-url)."
    };
    view! {
        <section class="card">
            <header>
                <h2>"Address"</h2>
            </header>
            <div class="body stack tight">
                <code>{move || if configured.is_empty() { host.get() } else { configured.clone() }}</code>
                <p class="hint">{explanation}</p>
            </div>
        </section>
    }
    .into_any()
}
