//! One component, opened: where it comes from, and its findings.

use api::scan::{Component, Finding, LayerOverride};
use leptos::prelude::*;

use super::{
    aside::{About, Aside},
    components::{List, STEP},
};
use crate::{
    components::{
        clock,
        icon::Icon,
        scan::reserve,
        severity,
        table::{Column, bare},
    },
    format, paths,
};

/// Paths that are shown.
const PATHS: usize = 10;
/// Other names of a flaw that are shown.
const ALIASES: usize = 5;

/// Facts, and the findings that are asked for.
pub(super) fn details(list: &List, component: &Component, shown: &[&Finding]) -> AnyView {
    let is_guess = component.findings.iter().any(|finding| !finding.exact);
    let guess = is_guess.then(|| {
        reserve("The version of this component could not be told, so the flaws of all its versions are listed. Some may not be in it.")
    });
    view! {
        <div class="stack">
            {facts(list, component)}
            {guess}
            {findings(list, component, shown)}
        </div>
    }
    .into_any()
}

fn facts(list: &List, component: &Component) -> AnyView {
    let layer = list.found.number(component.layer);
    let number = layer.to_string();
    let query = [("layer", number.as_str())];
    let href = untrack(|| list.place.tab_with("layers", &query));
    let version = match (component.version.as_str(), component.exact) {
        ("", _) => "could not be told".to_owned(),
        (version, true) => version.to_owned(),
        (version, false) => format!("near {version}"),
    };
    let licences = match component.licenses.as_slice() {
        [] => "not stated".to_owned(),
        licences => licences.join(", "),
    };
    let paths = component
        .filepaths
        .iter()
        .take(PATHS)
        .map(|path| view! { <dd class="mono">{path.clone()}</dd> })
        .collect_view();
    let more = component.filepaths.len().saturating_sub(PATHS);
    let removed = component.removed_by.map(|layer| {
        let number = list.found.number(layer);
        format!(", removed by layer {number}: it is not in a container, but it is in the image")
    });
    view! {
        <dl class="facts">
            <dt>"Version"</dt>
            <dd>{version}</dd>
            <dt>"Source"</dt>
            <dd>{component.source.clone()} ", " {evidence(&component.evidence)}</dd>
            <dt>"Licence"</dt>
            <dd>{licences}</dd>
            <dt>"Layer"</dt>
            <dd>
                <a href=href>{format!("Layer {layer}")}</a>
                {list.found.is_of_base(component.layer).then_some(", of the base image")}
                {removed}
            </dd>
            <dt>"Paths"</dt>
            {paths}
            {(more > 0).then(|| view! { <dd class="faint">{format!("and {more} more")}</dd> })}
        </dl>
    }
    .into_any()
}

/// What shows that it is there, in words.
fn evidence(kind: &str) -> String {
    let words = match kind {
        "database" => "from the package manager's database",
        "metadata" => "from its own metadata",
        "build-info" => "from what its build wrote into it",
        "known-file" => "the same file as one that a package installs elsewhere",
        "signature" => "recognised by its content",
        "soname" => "from the name that the library gives itself",
        "file-name" => "from the name of a file",
        "attached-sbom" => "from an attached bill of materials",
        other => other,
    };
    words.to_owned()
}

fn findings(list: &List, component: &Component, shown: &[&Finding]) -> AnyView {
    if component.findings.is_empty() {
        return view! { <p class="muted">"Nothing is known to be wrong with it."</p> }.into_any();
    }
    let hidden = component.findings.len().saturating_sub(shown.len());
    let hidden = (hidden > 0).then(|| {
        let words = format!(
            "{} more that the filters leave out",
            format::counted(hidden as u64, "finding")
        );
        view! { <p class="small muted">{words}</p> }
    });
    let rows: Vec<Row> = shown
        .iter()
        .map(|finding| Row::new(list, component, finding))
        .collect();
    let all = rows.len();
    let rows = StoredValue::new(rows);
    let limit = RwSignal::new(STEP);
    let has_buttons = list.aside.is_offered();
    let columns = move || {
        let mut columns = vec![
            Column::Text("Vulnerability"),
            Column::Text("Severity"),
            Column::Text("Fixed in"),
            Column::Text("EPSS"),
            Column::Text("Found"),
        ];
        columns.extend(has_buttons.then_some(Column::Buttons("Actions")));
        columns
    };
    let more = (all > STEP).then(|| {
        view! {
            <p>
                <button
                    type="button"
                    class="btn"
                    hidden=move || all <= limit.get()
                    on:click=move |_| limit.update(|limit| *limit += STEP)
                >
                    {format!("Show more of {all}")}
                </button>
            </p>
        }
    });
    view! {
        <div class="flaws">
            {move || rows.with_value(|rows| bare(columns(), rows.iter().take(limit.get()).map(Row::draw).collect()))}
        </div>
        {more}
        {hidden}
    }
    .into_any()
}

/// A finding, with what is known of the flaw.
struct Row {
    finding: Finding,
    summary: String,
    aliases: Vec<String>,
    epss: Option<f64>,
    exploited_since: Option<String>,
    aside: Aside,
    about: About,
    /// Why it is set aside, if it is.
    given: Option<LayerOverride>,
}

impl Row {
    fn new(list: &List, component: &Component, finding: &Finding) -> Self {
        let cve = list.found.cve(&finding.cve);
        Self {
            finding: finding.clone(),
            summary: cve.map(|cve| cve.summary.clone()).unwrap_or_default(),
            aliases: cve.map(|cve| cve.aliases.clone()).unwrap_or_default(),
            epss: cve.and_then(|cve| cve.epss),
            exploited_since: cve.and_then(|cve| cve.exploited_since.clone()),
            aside: list.aside,
            about: About::new(component, finding),
            given: list.found.set_aside(finding).cloned(),
        }
    }

    fn draw(&self) -> AnyView {
        let finding = &self.finding;
        let href = format!(
            "https://osv.dev/vulnerability/{}",
            paths::escape(&finding.cve)
        );
        view! {
            <tr>
                <td class="wide flaw">
                    <a class="name" href=href rel="noopener noreferrer external" target="_blank">
                        {finding.cve.clone()}
                    </a>
                    {self.badges()}
                    <div class="small muted">{self.summary.clone()}</div>
                    {self.others()}
                    {self.given.as_ref().map(|given| self.aside.reason(given))}
                </td>
                <td>{self.severity()}</td>
                <td class="fixed">{self.fix()}</td>
                <td class="muted epss">{self.epss.map(per_cent)}</td>
                <td class="muted when">{clock::ago(finding.found_at)}</td>
                {self.button()}
            </tr>
        }
        .into_any()
    }

    /// The cell of the column *Actions*, where there is one.
    fn button(&self) -> Option<AnyView> {
        if !self.aside.is_offered() {
            return None;
        }
        let button = (self.given.is_none()).then(|| self.aside.button(self.about.clone()));
        Some(view! { <td class="acts">{button}</td> }.into_any())
    }

    fn badges(&self) -> AnyView {
        let exploited = self.exploited_since.as_ref().map(|since| {
            let title = format!("Known to be used against others since {since} (CISA KEV)");
            view! {
                <span class="chip critical" title=title>
                    {Icon::Warning.draw()}
                    "Exploited"
                </span>
            }
        });
        let unsure = (!self.finding.exact)
            .then(|| view! { <span class="chip">{Icon::Question.draw()} "May apply"</span> });
        let aside = self
            .finding
            .set_aside
            .map(|_| view! { <span class="chip line">"Set aside"</span> });
        view! {
            <span class="badges">{exploited} {unsure} {aside}</span>
        }
        .into_any()
    }

    fn others(&self) -> AnyView {
        if self.aliases.is_empty() {
            return ().into_any();
        }
        let mut names: Vec<String> = self.aliases.iter().take(ALIASES).cloned().collect();
        let more = self.aliases.len().saturating_sub(ALIASES);
        if more > 0 {
            names.push(format!("{more} more"));
        }
        view! { <div class="small faint">"Also " {names.join(", ")}</div> }.into_any()
    }

    fn severity(&self) -> AnyView {
        let finding = &self.finding;
        let score = finding
            .score
            .map(|tenths| format!("{}.{} ", tenths / 10, tenths % 10));
        view! {
            <span class="score">
                {severity::dot(Some(finding.severity), true)}
                <b>{score}</b>
                {severity::word(finding.severity)}
            </span>
            <div class="vector">{finding.vector.clone()}</div>
        }
        .into_any()
    }

    fn fix(&self) -> AnyView {
        let finding = &self.finding;
        match (finding.fixed_in.as_slice(), finding.will_not_fix) {
            ([], true) => view! { <span class="muted">"No fix will come"</span> }.into_any(),
            ([], false) => view! { <span class="muted">"No fix yet"</span> }.into_any(),
            (versions, _) => view! { <span class="mono">{versions.join(", ")}</span> }.into_any(),
        }
    }
}

/// `93.2 %`.
fn per_cent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}
