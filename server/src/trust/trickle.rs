//! The body of an upload as it comes: given up where it trickles, whichever of its parts, or whatever between them, it is that trickles.
//! Whoever sends a byte now and then would have its room in memory for as long as an upload may take.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::BoxError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

/// After this long, an upload has to have brought [`LEAST`] bytes for each second.
const GRACE: Duration = Duration::from_secs(20);
/// Bytes per second: of the largest upload as many come within the longest time only at three times that.
const LEAST: u64 = 32 << 10;

/// Less came than has to.
#[derive(Debug, thiserror::Error)]
#[error("less than {LEAST} bytes of the upload arrived per second")]
pub(super) struct Trickles;

pin_project_lite::pin_project! {
    /// A body that has to bring some bytes for each second since it was made.
    pub(super) struct Steady<B> {
        #[pin]
        inner: B,
        began: Instant,
        bytes: u64,
    }
}

impl<B> Steady<B> {
    /// Its time begins now.
    pub(super) fn new(inner: B) -> Self {
        Self {
            inner,
            began: Instant::now(),
            bytes: 0,
        }
    }
}

impl<B> Body for Steady<B>
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
        let this = self.project();
        let frame = ready!(this.inner.poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, Bytes::len);
            *this.bytes = this.bytes.saturating_add(length as u64);
            let took = this.began.elapsed();
            if took > GRACE && *this.bytes < LEAST * took.as_secs() {
                return Poll::Ready(Some(Err(Trickles.into())));
            }
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
    use futures::stream;
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    /// How many seconds of so many bytes each come through.
    async fn through(bytes: usize, seconds: usize) -> usize {
        let frames = stream::unfold(0, move |second| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let frame = Frame::data(Bytes::from(vec![0; bytes]));
            (second < seconds).then_some((Ok::<_, BoxError>(frame), second + 1))
        });
        let body = Steady::new(StreamBody::new(frames));
        let mut body = std::pin::pin!(body);
        let mut through = 0;
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(_) => through += 1,
                Err(error) => {
                    assert!(error.is::<Trickles>(), "{error}");
                    return through;
                }
            }
        }
        through
    }

    #[tokio::test(start_paused = true)]
    async fn what_trickles_is_given_up_after_a_while() {
        assert_eq!(through(1, 100).await, 20);
        assert_eq!(through((32 << 10) - 1, 100).await, 20);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_as_fast_as_it_has_to_be_comes_through() {
        assert_eq!(through(32 << 10, 100).await, 100);
        assert_eq!(through(1, 20).await, 20);
    }
}
