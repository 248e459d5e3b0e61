//! Bills of materials that are attached to the image, beside what the scan found.

use api::scan::{AttachedBill, ClaimedComponent};
use leptos::prelude::*;

use super::Place;
use crate::{
    components::{
        copy::CopyButton,
        field::notice,
        load::{load, shown_if_any},
        severity,
        table::{Column, bare},
    },
    format, paths,
};

/// Rows of one bill that are drawn.
const SHOWN: usize = 100;

/// Nothing where the image was not scanned, or nothing is attached.
pub(super) fn of_image(place: Place, digest: String) -> AnyView {
    let loaded = load(move || {
        let (namespace, name) = (place.namespace.get(), place.name.get());
        paths::api::attached(&namespace, &name, &digest)
    });
    shown_if_any(loaded, |bills: Option<Vec<AttachedBill>>| {
        let bills = bills.unwrap_or_default();
        if bills.is_empty() {
            return ().into_any();
        }
        let all: Vec<AnyView> = bills.into_iter().map(bill).collect();
        view! {
            <section class="stack" id="bills">
                <h2>"Bills of materials"</h2>
                <p class="muted">
                    "Whoever may push here can attach one. What it names and the scan did not find stands here, and is not counted with the image."
                </p>
                {all}
            </section>
        }
        .into_any()
    })
}

fn bill(bill: AttachedBill) -> AnyView {
    let what = match &bill.problem {
        None => said(&bill),
        Some(problem) => notice(problem.clone()),
    };
    view! {
        <div class="card">
            <div class="body stack">
                <p>
                    <b>{bill.format.clone().unwrap_or_else(|| "Not used".to_owned())}</b>
                    " "
                    <span class="digest">{format::short(&bill.digest)}</span>
                    " "
                    <CopyButton text=bill.digest.clone() label="Copy the document's digest" />
                </p>
                {what}
            </div>
        </div>
    }
    .into_any()
}

fn said(bill: &AttachedBill) -> AnyView {
    let unseen = match bill.unseen {
        0 => "the scan found all of them".to_owned(),
        unseen => format!("{unseen} of them the scan did not find"),
    };
    let passed_over = match bill.passed_over {
        0 => String::new(),
        more => format!(
            " {more} more cannot be matched with anything: they have no package URL and no CPE."
        ),
    };
    let words = format!(
        "It lists {}; {unseen}.{passed_over}",
        format::counted(bill.listed.into(), "component"),
    );
    let rows: Vec<AnyView> = bill.components.iter().take(SHOWN).map(row).collect();
    let left = u64::from(bill.unseen).saturating_sub(rows.len() as u64);
    let table = (!rows.is_empty()).then(|| {
        let columns = vec![
            Column::Text("Component"),
            Column::Text("Version"),
            Column::Text("Findings"),
        ];
        bare(columns, rows)
    });
    let more = (left > 0).then(|| {
        view! { <p class="muted">{format!("{left} more are not shown.")}</p> }
    });
    view! {
        <p class="muted">{words}</p>
        {table}
        {more}
    }
    .into_any()
}

fn row(component: &ClaimedComponent) -> AnyView {
    let findings = if component.cves.is_empty() {
        view! { <span class="muted">"None known"</span> }.into_any()
    } else {
        view! {
            {severity::load(&component.vuln_count)}
            <div class="muted small">{component.cves.join(", ")}</div>
        }
        .into_any()
    };
    view! {
        <tr>
            <td class="wide">
                <span class="name">{component.name.clone()}</span>
                " "
                <span class="muted small">{component.source.clone()}</span>
            </td>
            <td>{component.version.clone()}</td>
            <td>{findings}</td>
        </tr>
    }
    .into_any()
}
