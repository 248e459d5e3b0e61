//! Whether images are scanned, and how findings are counted.

use api::{
    scan::ScanOptions,
    settings::{Settings, SeverityThresholds, UpdateSettings},
};
use leptos::{ev, prelude::*};

use super::State;
use crate::{
    client,
    components::{
        choice::{Choice, Words},
        field::{Check, needs_script, notice},
        task::Task,
        toast::Toasts,
    },
    paths,
};

const THRESHOLDS: Words = &[
    ("dtr", "As DTR: critical from 7.0"),
    ("nvd", "As NVD: critical from 9.0"),
];

pub(super) fn draw(settings: &Settings, state: State) -> AnyView {
    let toasts = Toasts::get();
    let is_on = RwSignal::new(settings.scanning_enabled);
    let chosen = match settings.severity_thresholds {
        SeverityThresholds::Dtr => "dtr",
        SeverityThresholds::Nvd => "nvd",
    };
    let thresholds = RwSignal::new(chosen.to_owned());
    let before = StoredValue::new(settings.severity_thresholds);
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let wanted = match thresholds.get_untracked().as_str() {
            "nvd" => SeverityThresholds::Nvd,
            _ => SeverityThresholds::Dtr,
        };
        let body = UpdateSettings {
            scanning_enabled: Some(is_on.get_untracked()),
            // all images are judged again where it is said
            severity_thresholds: (before.get_value() != wanted).then_some(wanted),
            ..UpdateSettings::default()
        };
        task.run(
            client::send("POST", paths::api::SETTINGS.to_owned(), &body),
            move |_| {
                before.set_value(wanted);
                toasts.good("Settings saved");
                state.refetch();
            },
        );
    };
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>"Scanning"</h2>
            </header>
            <div class="body form">
                {needs_script()}
                <Check
                    label="Scan images"
                    value=is_on
                    hint="When they are pushed, in repositories that do not say otherwise, and when somebody asks. What is known already stays, and is judged by new data."
                />
                <Choice label="Severity" words=THRESHOLDS value=thresholds />
                <p class="hint">
                    "By CVSS score; major from 4.0, minor above 0. A change judges all images again."
                </p>
                {move || task.message().get().map(notice)}
                <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Save"
                    </button>
                    {scan_all(state)}
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn scan_all(state: State) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let ask = move |_| {
        let body = ScanOptions {
            scan: true,
            check: true,
        };
        task.run(
            client::send("POST", paths::api::SCAN.to_owned(), &body),
            move |_| {
                toasts.good("All images are scanned and judged again");
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
        <button type="button" class="btn" disabled=task.busy on:click=ask>
            "Scan all again"
        </button>
    }
    .into_any()
}
