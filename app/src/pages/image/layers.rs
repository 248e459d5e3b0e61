//! Layers: the step that made each, and its size drawn to scale.

use api::{manifest::DockerfileLine, tag::Tag};
use leptos::prelude::*;

use super::nothing;
use crate::{
    components::{copy::CopyButton, icon::Icon},
    format,
};

/// The tab.
pub(super) fn tab(tag: &Tag) -> AnyView {
    let lines = tag.manifest.dockerfile.as_deref().unwrap_or_default();
    if lines.is_empty() {
        return nothing(
            Icon::Box,
            "No layers",
            "This manifest holds nothing but its configuration.",
        );
    }
    let largest = lines
        .iter()
        .map(|line| line.size)
        .max()
        .unwrap_or_default()
        .max(1);
    let rows = lines
        .iter()
        .enumerate()
        .map(|(index, line)| row(index + 1, line, largest))
        .collect_view();
    view! {
        <div class="card">
            <ol class="layers">{rows}</ol>
        </div>
    }
    .into_any()
}

fn row(index: usize, line: &DockerfileLine, largest: u64) -> AnyView {
    let title = line.annotations.get("org.opencontainers.image.title");
    let words = match (line.line.as_str(), title) {
        ("", Some(title)) => title.clone(),
        ("", None) => line
            .media_type
            .clone()
            .unwrap_or_else(|| "Layer".to_owned()),
        (instruction, _) => instruction.to_owned(),
    };
    let size = if line.is_empty {
        "–".to_owned()
    } else {
        format::bytes(line.size)
    };
    view! {
        <li class:none=line.is_empty>
            <details>
                <summary>
                    <span class="index">{index}</span>
                    <code>{words.clone()}</code>
                    {(!line.is_empty).then(|| scale(line.size, largest))}
                    <span class="num muted small">{size}</span>
                </summary>
                <div class="more">
                    <pre class="block wrap">{words}</pre>
                    {facts(line)}
                </div>
            </details>
        </li>
    }
    .into_any()
}

/// A bar whose length is the size's share of the largest layer's.
fn scale(size: u64, largest: u64) -> AnyView {
    let per_mille = (u128::from(size) * 1000 / u128::from(largest)).max(4);
    view! {
        <svg class="scale" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
            <rect width=per_mille.to_string() height="8"></rect>
        </svg>
    }
    .into_any()
}

fn facts(line: &DockerfileLine) -> AnyView {
    if line.is_empty {
        return view! { <p class="muted small">"This step changed only the configuration; it made no layer."</p> }.into_any();
    }
    let urls = line
        .urls
        .iter()
        .map(|url| view! { <dd class="mono">{url.clone()}</dd> })
        .collect_view();
    let annotations = line
        .annotations
        .iter()
        .map(|(key, value)| {
            view! {
                <dt>{key.clone()}</dt>
                <dd>{value.clone()}</dd>
            }
        })
        .collect_view();
    view! {
        <dl class="facts">
            <dt>"Digest"</dt>
            <dd>
                <span class="digest">{line.layer_digest.clone()}</span>
                " "
                <CopyButton text=line.layer_digest.clone() label="Copy the layer's digest" />
            </dd>
            <dt>"Size"</dt>
            <dd>{format::bytes(line.size)} " (" {line.size} " bytes, compressed)"</dd>
            {line
                .media_type
                .clone()
                .map(|media_type| {
                    view! {
                        <dt>"Media type"</dt>
                        <dd class="mono">{media_type}</dd>
                    }
                })}
            {(!line.urls.is_empty())
                .then(|| {
                    view! {
                        <dt>"Fetched from"</dt>
                        {urls}
                    }
                })}
            {annotations}
        </dl>
    }
    .into_any()
}
