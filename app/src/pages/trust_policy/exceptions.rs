//! Exceptions: what is not asked of, until when, and why.

use api::trust_policy::TrustException;
use leptos::prelude::*;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    boot::Env,
    components::{
        field::Field,
        icon::Icon,
        table::{Column, bare},
    },
    format,
};

pub(super) fn draw(exceptions: RwSignal<Vec<TrustException>>) -> AnyView {
    let (pattern, until, reason) = (
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
    );
    let add = move |_| {
        let new = TrustException {
            pattern: pattern.with_untracked(|text| text.trim().to_owned()),
            until: end_of(&until.get_untracked()),
            reason: reason.with_untracked(|text| text.trim().to_owned()),
        };
        if new.pattern.is_empty() {
            return;
        }
        exceptions.update(|exceptions| exceptions.push(new));
        for field in [pattern, until, reason] {
            field.set(String::new());
        }
    };
    view! {
        <fieldset class="field">
            <legend class="label">"Exceptions"</legend>
            {move || list(exceptions)}
            <Field
                label="Images"
                value=pattern
                max=500
                hint="namespace/repository:tag, as acme/base:*, or *:tag for all repositories; * is any run of characters of one part."
            />
            <div class="field short">
                <label class="label" for="exception-until">
                    "Until"
                </label>
                <input id="exception-until" type="date" aria-describedby="exception-until-about" bind:value=until />
                <p id="exception-until-about" class="hint">
                    "It ends with this day (UTC). Without a day it lasts until it is taken out."
                </p>
            </div>
            <Field label="Why" value=reason max=500 hint="For whoever reads it later." />
            <div>
                <button type="button" class="btn" disabled=move || pattern.with(|text| text.trim().is_empty()) on:click=add>
                    "Add exception"
                </button>
            </div>
        </fieldset>
    }
    .into_any()
}

fn list(exceptions: RwSignal<Vec<TrustException>>) -> AnyView {
    let all = exceptions.get();
    if all.is_empty() {
        return view! { <p class="muted">"None: it is asked of all."</p> }.into_any();
    }
    let columns = vec![
        Column::Text("Images"),
        Column::Text("Until"),
        Column::Text("Why"),
        Column::Buttons("Actions"),
    ];
    let rows = all.into_iter().enumerate();
    let rows = rows.map(|(at, one)| row(exceptions, at, one)).collect();
    bare(columns, rows)
}

fn row(exceptions: RwSignal<Vec<TrustException>>, at: usize, one: TrustException) -> AnyView {
    let now = Env::get().now.get_untracked();
    let until = match one.until {
        None => view! { <span class="muted">"Taken out"</span> }.into_any(),
        Some(end) if end <= now => {
            view! { <span class="chip minor">{Icon::Warning.draw()} "Ended " {format::date(end)}</span> }.into_any()
        }
        Some(end) => view! { <span title=format::absolute(end)>{format::date(end)}</span> }.into_any(),
    };
    let label = format!("Take the exception {} out", one.pattern);
    view! {
        <tr>
            <td class="wide anywhere">
                <code>{one.pattern.clone()}</code>
            </td>
            <td>{until}</td>
            <td class="anywhere">{one.reason}</td>
            <td class="fit">
                <button
                    type="button"
                    class="btn quiet square"
                    aria-label=label.clone()
                    title=label
                    on:click=move |_| {
                        exceptions
                            .update(|exceptions| {
                                if at < exceptions.len() {
                                    exceptions.remove(at);
                                }
                            });
                    }
                >
                    {Icon::Bin.draw()}
                </button>
            </td>
        </tr>
    }
    .into_any()
}

/// The last second of a day as a date field gives it.
fn end_of(day: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&format!("{day}T23:59:59Z"), &Rfc3339).ok()
}
