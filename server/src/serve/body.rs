//! The body of a request as it arrives: counted, and given up when nothing comes for too long.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::BoxError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::telemetry::{Meters, Route};

/// How long a body may pause. Uploads have a limit of their own, in the store.
const IDLE: Duration = Duration::from_secs(30);

/// Nothing arrived for too long.
#[derive(Debug, thiserror::Error)]
#[error("nothing of the request arrived for {} s", IDLE.as_secs())]
pub struct Stalled;

pin_project_lite::pin_project! {
    /// A body, counted into `meters`.
    pub struct Received<B> {
        #[pin]
        inner: B,
        #[pin]
        idle: Option<Sleep>,
        meters: Meters,
        route: Route,
    }
}

impl<B> Received<B> {
    /// Counts `inner` as belonging to a request on `route`.
    pub fn new(inner: B, meters: Meters, route: Route) -> Self {
        let idle = (route != Route::Upload).then(|| tokio::time::sleep(IDLE));
        Self {
            inner,
            idle,
            meters,
            route,
        }
    }
}

impl<B> Body for Received<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        let Poll::Ready(frame) = this.inner.poll_frame(context) else {
            if let Some(idle) = this.idle.as_mut().as_pin_mut() {
                ready!(idle.poll(context));
                return Poll::Ready(Some(Err(Stalled.into())));
            }
            return Poll::Pending;
        };
        if let Some(idle) = this.idle.as_mut().as_pin_mut() {
            idle.reset(Instant::now() + IDLE);
        }
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            this.meters.received(*this.route, data.len() as u64);
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;
    use http_body_util::{BodyExt as _, StreamBody};
    use time::OffsetDateTime;

    use super::*;

    fn body(
        parts: impl futures::Stream<Item = &'static str> + Send + 'static,
        route: Route,
    ) -> (Received<axum::body::Body>, Meters) {
        use futures::StreamExt as _;
        let frames =
            parts.map(|part| Ok::<_, Infallible>(Frame::data(Bytes::from_static(part.as_bytes()))));
        let meters = Meters::new(OffsetDateTime::UNIX_EPOCH);
        (
            Received::new(
                axum::body::Body::new(StreamBody::new(frames)),
                meters.clone(),
                route,
            ),
            meters,
        )
    }

    #[tokio::test]
    async fn counts_what_arrives() {
        let (body, meters) = body(stream::iter(["abc", "de"]), Route::Upload);
        assert_eq!(body.collect().await.expect("body").to_bytes(), "abcde");
        let line = r#"plimsoll_http_request_body_bytes_total{route="upload"} 5"#;
        assert!(meters.render().lines().any(|found| found == line));
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_a_body_that_stalls() {
        let (body, _) = body(stream::pending(), Route::Api);
        let error = body.collect().await.expect_err("stalled");
        assert!(error.is::<Stalled>(), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_not_a_stalled_one() {
        let slow = stream::unfold(0, |n| async move {
            tokio::time::sleep(IDLE * 9 / 10).await;
            (n < 5).then_some(("x", n + 1))
        });
        let (body, _) = body(slow, Route::Api);
        assert_eq!(body.collect().await.expect("body").to_bytes(), "xxxxx");
    }
}
