//! Choices from a few words: in a form, or in a row, where they take effect at once.

use ::api::repository::AccessLevel;
use leptos::{prelude::*, task::spawn_local};

use super::toast::Toasts;
use crate::client::Replying;

/// Values and their words.
pub type Words = &'static [(&'static str, &'static str)];

/// How much a team may do.
pub const LEVELS: Words = &[
    ("read-only", "Read-only"),
    ("read-write", "Read-write"),
    ("admin", "Admin"),
];

/// The same, or nothing.
pub const LEVELS_OR_NONE: Words = &[
    ("", "None"),
    ("read-only", "Read-only"),
    ("read-write", "Read-write"),
    ("admin", "Admin"),
];

/// The level behind a value of [`LEVELS`].
#[must_use]
pub fn level(value: &str) -> AccessLevel {
    match value {
        "admin" => AccessLevel::Admin,
        "read-write" => AccessLevel::ReadWrite,
        _ => AccessLevel::ReadOnly,
    }
}

/// The value of [`LEVELS`] for a level.
#[must_use]
pub const fn level_value(level: AccessLevel) -> &'static str {
    match level {
        AccessLevel::Admin => "admin",
        AccessLevel::ReadWrite => "read-write",
        AccessLevel::ReadOnly => "read-only",
    }
}

/// The word for a value.
#[must_use]
pub fn word(words: Words, value: &str) -> &'static str {
    words
        .iter()
        .find(|(known, _)| *known == value)
        .map_or("", |(_, word)| word)
}

/// The options of a `<select>`.
pub fn options(words: Words, chosen: &str) -> Vec<AnyView> {
    words
        .iter()
        .map(|(value, word)| {
            view! {
                <option value=*value selected=*value == chosen>
                    {*word}
                </option>
            }
            .into_any()
        })
        .collect()
}

/// A labelled choice of a form.
#[component]
pub fn Choice(
    /// Its name for people.
    label: &'static str,
    /// What there is to choose from.
    words: Words,
    /// What is chosen.
    value: RwSignal<String>,
) -> impl IntoView {
    let id = format!("choice-{}", label.to_ascii_lowercase().replace(' ', "-"));
    view! {
        <div class="field short">
            <label class="label" for=id.clone()>
                {label}
            </label>
            <select id=id prop:value=value on:change:target=move |event| value.set(event.target().value())>
                {options(words, &value.get_untracked())}
            </select>
        </div>
    }
    .into_any()
}

/// A choice in a row: it is saved as soon as it is made, and taken back where that fails.
///
/// `label` is its name for those who do not see the row; `said` is what is told when it is saved.
pub fn saved_at_once(
    label: String,
    words: Words,
    initial: &str,
    save: impl Fn(&str) -> Replying + 'static,
    said: impl Fn(&str) -> String + 'static,
) -> AnyView {
    let toasts = Toasts::get();
    let value = RwSignal::new(initial.to_owned());
    let change = move |chosen: String| {
        let before = value.get_untracked();
        let (saving, good_news) = (save(&chosen), said(word(words, &chosen)));
        value.set(chosen);
        spawn_local(async move {
            match saving.await {
                Ok(_) => toasts.good(good_news),
                Err(failure) => {
                    value.try_set(before);
                    toasts.bad(failure.message);
                }
            }
        });
    };
    view! {
        <select aria-label=label prop:value=value on:change:target=move |event| change(event.target().value())>
            {options(words, initial)}
        </select>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_a_value_and_a_word() {
        for (value, text) in LEVELS {
            assert_eq!(level_value(level(value)), *value);
            assert_eq!(word(LEVELS_OR_NONE, value), *text);
        }
        assert_eq!(word(LEVELS, "owner"), "");
    }
}
