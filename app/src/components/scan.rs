//! How far a scan is, and what it found, in short. Only what was read to its end and judged is called clean.

use api::scan::{ShortSummary, status};
use leptos::prelude::*;

use super::{icon::Icon, severity};

/// The verdict on an image, or why there is none.
#[must_use]
pub fn verdict(scan: &ShortSummary) -> AnyView {
    match scan.last_scan_status {
        status::FAILED => failed(scan),
        status::UNSCANNED => chip("", Icon::Question, "Not scanned"),
        status::PENDING => progress(scan, "Waits to be scanned".to_owned()),
        status::SCANNING => progress(scan, layers(scan)),
        status::CHECKING => progress(scan, "Compared with vulnerability data".to_owned()),
        status::SCANNED => view! {
            {chip("", Icon::Question, "Scanned, no vulnerability data")}
            {reserves(scan)}
        }
        .into_any(),
        _ => done(scan),
    }
}

/// `Scanning, 2 of 5 layers`.
fn layers(scan: &ShortSummary) -> String {
    format!(
        "Scanning, {} of {} layers",
        scan.layers_done, scan.layers_total
    )
}

fn done(scan: &ShortSummary) -> AnyView {
    if scan.is_clean() {
        return chip("clean", Icon::Shield, "Clean");
    }
    let counts = severity::counts_of(scan);
    let found = match scan.worst() {
        Some(_) => severity::load(&counts),
        None => chip("", Icon::Question, "Nothing found so far"),
    };
    view! {
        {found}
        {reserves(scan)}
    }
    .into_any()
}

/// Why what was found may not be all.
fn reserves(scan: &ShortSummary) -> AnyView {
    view! {
        {scan.incomplete.then(|| chip("minor", Icon::Warning, "Incomplete"))}
        {scan.has_foreign_layers.then(|| chip("minor", Icon::Warning, "Foreign layers"))}
    }
    .into_any()
}

fn failed(scan: &ShortSummary) -> AnyView {
    let why = scan.error.clone();
    view! {
        {chip("critical", Icon::Warning, "Scan failed")}
        {why.map(|why| view! { <span class="small faint why">{why}</span> })}
    }
    .into_any()
}

fn progress(scan: &ShortSummary, words: String) -> AnyView {
    let done = match scan.layers_total {
        0 => 0,
        total => u64::from(scan.layers_done.min(total)) * 1000 / u64::from(total),
    };
    view! {
        <span class="load">
            <svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class="done" width=done.to_string() height="10"></rect>
            </svg>
            <span class="counts">{words}</span>
        </span>
    }
    .into_any()
}

fn chip(kind: &'static str, icon: Icon, words: &'static str) -> AnyView {
    view! { <span class=format!("chip {kind}")>{icon.draw()} {words}</span> }.into_any()
}

/// A remark on why what is shown may not be all.
#[must_use]
pub fn reserve(words: impl Into<String>) -> AnyView {
    view! {
        <div class="notice reserve">
            {Icon::Warning.draw()}
            <p>{words.into()}</p>
        </div>
    }
    .into_any()
}

/// The verdict in a few words, for those who hear the page.
#[must_use]
pub fn said(scan: &ShortSummary) -> String {
    match scan.last_scan_status {
        status::FAILED => "the scan failed".to_owned(),
        status::COMPLETED if scan.is_clean() => "clean".to_owned(),
        status::COMPLETED if scan.worst().is_some() => severity::words(&severity::counts_of(scan)),
        status::COMPLETED => "scanned, and nothing found so far".to_owned(),
        status::SCANNED => "scanned, no vulnerability data".to_owned(),
        status::UNSCANNED => "not scanned".to_owned(),
        _ => "being scanned".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_to_its_end_is_never_said_to_be_clean() {
        let clean = ShortSummary {
            last_scan_status: status::COMPLETED,
            ..ShortSummary::default()
        };
        assert_eq!(said(&clean), "clean");
        for doubt in [
            ShortSummary {
                incomplete: true,
                ..clean.clone()
            },
            ShortSummary {
                has_foreign_layers: true,
                ..clean.clone()
            },
            ShortSummary {
                unspecified: 1,
                ..clean.clone()
            },
            ShortSummary {
                last_scan_status: status::SCANNED,
                ..clean.clone()
            },
        ] {
            assert_ne!(said(&doubt), "clean", "{doubt:?}");
            assert!(!verdict(&doubt).to_html().contains("Clean"), "{doubt:?}");
        }
    }
}
