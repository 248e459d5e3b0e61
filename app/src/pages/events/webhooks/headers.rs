//! Headers that are sent along: rows of a name and a value. Values are shown to nobody once they are saved.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::components::{focus::Place, icon::Icon};

/// The rows.
#[derive(Clone, Copy)]
pub(super) struct Headers(RwSignal<Vec<Row>>);

#[derive(Clone, Copy)]
struct Row {
    number: u32,
    name: RwSignal<String>,
    value: RwSignal<String>,
}

impl Headers {
    /// With those names, whose values are to be given again.
    pub(super) fn named(names: &[String]) -> Self {
        let rows = (1..)
            .zip(names)
            .map(|(number, name)| Row::new(number, name));
        Self(RwSignal::new(rows.collect()))
    }

    /// As the API takes them; what is empty is left out.
    pub(super) fn chosen(self) -> BTreeMap<String, String> {
        let rows = self.0.get_untracked().into_iter();
        rows.map(|row| (row.name.get_untracked(), row.value.get_untracked()))
            .map(|(name, value)| (name.trim().to_owned(), value))
            .filter(|(name, value)| !name.is_empty() || !value.is_empty())
            .collect()
    }

    /// The fields.
    pub(super) fn draw(self, error: Signal<Option<String>>) -> AnyView {
        let add = move |_| {
            self.0.update(|rows| {
                let last = rows.last().map_or(0, |row| row.number);
                rows.push(Row::new(last + 1, ""));
            });
        };
        view! {
            <fieldset class="field scope">
                <legend class="label">"Custom headers"</legend>
                <p class="hint">"Sent along with each request, such as Authorization. Their values are not shown again."</p>
                <For each=move || self.0.get() key=|row| row.number let:row>
                    {self.row(row)}
                </For>
                <p class="err" role="alert" hidden=move || error.with(Option::is_none)>
                    {move || error.get()}
                </p>
                <button type="button" class="btn" on:click=add>
                    {Icon::Plus.draw()}
                    "Add header"
                </button>
            </fieldset>
        }
        .into_any()
    }

    fn row(self, row: Row) -> AnyView {
        let number = row.number;
        let remove = move |_| {
            let place = Place::now();
            self.0
                .update(|rows| rows.retain(|row| row.number != number));
            place.keep();
        };
        let field = |label: String, placeholder: &'static str, value: RwSignal<String>| {
            view! {
                <input
                    type="text"
                    aria-label=label
                    placeholder=placeholder
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    maxlength="8192"
                    bind:value=value
                />
            }
        };
        view! {
            <div class="row">
                {field(format!("Name of header {number}"), "Name", row.name)}
                {field(format!("Value of header {number}"), "Value", row.value)}
                <button
                    type="button"
                    class="btn quiet square"
                    aria-label=format!("Take out header {number}")
                    title="Take out"
                    on:click=remove
                >
                    {Icon::Bin.draw()}
                </button>
            </div>
        }
        .into_any()
    }
}

impl Row {
    fn new(number: u32, name: &str) -> Self {
        Self {
            number,
            name: RwSignal::new(name.to_owned()),
            value: RwSignal::new(String::new()),
        }
    }
}
