//! Showing what the API answers: while it is awaited, when it came, and when it did not.

use std::sync::Arc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{field::notice, focus::Place};
use crate::{
    client::{self, Failure, Reply},
    pages::error::failure_view,
};

/// An answer of the API that a page waits for. The server hands it to the browser with the page.
///
/// It is read only by the `shown…` of this module, each within a boundary of its own. Something loaded while something
/// else is drawn, and read outside of such a boundary, would be waited for by what draws it: that would be drawn again
/// when it comes, load it again, and so for ever.
#[derive(Clone, Copy)]
pub struct Loaded(Resource<Result<Reply, Failure>>);

impl Loaded {
    /// Asks the API again. What is shown stays until the answer is there.
    pub fn refetch(&self) {
        self.0.refetch();
    }
}

/// Reads a path of the API now, and again whenever the path changes. While it is empty nothing is asked, and the reply is empty.
pub fn load(path: impl Fn() -> String + Send + Sync + 'static) -> Loaded {
    load_boxed(Box::new(path))
}

/// A type of its own for each path would have a memo and a resource of its own compiled for the browser.
fn load_boxed(path: Box<dyn Fn() -> String + Send + Sync>) -> Loaded {
    let path = Memo::new(move |_| path());
    Loaded(Resource::new(
        move || path.get(),
        |path| {
            if path.is_empty() {
                Box::pin(std::future::ready(Ok(Reply::default())))
            } else {
                client::get(path)
            }
        },
    ))
}

/// Draws an answer of type `T` in full, or says what went wrong.
pub fn shown<T: DeserializeOwned>(
    loaded: Loaded,
    draw: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    shown_with(loaded, move |value, _| draw(value))
}

/// As [`shown`], for a part of a page: what went wrong is said in one line.
pub fn shown_or_notice<T: DeserializeOwned>(
    loaded: Loaded,
    draw: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    shown_result(
        loaded,
        Arc::new(move |result| {
            let drawn = result.and_then(|reply| reply.json()).map(&draw);
            Ok(drawn.unwrap_or_else(|failure| notice(failure.message)))
        }),
    )
}

/// As [`shown`], with the reply for its paging.
pub fn shown_with<T: DeserializeOwned>(
    loaded: Loaded,
    draw: impl Fn(T, &Reply) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    shown_raw(
        loaded,
        Arc::new(move |reply| reply.json().map(|value| draw(value, reply))),
    )
}

/// As [`shown`], where it is no failure that there is no such thing (404).
pub fn shown_if_any<T: DeserializeOwned>(
    loaded: Loaded,
    draw: impl Fn(Option<T>) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    shown_result(
        loaded,
        Arc::new(move |result| match result {
            Ok(reply) => reply.json().map(|value| draw(Some(value))),
            Err(failure) if failure.status == 404 => Ok(draw(None)),
            Err(failure) => Err(failure),
        }),
    )
}

/// Draws a reply.
type Draw = Arc<dyn Fn(&Reply) -> Result<AnyView, Failure> + Send + Sync>;

fn shown_raw(loaded: Loaded, draw: Draw) -> AnyView {
    shown_result(
        loaded,
        Arc::new(move |result| result.and_then(|reply| draw(&reply))),
    )
}

/// Draws a reply or a failure.
type DrawResult = Arc<dyn Fn(Result<Reply, Failure>) -> Result<AnyView, Failure> + Send + Sync>;

fn shown_result(loaded: Loaded, draw: DrawResult) -> AnyView {
    boundary(Arc::new(move || loaded.0.get().map(|result| draw(result))))
}

/// Draws several answers at once, as soon as all are there, or says what went wrong with the first that failed. What is
/// needed together is read together: boundaries within boundaries do not come alive in the browser beyond the second.
pub fn shown_together(
    all: Vec<Loaded>,
    draw: impl Fn(&[Reply]) -> Result<AnyView, Failure> + Send + Sync + 'static,
) -> AnyView {
    boundary(Arc::new(move || {
        // Each is read before any is looked at, so that all of them are waited for.
        let results: Vec<_> = all.iter().map(|loaded| loaded.0.get()).collect();
        let results: Option<Vec<_>> = results.into_iter().collect();
        let replies: Result<Vec<_>, _> = results?.into_iter().collect();
        Some(replies.and_then(|replies| draw(&replies)))
    }))
}

/// Reads answers and draws them; `None` while they are awaited.
type Read = Arc<dyn Fn() -> Option<Result<AnyView, Failure>> + Send + Sync>;

fn boundary(read: Read) -> AnyView {
    view! {
        <Transition fallback=|| {
            view! {
                <p class="waiting" role="status">
                    "Loading…"
                </p>
            }
        }>
            {
                let read = Arc::clone(&read);
                move || {
                    let place = Place::now();
                    let drawn = read().map(|drawn| drawn.unwrap_or_else(failure_view));
                    place.keep();
                    drawn
                }
            }
        </Transition>
    }
    .into_any()
}

/// As [`shown`], for an answer that is shown as it is.
pub fn shown_text(
    loaded: Loaded,
    draw: impl Fn(&str) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    shown_raw(loaded, Arc::new(move |reply| Ok(draw(&reply.body))))
}
