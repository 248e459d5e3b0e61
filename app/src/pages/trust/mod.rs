//! Trust data of a repository: roles, keys and whose they are, what is wrong, the commands by which people sign, and deleting it.

mod help;
mod tables;

use api::{
    repository::AccessLevel,
    trust::{RepositoryTrust, TrustCollection, TrustProblem, TrustProblemCode},
};
use leptos::prelude::*;

use crate::{
    components::{
        clock,
        copy::Command,
        delete::DeleteCard,
        icon::Icon,
        load::{load, shown},
        notary::Notary,
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
        let delete = (!is_empty && context.may(AccessLevel::Admin))
            .then(|| delete(context, &trust.collections));
        view! {
            <div class="stack">
                {is_empty.then(nothing_yet)} {trust.collections.iter().map(collection).collect_view()}
                {help::draw(context, is_empty)} {delete}
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
                    view! { <ul class="body stack tight plain">{of.problems.iter().map(|one| problem(&of.gun, one)).collect_view()}</ul> }
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

fn problem(gun: &str, of: &TrustProblem) -> AnyView {
    let class = if weight(of) == Weight::Bad {
        "notice"
    } else {
        "notice reserve"
    };
    view! {
        <li class=class>
            {Icon::Warning.draw()}
            <div class="stack tight">
                <p>{of.message.clone()}</p>
                {repair(gun, of).map(|text| view! { <Command text=Signal::stored(text) /> })}
            </div>
        </li>
    }
    .into_any()
}

/// The command that mends it, where one does: what is of another host, or believed by nobody, is deleted below.
fn repair(gun: &str, of: &TrustProblem) -> Option<String> {
    use TrustProblemCode::{Expired, ExpiresSoon, HashMismatch, InvalidRole};
    let subject = &of.subject;
    let is_of_people = subject == "targets" || subject.starts_with("targets/");
    match of.code {
        HashMismatch => Some(format!("docker trust sign {gun}:{subject}")),
        Expired | ExpiresSoon | InvalidRole if is_of_people => {
            Some(Notary::get().says(gun, &format!("witness {gun} {subject} -p")))
        }
        _ => None,
    }
}

/// For who administers the repository, and may have none of its keys.
fn delete(context: Context, collections: &[TrustCollection]) -> AnyView {
    let (namespace, name) = context.names();
    let notary = Notary::get();
    // A client reaches the registry only under its own hosts.
    let is_ours = |of: &&TrustCollection| {
        let mut codes = of.problems.iter().map(|problem| problem.code);
        !codes.any(|code| code == TrustProblemCode::ForeignHost)
    };
    let command =
        |of: &TrustCollection| notary.says(&of.gun, &format!("delete {} --remote", of.gun));
    let commands: Vec<String> = collections.iter().filter(is_ours).map(command).collect();
    view! {
        <DeleteCard
            action="Delete trust data"
            name=context.full_name()
            title=format!("Delete the trust data of {}?", context.full_name())
            said=format!("Deleted the trust data of {}", context.full_name())
            path=Signal::stored(paths::api::trust_data(&namespace, &name))
            next=paths::repository(&namespace, &name, "tags")
            warning="All that was signed with docker trust and notary here is signed no more; no key is needed for it."
        >
            <p>
                "Tags are not signed any more, and can be deleted, as the repository can. Who signs again begins with new keys, and clients that \
                knew the old ones have to be told. This cannot be undone."
            </p>
            {commands
                .iter()
                .map(|text| {
                    view! {
                        <p class="muted">"The same with notary:"</p>
                        <Command text=Signal::stored(text.clone()) />
                    }
                })
                .collect_view()}
        </DeleteCard>
    }
    .into_any()
}
