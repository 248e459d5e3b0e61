//! Layers: the step that made each, its size drawn to scale, and what it brings.

use api::{
    manifest::DockerfileLine,
    scan::{Component, ScanSummary, Severity},
    tag::Tag,
};
use leptos::prelude::*;

use super::{
    Place, base,
    components::key,
    narrow::Found,
    nothing,
    scan::{Scan, image},
};
use crate::{
    components::{
        copy::CopyButton,
        icon::Icon,
        load::shown,
        scan::reserve,
        severity::{self, dot},
        table::{Column, bare},
    },
    format,
    pages::query,
};

/// Components of a layer that are shown here; the tab *Components* has all.
const MOST: usize = 100;

/// The tab.
pub(super) fn tab(place: Place, tag: StoredValue<Tag>, scan: Scan) -> AnyView {
    let is_empty = tag.with_value(|tag| lines(tag).is_empty());
    if is_empty {
        return nothing(
            Icon::Box,
            "No layers",
            "This manifest holds nothing but its configuration.",
        );
    }
    if !scan.is_of_image() {
        return list(place, tag, None);
    }
    shown(scan.in_full(), move |summaries: Vec<ScanSummary>| {
        let found = tag.with_value(|tag| Found::new(image(summaries), lines(tag)));
        list(place, tag, Some(&found))
    })
}

/// The lines of the Dockerfile.
pub(super) fn lines(tag: &Tag) -> &[DockerfileLine] {
    tag.manifest.dockerfile.as_deref().unwrap_or_default()
}

fn list(place: Place, tag: StoredValue<Tag>, found: Option<&Found>) -> AnyView {
    let opened = query("layer").with_untracked(|number| number.parse().ok());
    let rows = tag.with_value(|tag| {
        let lines = lines(tag);
        let largest = lines.iter().map(|line| line.size).max();
        let largest = largest.unwrap_or_default().max(1);
        let by_layer = found.map(Found::by_layer).unwrap_or_default();
        let row = |(line, number): (&DockerfileLine, usize)| {
            let components = by_layer.get(&number).map_or(&[][..], Vec::as_slice);
            let row = Row {
                place,
                number,
                line,
                largest,
                found,
                components,
            };
            row.draw(opened == Some(number))
        };
        lines.iter().zip(1..).map(row).collect_view()
    });
    view! {
        <div class="stack">
            {found.map(|found| base::line(place, found))}
            <div class="card">
                <ol class="layers">{rows}</ol>
            </div>
        </div>
    }
    .into_any()
}

/// One line, and what is known of its layer.
struct Row<'r> {
    place: Place,
    number: usize,
    line: &'r DockerfileLine,
    largest: u64,
    found: Option<&'r Found>,
    components: &'r [&'r Component],
}

impl Row<'_> {
    fn draw(&self, is_open: bool) -> AnyView {
        let line = self.line;
        let words = words(line);
        let size = if line.is_empty {
            "–".to_owned()
        } else {
            format::bytes(line.size)
        };
        view! {
            <li class:none=line.is_empty>
                <details open=is_open>
                    <summary>
                        <span class="index">{self.number}</span>
                        {self.dot()}
                        <code>{words.clone()}</code>
                        {self.brings()}
                        {(!line.is_empty).then(|| scale(line.size, self.largest))}
                        <span class="num muted small">{size}</span>
                    </summary>
                    <div class="more">
                        <pre class="block wrap">{words}</pre>
                        {facts(line)}
                        {self.reserve()}
                        {self.list()}
                    </div>
                </details>
            </li>
        }
        .into_any()
    }

    /// The worst of what the layer brings.
    fn dot(&self) -> AnyView {
        let (false, Some(found)) = (self.line.is_empty, self.found) else {
            return view! { <span class="dot" aria-hidden="true"></span> }.into_any();
        };
        let worst: Option<Severity> = self
            .components
            .iter()
            .filter(|component| component.removed_by.is_none())
            .filter_map(|component| severity::worst(&component.vuln_count))
            .max();
        let is_read = found
            .layer(self.number)
            .is_some_and(|(_, layer)| layer.incomplete.is_empty());
        dot(worst, is_read && found.is_judged())
    }

    /// How many components, and whether all was read.
    fn brings(&self) -> AnyView {
        let count = self.components.len() as u64;
        let is_incomplete = self.found.is_some_and(|found| {
            let layer = found.layer(self.number);
            layer.is_some_and(|(_, layer)| !layer.incomplete.is_empty())
        });
        view! {
            <span class="brings small muted">
                {is_incomplete
                    .then(|| {
                        view! {
                            <span class="chip minor">{Icon::Warning.draw()} "Incomplete"</span>
                        }
                    })}
                {(count > 0).then(|| format::counted(count, "component"))}
            </span>
        }
        .into_any()
    }

    /// Why there may be more in the layer.
    fn reserve(&self) -> AnyView {
        let Some(found) = self.found.filter(|_| !self.line.is_empty) else {
            return ().into_any();
        };
        let words = match found.layer(self.number) {
            Some((_, layer)) if layer.incomplete.is_empty() => return ().into_any(),
            Some((_, layer)) => format!(
                "This layer was not read to its end, so there may be more in it: {}.",
                layer.incomplete.join("; ")
            ),
            // nothing was read yet
            None if found.image.layers.is_empty() => return ().into_any(),
            None => "This layer is not kept here, and was not read. What is in it is not known."
                .to_owned(),
        };
        reserve(words)
    }

    fn list(&self) -> AnyView {
        let Some(found) = self.found.filter(|_| !self.components.is_empty()) else {
            return ().into_any();
        };
        let rows = self
            .components
            .iter()
            .take(MOST)
            .map(|component| self.component(found, component))
            .collect();
        let all = self.components.len();
        let href = self.components_tab("");
        view! {
            <div class="brought">
                {bare(vec![Column::Text("Component"), Column::Text("Version"), Column::Text("Vulnerabilities")], rows)}
            </div>
            <p class="small">
                {(all > MOST).then(|| format!("The first {MOST} of {all}. "))} <a href=href>"All components of this layer"</a>
            </p>
        }
        .into_any()
    }

    fn component(&self, found: &Found, component: &Component) -> AnyView {
        let href = self.components_tab(&key(component));
        let name = component.name.clone();
        let gone = component.removed_by.map(|layer| found.number(layer));
        let name = match gone {
            None => view! { <a href=href>{name}</a> }.into_any(),
            Some(number) => view! {
                <s>{name}</s>
                <span class="faint">{format!(" removed by layer {number}")}</span>
            }
            .into_any(),
        };
        let counts = match severity::worst(&component.vuln_count) {
            Some(_) if gone.is_none() => severity::load(&component.vuln_count),
            _ => view! { <span class="faint">"–"</span> }.into_any(),
        };
        view! {
            <tr>
                <td class="wide name">{name}</td>
                <td class="mono">{component.version.clone()}</td>
                <td>{counts}</td>
            </tr>
        }
        .into_any()
    }

    fn components_tab(&self, component: &str) -> String {
        let number = self.number.to_string();
        let query = [("layer", number.as_str()), ("component", component)];
        untrack(|| self.place.tab_with("components", &query))
    }
}

fn words(line: &DockerfileLine) -> String {
    let title = line.annotations.get("org.opencontainers.image.title");
    match (line.line.as_str(), title) {
        ("", Some(title)) => title.clone(),
        ("", None) => line
            .media_type
            .clone()
            .unwrap_or_else(|| "Layer".to_owned()),
        (instruction, _) => instruction.to_owned(),
    }
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
