//! Comparing with another image of the repository: what only one of the two has, and what is wrong with it.

use api::{
    scan::{ScanSummary, ScannedImage, status},
    tag::Tag,
};
use leptos::prelude::*;

use super::{
    Place,
    components::STEP,
    difference::{Difference, Flaw, Part},
    nothing,
    scan::image,
};
use crate::{
    components::{
        filter::kept,
        icon::Icon,
        load::{load, shown, shown_together},
        scan::reserve,
        severity,
        table::{Column, bare},
    },
    pages::query,
    paths,
};

/// The tab. The other image is in the page's address, so that a comparison can be handed on.
pub(super) fn tab(place: Place, digest: String) -> AnyView {
    let with = query("with");
    view! {
        <div class="stack">
            {picker(place)}
            {move || {
                let with = with.get();
                if with.is_empty() {
                    nothing(Icon::Search, "Compare with another image", "Name another tag of this repository: what only one of the two has is shown here.")
                } else {
                    comparison(place, digest.clone(), with)
                }
            }}
        </div>
    }
    .into_any()
}

/// The form; it is an ordinary one, and its answer is this page's address.
fn picker(place: Place) -> AnyView {
    let tags = load(move || paths::api::tags(&place.namespace.get(), &place.name.get(), "", ""));
    shown(tags, move |tags: Vec<Tag>| {
        let reference = place.reference.get_untracked();
        let others = tags
            .into_iter()
            .filter(|tag| tag.name != reference)
            .map(|tag| view! { <option value=tag.name></option> })
            .collect_view();
        view! {
            <form class="filters" method="get">
                <input
                    class="grow"
                    type="text"
                    name="with"
                    list="other-tags"
                    aria-label="Compare with"
                    placeholder="Tag or digest of another image"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    required
                    maxlength="200"
                    value=query("with").get_untracked()
                />
                <datalist id="other-tags">{others}</datalist>
                {kept(paths::VARIANT)}
                <button type="submit" class="btn">
                    "Compare"
                </button>
            </form>
        }
        .into_any()
    })
}

fn comparison(place: Place, digest: String, with: String) -> AnyView {
    let this =
        load(move || paths::api::scan_summary(&place.namespace.get(), &place.name.get(), &digest));
    let reference = with.clone();
    let other = load(move || {
        let (os, architecture) = (place.os.get(), place.architecture.get());
        paths::api::scan_of_platform(
            &place.namespace.get(),
            &place.name.get(),
            &reference,
            (&os, &architecture),
        )
    });
    shown_together(vec![this, other], move |replies| {
        let [this, other] = replies else {
            return Ok(().into_any());
        };
        let this = image(this.json::<Vec<ScanSummary>>()?);
        let others: Vec<ScanSummary> = other.json()?;
        if others.is_empty() {
            return Ok(nothing(
                Icon::Warning,
                "No such platform",
                "The other image has none for this operating system and architecture.",
            ));
        }
        Ok(drawn(&this, &image(others), &with))
    })
}

fn drawn(this: &ScannedImage, other: &ScannedImage, name: &str) -> AnyView {
    let unread = [this, other]
        .into_iter()
        .any(|image| !is_read(image))
        .then(|| {
            reserve("One of the two was not scanned to its end, so what only the other one has may be in it too.")
        });
    let difference = Difference::between(this, other);
    let counts = |image: &ScannedImage| match severity::worst(&image.total_vuln_count) {
        Some(_) => severity::load(&image.total_vuln_count),
        None if is_read(image) => view! { <span class="muted">"No findings"</span> }.into_any(),
        None => view! { <span class="muted">"Not known"</span> }.into_any(),
    };
    view! {
        {unread}
        <dl class="facts">
            <dt>"This image"</dt>
            <dd>{counts(this)}</dd>
            <dt>{name.to_owned()}</dt>
            <dd>{counts(other)}</dd>
        </dl>
        {flaws("Findings of this image alone", "This image has no finding that the other one has not.", &difference.here)}
        {flaws("Findings of the other image alone", "The other image has no finding that this one has not.", &difference.there)}
        {parts(&difference.components)}
    }
    .into_any()
}

fn is_read(image: &ScannedImage) -> bool {
    let summary = &image.summary;
    summary.last_scan_status == status::COMPLETED && !summary.incomplete
}

fn flaws(heading: &'static str, none: &'static str, flaws: &[Flaw]) -> AnyView {
    let rows = flaws.iter().take(STEP).map(|flaw| {
        let finding = &flaw.finding;
        view! {
            <tr>
                <td class="wide">{finding.cve.clone()}</td>
                <td>
                    <span class="row">
                        {severity::dot(Some(finding.severity), true)} {severity::word(finding.severity)}
                    </span>
                </td>
                <td>{flaw.component.clone()} " " <span class="muted">{flaw.version.clone()}</span></td>
                <td class="mono">{finding.fixed_in.join(", ")}</td>
            </tr>
        }
        .into_any()
    });
    let columns = ["Vulnerability", "Severity", "Component", "Fixed in"];
    list(heading, none, columns.into(), rows.collect(), flaws.len())
}

fn parts(parts: &[Part]) -> AnyView {
    let rows = parts.iter().take(STEP).map(|part| {
        view! {
            <tr>
                <td class="wide">{part.name.clone()}</td>
                <td class="muted">{part.source.clone()}</td>
                <td>{versions(&part.here)}</td>
                <td>{versions(&part.there)}</td>
            </tr>
        }
        .into_any()
    });
    list(
        "Components that differ",
        "Both have the same components.",
        ["Component", "Source", "This image", "The other image"].into(),
        rows.collect(),
        parts.len(),
    )
}

fn versions(versions: &[String]) -> AnyView {
    if versions.is_empty() {
        return view! { <span class="faint">"not there"</span> }.into_any();
    }
    let words = versions.iter().map(|version| match version.as_str() {
        "" => "unknown version",
        version => version,
    });
    let words: Vec<&str> = words.collect();
    view! { <span class="mono">{words.join(", ")}</span> }.into_any()
}

/// A table under its heading; of long ones, the beginning.
fn list(
    heading: &'static str,
    none: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<AnyView>,
    all: usize,
) -> AnyView {
    if rows.is_empty() {
        return view! {
            <h2>{heading}</h2>
            <p class="card waiting">{none}</p>
        }
        .into_any();
    }
    let more = all.saturating_sub(rows.len());
    let columns = columns.into_iter().map(Column::Text).collect();
    let more = (more > 0).then(|| view! { <p class="muted">{format!("and {more} more")}</p> });
    view! {
        <h2>{format!("{heading} ({all})")}</h2>
        <div class="card">{bare(columns, rows)}</div>
        {more}
    }
    .into_any()
}
