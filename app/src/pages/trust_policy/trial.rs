//! What a policy would refuse of what was pulled in the last week.

use api::trust_trial::{TrialRefusal, TrustTrial};
use leptos::prelude::*;

use crate::{
    components::{
        clock::ago,
        icon::Icon,
        table::{Column, bare},
    },
    format,
};

/// In a sentence or two, before it is enforced.
pub(super) fn summary(found: &TrustTrial) -> AnyView {
    let refused = found.refused.len() as u64;
    if refused == 0 {
        return view! {
            <p>
                {Icon::Check.draw()} " "
                {said(found.pulled)}
            </p>
        }
        .into_any();
    }
    let named = found.refused.iter().take(5).map(|one| {
        view! {
            <li class="anywhere">
                <code>{one.image.clone()}</code>
                <div class="muted small">{one.missing.join("; ")}</div>
            </li>
        }
    });
    let more = found.refused.len().saturating_sub(5);
    view! {
        <div class="notice" role="alert">
            {Icon::Warning.draw()}
            <p>
                {format!(
                    "Of {} that were pulled in the last week, {refused} would be refused.",
                    format::counted(found.pulled, "image"),
                )}
            </p>
        </div>
        <ul class="plain stack tight">{named.collect_view()}</ul>
        {(more > 0).then(|| view! { <p class="muted">"and " {more} " more"</p> })}
    }
    .into_any()
}

/// Where nothing would be refused.
fn said(pulled: u64) -> String {
    if pulled == 0 {
        "Nothing was pulled in the last week, as far as it is recorded.".to_owned()
    } else {
        format!(
            "Nothing of what was pulled in the last week would be refused: {}.",
            format::counted(pulled, "image")
        )
    }
}

/// The list.
pub(super) fn card(found: &TrustTrial, asked: RwSignal<Option<String>>) -> AnyView {
    let content = if found.refused.is_empty() {
        view! {
            <div class="body">
                <p class="muted">{said(found.pulled)}</p>
            </div>
        }
        .into_any()
    } else {
        let columns = vec![
            Column::Text("Image"),
            Column::Number("Pulls"),
            Column::Text("Missing"),
            Column::Buttons("Actions"),
        ];
        let rows = found.refused.iter().map(|one| row(one, asked)).collect();
        bare(columns, rows)
    };
    let cut = found.is_cut.then(|| {
        view! {
            <div class="body">
                <p class="muted">"More was pulled than is looked at: these are of what was pulled most."</p>
            </div>
        }
    });
    view! {
        <section class="card" aria-labelledby="refused">
            <header>
                <h2 id="refused">"What would be refused"</h2>
                <p class="muted">"Of what was pulled in the last seven days, as it is now"</p>
            </header>
            {content}
            {cut}
        </section>
    }
    .into_any()
}

fn row(one: &TrialRefusal, asked: RwSignal<Option<String>>) -> AnyView {
    let image = one.image.clone();
    let label = format!("Explain {image}");
    view! {
        <tr>
            <td class="wide anywhere">
                <span class="name">{image.clone()}</span>
                <div class="muted small">
                    <code>{format::short(&one.digest)}</code>
                    " pulled "
                    {ago(one.last_pulled_at)}
                </div>
            </td>
            <td class="num">{one.pulls} <span class="unit">{if one.pulls == 1 { " pull" } else { " pulls" }}</span></td>
            <td class="anywhere">{one.missing.join("; ")}</td>
            <td>
                <button type="button" class="btn" aria-label=label on:click=move |_| asked.set(Some(image.clone()))>
                    "Explain"
                </button>
            </td>
        </tr>
    }
    .into_any()
}
