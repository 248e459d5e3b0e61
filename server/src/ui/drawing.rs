//! The threads on which pages are drawn. Each has a runtime of its own, and a page stays on one of them from its first
//! component to its last byte.
//!
//! The reactive system that draws pages takes its locks in an order that depends on which of its tasks runs first. With the
//! tasks of one page on several threads two of them can wait for each other, for good, and each takes a thread of the
//! server along. On one thread they cannot. What a page asks of the registry is answered where everything else is.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http_body_util::BodyExt as _;
use tokio::runtime::{Builder, Handle};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

/// A page that takes longer will not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// As many as there are processors.
static THREADS: LazyLock<Vec<Handle>> = LazyLock::new(|| {
    let count = thread::available_parallelism().map_or(1, usize::from);
    (0..count).filter_map(|_| start()).collect()
});

/// Whose turn it is.
static NEXT: AtomicUsize = AtomicUsize::new(0);

fn start() -> Option<Handle> {
    let runtime = Builder::new_current_thread().enable_time().build().ok()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("drawing".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .ok()?;
    Some(handle)
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undrawn {
    #[error("it was not drawn after {} s", PATIENCE.as_secs())]
    Late,
    #[error("the system gives no thread to draw on")]
    NoThread,
    #[error(transparent)]
    Died(#[from] tokio::task::JoinError),
    #[error(transparent)]
    Broken(#[from] axum::Error),
}

/// Draws a page to its last byte on one of the drawing threads; given up when the caller is.
pub(super) async fn draw(
    page: impl Future<Output = Response> + Send + 'static,
) -> Result<Response, Undrawn> {
    let turn = NEXT.fetch_add(1, Ordering::Relaxed);
    let thread = turn
        .checked_rem(THREADS.len())
        .and_then(|turn| THREADS.get(turn))
        .ok_or(Undrawn::NoThread)?;
    let whole = async {
        let (head, body) = page.await.into_parts();
        let bytes: Bytes = body.collect().await?.to_bytes();
        Ok(Response::from_parts(head, Body::from(bytes)))
    };
    let drawing = thread.spawn(whole.in_current_span());
    tokio::time::timeout(PATIENCE, AbortOnDropHandle::new(drawing))
        .await
        .map_err(|_| Undrawn::Late)??
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread::ThreadId};

    use axum::response::IntoResponse as _;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_page_stays_on_its_thread() {
        let seen = Arc::new(std::sync::Mutex::new(Vec::<ThreadId>::new()));
        let note = {
            let seen = Arc::clone(&seen);
            move || seen.lock().expect("lock").push(thread::current().id())
        };
        let page = async move {
            note();
            let part = note.clone();
            tokio::spawn(async move { part() }).await.expect("part");
            tokio::task::yield_now().await;
            note();
            "drawn".into_response()
        };
        let drawn = draw(page).await.expect("a page");
        let body = drawn.into_body().collect().await.expect("a body");
        assert_eq!(body.to_bytes(), "drawn");
        let seen = seen.lock().expect("lock");
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|thread| *thread == seen[0]), "{seen:?}");
        assert_ne!(seen[0], thread::current().id());
    }

    #[tokio::test]
    async fn a_page_that_panics_takes_nothing_along() {
        let died = draw(async { panic!("drawn badly") }).await;
        assert!(matches!(died, Err(Undrawn::Died(_))));
        for _ in 0..THREADS.len() {
            assert!(draw(async { "drawn".into_response() }).await.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_never_comes_is_given_up() {
        let late = draw(std::future::pending()).await;
        assert!(matches!(late, Err(Undrawn::Late)));
    }
}
