//! Live changes of a repository, as server-sent events (HTML standard, section 9.2), for pages that update by themselves.

use std::{convert::Infallible, time::Duration};

use api::{change::TagChange, error::Envelope};
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue},
    response::sse::{Event, KeepAlive, Sse},
};
use db::News;
use futures::{Stream, StreamExt as _, stream};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, timeout_at},
};

use super::{Found, Named};
use crate::{
    access::Level,
    caller::Caller,
    error::ApiResult,
    input::Segments,
    operations::{Operations, routes},
    state::AppState,
};

/// A stream ends after this; the browser comes back by itself, and is asked anew who it is.
const LIFETIME: Duration = Duration::from_mins(5);

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(watch_repository))
}

/// Ours: pushes and deletions of tags, live.
///
/// Each event is named `tag` and has a `TagChange` as its data. An event named `missed` says that some were lost, or that new
/// vulnerability data changed what is known of images: read the list again. The stream ends when the caller may no longer see the
/// repository, and after five minutes at the latest.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/changes",
    tag = "repositories",
    params(Named),
    responses(
        (status = 200, description = "Events, for as long as the connection stands.", body = TagChange,
            content_type = "text/event-stream"),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn watch_repository(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
) -> ApiResult<(
    [(HeaderName, HeaderValue); 1],
    Sse<impl Stream<Item = Result<Event, Infallible>>>,
)> {
    let found = Found::visible(&state, &caller, &named).await?;
    let watch = Watch {
        changes: state.db.watch(),
        until: Instant::now() + LIFETIME,
        state,
        caller,
        found,
    };
    // nginx would keep events back until it has a buffer full of them.
    let unbuffered = (
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    let events = Sse::new(stream::unfold(watch, next).map(Ok)).keep_alive(KeepAlive::default());
    Ok(([unbuffered], events))
}

struct Watch {
    state: AppState,
    caller: Caller,
    found: Found,
    changes: Receiver<News>,
    until: Instant,
}

async fn next(mut watch: Watch) -> Option<(Event, Watch)> {
    loop {
        let received = tokio::select! {
            () = watch.state.stop.cancelled() => return None,
            received = timeout_at(watch.until, watch.changes.recv()) => received,
        };
        let change = match received {
            Ok(Ok(News::Tag(change))) if change.repository == watch.found.row.id => change,
            Ok(Ok(News::Tag(_))) => continue,
            // everything may be different
            Ok(Ok(News::Judged) | Err(RecvError::Lagged(_))) => {
                return Some((Event::default().event("missed").data("{}"), watch));
            }
            Ok(Err(RecvError::Closed)) | Err(_) => return None,
        };
        if !watch.is_still_allowed().await {
            return None;
        }
        let row = &watch.found.row;
        let data = TagChange {
            repository: format!("{}/{}", row.namespace, row.name),
            tag: change.tag,
            digest: change.digest,
        };
        let event = Event::default().event("tag").json_data(data).ok()?;
        return Some((event, watch));
    }
}

impl Watch {
    /// Asks the database anew: the repository may have been made private or deleted, the account switched off.
    async fn is_still_allowed(&self) -> bool {
        let Ok(Some(caller)) = self.caller.still(&self.state).await else {
            return false;
        };
        match db::repositories::by_id(&self.state.db, self.found.row.id).await {
            Ok(Some(row)) => {
                let decision = self.state.decide(&caller.subject(), &row).await;
                decision.is_ok_and(|decision| decision.allows(Level::ReadOnly))
            }
            Ok(None) | Err(_) => false,
        }
    }
}
