//! Trust data of a repository: roles, keys and whose they are, what is wrong, and the commands by which people sign.

mod help;
mod tables;

use api::trust::{RepositoryTrust, TrustCollection, TrustProblem, TrustProblemCode};
use leptos::prelude::*;

use crate::{
    components::{
        clock,
        icon::Icon,
        load::{load, shown},
    },
    format,
    pages::repository::{self, Context},
    paths,
};

/// The tab *Trust* of a repository.
pub fn page() -> AnyView {
    repository::with_tab("trust", tab)
}

fn tab(context: Context) -> AnyView {
    let (namespace, name) = context.names();
    let loaded = load(move || paths::api::trust_data(&namespace, &name));
    shown(loaded, move |trust: RepositoryTrust| {
        let is_empty = trust.collections.is_empty();
        view! {
            <div class="stack">
                {is_empty.then(nothing_yet)} {trust.collections.iter().map(collection).collect_view()}
                {help::draw(context, is_empty)}
            </div>
        }
        .into_any()
    })
}

fn nothing_yet() -> AnyView {
    view! {
        <div class="card empty">
            {Icon::Shield.draw()}
            <h2>"Nothing is signed"</h2>
            <p>
                "Sign a tag with your own key, and everybody sees that it is the image that you mean. The commands below are ready to be copied."
            </p>
        </div>
    }
    .into_any()
}

fn collection(of: &TrustCollection) -> AnyView {
    view! {
        <section class="card" aria-label=of.gun.clone()>
            <header>
                <h2>
                    <code>{of.gun.clone()}</code>
                </h2>
                <p class="row dots muted">
                    <span>{format::counted(of.signed_tags, "signed tag")}</span>
                    <span>"published " {clock::ago(of.published_at)}</span>
                </p>
                <div class="acts">{health(&of.problems)}</div>
            </header>
            {(!of.problems.is_empty())
                .then(|| {
                    view! { <ul class="body stack tight plain">{of.problems.iter().map(problem).collect_view()}</ul> }
                })}
        </section>
        {tables::roles(of)}
        {tables::keys(of)}
    }
    .into_any()
}

/// In a word.
fn health(problems: &[TrustProblem]) -> AnyView {
    let (class, icon, words) = match problems.iter().map(weight).max() {
        None => ("chip clean", Icon::Check, "Well".to_owned()),
        Some(weight) => (
            if weight == Weight::Bad {
                "chip critical"
            } else {
                "chip minor"
            },
            Icon::Warning,
            match problems.len() {
                1 => "1 thing to look at".to_owned(),
                many => format!("{many} things to look at"),
            },
        ),
    };
    view! {
        <span class=class>
            {icon.draw()}
            {words}
        </span>
    }
    .into_any()
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// Worth knowing.
    Note,
    /// Somebody is refused something.
    Bad,
}

fn weight(problem: &TrustProblem) -> Weight {
    use TrustProblemCode::{Expired, ForeignHost, HashMismatch, InvalidRole, Untrusted};
    match problem.code {
        Untrusted | ForeignHost | Expired | InvalidRole | HashMismatch => Weight::Bad,
        _ => Weight::Note,
    }
}

fn problem(of: &TrustProblem) -> AnyView {
    let class = if weight(of) == Weight::Bad {
        "notice"
    } else {
        "notice reserve"
    };
    view! {
        <li class=class>
            {Icon::Warning.draw()}
            <p>{of.message.clone()}</p>
        </li>
    }
    .into_any()
}
