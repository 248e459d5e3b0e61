//! What an access token is good for: chosen in the form of a new one, and said in the list.

use api::api_token::{TokenAction, TokenScope};
use leptos::prelude::*;

use crate::components::{
    choice::{Choice, Words},
    field::{Field, Kind},
};

const EVERYTHING: &str = "";
const CHOICES: Words = &[
    (EVERYTHING, "Everything that its user may"),
    ("pull", "Pull from chosen repositories"),
    ("push", "Pull and push, chosen repositories"),
    ("delete", "Pull, push and delete, chosen repositories"),
    ("admin", "Everything in chosen repositories"),
];

/// The part of the form.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    kind: RwSignal<String>,
    repositories: RwSignal<String>,
}

impl Scope {
    /// Everything.
    pub(super) fn new() -> Self {
        Self {
            kind: RwSignal::new(EVERYTHING.to_owned()),
            repositories: RwSignal::new(String::new()),
        }
    }

    /// As the API takes it.
    pub(super) fn chosen(self) -> Option<Vec<TokenScope>> {
        let kind = self.kind.get_untracked();
        let actions = match kind.as_str() {
            "pull" => &[TokenAction::Pull][..],
            "push" => &[TokenAction::Pull, TokenAction::Push],
            "delete" => &[TokenAction::Pull, TokenAction::Push, TokenAction::Delete],
            "admin" => &[TokenAction::Admin],
            _ => return None,
        };
        let text = self.repositories.get_untracked();
        let names = text
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|name| !name.is_empty());
        Some(
            names
                .map(|name| TokenScope {
                    repository: name.to_owned(),
                    actions: actions.to_vec(),
                })
                .collect(),
        )
    }

    /// Everything again, for the next token.
    pub(super) fn clear(self) {
        self.kind.try_set(EVERYTHING.to_owned());
        self.repositories.try_set(String::new());
    }

    /// The fields.
    pub(super) fn fields(self, error: Signal<Option<String>>) -> AnyView {
        view! {
            <Choice label="May" words=CHOICES value=self.kind />
            {move || {
                self.kind
                    .with(|kind| kind != EVERYTHING)
                    .then(|| {
                        view! {
                            <Field
                                label="Repositories"
                                kind=Kind::Lines
                                value=self.repositories
                                required=true
                                hint="One a line, such as acme/app."
                                error=error
                            />
                        }
                    })
            }}
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
