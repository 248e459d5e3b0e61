//! Criteria as people choose them: a field, an operator that fits it, and values.

use api::promotion::Rule;
use leptos::prelude::*;

use crate::components::icon::Icon;

/// What a field is compared by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Time,
    Word,
}

/// DTR's fields in its order, then ours: the name in a rule, the label, how it is compared, and what the key is, where it has one.
const FIELDS: &[(&str, &str, Kind, &str)] = &[
    ("tag", "Tag name", Kind::Text, ""),
    ("component.name", "Component name", Kind::Text, ""),
    ("vulnerability_all", "All vulnerabilities", Kind::Number, ""),
    (
        "vulnerability_critical",
        "Critical vulnerabilities",
        Kind::Number,
        "",
    ),
    (
        "vulnerability_major",
        "Major vulnerabilities",
        Kind::Number,
        "",
    ),
    (
        "vulnerability_minor",
        "Minor vulnerabilities",
        Kind::Number,
        "",
    ),
    ("license.name", "License name", Kind::Text, ""),
    ("updated_at", "Last updated at", Kind::Time, ""),
    (
        "updated_at_duration",
        "Last updated at (age)",
        Kind::Time,
        "",
    ),
    (
        "vulnerability_fixable",
        "Fixable vulnerabilities",
        Kind::Number,
        "",
    ),
    (
        "vulnerability_exploited",
        "Exploited vulnerabilities",
        Kind::Number,
        "",
    ),
    (
        "vulnerability_unspecified",
        "Vulnerabilities of unspecified severity",
        Kind::Number,
        "",
    ),
    ("vulnerability_cvss", "Highest CVSS score", Kind::Number, ""),
    (
        "component.version",
        "Component version",
        Kind::Number,
        "component",
    ),
    ("license.found", "License name, where known", Kind::Text, ""),
    ("platform", "Platform", Kind::Text, ""),
    ("label", "Label", Kind::Text, "label"),
    ("annotation", "Annotation", Kind::Text, "annotation"),
    ("author", "Author", Kind::Text, ""),
    ("digest", "Digest", Kind::Text, ""),
    ("size", "Compressed size", Kind::Number, ""),
    ("pushed_at_duration", "Pushed at (age)", Kind::Time, ""),
    ("scan_status", "Scan status", Kind::Word, ""),
    ("scanned_at_duration", "Scanned at (age)", Kind::Time, ""),
];

const TEXT: &[(&str, &str)] = &[
    ("eq", "equals"),
    ("sw", "starts with"),
    ("ew", "ends with"),
    ("c", "contains"),
    ("oo", "one of"),
    ("noo", "not one of"),
    ("matches", "matches"),
    ("glob", "fits pattern"),
];
const NUMBER: &[(&str, &str)] = &[
    ("lte", "less than or equals"),
    ("lt", "less than"),
    ("eq", "equals"),
    ("neq", "not equals"),
    ("gte", "greater than or equals"),
    ("gt", "greater than"),
];
const TIME: &[(&str, &str)] = &[("bf", "before"), ("af", "after")];
const WORD: &[(&str, &str)] = &[
    ("eq", "equals"),
    ("neq", "not equals"),
    ("oo", "one of"),
    ("noo", "not one of"),
];

fn kind(field: &str) -> Kind {
    FIELDS
        .iter()
        .find(|(name, ..)| *name == field)
        .map_or(Kind::Text, |(_, _, kind, _)| *kind)
}

fn operators(field: &str) -> &'static [(&'static str, &'static str)] {
    match kind(field) {
        Kind::Text => TEXT,
        Kind::Number => NUMBER,
        Kind::Time => TIME,
        Kind::Word => WORD,
    }
}

fn key_of(field: &str) -> &'static str {
    FIELDS
        .iter()
        .find(|(name, ..)| *name == field)
        .map_or("", |(.., key)| *key)
}

/// The label of a field, and of an operator, of a rule.
pub(super) fn words(rule: &Rule) -> String {
    let field = FIELDS.iter().find(|(name, ..)| *name == rule.field);
    let field = field.map_or(rule.field.as_str(), |(_, label, ..)| *label);
    let operator = operators(&rule.field)
        .iter()
        .find(|(code, _)| *code == rule.operator);
    let operator = operator.map_or(rule.operator.as_str(), |(_, label)| *label);
    let key = rule.key.as_ref().map(|key| format!(" {key}"));
    let not = if rule.not { "not " } else { "" };
    format!(
        "{field}{} {not}{operator} {}",
        key.unwrap_or_default(),
        rule.values.join(", ")
    )
}

/// One criterion that is being written.
#[derive(Clone, Copy)]
pub(super) struct Row {
    id: u32,
    field: RwSignal<String>,
    key: RwSignal<String>,
    operator: RwSignal<String>,
    not: RwSignal<bool>,
    values: RwSignal<String>,
}

impl Row {
    fn of(id: u32, rule: &Rule) -> Self {
        Self {
            id,
            field: RwSignal::new(rule.field.clone()),
            key: RwSignal::new(rule.key.clone().unwrap_or_default()),
            operator: RwSignal::new(rule.operator.clone()),
            not: RwSignal::new(rule.not),
            values: RwSignal::new(rule.values.join(", ")),
        }
    }

    /// As it is now; read as signals are.
    fn rule(self) -> Rule {
        let (field, operator) = (self.field.get(), self.operator.get());
        let values = self.values.get();
        let takes_many = matches!(operator.as_str(), "oo" | "noo" | "glob");
        let values = if takes_many {
            let each = values.split(',').map(str::trim);
            each.filter(|value| !value.is_empty())
                .map(str::to_owned)
                .collect()
        } else {
            vec![values.trim().to_owned()]
        };
        let key = self.key.get().trim().to_owned();
        Rule {
            key: (!key_of(&field).is_empty()).then_some(key),
            field,
            operator,
            not: self.not.get(),
            values,
        }
    }
}

/// Criteria that are being written.
#[derive(Clone, Copy)]
pub(super) struct Criteria {
    rows: RwSignal<Vec<Row>>,
    next: RwSignal<u32>,
}

impl Criteria {
    pub(super) fn of(rules: &[Rule]) -> Self {
        let rows: Vec<Row> = (0..)
            .zip(rules)
            .map(|(id, rule)| Row::of(id, rule))
            .collect();
        Self {
            next: RwSignal::new(u32::try_from(rows.len()).unwrap_or_default()),
            rows: RwSignal::new(rows),
        }
    }

    /// As they are now; read as signals are.
    pub(super) fn rules(self) -> Vec<Rule> {
        self.rows.get().into_iter().map(Row::rule).collect()
    }

    fn add(self) {
        let rule = Rule {
            field: "vulnerability_critical".to_owned(),
            operator: "lte".to_owned(),
            values: vec!["0".to_owned()],
            ..Rule::default()
        };
        let id = self.next.get_untracked();
        self.next.set(id + 1);
        self.rows.update(|rows| rows.push(Row::of(id, &rule)));
    }

    /// The rows, and the button that adds one.
    pub(super) fn draw(self) -> AnyView {
        view! {
            <div class="stack">
                <p class="muted" hidden=move || !self.rows.with(Vec::is_empty)>
                    "Without a criterion every image is promoted."
                </p>
                <div class="rules">
                    <For each=move || self.rows.get() key=|row| row.id let:row>
                        {self.row(row)}
                    </For>
                </div>
                <div>
                    <button type="button" class="btn" on:click=move |_| self.add()>
                        {Icon::Plus.draw()}
                        "Add criterion"
                    </button>
                </div>
            </div>
        }
        .into_any()
    }

    fn row(self, row: Row) -> AnyView {
        let choose = move |field: String| {
            let fits = operators(&field)
                .iter()
                .any(|(code, _)| row.operator.with_untracked(|operator| operator == code));
            if !fits {
                let first = operators(&field).first().map_or("eq", |(code, _)| *code);
                row.operator.set(first.to_owned());
            }
            row.field.set(field);
        };
        let fields: Vec<_> = FIELDS
            .iter()
            .map(|(name, label, ..)| {
                let chosen = row.field.with_untracked(|field| field == name);
                view! {
                    <option value=*name selected=chosen>
                        {*label}
                    </option>
                }
            })
            .collect();
        let compared = move || {
            let field = row.field.get();
            let each = operators(&field).iter().map(move |(code, label)| {
                let chosen = row.operator.with_untracked(|operator| operator == code);
                view! {
                    <option value=*code selected=chosen>
                        {*label}
                    </option>
                }
            });
            each.collect_view()
        };
        let key = Memo::new(move |_| row.field.with(|field| key_of(field)));
        view! {
            <div class="rule">
                <select aria-label="Criterion" on:change:target=move |event| choose(event.target().value())>
                    {fields}
                </select>
                <input
                    type="text"
                    autocomplete="off"
                    aria-label=move || format!("Name of the {}", key.get())
                    placeholder=move || key.get()
                    hidden=move || key.get().is_empty()
                    bind:value=row.key
                />
                <label class="not" title="The criterion holds just when it otherwise would not">
                    <input type="checkbox" bind:checked=row.not />
                    "not"
                </label>
                <select
                    aria-label="Operator"
                    prop:value=row.operator
                    on:change:target=move |event| row.operator.set(event.target().value())
                >
                    {compared}
                </select>
                <input
                    type="text"
                    autocomplete="off"
                    aria-label="Value"
                    placeholder=move || hint(&row.field.get())
                    bind:value=row.values
                />
                <button
                    type="button"
                    class="btn quiet square"
                    aria-label="Remove criterion"
                    title="Remove criterion"
                    on:click=move |_| self.rows.update(|rows| rows.retain(|other| other.id != row.id))
                >
                    {Icon::Cross.draw()}
                </button>
            </div>
        }
        .into_any()
    }
}

/// What a value looks like.
fn hint(field: &str) -> &'static str {
    match field {
        "updated_at" => "2026-11-01T00:00:00Z",
        "updated_at_duration" | "pushed_at_duration" | "scanned_at_duration" => "168h",
        "size" => "500MB",
        "scan_status" => "completed",
        "component.version" => "3.0.14",
        "platform" => "linux/amd64",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_said_in_dtrs_words() {
        let rule = Rule {
            field: "component.version".to_owned(),
            key: Some("openssl".to_owned()),
            operator: "lt".to_owned(),
            not: true,
            values: vec!["3.0.14".to_owned()],
        };
        assert_eq!(
            words(&rule),
            "Component version openssl not less than 3.0.14"
        );
    }

    #[test]
    fn fields_and_operators_are_those_of_the_rules() {
        for (name, label, _, key) in FIELDS {
            let field = rules::Field::named(name).expect(name);
            assert_eq!(field.label(), *label);
            assert_eq!(field.key().is_some(), !key.is_empty(), "{name}");
            let mut theirs: Vec<_> = field
                .operators()
                .iter()
                .map(|operator| (operator.code(), operator.label()))
                .collect();
            let mut ours = operators(name).to_vec();
            theirs.sort_unstable();
            ours.sort_unstable();
            assert_eq!(ours, theirs, "{name}");
        }
    }
}
