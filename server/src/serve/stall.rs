//! A connection whose client must take what it asked for. Who asks and does not read would otherwise hold a place, and what is
//! kept for it, for as long as it likes.
//!
//! It stands around the socket, below TLS, so it sees every byte that is sent, by `sendfile` or not.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// A stream that fails when nothing of what is written to it leaves for too long.
#[derive(Debug)]
pub(super) struct Impatient<S> {
    inner: S,
    limit: Duration,
    /// Since when a write waits.
    since: Option<Instant>,
    /// Rings when the wait may be over, or earlier: it is left as it is while writes go on, which costs nothing.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<S> Impatient<S> {
    /// Around a stream, which may wait for `limit`.
    pub(super) fn new(inner: S, limit: Duration) -> Self {
        Self {
            inner,
            limit,
            since: None,
            alarm: None,
        }
    }

    /// The outcome of a write, or the error that it has waited for too long.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if outcome.is_ready() {
            self.since = None;
            return outcome;
        }
        ready!(self.poll_end(context));
        Poll::Ready(Err(stalled()))
    }

    /// The outcome of what writes nothing itself, and may have to wait for what does.
    fn ended(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        if outcome.is_ready() {
            return outcome;
        }
        ready!(self.poll_end(context));
        Poll::Ready(Err(stalled()))
    }

    /// Ready when a wait that goes on, or begins now, is over.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let end = *self.since.get_or_insert_with(Instant::now) + self.limit;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(end)));
        loop {
            ready!(alarm.as_mut().poll(context));
            if end <= Instant::now() {
                return Poll::Ready(());
            }
            // It rang for an earlier wait.
            alarm.as_mut().reset(end);
        }
    }
}

fn stalled() -> io::Error {
    tracing::debug!("a client took nothing of its answer for too long: its connection is closed");
    io::Error::new(
        io::ErrorKind::TimedOut,
        "the client takes nothing of its answer",
    )
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.written(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.written(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_flush(context);
        self.ended(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_shutdown(context);
        self.ended(context, outcome)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_is_waited_for_and_one_that_stops_is_not() {
        let (mut client, server) = duplex(10);
        let mut server = Impatient::new(server, LIMIT);
        let writing = tokio::spawn(async move {
            server.write_all(&[7; 100]).await.expect("a slow reader");
            let read = Instant::now();
            let error = server.write_all(&[7; 100]).await.expect_err("stalled");
            (error.kind(), read.elapsed())
        });
        let mut some = [0; 10];
        for _ in 0..10 {
            tokio::time::sleep(LIMIT * 9 / 10).await;
            client.read_exact(&mut some).await.expect("bytes");
        }
        let (kind, waited) = writing.await.expect("writer");
        assert_eq!(kind, io::ErrorKind::TimedOut);
        // The last ten of the hundred still took place when the second write began.
        assert!(waited >= LIMIT && waited < LIMIT * 2, "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_anything_to_write_may_stay() {
        let (mut client, server) = duplex(10);
        let mut server = Impatient::new(server, LIMIT);
        for _ in 0..3 {
            server.write_all(&[7; 10]).await.expect("written");
            server.flush().await.expect("flushed");
            tokio::time::sleep(LIMIT * 9).await;
            client.read_exact(&mut [0; 10]).await.expect("bytes");
        }
    }
}
