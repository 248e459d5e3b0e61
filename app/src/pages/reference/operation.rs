//! One operation of the API: what it takes and answers; drawn when it is opened.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    attempt,
    document::{Document, Operation},
};

/// The line of the list, with the details behind it.
pub(super) fn row(
    document: &Arc<Document>,
    operation: Operation,
    wanted: RwSignal<String>,
) -> AnyView {
    let opened = RwSignal::new(false);
    let searched = operation.searched();
    let verb = format!("verb {}", operation.method.to_lowercase());
    let (method, path, summary) = (
        operation.method,
        operation.path.clone(),
        operation.summary.clone(),
    );
    let document = Arc::clone(document);
    view! {
        <li hidden=move || wanted.with(|wanted| !searched.contains(wanted.as_str()))>
            <details on:toggle=move |_| opened.set(true)>
                <summary>
                    <span class=verb>{method}</span>
                    <code>{path}</code>
                    <span class="muted small">{summary}</span>
                </summary>
                {move || opened.get().then(|| more(&document, &operation))}
            </details>
        </li>
    }
    .into_any()
}

fn more(document: &Document, operation: &Operation) -> AnyView {
    let description = (!operation.description.is_empty())
        .then(|| view! { <p>{marked(&operation.description)}</p> });
    let parameters = (!operation.parameters.is_empty()).then(|| parameters(operation));
    let body = operation.body.as_ref().map(|schema| {
        view! {
            <section>
                <h3>"Body"</h3>
                <pre class="block" tabindex="0">
                    {document.schema(schema)}
                </pre>
            </section>
        }
    });
    view! {
        <div class="more">
            {description} {parameters} {body} {answers(document, operation)}
            {attempt::form(operation, operation.body.as_ref().map(|schema| document.example(schema)))}
        </div>
    }
    .into_any()
}

fn parameters(operation: &Operation) -> AnyView {
    let rows = operation
        .parameters
        .iter()
        .map(|parameter| {
            let place = if parameter.in_path { "path" } else { "query" };
            let need = if parameter.required { "required" } else { "optional" };
            view! {
                <dt>
                    <code>{parameter.name.clone()}</code>
                </dt>
                <dd>
                    {marked(&parameter.description)} " "
                    <span class="muted small">{format!("{}, {place}, {need}", parameter.kind)}</span>
                </dd>
            }
        })
        .collect_view();
    view! {
        <section>
            <h3>"Parameters"</h3>
            <dl class="facts">{rows}</dl>
        </section>
    }
    .into_any()
}

fn answers(document: &Document, operation: &Operation) -> AnyView {
    let rows = operation
        .answers
        .iter()
        .map(|(status, meaning, _)| {
            view! {
                <dt>
                    <code>{status.clone()}</code>
                </dt>
                <dd>{marked(meaning)}</dd>
            }
        })
        .collect_view();
    let mut good = operation
        .answers
        .iter()
        .filter(|(status, ..)| status.starts_with('2'));
    let schema = good.find_map(|(.., schema)| schema.as_ref()).map(|schema| {
        view! {
            <pre class="block" tabindex="0">
                {document.schema(schema)}
            </pre>
        }
    });
    view! {
        <section>
            <h3>"Answers"</h3>
            <dl class="facts">{rows}</dl>
            {schema}
        </section>
    }
    .into_any()
}

/// Text of the document, with what stands between backticks as code.
fn marked(text: &str) -> AnyView {
    let pieces = text.split('`').enumerate().map(|(index, piece)| {
        let piece = piece.to_owned();
        if index % 2 == 1 {
            view! { <code>{piece}</code> }.into_any()
        } else {
            piece.into_any()
        }
    });
    pieces.collect_view().into_any()
}
