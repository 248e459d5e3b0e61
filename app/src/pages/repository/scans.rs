//! The scan of a tag in its row: what was found, how far it is, or the way to start one.

use api::{
    manifest::{Kind, PlatformManifest},
    repository::AccessLevel,
    scan::{ShortSummary, status},
    tag::Tag,
};
use leptos::prelude::*;

use super::Context;
use crate::{
    client::{self, Reply},
    components::{load::Loaded, scan, task::Task, toast::Toasts},
    paths,
};

/// What stands in the column *Vulnerabilities*.
pub(super) fn cell(context: Context, tags: Loaded, tag: &Tag) -> AnyView {
    let Some(summary) = &tag.vuln_summary else {
        return view! { <span class="faint">"Not an image"</span> }.into_any();
    };
    let images: Vec<&PlatformManifest> = tag
        .platforms
        .iter()
        .filter(|platform| platform.kind == Kind::Image)
        .collect();
    let is_unread = matches!(summary.last_scan_status, status::UNSCANNED | status::FAILED);
    let may_start = is_unread && context.may(AccessLevel::ReadWrite);
    let start = may_start
        .then(|| start(context, tags, &tag.name, &images))
        .flatten();
    let shows_verdict = start.is_none() || summary.last_scan_status == status::FAILED;
    let verdict = shows_verdict.then(|| verdict(context, tag, summary, &images));
    view! { <div class="scan">{verdict} {start}</div> }.into_any()
}

/// The verdict; where there is more to see, it leads there.
fn verdict(
    context: Context,
    tag: &Tag,
    summary: &ShortSummary,
    images: &[&PlatformManifest],
) -> AnyView {
    let verdict = scan::verdict(summary);
    if !matches!(
        summary.last_scan_status,
        status::COMPLETED | status::SCANNED
    ) {
        return verdict;
    }
    let worst = images
        .iter()
        .find(|platform| {
            platform
                .vuln_summary
                .as_ref()
                .is_some_and(|scan| scan.worst() == summary.worst())
        })
        .or(images.first())
        .copied();
    let (os, architecture) = paths::platform_segments(worst);
    let (namespace, name) = context.names();
    let href = paths::image(
        &namespace,
        &name,
        &tag.name,
        (&os, &architecture),
        "components",
    );
    view! {
        <a class="verdict" href=href>
            {verdict}
        </a>
    }
    .into_any()
}

/// Starts the scans of all platforms that were not scanned.
fn start(
    context: Context,
    tags: Loaded,
    tag: &str,
    images: &[&PlatformManifest],
) -> Option<AnyView> {
    let toasts = Toasts::get();
    let task = Task::default();
    let (namespace, name) = context.names();
    let targets: Vec<String> = images
        .iter()
        .filter(|platform| {
            let scan = platform.vuln_summary.as_ref();
            scan.is_none_or(|scan| {
                matches!(scan.last_scan_status, status::UNSCANNED | status::FAILED)
            })
        })
        .map(|platform| {
            let (os, architecture) = paths::platform_segments(Some(platform));
            let is_said = os != paths::NONE && architecture != paths::NONE;
            let reference = if is_said { tag } else { &platform.digest };
            paths::api::scan(&namespace, &name, reference, (&os, &architecture))
        })
        .collect();
    if targets.is_empty() {
        return None;
    }
    let begin = move |_| {
        let targets = targets.clone();
        let deed = async move {
            for target in targets {
                client::send("POST", target, &()).await?;
            }
            Ok(Reply::default())
        };
        task.run(Box::pin(deed), move |_| tags.refetch());
    };
    Effect::new(move |_| {
        if let Some(words) = task.message().get() {
            toasts.bad(words);
        }
    });
    let button = view! {
        <button
            type="button"
            class="btn"
            aria-label=format!("Start a scan of {tag}")
            disabled=task.busy
            on:click=begin
        >
            "Start a scan"
        </button>
    };
    Some(button.into_any())
}
