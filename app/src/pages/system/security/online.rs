//! Where vulnerability data comes from: it is uploaded, or fetched every day.

use api::{
    scan::{FetchOutcome, FetchStage, Fetching, OnlineStatus},
    settings::{Settings, UpdateSettings, UpdateVulnerabilitySource},
};
use leptos::{ev, prelude::*};

use super::State;
use crate::{
    client,
    components::{
        choice::{Choice, Words},
        clock::ago,
        field::{Field, Kind, needs_script, notice},
        load::Loaded,
        task::Task,
        toast::Toasts,
    },
    format, paths,
};

const MODES: Words = &[
    ("offline", "Offline: files are uploaded"),
    ("online", "Online: fetched every day at 03:00 UTC"),
];

/// Fields at which their errors stand.
const FIELDS: &[&str] = &["url", "ecosystems", "proxy", "caCertificates"];

/// What the form has.
#[derive(Clone, Copy)]
struct Form {
    mode: RwSignal<String>,
    url: RwSignal<String>,
    ecosystems: RwSignal<String>,
    proxy: RwSignal<String>,
    ca_certificates: RwSignal<String>,
}

impl Form {
    fn of(settings: &Settings) -> Self {
        let mode = if settings.scanning_sync_online {
            "online"
        } else {
            "offline"
        };
        let source = &settings.vulnerability_source;
        Self {
            mode: RwSignal::new(mode.to_owned()),
            url: RwSignal::new(source.url.clone()),
            ecosystems: RwSignal::new(source.ecosystems.join(", ")),
            proxy: RwSignal::new(source.proxy.clone()),
            ca_certificates: RwSignal::new(source.ca_certificates.clone()),
        }
    }

    fn body(self) -> UpdateSettings {
        let text = |value: RwSignal<String>| value.with_untracked(|text| text.trim().to_owned());
        UpdateSettings {
            scanning_sync_online: Some(text(self.mode) == "online"),
            vulnerability_source: Some(UpdateVulnerabilitySource {
                url: Some(text(self.url)),
                ecosystems: Some(names(&text(self.ecosystems))),
                proxy: Some(text(self.proxy)),
                ca_certificates: Some(text(self.ca_certificates)),
            }),
            ..UpdateSettings::default()
        }
    }
}

/// Names between commas or on lines; some have spaces in them.
fn names(text: &str) -> Vec<String> {
    text.split([',', '\n'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The form.
pub(super) fn draw(settings: &Settings, loaded: Loaded, state: State) -> AnyView {
    let toasts = Toasts::get();
    let form = Form::of(settings);
    let task = Task::default();
    let is_online = settings.scanning_sync_online;
    let has_credentials = settings.vulnerability_source.proxy_has_credentials;
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let deed = client::send("POST", paths::api::SETTINGS.to_owned(), &form.body());
        task.run(deed, move |_| {
            toasts.good("Settings saved");
            loaded.refetch();
            state.refetch();
        });
    };
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>"Updates of the data"</h2>
            </header>
            <div class="body form">
                {needs_script()}
                <Choice label="Mode" words=MODES value=form.mode />
                {fields(form, task, has_credentials)}
                {
                    let other = task.about_none_of(FIELDS);
                    move || other.get().map(notice)
                }
                <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Save"
                    </button>
                    {is_online.then(|| update_now(state))}
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn fields(form: Form, task: Task, has_credentials: bool) -> AnyView {
    let about_proxy = if has_credentials {
        "It is shown a name and a password, which stay as they are while the address does."
    } else {
        "As http://proxy.example:3128, or with http://name:password@; empty for none."
    };
    view! {
        <div class="stack" hidden=move || form.mode.with(|mode| mode != "online")>
            <Field
                label="Address"
                value=form.url
                max=2048
                hint="OSV's bucket, or a mirror of it: all.zip and modified_id.csv lie there for each ecosystem. Empty for OSV's own."
                error=task.about("url")
            />
            <Field
                label="Ecosystems"
                kind=Kind::Lines
                value=form.ecosystems
                hint="As OSV names them, between commas. Empty for all that the scanner knows."
                error=task.about("ecosystems")
            />
            <Field
                label="Proxy"
                value=form.proxy
                max=2048
                hint=about_proxy
                error=task.about("proxy")
            />
            <Field
                label="Certificate authorities"
                kind=Kind::Lines
                value=form.ca_certificates
                hint="PEM; trusted besides those of the system."
                error=task.about("caCertificates")
            />
        </div>
    }
    .into_any()
}

fn update_now(state: State) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let ask = move |_| {
        let path = format!("{}?online=true", paths::api::SCANNING_UPDATE);
        task.run(
            client::send("PUT", path, &serde_json::Value::Null),
            move |_| {
                toasts.good("New data is being fetched");
                state.refetch();
            },
        );
    };
    Effect::new(move |_| {
        if let Some(message) = task.message().get() {
            toasts.bad(message);
        }
    });
    view! {
        <button
            type="button"
            class="btn"
            disabled=move || task.busy.get() || state.is_loading.get()
            on:click=ask
        >
            "Update now"
        </button>
    }
    .into_any()
}

/// How fetching stands.
pub(super) fn facts(online: &OnlineStatus) -> AnyView {
    let outcome = online.outcome.map(|outcome| match outcome {
        FetchOutcome::Updated => ", with new data",
        FetchOutcome::Unchanged => ", with nothing new",
        FetchOutcome::Failed => ", without success: the list of updates says why",
    });
    let last = match online.last_at {
        Some(time) => view! { {ago(time)} {outcome} }.into_any(),
        None => "not yet".into_any(),
    };
    let next = match online.next_at {
        Some(time) => format::absolute(time),
        None => "within a minute".to_owned(),
    };
    view! {
        <dl class="facts">
            <dt>"Fetched"</dt>
            <dd>{last}</dd>
            <dt>"Next"</dt>
            <dd>{next}</dd>
        </dl>
        {online.fetching.as_ref().map(progress)}
    }
    .into_any()
}

fn progress(fetching: &Fetching) -> AnyView {
    let what = match fetching.stage {
        FetchStage::Fetching => "Fetching",
        FetchStage::Loading => "Loading",
    };
    let words = format!(
        "{what} {}, {} of {}; {} fetched",
        fetching.ecosystem,
        fetching.number,
        fetching.of,
        format::bytes(fetching.bytes)
    );
    view! {
        <div class="stack tight">
            <progress max=fetching.of value=fetching.number aria-label="Update"></progress>
            <p class="hint">{words}</p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_between_commas_or_on_lines() {
        assert_eq!(
            names("Debian, Rocky Linux\nnpm,,"),
            ["Debian", "Rocky Linux", "npm"]
        );
        assert!(names(" \n").is_empty());
    }
}
