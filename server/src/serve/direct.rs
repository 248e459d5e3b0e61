//! Stored bytes on their way to a plain socket without passing through this process: `sendfile(2)`.
//!
//! The HTTP library writes bytes, not files. So a part of a file is announced to the connection ([`Outlet`]), and the
//! library is handed as many bytes of a stand-in instead, which nobody reads. The connection ([`Direct`]) knows the
//! stand-in by its address, and where it comes up to be written, sends the announced part of the file. Parts come up in
//! the order in which they were announced, because a connection sends one body at a time and each in its order.
//!
//! Only a plain connection of HTTP/1 has an outlet; TLS and HTTP/2 read the bytes that they are given.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use blobs::FilePart;
use bytes::Bytes;
use rustix::{fs::sendfile, io::Errno};
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};

/// As many bytes as a part of a file can have, of which only the addresses matter.
static STAND_IN: [u8; FilePart::MAX] = [0; FilePart::MAX];

/// How often at most something is taken from a socket that is about to be closed.
const DISCARDED: usize = 16;

/// How much the system is asked to send in one go. It sends as much as one segment of the loopback device has: with larger pieces a
/// single reader on this machine gets a quarter less, because it is woken for every segment.
const AT_ONCE: usize = 64 << 10;

/// Whether these are bytes of the stand-in.
fn stands_in(bytes: &[u8]) -> bool {
    STAND_IN.as_ptr_range().contains(&bytes.as_ptr())
}

/// Where parts of files are announced to a connection.
#[derive(Clone, Debug, Default)]
pub struct Outlet(Arc<Mutex<VecDeque<FilePart>>>);

impl Outlet {
    /// Announces a part of a file, and answers what to send in its place.
    pub fn announce(&self, part: FilePart) -> Bytes {
        let stand_in = STAND_IN.get(..part.length).unwrap_or(&STAND_IN);
        self.parts().push_back(part);
        Bytes::from_static(stand_in)
    }

    fn parts(&self) -> MutexGuard<'_, VecDeque<FilePart>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A plain connection that sends announced parts of files where their stand-ins come up.
#[derive(Debug)]
pub struct Direct {
    socket: TcpStream,
    outlet: Outlet,
}

impl Direct {
    /// Around a socket.
    pub(super) fn new(socket: TcpStream, outlet: Outlet) -> Self {
        Self { socket, outlet }
    }

    /// Sends of the first announced part, but no more than `length` bytes.
    fn poll_send(&self, context: &mut Context<'_>, length: usize) -> Poll<io::Result<usize>> {
        let mut parts = self.outlet.parts();
        let Some(part) = parts.front_mut() else {
            return Poll::Ready(Err(io::Error::other("nothing was announced")));
        };
        let length = part.length.min(length).min(AT_ONCE);
        loop {
            ready!(self.socket.poll_write_ready(context))?;
            let send = || {
                sendfile(&self.socket, &part.file, Some(&mut part.at), length)
                    .map_err(io::Error::from)
            };
            match self.socket.try_io(Interest::WRITABLE, send) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => {
                    part.length -= count;
                    if part.length == 0 {
                        parts.pop_front();
                    }
                    return Poll::Ready(Ok(count));
                }
                Err(error) if is_transient(&error) => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Takes what has arrived and nobody will read, such as TLS's goodbye: a socket that is closed over it is reset, and the
    /// end of the answer may be lost with it.
    fn discard(&self) {
        let mut waste = [0; 4096];
        for _ in 0..DISCARDED {
            if !matches!(self.socket.try_read(&mut waste), Ok(1..)) {
                return;
            }
        }
    }
}

fn is_transient(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(Errno::INTR.raw_os_error())
}

impl AsyncRead for Direct {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for Direct {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if stands_in(bytes) {
            return self.poll_send(context, bytes.len());
        }
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(first) = slices.first().filter(|first| stands_in(first)) {
            return self.poll_send(context, first.len());
        }
        let is_ordinary = |slice: &&IoSlice<'_>| !stands_in(slice);
        let count = slices.iter().take_while(is_ordinary).count();
        let ordinary = slices.get(..count).unwrap_or_default();
        Pin::new(&mut self.socket).poll_write_vectored(context, ordinary)
    }

    fn is_write_vectored(&self) -> bool {
        // Otherwise the bytes of the stand-in would be copied, and it could not be known by its address.
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.socket).poll_shutdown(context))?;
        self.discard();
        Poll::Ready(Ok(()))
    }
}
