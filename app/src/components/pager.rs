//! Paging by key: the next page begins where this one ended, and new rows never shift what is being read.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use crate::{client::Reply, paths};

/// The foot of a list that does not count: nothing where all of it is on one page.
pub fn pager_if_needed(reply: &Reply, parameter: &'static str) -> AnyView {
    let is_first = use_query_map().with_untracked(|q| q.get(parameter).is_none());
    if is_first && reply.next.is_none() {
        return ().into_any();
    }
    pager(reply, parameter, view! { <span></span> }.into_any())
}

/// The foot of a list: what is on this page, and the way to the next and back to the first.
///
/// `parameter` is the query parameter of the page's own address that holds the start.
pub fn pager(reply: &Reply, parameter: &'static str, summary: AnyView) -> AnyView {
    let query = use_query_map();
    let location = use_location();
    let next = reply.next.clone();
    let with_start = move |start: Option<&str>| {
        let mut map = query.get();
        map.remove(parameter);
        let mut pairs: Vec<(String, String)> = map
            .into_iter()
            .map(|(key, value)| (key.into_owned(), value))
            .collect();
        if let Some(start) = start {
            pairs.push((parameter.to_owned(), start.to_owned()));
        }
        paths::with_query(
            &location.pathname.get(),
            pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())),
        )
    };
    let is_first = query.with_untracked(|q| q.get(parameter).is_none());
    let first =
        (!is_first).then(|| view! { <a class="btn" href=with_start(None)>"First page"</a> });
    let next = next
        .map(|start| view! { <a class="btn" href=with_start(Some(&start)) rel="next">"Next"</a> });
    view! {
        <nav class="pager" aria-label="Pages">
            {summary}
            {first}
            {next}
        </nav>
    }
    .into_any()
}
