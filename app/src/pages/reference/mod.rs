//! `/api`: the API's own description to read, and to try each operation with the session at hand.

mod attempt;
mod document;
mod operation;

use std::sync::Arc;

use leptos::prelude::*;

use self::document::Document;
use crate::{
    components::load::{load, shown},
    pages::title,
    paths,
};

/// The page.
pub fn page() -> AnyView {
    let loaded = load(|| paths::api::OPENAPI.to_owned());
    view! {
        {title("API")}
        <div class="head">
            <div>
                <h1>"API"</h1>
                <p>"Everything that this interface does can be done with these operations. Scripts sign in with HTTP Basic."</p>
            </div>
            <div class="acts">
                <a class="btn" rel="external" href=paths::api::OPENAPI>
                    "OpenAPI document"
                </a>
            </div>
        </div>
        {shown(loaded, |document| draw(Document::new(document)))}
    }
    .into_any()
}

fn draw(document: Document) -> AnyView {
    let document = Arc::new(document);
    let wanted = RwSignal::new(String::new());
    let groups = document
        .groups()
        .into_iter()
        .map(|(tag, operations)| {
            let all: Vec<String> = operations
                .iter()
                .map(document::Operation::searched)
                .collect();
            let none_matches = move || {
                wanted.with(|wanted| !all.iter().any(|text| text.contains(wanted.as_str())))
            };
            let rows = operations
                .into_iter()
                .map(|operation| operation::row(&document, operation, wanted))
                .collect_view();
            view! {
                <section class="card" hidden=none_matches>
                    <header>
                        <h2 class="tag">{tag}</h2>
                    </header>
                    <ul class="operations">{rows}</ul>
                </section>
            }
        })
        .collect_view();
    view! {
        <div class="filters">
            <input
                class="grow"
                type="search"
                placeholder="Filter operations"
                aria-label="Filter operations"
                autocomplete="off"
                on:input:target=move |event| wanted.set(event.target().value().trim().to_lowercase())
            />
        </div>
        <div class="stack">{groups}</div>
    }
    .into_any()
}
