//! `/repositories`: a list with search, choice of namespace, and paging by key.

use std::collections::BTreeSet;

use api::repository::{Repositories, Repository, Visibility};
use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::{
    boot::Env,
    client::Reply,
    components::{
        clock,
        copy::Command,
        filter::Filter,
        icon::Icon,
        load::{load, shown_with},
        pager::pager,
        table::{self, Column},
    },
    format,
    pages::{parameter, query, title},
    paths,
};

/// The page.
pub fn page() -> AnyView {
    let env = Env::get();
    let (namespace, filter, start) = (query("namespace"), query("filter"), query("start"));
    let loaded =
        load(move || paths::api::repositories(&namespace.get(), &filter.get(), &start.get()));
    let signed_in = env.account.with_untracked(Option::is_some);
    // What was seen once stays to be chosen, so that a filtered list can be left again.
    let own = env
        .account
        .with_untracked(|account| account.as_ref().map(|a| a.name.clone()));
    let namespaces = RwSignal::new(BTreeSet::from_iter(own));
    view! {
        {title("Repositories")}
        <div class="head">
            <div>
                <h1>"Repositories"</h1>
                {(!signed_in).then(|| view! { <p>"Public ones. Sign in to see more."</p> })}
            </div>
            <div class="acts">{signed_in.then(new_button)}</div>
        </div>
        <Filter placeholder="Filter by name" label="Filter repositories by name">
            {choose_namespace(namespaces, namespace)}
        </Filter>
        {shown_with(loaded, move |answer: Repositories, reply| {
            namespaces.update(|known| known.extend(answer.repositories.iter().map(|r| r.namespace.clone())));
            let is_whole = filter.with_untracked(String::is_empty)
                && namespace.with_untracked(String::is_empty)
                && start.with_untracked(String::is_empty);
            if answer.repositories.is_empty() && is_whole { nothing_yet() } else { table(&answer.repositories, reply, paths::REPOSITORIES) }
        })}
    }
    .into_any()
}

/// `/repositories/{namespace}` is the list with that namespace chosen.
pub fn to_namespace() -> AnyView {
    let namespace = parameter("namespace").get_untracked();
    view! { <Redirect path=paths::namespace(&namespace) /> }.into_any()
}

fn new_button() -> AnyView {
    view! {
        <a class="btn primary" href=paths::NEW_REPOSITORY>
            {Icon::Plus.draw()}
            "New repository"
        </a>
    }
    .into_any()
}

fn choose_namespace(known: RwSignal<BTreeSet<String>>, chosen: Memo<String>) -> AnyView {
    let options = move || {
        let chosen = chosen.get();
        let mut names = known.get();
        names.insert(chosen.clone());
        names
            .into_iter()
            .filter(|name| !name.is_empty())
            .map(|name| view! { <option value=name.clone() selected=name == chosen>{name.clone()}</option> })
            .collect_view()
    };
    view! {
        <select name="namespace" aria-label="Namespace">
            <option value="" selected=move || chosen.with(String::is_empty)>
                "All namespaces"
            </option>
            {options}
        </select>
    }
    .into_any()
}

/// The rows of one page; `all` is where the way back from an empty one leads.
pub(crate) fn table(repositories: &[Repository], reply: &Reply, all: &str) -> AnyView {
    if repositories.is_empty() {
        return view! {
            <div class="card empty">
                {Icon::Search.draw()}
                <h2>"No repository matches"</h2>
                <p>"Of those that you may see, none has that name."</p>
                <a class="btn" href=all.to_owned()>
                    "Show all"
                </a>
            </div>
        }
        .into_any();
    }
    let summary = reply.count.map(|count| {
        let noun = if count == 1 {
            "repository"
        } else {
            "repositories"
        };
        format!("{count} {noun}")
    });
    table::table(
        vec![
            Column::Text("Repository"),
            Column::Text("Visibility"),
            Column::Number("Tags"),
            Column::Number("Size"),
            Column::Text("Last pushed"),
        ],
        repositories.iter().map(row).collect(),
        pager(reply, "start", view! { <span>{summary}</span> }.into_any()),
    )
}

fn row(repository: &Repository) -> AnyView {
    let href = paths::repository(&repository.namespace, &repository.name, "tags");
    let pushed = repository.last_pushed_at.map_or_else(
        || view! { <span class="faint">"never"</span> }.into_any(),
        clock::ago,
    );
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=href>
                    <span class="part">{repository.namespace.clone()} " / "</span>
                    {repository.name.clone()}
                </a>
                <div class="muted small">{repository.short_description.clone()}</div>
            </td>
            <td>{visibility(repository.visibility)}</td>
            <td class="num">
                {repository.tag_count} <span class="unit">{if repository.tag_count == 1 { " tag" } else { " tags" }}</span>
            </td>
            <td class="num muted">{format::bytes(repository.size)}</td>
            <td class="muted when">{pushed}</td>
        </tr>
    }
    .into_any()
}

/// `Public` or `Private`, as a chip.
pub(crate) fn visibility(visibility: Visibility) -> AnyView {
    let (icon, word) = match visibility {
        Visibility::Public => (Icon::Globe, "Public"),
        Visibility::Private => (Icon::Lock, "Private"),
    };
    view! { <span class="chip line">{icon.draw()} {word}</span> }.into_any()
}

/// Nothing to list: what to do about it.
fn nothing_yet() -> AnyView {
    let env = Env::get();
    if !env.account.with_untracked(Option::is_some) {
        return view! {
            <div class="card empty">
                {Icon::Box.draw()}
                <h2>"No public repositories"</h2>
                <p>"What is private is shown only to those who may see it."</p>
                <a class="btn primary" rel="external" href=paths::sign_in(paths::REPOSITORIES)>
                    "Sign in"
                </a>
            </div>
        }
        .into_any();
    }
    let target = move || format!("{}/{}/hello:dev", env.host.get(), env.user());
    view! {
        <div class="card empty">
            {Icon::Box.draw()}
            <h2>"No repositories yet"</h2>
            <p>
                "Make one, for example "<code>"hello"</code>
                ", then push an image to it with these commands. It appears by itself."
            </p>
            {new_button()}
            <ol class="steps">
                <li>
                    <Command text=Signal::derive(move || format!("docker login -u {} {}", env.user(), env.host.get())) />
                </li>
                <li>
                    <Command text=Signal::derive(move || format!("docker tag hello:dev {}", target())) />
                </li>
                <li>
                    <Command text=Signal::derive(move || format!("docker push {}", target())) />
                </li>
            </ol>
        </div>
    }
    .into_any()
}
