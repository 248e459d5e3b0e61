//! Fields of forms: a label, a control, what to know before filling it in, and what was wrong with it.

use leptos::prelude::*;

use super::icon::Icon;

/// What a text field takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// One line.
    #[default]
    Line,
    /// Dots instead of letters.
    Password,
    /// Several lines.
    Lines,
    /// Several lines in which each character counts.
    Code,
}

/// A labelled text field.
#[component]
pub fn Field(
    /// Its name for people.
    label: &'static str,
    /// Its content.
    value: RwSignal<String>,
    /// What it takes.
    #[prop(optional)]
    kind: Kind,
    /// What to know before filling it in.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with the content; it stands at the field.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The browser's `autocomplete` word.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The form cannot be sent while it is empty.
    #[prop(optional)]
    required: bool,
    /// The most characters.
    #[prop(default = 100_000)]
    max: u32,
) -> impl IntoView {
    let invalid = move || error.with(Option::is_some).then_some("true");
    let id = identifier(label);
    let about = format!("{id}-about");
    let control = match kind {
        Kind::Line | Kind::Password => view! {
            <input
                id=id.clone()
                type=if kind == Kind::Password { "password" } else { "text" }
                autocomplete=autocomplete
                autocapitalize="off"
                spellcheck="false"
                required=required
                maxlength=max
                aria-invalid=invalid
                aria-describedby=about.clone()
                bind:value=value
            />
        }
        .into_any(),
        Kind::Lines | Kind::Code => view! {
            <textarea
                id=id.clone()
                class:mono=kind == Kind::Code
                rows=if kind == Kind::Code { "18" } else { "3" }
                required=required
                maxlength=max
                aria-invalid=invalid
                aria-describedby=about.clone()
                bind:value=value
            ></textarea>
        }
        .into_any(),
    };
    view! {
        <div class="field">
            <label class="label" for=id>
                {label}
            </label>
            {control}
            <div id=about class="about">
                {hint.map(|hint| view! { <p class="hint">{hint}</p> })}
                <p class="err" role="alert" hidden=move || error.with(Option::is_none)>
                    {move || error.get()}
                </p>
            </div>
        </div>
    }
    .into_any()
}

/// An id from a label; no page has two fields of the same label.
fn identifier(label: &str) -> String {
    let mut id = "field".to_owned();
    for word in label
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        id.push('-');
        id.push_str(&word.to_ascii_lowercase());
    }
    id
}

/// A checkbox with its words.
#[component]
pub fn Check(
    /// What is switched on.
    label: &'static str,
    /// Whether it is on.
    value: RwSignal<bool>,
    /// What that means.
    #[prop(optional, into)]
    hint: Option<String>,
    /// It cannot be changed here.
    #[prop(optional)]
    disabled: bool,
) -> impl IntoView {
    view! {
        <label class="check">
            <input type="checkbox" disabled=disabled bind:checked=value />
            <span class="label">{label}</span>
            {hint.map(|hint| view! { <span class="hint">{hint}</span> })}
        </label>
    }
    .into_any()
}

/// Bad news above the buttons of a form.
#[must_use]
pub fn notice(message: String) -> AnyView {
    view! {
        <div class="notice" role="alert">
            {Icon::Warning.draw()}
            <p>{message}</p>
        </div>
    }
    .into_any()
}

/// Said where a form needs script and there is none.
#[must_use]
pub fn needs_script() -> AnyView {
    view! {
        <noscript>
            <p class="hint">"This form needs JavaScript. Without it, the same can be done with the API."</p>
        </noscript>
    }
    .into_any()
}
