//! Sending on another thread, so that the next bytes can be encrypted meanwhile.
//!
//! A single download by TLS keeps one thread busy: half of its time it encrypts, and half of it the system copies what is sent.
//! With a second thread the two go on side by side. A few connections at a time may have one; the others, and everything that is
//! small, write to the socket themselves.

use std::{
    io::{self, IoSlice},
    os::fd::{AsFd as _, OwnedFd},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::{SendFlags, send},
};
use tokio::{
    io::AsyncWrite as _,
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::{JoinHandle, spawn_blocking},
};

/// What is worth another thread, in bytes.
const LARGE: usize = 128 * 1024;
/// What is sent at once.
const MOST: usize = 512 * 1024;
/// For how long a thread waits for a client that takes nothing, before it leaves the rest to whom waiting costs nothing.
const PATIENCE: Duration = Duration::from_millis(5);

/// The threads that send for connections, and what they send from.
#[derive(Debug)]
pub(super) struct Threads {
    free: Arc<Semaphore>,
    most: usize,
    buffers: Mutex<Vec<Vec<u8>>>,
}

impl Threads {
    /// Half as many as there are cores.
    pub(super) fn new() -> Self {
        let most = std::thread::available_parallelism().map_or(1, usize::from) / 2;
        Self {
            free: Arc::new(Semaphore::new(most)),
            most,
            buffers: Mutex::default(),
        }
    }

    fn buffer(&self) -> Vec<u8> {
        self.buffers().pop().unwrap_or_default()
    }

    fn give_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut buffers = self.buffers();
        if buffers.len() < self.most {
            buffers.push(buffer);
        }
    }

    fn buffers(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends for one connection.
#[derive(Debug)]
pub(super) struct Relay {
    threads: Arc<Threads>,
    socket: Option<Arc<OwnedFd>>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing is on its way.
    Idle,
    /// A thread sends.
    Sending(JoinHandle<Sent>),
    /// What a thread left.
    Rest(Vec<u8>, usize),
}

/// How far a thread came.
#[derive(Debug)]
struct Sent {
    bytes: Vec<u8>,
    count: usize,
    outcome: io::Result<()>,
}

impl Relay {
    /// With threads that are shared by all connections.
    pub(super) fn new(threads: Arc<Threads>) -> Self {
        Self {
            threads,
            socket: None,
            state: State::Idle,
        }
    }

    /// Ready when nothing is on its way any more.
    pub(super) fn poll_idle(
        &mut self,
        context: &mut Context<'_>,
        socket: &mut TcpStream,
    ) -> Poll<io::Result<()>> {
        loop {
            match &mut self.state {
                State::Idle => return Poll::Ready(Ok(())),
                State::Sending(thread) => {
                    let sent = ready!(Pin::new(thread).poll(context)).map_err(io::Error::other);
                    self.state = State::Idle;
                    let sent = sent?;
                    sent.outcome?;
                    self.state = State::Rest(sent.bytes, sent.count);
                }
                State::Rest(bytes, at) => {
                    let rest = bytes.get(*at..).unwrap_or_default();
                    if rest.is_empty() {
                        self.threads.give_back(std::mem::take(bytes));
                        self.state = State::Idle;
                    } else {
                        *at += ready!(Pin::new(&mut *socket).poll_write(context, rest))?;
                    }
                }
            }
        }
    }

    /// Ready when everything is on its way: with a thread that sends it, or out. Whoever asks is woken when the thread has left
    /// something, and has to ask again, as HTTP does whenever it is woken.
    pub(super) fn poll_flush(
        &mut self,
        context: &mut Context<'_>,
        socket: &mut TcpStream,
    ) -> Poll<io::Result<()>> {
        let idle = self.poll_idle(context, socket);
        match self.state {
            State::Sending(_) => Poll::Ready(Ok(())),
            State::Idle | State::Rest(..) => idle,
        }
    }

    /// Takes large writes, and has them sent; `None` for others, or where no thread is free. Nothing may be on its way.
    pub(super) fn take(&mut self, socket: &TcpStream, slices: &[IoSlice<'_>]) -> Option<usize> {
        let length: usize = slices.iter().map(|slice| slice.len()).sum();
        if length < LARGE || !matches!(self.state, State::Idle) {
            return None;
        }
        let permit = Arc::clone(&self.threads.free).try_acquire_owned().ok()?;
        let socket = if let Some(socket) = &self.socket {
            Arc::clone(socket)
        } else {
            let own = Arc::new(socket.as_fd().try_clone_to_owned().ok()?);
            Arc::clone(self.socket.insert(own))
        };
        let mut bytes = self.threads.buffer();
        for slice in slices {
            if !bytes.is_empty() && bytes.len() + slice.len() > MOST {
                break;
            }
            bytes.extend_from_slice(slice);
        }
        let length = bytes.len();
        self.state = State::Sending(spawn_blocking(move || send_all(&socket, bytes, permit)));
        Some(length)
    }
}

/// Sends as much as the client takes without much waiting.
fn send_all(socket: &OwnedFd, bytes: Vec<u8>, _permit: OwnedSemaphorePermit) -> Sent {
    let mut count = 0;
    let mut outcome = Ok(());
    while let Some(rest) = bytes.get(count..).filter(|rest| !rest.is_empty()) {
        match send(socket, rest, SendFlags::NOSIGNAL) {
            Ok(sent) => count += sent,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                if !takes_more(socket) {
                    break;
                }
            }
            Err(error) => {
                outcome = Err(error.into());
                break;
            }
        }
    }
    Sent {
        bytes,
        count,
        outcome,
    }
}

fn takes_more(socket: &OwnedFd) -> bool {
    let limit = Timespec::try_from(PATIENCE).ok();
    let mut waiting = [PollFd::new(socket, PollFlags::OUT)];
    poll(&mut waiting, limit.as_ref()).is_ok_and(|ready| ready > 0)
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;
    use crate::serve::direct::{Direct, Outlet};

    async fn pair(threads: &Arc<Threads>) -> (TcpStream, Direct) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let client = TcpStream::connect(address);
        let (client, server) = tokio::join!(client, listener.accept());
        let (server, _) = server.expect("a connection");
        let relay = Relay::new(Arc::clone(threads));
        let direct = Direct::new(server, Outlet::default(), Some(relay));
        (client.expect("a connection"), direct)
    }

    fn two_threads() -> Arc<Threads> {
        Arc::new(Threads {
            free: Arc::new(Semaphore::new(2)),
            most: 2,
            buffers: Mutex::default(),
        })
    }

    /// Bytes that tell where they belong.
    fn numbered(from: usize, length: usize) -> Vec<u8> {
        (from..from + length)
            .map(|at| u8::try_from(at.wrapping_mul(2_654_435_761) >> 13 & 0xff).unwrap_or_default())
            .collect()
    }

    /// Large and small writes in turn, to clients that take them as they like: all arrives, each in its place.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn everything_arrives_in_order_whoever_sends_it() {
        let threads = two_threads();
        for piece in [1024 * 1024, 100_000, 4096] {
            let (mut client, mut server) = pair(&threads).await;
            let writer = tokio::spawn(async move {
                let mut at = 0;
                for round in 0..24 {
                    for length in [17, 300_000, 5, 200_000 + round, 1_000_000, 70_000] {
                        server
                            .write_all(&numbered(at, length))
                            .await
                            .expect("taken");
                        at += length;
                    }
                    server.flush().await.expect("flushed");
                }
                server.shutdown().await.expect("ended");
                at
            });
            let mut read = 0;
            let mut buffer = vec![0; piece];
            loop {
                let count = client.read(&mut buffer).await.expect("bytes");
                if count == 0 {
                    break;
                }
                let wanted = numbered(read, count);
                assert!(buffer.get(..count) == Some(&*wanted), "at {read}");
                read += count;
            }
            assert_eq!(writer.await.expect("written"), read);
        }
        assert!(threads.buffers().len() <= 2);
        assert_eq!(threads.free.available_permits(), 2, "no thread is kept");
    }

    /// What a thread cannot send at once is left to the connection, and the thread is free again.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_client_that_takes_nothing_holds_no_thread() {
        let threads = two_threads();
        let (mut client, mut server) = pair(&threads).await;
        let length = 64 << 20;
        let begun = Arc::new(Semaphore::new(0));
        let first = Arc::clone(&begun);
        let writer = tokio::spawn(async move {
            let block = vec![7; 1 << 20];
            for _ in 0..64 {
                server.write_all(&block).await.expect("taken");
                first.add_permits(1);
            }
            server.shutdown().await.expect("ended");
        });
        // The writer is stuck when nothing more fits; its thread has given up by then.
        while begun.available_permits() == 0 || threads.free.available_permits() < 2 {
            tokio::task::yield_now().await;
        }
        let mut read = 0;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match client.read(&mut buffer).await.expect("bytes") {
                0 => break,
                count => read += count,
            }
        }
        assert_eq!(read, length);
        writer.await.expect("written");
    }

    /// A client that is gone is an error, not a wait.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_client_that_is_gone_is_noticed() {
        let (client, mut server) = pair(&two_threads()).await;
        drop(client);
        let block = vec![7; 1 << 20];
        let mut result = Ok(());
        for _ in 0..64 {
            result = server.write_all(&block).await;
            if result.is_err() {
                break;
            }
        }
        assert!(result.is_err());
    }
}
