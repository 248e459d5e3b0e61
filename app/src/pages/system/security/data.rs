//! The vulnerability data: what counts, what came before, and a form for more.

use api::scan::{FetchStage, ScannerStatus, Update};
use leptos::{ev, html, prelude::*};

use super::{State, online};
use crate::{
    client::{self, Reply},
    components::{
        clock::ago,
        field::{needs_script, notice},
        pager::pager_if_needed,
        table::{self, Column},
        task::Task,
        toast::Toasts,
    },
    format, paths,
};

/// The state.
pub(super) fn draw(status: &ScannerStatus, state: State) -> AnyView {
    look_again(status, state);
    let (class, word) = match status.state {
        1 => ("chip clean", "Ready"),
        2 if is_fetching(status) => ("chip info", "Fetching an update"),
        2 => ("chip info", "Loading an update"),
        3 => ("chip info", "Judging all images by new data"),
        _ => ("chip minor", "No vulnerability data"),
    };
    view! {
        <section class="card">
            <header>
                <h2>"Vulnerability data"</h2>
                <span class=class role="status">
                    {word}
                </span>
            </header>
            <div class="body stack tight">
                {status.current.as_ref().map(current)} {status.online.as_ref().map(online::facts)} {facts(status)}
            </div>
        </section>
    }
    .into_any()
}

fn is_fetching(status: &ScannerStatus) -> bool {
    let fetching = status
        .online
        .as_ref()
        .and_then(|online| online.fetching.as_ref());
    fetching.is_some_and(|fetching| fetching.stage == FetchStage::Fetching)
}

fn current(update: &Update) -> AnyView {
    let sources = update.sources.iter().map(|(source, count)| {
        view! { <span>{source.clone()} " " <span class="muted">{*count}</span></span> }
    });
    view! {
        <dl class="facts">
            <dt>"Generation"</dt>
            <dd>{update.generation} ", from " {update.file.clone()}</dd>
            <dt>"Loaded"</dt>
            <dd>{update.finished_at.map(ago)} " by " {update.started_by.clone()}</dd>
            {update
                .built_at
                .map(|built| {
                    view! {
                        <dt>"Made"</dt>
                        <dd>{ago(built)}</dd>
                    }
                })}
            <dt>"Records"</dt>
            <dd>{update.records}</dd>
            <dt>"In the last update"</dt>
            <dd class="dots">{sources.collect_view()}</dd>
        </dl>
    }
    .into_any()
}

fn facts(status: &ScannerStatus) -> AnyView {
    view! {
        <dl class="facts">
            <dt>"Scans"</dt>
            <dd>
                {format::counted(status.running, "scan")} " under way, " {status.pending} " waiting"
            </dd>
            <dt>"Scanner"</dt>
            <dd>"version " {status.scanner_version}</dd>
        </dl>
    }
    .into_any()
}

/// Something goes on: the page looks how far it is, and once more when it has ended.
fn look_again(status: &ScannerStatus, state: State) {
    let is_busy = matches!(status.state, 2 | 3) || status.pending + status.running > 0;
    let is_loading = status.state == 2;
    Effect::new(move |_| state.is_loading.set(is_loading));
    let was_busy = state.was_busy.get_value();
    state.was_busy.set_value(is_busy);
    if !cfg!(feature = "hydrate") || !(is_busy || was_busy) {
        return;
    }
    let again = set_timeout_with_handle(
        move || state.refetch(),
        std::time::Duration::from_millis(1500),
    );
    if let Ok(again) = again {
        on_cleanup(move || again.clear());
    }
}

/// The form for more. It stays while the state is asked for again, and with it the file that was picked.
pub(super) fn upload(state: State) -> AnyView {
    let toasts = Toasts::get();
    let picked = NodeRef::<html::Input>::new();
    let sent = RwSignal::new(None);
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let sending = client::upload(paths::api::SCANNING_UPDATE.to_owned(), picked, sent);
        task.run(sending, move |_| {
            toasts.good("The bundle has arrived and is being loaded");
            state.refetch();
        });
    };
    let waits = move || state.is_loading.get() || task.busy.get();
    view! {
        <form class="card" on:submit=submit>
            <header>
                <h2>"New data"</h2>
            </header>
            <div class="body form">
            {needs_script()}
            <div class="field">
                <label class="label" for="bundle">
                    "Bundle"
                </label>
                <input
                    id="bundle"
                    type="file"
                    required
                    accept=".zip,.tar,.gz,.tgz,.zst"
                    aria-describedby="bundle-about"
                    node_ref=picked
                />
                <p class="hint" id="bundle-about">
                    "A tar archive in OSV's layout, or an all.zip of one ecosystem of OSV. It is loaded beside the data that counts, and takes its place when all of it is sound."
                </p>
            </div>
            {move || sent.get().map(progress)}
            {move || task.message().get().map(notice)}
            <div class="acts">
                <button type="submit" class="btn primary" disabled=waits>
                    "Upload"
                </button>
            </div>
            </div>
        </form>
    }
    .into_any()
}

fn progress(part: f64) -> AnyView {
    view! {
        <div class="stack tight">
            <progress max="1" value=part.to_string() aria-label="Upload"></progress>
            <p class="hint">
                {if part < 1.0 {
                    format!("{:.0} % sent", part * 100.0)
                } else {
                    "All of it is sent; the registry writes it down".to_owned()
                }}
            </p>
        </div>
    }
    .into_any()
}

/// How many images have another verdict since, with the way to them.
fn images(update: &Update) -> AnyView {
    let is_judged = update.checked_at.is_some() || update.state == "old";
    match update.images {
        _ if !is_judged => "–".into_any(),
        0 => "0".into_any(),
        images => {
            view! { <a href=paths::changed_images(update.generation)>{images}</a> }.into_any()
        }
    }
}

/// The updates, the newest first.
pub(super) fn history(updates: &[Update], reply: &Reply) -> AnyView {
    let list = if updates.is_empty() {
        view! {
            <div class="body">
                <p class="muted">"No data was loaded yet."</p>
            </div>
        }
        .into_any()
    } else {
        let columns = vec![
            Column::Text("When"),
            Column::Text("From"),
            Column::Text("State"),
            Column::Number("Records"),
            Column::Number("Changed"),
            Column::Number("Images"),
        ];
        table::bare(columns, updates.iter().map(row).collect())
    };
    view! {
        <section class="card">
            <header>
                <h2>"Updates"</h2>
            </header>
            {list}
            {pager_if_needed(reply, "start")}
        </section>
    }
    .into_any()
}

fn row(update: &Update) -> AnyView {
    let (class, word) = match update.state.as_str() {
        "current" => ("chip clean", "In force"),
        "loading" => ("chip info", "Loading"),
        "failed" => ("chip critical", "Failed"),
        _ => ("chip", "Replaced"),
    };
    let refused = (update.refused > 0).then(|| format!("{} could not be used", update.refused));
    view! {
        <tr>
            <td class="muted when">{ago(update.started_at)}</td>
            <td class="wide">
                {update.file.clone()} <div class="muted small">{update.started_by.clone()}</div>
                {update.error.clone().map(|error| view! { <div class="small">{error}</div> })}
            </td>
            <td>
                <span class=class>{word}</span>
            </td>
            <td class="num">
                {update.records} <span class="unit">" records"</span>
                {refused.map(|refused| view! { <div class="muted small">{refused}</div> })}
            </td>
            <td class="num">{update.changed} <span class="unit">" changed"</span></td>
            <td class="num">
                {images(update)}
                <span class="unit">" images with another verdict"</span>
            </td>
        </tr>
    }
    .into_any()
}
