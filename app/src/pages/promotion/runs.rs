//! What was promoted, and what could not be.

use api::promotion::PromotionRun;
use leptos::prelude::*;

use super::list::linked;
use crate::{
    client::Reply,
    components::{
        clock::ago,
        load::{load, shown_with},
        pager::pager_if_needed,
        table::{self, Column},
    },
    format,
    pages::{query, repository::Context},
    paths,
};

/// The history of a repository's promotions.
pub(super) fn draw(context: Context, is_source: Memo<bool>) -> AnyView {
    let (namespace, name) = context.names();
    let start = query("start");
    let api = StoredValue::new(paths::api::promotions(&namespace, &name));
    let loaded = load(move || {
        let source = if is_source.get() { "true" } else { "false" };
        let start = start.get();
        paths::with_query(
            &api.get_value(),
            [("source", source), ("pageStart", &start)],
        )
    });
    view! {
        <section class="stack" aria-labelledby="history">
            <h2 id="history">"History"</h2>
            {shown_with(loaded, move |runs: Vec<PromotionRun>, reply| list(&runs, reply))}
        </section>
    }
    .into_any()
}

fn list(runs: &[PromotionRun], reply: &Reply) -> AnyView {
    if runs.is_empty() {
        return table::empty("Nothing was promoted yet.");
    }
    table::table(
        vec![
            Column::Text("Image"),
            Column::Text("To"),
            Column::Text("What happened"),
            Column::Text("When"),
        ],
        runs.iter().map(row).collect(),
        pager_if_needed(reply, "start").into_any(),
    )
}

fn row(run: &PromotionRun) -> AnyView {
    let by = match run.policy {
        Some(_) => format!("by a policy, revision {}", run.revision),
        None => format!("by hand, {}", run.actor),
    };
    let what = if run.is_done {
        view! { <span class="chip clean">"Promoted"</span> }.into_any()
    } else {
        view! {
            <span class="chip critical">"Refused"</span>
            <div class="small">{run.reason.clone()}</div>
        }
        .into_any()
    };
    view! {
        <tr>
            <td class="wide" data-label="Image">
                {linked(&run.source_repository)}
                {(!run.source_tag.is_empty()).then(|| format!(":{}", run.source_tag))}
                <div class="muted small">
                    <code>{format::short(&run.digest)}</code>
                </div>
            </td>
            <td data-label="To">
                {linked(&run.target_repository)} {(!run.target_tag.is_empty()).then(|| format!(":{}", run.target_tag))}
            </td>
            <td data-label="What happened">{what} <div class="muted small">{by}</div></td>
            <td class="muted" data-label="When">
                {ago(run.made_at)}
            </td>
        </tr>
    }
    .into_any()
}
