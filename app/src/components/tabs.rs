//! The line of tabs of a thing that has several pages.

use leptos::prelude::*;

use crate::pages::title;

/// The line of tabs, and the document's title after the one that is chosen.
#[must_use]
pub fn tab_bar(
    label: &'static str,
    subject: &str,
    links: Vec<(&'static str, &'static str, String)>,
    current: Memo<String>,
) -> AnyView {
    let subject = subject.to_owned();
    let words: Vec<_> = links.iter().map(|(id, word, _)| (*id, *word)).collect();
    let tab = move |(id, label, href): (&'static str, &'static str, String)| {
        view! {
            <li>
                <a href=href aria-current=move || (current.get() == id).then_some("page")>
                    {label}
                </a>
            </li>
        }
    };
    view! {
        {move || {
            let current = current.get();
            let word = words.iter().find(|(id, _)| *id == current).map_or("Not found", |(_, word)| *word);
            title(format!("{word} · {subject}"))
        }}
        <nav class="tabs" aria-label=label>
            <ul>{links.into_iter().map(tab).collect_view()}</ul>
        </nav>
    }
    .into_any()
}
