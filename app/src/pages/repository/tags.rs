//! Tags: the table that follows the registry live, and deleting what was selected.

use std::collections::BTreeSet;

use api::{manifest::Kind, repository::AccessLevel, tag::Tag};
use leptos::prelude::*;

use super::{Context, news::News, scans};
use crate::{
    boot::Env,
    client::{self, Reply},
    components::{
        clock,
        copy::{Command, CopyButton},
        dialog::Confirm,
        filter::Filter,
        icon::Icon,
        job,
        load::{Loaded, load, shown_with},
        pager::pager,
        signed,
        task::Task,
        toast::Toasts,
    },
    format,
    pages::query,
    paths,
};

/// State of the tab.
#[derive(Clone, Copy)]
struct Table {
    context: Context,
    tags: Loaded,
    selected: RwSignal<BTreeSet<String>>,
    news: News,
    asking: RwSignal<bool>,
}

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let (filter, start) = (query("filter"), query("start"));
    let names = context.names();
    let tags = load(move || paths::api::tags(&names.0, &names.1, &filter.get(), &start.get()));
    let table = Table {
        context,
        tags,
        selected: RwSignal::default(),
        news: News::follow(context, tags),
        asking: RwSignal::new(false),
    };
    let may_delete = context.may(AccessLevel::ReadWrite);
    view! {
        {may_delete.then(|| confirm(table))}
        <div hidden=move || context.tag_count.get() == 0>
            <Filter placeholder="Filter tags" label="Filter tags">
                {may_delete.then(|| delete_button(table))}
            </Filter>
        </div>
        {shown_with(tags, move |list: Vec<Tag>, reply| {
            let is_whole = filter.with_untracked(String::is_empty) && start.with_untracked(String::is_empty);
            if is_whole && let Some(count) = reply.count {
                context.tag_count.set(count);
            }
            table.news.seen(&list);
            match (list.is_empty(), is_whole) {
                (true, true) => nothing_yet(context),
                (true, false) => nothing_found(context),
                (false, _) => rows(table, &list, reply),
            }
        })}
    }
    .into_any()
}

fn delete_button(table: Table) -> AnyView {
    let count = move || table.selected.with(BTreeSet::len);
    view! {
        <button
            type="button"
            class="btn danger end"
            hidden=move || count() == 0
            on:click=move |_| table.asking.set(true)
        >
            {Icon::Bin.draw()}
            {move || format!("Delete {}", count())}
        </button>
    }
    .into_any()
}

fn confirm(table: Table) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let perform = Callback::new(move |()| {
        let (namespace, name) = table.context.names();
        let doomed: Vec<String> = table.selected.get_untracked().into_iter().collect();
        let count = u64::try_from(doomed.len()).unwrap_or_default();
        let deed = async move {
            let mut last = Reply::default();
            for tag in doomed {
                last = client::delete(paths::api::tag(&namespace, &name, &tag)).await?;
                table.selected.try_update(|selected| selected.remove(&tag));
            }
            Ok(last)
        };
        task.run(Box::pin(deed), move |_| {
            toasts.good(format!("Deleted {}", format::counted(count, "tag")));
            table.asking.try_set(false);
            table.tags.refetch();
        });
    });
    let title = Signal::derive(move || {
        let count = table
            .selected
            .with(|s| u64::try_from(s.len()).unwrap_or_default());
        format!(
            "Delete {} of {}?",
            format::counted(count, "tag"),
            table.context.full_name()
        )
    });
    view! {
        <Confirm open=table.asking title action="Delete" busy=task.busy error=task.message() confirm=perform>
            <ul class="names">
                {move || {
                    table.selected.get().into_iter().map(|tag| view! { <li><code>{tag}</code></li> }).collect_view()
                }}
            </ul>
            <p>
                "These names go. What they point at stays in the registry and can be pulled by its digest; other tags of the same image stay."
            </p>
        </Confirm>
    }
    .into_any()
}

fn rows(table: Table, tags: &[Tag], reply: &Reply) -> AnyView {
    let may_delete = table.context.may(AccessLevel::ReadWrite);
    let pick = may_delete.then(|| {
        view! {
            <th scope="col" class="fit">
                <span class="sr">"Select"</span>
            </th>
        }
    });
    let summary = reply
        .count
        .map(|count| format!("{}, ", format::counted(count, "tag")));
    let summary = view! { <span>{summary} <span class="live">"live"</span></span> };
    view! {
        <div class="card">
            <table class="cards">
                <thead>
                    <tr>
                        {pick} <th scope="col">"Tag"</th> <th scope="col">"Platform"</th>
                        <th scope="col" class="num">
                            "Size"
                        </th> <th scope="col">"Vulnerabilities"</th> <th scope="col">"Pushed"</th>
                        <th scope="col" class="fit">
                            <span class="sr">"Pull command"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{tags.iter().map(|tag| row(table, tag, may_delete)).collect_view()}</tbody>
            </table>
            {pager(reply, "start", summary.into_any())}
        </div>
    }
    .into_any()
}

fn row(table: Table, tag: &Tag, may_delete: bool) -> AnyView {
    let host = Env::get().host;
    // docker cannot pull what is no image.
    let client = if tag.manifest.kind == Kind::Artifact {
        "oras"
    } else {
        "docker"
    };
    let (namespace, name) = table.context.names();
    let (os, architecture) =
        paths::platform_segments(tag.platforms.iter().find(|p| p.kind != Kind::Attestation));
    let href = paths::image(&namespace, &name, &tag.name, (&os, &architecture), "layers");
    let signatures = paths::image(
        &namespace,
        &name,
        &tag.name,
        (&os, &architecture),
        "signatures",
    );
    let reference = format!("{}:{}", table.context.full_name(), tag.name);
    let pull = Signal::derive(move || format!("{client} pull {}/{reference}", host.get()));
    let (is_fresh, is_selected) = (tag.name.clone(), tag.name.clone());
    let toggle = tag.name.clone();
    let pick = may_delete.then(|| {
        view! {
            <td class="fit pick">
                <input
                    type="checkbox"
                    aria-label=format!("Select {}", tag.name)
                    prop:checked=move || table.selected.with(|s| s.contains(&is_selected))
                    on:change:target=move |event| {
                        let checked = event.target().checked();
                        table
                            .selected
                            .update(|selected| {
                                if checked { selected.insert(toggle.clone()) } else { selected.remove(&toggle) };
                            });
                    }
                />
            </td>
        }
    });
    view! {
        <tr class:new=move || table.news.has(&is_fresh)>
            {pick} <td class="wide">
                <a class="name" href=href>
                    {tag.name.clone()}
                </a>
                <div class="digest">
                    {format::short(&tag.digest)} " "
                    <CopyButton text=tag.digest.clone() label=format!("Copy the digest of {}", tag.name) />
                </div>
                {signed::chip(tag, &signatures)} {promoted(tag)}
                <a class="small" href=paths::tag_policies(&namespace, &name, &tag.name)>
                    "Policies"
                </a>
            </td> <td class="muted">{platforms(tag)}</td> <td class="num muted">{format::bytes(tag.size)}</td>
            <td class="wide">{scans::cell(table.context, table.tags, tag)}</td>
            <td class="muted when">
                {clock::ago(tag.updated_at)}
                {(!tag.author.is_empty()).then(|| view! { <div class="small faint">"by " {tag.author.clone()}</div> })}
                {tag.job.as_ref().map(|pushing| view! { <div class="small faint">{job::job(pushing)}</div> })}
            </td> <td class="fit">
                <CopyButton text=pull label=format!("Copy the pull command of {}", tag.name) />
            </td>
        </tr>
    }
    .into_any()
}

/// DTR's badge of a tag that a promotion set.
fn promoted(tag: &Tag) -> AnyView {
    tag.promotion
        .as_ref()
        .map(|from| {
            view! {
                <span class="chip info" title=from.string.clone()>
                    "Promoted"
                </span>
                " "
            }
        })
        .into_any()
}

/// The first platforms, and how many more; for an artifact what it is.
fn platforms(tag: &Tag) -> AnyView {
    let mut names: Vec<String> = tag
        .platforms
        .iter()
        .filter(|p| p.kind != Kind::Attestation)
        .map(|p| {
            format::platform(
                p.os.as_deref(),
                p.architecture.as_deref(),
                p.variant.as_deref(),
            )
        })
        .collect();
    if names.is_empty() {
        let kind = tag
            .manifest
            .artifact_type
            .clone()
            .unwrap_or_else(|| tag.media_type.clone());
        return view! { <span class="small">{kind}</span> }.into_any();
    }
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    view! {
        <span class="platforms">
            {names.into_iter().map(|name| view! { <span>{name}</span> }).collect_view()}
            {(more > 0).then(|| view! { <span class="faint">"+ " {more}</span> })}
        </span>
    }
    .into_any()
}

fn nothing_found(context: Context) -> AnyView {
    let (namespace, name) = context.names();
    view! {
        <div class="card empty">
            {Icon::Search.draw()}
            <h2>"No tag matches"</h2>
            <a class="btn" href=paths::repository(&namespace, &name, "tags")>
                "Show all"
            </a>
        </div>
    }
    .into_any()
}

fn nothing_yet(context: Context) -> AnyView {
    if !context.may(AccessLevel::ReadWrite) {
        return view! {
            <div class="card empty">
                {Icon::Box.draw()}
                <h2>"No image yet"</h2>
                <p>"Nothing was pushed to this repository so far."</p>
            </div>
        }
        .into_any();
    }
    let env = Env::get();
    let (_, name) = context.names();
    let image = StoredValue::new(format!("{name}:dev"));
    let target = move || format!("{}/{}:dev", env.host.get(), context.full_name());
    view! {
        <div class="card empty">
            {Icon::Box.draw()}
            <h2>"No image yet"</h2>
            <p>"Push the first one. This page shows it as soon as it arrives."</p>
            <ol class="steps">
                <li>
                    <Command text=Signal::derive(move || format!("docker login -u {} {}", env.user(), env.host.get())) />
                </li>
                <li>
                    <Command text=Signal::derive(move || format!("docker tag {} {}", image.get_value(), target())) />
                </li>
                <li>
                    <Command text=Signal::derive(move || format!("docker push {}", target())) />
                </li>
            </ol>
        </div>
    }
    .into_any()
}
