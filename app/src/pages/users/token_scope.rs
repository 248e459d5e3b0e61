//! What an access token is good for: chosen in the form of a new one, and said in the list.

use api::api_token::{TokenAction, TokenScope};
use leptos::prelude::*;

use crate::components::{
    choice::{Choice, Words, options},
    focus::Place,
    icon::Icon,
};

const EVERYTHING: &str = "";
const CHOICES: Words = &[
    (EVERYTHING, "Everything that its user may"),
    ("chosen", "Only what is chosen here"),
];
const ACTIONS: Words = &[
    ("pull", "Pull"),
    ("push", "Pull and push"),
    ("delete", "Pull, push and delete"),
    ("admin", "Everything"),
];

/// The part of the form.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    kind: RwSignal<String>,
    rows: RwSignal<Vec<Row>>,
}

/// A repository, and what the token may do there.
#[derive(Clone, Copy)]
struct Row {
    number: usize,
    repository: RwSignal<String>,
    actions: RwSignal<String>,
}

impl Row {
    fn new(number: usize) -> Self {
        Self {
            number,
            repository: RwSignal::new(String::new()),
            actions: RwSignal::new("pull".to_owned()),
        }
    }

    fn chosen(self) -> TokenScope {
        let actions = match self.actions.get_untracked().as_str() {
            "push" => vec![TokenAction::Pull, TokenAction::Push],
            "delete" => vec![TokenAction::Pull, TokenAction::Push, TokenAction::Delete],
            "admin" => vec![TokenAction::Admin],
            _ => vec![TokenAction::Pull],
        };
        TokenScope {
            repository: self
                .repository
                .with_untracked(|name| name.trim().to_owned()),
            actions,
        }
    }
}

impl Scope {
    /// Everything.
    pub(super) fn new() -> Self {
        Self {
            kind: RwSignal::new(EVERYTHING.to_owned()),
            rows: RwSignal::new(vec![Row::new(1)]),
        }
    }

    /// As the API takes it.
    pub(super) fn chosen(self) -> Option<Vec<TokenScope>> {
        if self.kind.with_untracked(|kind| kind == EVERYTHING) {
            return None;
        }
        let rows = self.rows.get_untracked().into_iter();
        Some(rows.map(Row::chosen).collect())
    }

    /// Everything again, for the next token.
    pub(super) fn clear(self) {
        self.kind.try_set(EVERYTHING.to_owned());
        self.rows.try_set(vec![Row::new(1)]);
    }

    /// The fields.
    pub(super) fn fields(self, error: Signal<Option<String>>) -> AnyView {
        view! {
            <Choice label="May" words=CHOICES value=self.kind />
            {move || self.kind.with(|kind| kind != EVERYTHING).then(|| self.repositories(error))}
        }
        .into_any()
    }

    fn repositories(self, error: Signal<Option<String>>) -> AnyView {
        let add = move |_| {
            self.rows.update(|rows| {
                let last = rows.last().map_or(0, |row| row.number);
                rows.push(Row::new(last + 1));
            });
        };
        view! {
            <fieldset class="field scope">
                <legend class="label">"Repositories"</legend>
                <For each=move || self.rows.get() key=|row| row.number let:row>
                    {self.row(row)}
                </For>
                <p class="err" role="alert" hidden=move || error.with(Option::is_none)>
                    {move || error.get()}
                </p>
                <button type="button" class="btn" on:click=add>
                    {Icon::Plus.draw()}
                    "Another repository"
                </button>
            </fieldset>
        }
        .into_any()
    }

    fn row(self, row: Row) -> AnyView {
        let number = row.number;
        let remove = move |_| {
            let place = Place::now();
            self.rows
                .update(|rows| rows.retain(|row| row.number != number));
            place.keep();
        };
        let is_only = move || self.rows.with(|rows| rows.len() == 1);
        view! {
            <div class="row">
                <input
                    type="text"
                    aria-label=format!("Repository {number}")
                    placeholder="acme/app"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    required
                    maxlength="300"
                    bind:value=row.repository
                />
                <select
                    aria-label=format!("Actions in repository {number}")
                    prop:value=row.actions
                    on:change:target=move |event| row.actions.set(event.target().value())
                >
                    {options(ACTIONS, &row.actions.get_untracked())}
                </select>
                <button
                    type="button"
                    class="btn quiet square"
                    aria-label=format!("Take out repository {number}")
                    title="Take out"
                    disabled=is_only
                    on:click=remove
                >
                    {Icon::Bin.draw()}
                </button>
            </div>
        }
        .into_any()
    }
}

/// What a token is good for, in a line for each repository; nothing where it may do all that its user may.
pub(super) fn said(scope: Option<&[TokenScope]>) -> Option<AnyView> {
    let scope = scope?;
    if scope.is_empty() {
        let text = "good for nothing: its repositories are gone";
        return Some(view! { <span class="hint">{text}</span> }.into_any());
    }
    let lines = scope.iter().map(line).collect_view();
    Some(view! { <ul class="plain hint">{lines}</ul> }.into_any())
}

fn line(scope: &TokenScope) -> AnyView {
    let actions = if scope.actions.contains(&TokenAction::Admin) {
        "everything".to_owned()
    } else {
        let words: Vec<&str> = scope.actions.iter().copied().map(word).collect();
        words.join(", ")
    };
    view! {
        <li>
            <span class="mono">{scope.repository.clone()}</span>
            ": "
            {actions}
        </li>
    }
    .into_any()
}

const fn word(action: TokenAction) -> &'static str {
    match action {
        TokenAction::Pull => "pull",
        TokenAction::Push => "push",
        TokenAction::Delete => "delete",
        TokenAction::Admin => "admin",
    }
}
