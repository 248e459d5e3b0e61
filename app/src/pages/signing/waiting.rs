//! The tags that wait for the visitor's signature.

use api::signing::WaitingTag;
use leptos::prelude::*;

use super::commands;
use crate::{
    client::Reply,
    components::{
        clock::ago,
        dialog::Dialog,
        icon::Icon,
        pager::pager_if_needed,
        table::{self, Column},
    },
    format, paths,
};

pub(super) fn list(tags: Vec<WaitingTag>, reply: &Reply) -> AnyView {
    let open = RwSignal::new(false);
    let chosen = RwSignal::new(None::<WaitingTag>);
    let columns = vec![
        Column::Text("Image"),
        Column::Text("Why"),
        Column::Text("Set"),
        Column::Buttons("Actions"),
    ];
    let rows = tags.into_iter().map(|tag| row(tag, chosen, open)).collect();
    let called = Signal::derive(move || {
        chosen.with(|tag| {
            tag.as_ref().map_or_else(String::new, |tag| {
                format!("Sign {}/{}:{}", tag.namespace, tag.repository, tag.tag)
            })
        })
    });
    view! {
        {table::table(columns, rows, pager_if_needed(reply, "start"))}
        <Dialog open title=called>
            <div class="body stack tight">{move || chosen.with(|tag| tag.as_ref().map(commands::of))}</div>
            <footer>
                <button type="button" class="btn primary" autofocus on:click=move |_| open.set(false)>
                    "Close"
                </button>
            </footer>
        </Dialog>
    }
    .into_any()
}

fn row(tag: WaitingTag, chosen: RwSignal<Option<WaitingTag>>, open: RwSignal<bool>) -> AnyView {
    let href = paths::image(
        &tag.namespace,
        &tag.repository,
        &tag.tag,
        (paths::NONE, paths::NONE),
        "signatures",
    );
    let name = format!("{}/{}:{}", tag.namespace, tag.repository, tag.tag);
    let by = tag
        .author
        .clone()
        .map(|author| view! { <div class="small faint">"by " {author}</div> });
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=href>
                    <span class="part">{tag.namespace.clone()} " / "</span>
                    {tag.repository.clone()}
                    " : "
                    {tag.tag.clone()}
                </a>
                <div class="muted small">
                    <code>{format::short(&tag.digest)}</code>
                </div>
            </td>
            <td>{why(&tag)} {asked(&tag)}</td>
            <td class="muted when">{ago(tag.updated_at)} {by}</td>
            <td>
                <button
                    type="button"
                    class="btn"
                    aria-label=format!("How to sign {name}")
                    on:click=move |_| {
                        chosen.set(Some(tag.clone()));
                        open.set(true);
                    }
                >
                    "How to sign"
                </button>
            </td>
        </tr>
    }
    .into_any()
}

/// Why it waits, in a word.
fn why(tag: &WaitingTag) -> AnyView {
    match &tag.released_digest {
        None => view! { <span class="chip minor">"Nobody signed it"</span> }.into_any(),
        Some(digest) if *digest == tag.digest => {
            view! { <span class="chip line">"Signed by others"</span> }.into_any()
        }
        Some(_) => view! { <span class="chip critical">{Icon::Warning.draw()} "Moved since it was signed"</span> }
            .into_any(),
    }
}

/// Which policies ask for which of the visitor's teams.
fn asked(tag: &WaitingTag) -> AnyView {
    let asked = tag.asked.iter();
    asked
        .map(|asked| {
            let words = format!(
                "asked by the policy of the {}: team {}",
                asked.level, asked.team
            );
            view! { <div class="small">{words}</div> }
        })
        .collect_view()
        .into_any()
}
