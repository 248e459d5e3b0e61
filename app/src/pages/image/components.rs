//! Components: what is in the image, the worst first, and what is wrong with each. The page's address says what is asked for and
//! what is opened.

use std::sync::Arc;

use api::{
    scan::{Component, ScanSummary, ShortSummary, status},
    tag::Tag,
};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use super::{
    Place,
    aside::Aside,
    findings,
    layers::lines,
    narrow::{ABOVE, BASE, Found, Narrow},
    nothing,
    scan::{Scan, image},
};
use crate::{
    boot::Env,
    components::{
        choice::{Words, options},
        filter::{Filter, kept},
        icon::Icon,
        load::shown,
        scan::reserve,
        severity,
        table::{Column, bare},
    },
    format,
    pages::query,
    paths,
};

/// Rows that are drawn at once.
pub(super) const STEP: usize = 100;

const SEVERITIES: Words = &[
    ("", "Any severity"),
    ("critical", "Critical"),
    ("major", "Major"),
    ("minor", "Minor"),
    ("unspecified", "Unspecified"),
];
const FIXES: Words = &[
    ("", "Fixed or not"),
    ("yes", "With a fix"),
    ("no", "Without a fix"),
];

/// What every part of the tab works with.
#[derive(Clone)]
pub(super) struct List {
    pub(super) place: Place,
    pub(super) found: Arc<Found>,
    pub(super) aside: Aside,
    narrow: Memo<Narrow>,
    /// The component that is opened, as [`key`] names it.
    opened: Memo<String>,
}

/// The tab.
pub(super) fn tab(place: Place, tag: StoredValue<Tag>, scan: Scan) -> AnyView {
    let [text, severity, fix, layer, since] =
        ["filter", "severity", "fix", "layer", "since"].map(query);
    let narrow = Memo::new(move |_| {
        Narrow::new(
            &text.get(),
            &severity.get(),
            &fix.get(),
            &layer.get(),
            &since.get(),
        )
    });
    let opened = query("component");
    let loaded = scan.in_full();
    let aside = Aside::new(place, scan, loaded);
    let list = shown(loaded, move |summaries: Vec<ScanSummary>| {
        let found = tag.with_value(|tag| Found::new(image(summaries), lines(tag)));
        let summary = &found.image.summary;
        if found.image.components.is_empty() {
            return none(summary);
        }
        let banners = banners(summary);
        let list = List {
            place,
            narrow,
            opened,
            found: Arc::new(found),
            aside,
        };
        view! {
            <div class="stack">
                {banners}
                <div>
                    {filters(&list.found)}
                    {list.draw()}
                </div>
            </div>
        }
        .into_any()
    });
    view! {
        {list}
        {aside.dialog()}
    }
    .into_any()
}

/// In the place of an empty list.
fn none(summary: &ShortSummary) -> AnyView {
    let (heading, words) = match summary.last_scan_status {
        status::UNSCANNED => (
            "Not scanned",
            "Nobody has looked into this image yet. A scan finds what is in it.",
        ),
        status::FAILED => (
            "The scan failed",
            "What is in this image is not known. Above it says why.",
        ),
        _ if summary.is_going_on() => (
            "Being scanned",
            "What is found is shown here as soon as the scan is done.",
        ),
        _ if summary.incomplete || summary.has_foreign_layers => (
            "No components found",
            "Not all of this image was read, so there may be some.",
        ),
        _ => (
            "No components",
            "The layers hold no package and no program that is known.",
        ),
    };
    nothing(Icon::Box, heading, words)
}

/// Why what is shown may not be all.
fn banners(summary: &ShortSummary) -> AnyView {
    let no_data = (summary.last_scan_status == status::SCANNED).then(no_data);
    let incomplete = summary.incomplete.then(|| {
        reserve("This scan is incomplete: some layer was not read to its end, so nothing is proved absent. The tab Layers says which, and why.")
    });
    let foreign = summary.has_foreign_layers.then(|| {
        reserve("This image has layers that are not kept here. They were not read, and what is in them is not known.")
    });
    view! {
        {no_data}
        {incomplete}
        {foreign}
    }
    .into_any()
}

fn no_data() -> AnyView {
    let is_admin = Env::get()
        .account
        .with_untracked(|account| account.as_ref().is_some_and(|account| account.is_admin));
    let advice = if is_admin {
        view! {
            "Bring some under "
            <a href=paths::SECURITY_SETTINGS>"System, Security"</a>
            "; then this image is judged without being read again."
        }
        .into_any()
    } else {
        "An administrator can bring some; then this image is judged without being read again."
            .into_any()
    };
    view! {
        <div class="notice reserve">
            {Icon::Warning.draw()}
            <p>"There is no vulnerability data yet, so nothing is known of what is wrong with these components. " {advice}</p>
        </div>
    }
    .into_any()
}

fn filters(found: &Found) -> AnyView {
    let select = |name: &'static str, label: &'static str, words: Words| {
        let chosen = query(name).get_untracked();
        view! {
            <select name=name aria-label=label>
                {options(words, &chosen)}
            </select>
        }
    };
    let chosen = query("layer").get_untracked();
    let layers = found.by_layer().into_keys().map(|number| {
        let value = number.to_string();
        let is_chosen = value == chosen;
        view! {
            <option value=value selected=is_chosen>
                {format!("Layer {number}")}
            </option>
        }
    });
    let layers = layers.collect_view();
    let of_base = found.image.base.as_ref().map(|_| {
        options(
            &[(BASE, "The base image"), (ABOVE, "Above the base image")],
            &chosen,
        )
    });
    view! {
        <Filter placeholder="Component, path, licence, CVE" label="Filter components">
            {select("severity", "Severity", SEVERITIES)} {select("fix", "Fix", FIXES)}
            <select name="layer" aria-label="Layer">
                <option value="">"Any layer"</option>
                {of_base}
                {layers}
            </select>
            <label class="row">
                <span class="small muted">"New since"</span>
                <input type="date" name="since" value=query("since").get_untracked() />
            </label>
            {kept(paths::VARIANT)}
        </Filter>
    }
    .into_any()
}

impl List {
    fn draw(self) -> AnyView {
        let limit = RwSignal::new(STEP);
        let list = self.clone();
        let fitting = Memo::new(move |_| list.narrow.with(|narrow| list.fitting(narrow)));
        let words = self.clone();
        view! {
            <div class="card parts">
                {move || {
                    fitting
                        .with(|fitting| match fitting.as_slice() {
                            [] => view! { <p class="waiting">"No component fits these filters."</p> }.into_any(),
                            fitting => self.table(fitting.iter().take(limit.get())),
                        })
                }}
                <div class="pager">
                    <span>{move || words.summary(fitting.with(Vec::len), limit.get())}</span>
                    <button
                        type="button"
                        class="btn"
                        hidden=move || fitting.with(Vec::len) <= limit.get()
                        on:click=move |_| limit.update(|limit| *limit += STEP)
                    >
                        "Show more"
                    </button>
                </div>
            </div>
        }
        .into_any()
    }

    /// Positions of the components that are asked for.
    fn fitting(&self, narrow: &Narrow) -> Vec<usize> {
        let components = self.found.image.components.iter().enumerate();
        components
            .filter(|(_, component)| narrow.of(&self.found, component).is_some())
            .map(|(index, _)| index)
            .collect()
    }

    fn summary(&self, fitting: usize, limit: usize) -> String {
        let all = self.found.image.components.len();
        let counted = format::counted(all as u64, "component");
        match (fitting.min(limit), fitting) {
            (_, fitting) if fitting < all && fitting <= limit => format!("{fitting} of {counted}"),
            (shown, fitting) if shown < fitting => format!(
                "{shown} of {}",
                format::counted(fitting as u64, "component")
            ),
            _ => counted,
        }
    }

    fn table<'i>(&self, positions: impl Iterator<Item = &'i usize>) -> AnyView {
        let rows = positions
            .filter_map(|position| Some((*position, self.found.image.components.get(*position)?)))
            .flat_map(|(position, component)| [self.row(component), self.details(position)])
            .collect();
        let columns = vec![
            Column::Text("Component"),
            Column::Text("Source"),
            Column::Text("Licence"),
            Column::Text("Layer"),
            Column::Text("Vulnerabilities"),
        ];
        bare(columns, rows)
    }

    fn row(&self, component: &Component) -> AnyView {
        let gone = component.removed_by.map(|layer| self.found.number(layer));
        let counts = match severity::worst(&component.vuln_count) {
            Some(_) => severity::load(&component.vuln_count),
            None if self.found.is_judged() => view! { <span class="faint">"–"</span> }.into_any(),
            None => view! { <span class="faint">"Not known"</span> }.into_any(),
        };
        let removed = gone.map(|number| {
            view! { <div class="small faint">{format!("removed by layer {number}")}</div> }
        });
        let (name, key) = (key(component), key(component));
        let opened = self.opened;
        let is_open = Memo::new(move |_| opened.with(|opened| *opened == name));
        view! {
            <tr class:gone=gone.is_some() class:open=is_open>
                <td class="wide">
                    <a
                        class="name"
                        href=toggle(opened, key)
                        data-noscroll
                        aria-expanded=move || if is_open.get() { "true" } else { "false" }
                    >
                        {component.name.clone()}
                        " "
                        <span class="version">{component.version.clone()}</span>
                    </a>
                    {removed}
                </td>
                <td class="muted">{component.source.clone()}</td>
                <td class="muted licence">{component.licenses.join(", ")}</td>
                <td class="muted layer">{self.found.number(component.layer)}</td>
                <td>{counts}</td>
            </tr>
        }
        .into_any()
    }

    /// The row below it, with everything of the component, while it is opened.
    fn details(&self, position: usize) -> AnyView {
        let list = self.clone();
        (move || {
            let component = list.found.image.components.get(position)?;
            list.opened
                .with(|opened| *opened == key(component))
                .then(|| {
                    let narrow = list.narrow.get();
                    let shown = narrow.of(&list.found, component).unwrap_or_default();
                    view! {
                        <tr class="opened">
                            <td colspan="5" class="wide">
                                {findings::details(&list, component, &shown)}
                            </td>
                        </tr>
                    }
                })
        })
        .into_any()
    }
}

/// What a component is called in the page's address: `name@version`, as in DTR's.
pub(super) fn key(component: &Component) -> String {
    format!("{}@{}", component.name, component.version)
}

/// The address of this page with that component opened, or closed again.
fn toggle(opened: Memo<String>, key: String) -> impl Fn() -> String + Send + Sync + 'static {
    let (parameters, location) = (use_query_map(), use_location());
    move || {
        let mut map = parameters.get();
        map.remove("component");
        let is_open = opened.with(|opened| *opened == key);
        let pairs: Vec<(String, String)> = map
            .into_iter()
            .map(|(name, value)| (name.into_owned(), value))
            .collect();
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let open = ("component", if is_open { "" } else { key.as_str() });
        paths::with_query(&location.pathname.get(), pairs.chain([open]))
    }
}
