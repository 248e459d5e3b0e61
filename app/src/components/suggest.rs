//! A field for the name of something that is there: what the API knows of it is offered while one types. There may be thousands,
//! so they are looked for, and not listed.

use std::time::Duration;

use leptos::{leptos_dom::helpers::debounce, prelude::*, task::spawn_local};

use crate::client::{self, Failure, Reply};

/// How long nothing is typed before the API is asked.
const QUIET: Duration = Duration::from_millis(150);

/// Where to look, and what is found.
#[derive(Clone, Copy)]
pub struct Suggest {
    /// The list whose names contain a text.
    pub look_for: Callback<String, String>,
    /// The names in its answer.
    pub names: fn(&Reply) -> Result<Vec<String>, Failure>,
    /// The address of the thing of exactly that name, to learn whether there is one.
    pub exactly: Callback<String, String>,
}

impl Suggest {
    /// The field. `is_unknown` tells whether there is none of the name in it, as far as that has been found out.
    pub fn field(
        self,
        label: String,
        hint: Signal<&'static str>,
        value: RwSignal<String>,
        is_unknown: RwSignal<bool>,
    ) -> AnyView {
        let found = RwSignal::new(Vec::<String>::new());
        let mut look = debounce(QUIET, move |text: String| {
            spawn_local(async move {
                let is_current = || value.with_untracked(|now| now.trim() == text);
                let Ok(names) = client::get(self.look_for.run(text.clone()))
                    .await
                    .and_then(|reply| (self.names)(&reply))
                else {
                    return;
                };
                let is_missing = !text.is_empty()
                    && !names.contains(&text)
                    && client::get(self.exactly.run(text.clone()))
                        .await
                        .is_err_and(|failure| failure.status == 404);
                if !found.is_disposed() && is_current() {
                    found.set(names);
                    is_unknown.set(is_missing);
                }
            });
        });
        Effect::new(move |_| {
            is_unknown.set(false);
            look(value.with(|text| text.trim().to_owned()));
        });
        let id = StoredValue::new(format!("known-{}", label.to_lowercase().replace(' ', "-")));
        let options = move || {
            let names = found.get().into_iter();
            names
                .map(|name| view! { <option value=name></option> })
                .collect_view()
        };
        view! {
            <label class="field">
                <span class="label">{label}</span>
                <input
                    type="text"
                    list=id.get_value()
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    required
                    maxlength="200"
                    bind:value=value
                />
                <span class="hint" aria-live="polite">
                    {hint}
                </span>
                <datalist id=id.get_value()>{options}</datalist>
            </label>
        }
        .into_any()
    }
}
