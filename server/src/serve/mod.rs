//! Listening: the sockets, what HTTP may cost on them, and the order to stop.
//!
//! Sockets are bound first ([`Listeners::bind`]), so that a client which comes while the rest is being set up waits
//! rather than being refused. On the order to stop nothing new is accepted, and running requests have a set time to end.

mod accept;
pub mod body;
pub mod direct;
pub(crate) mod head;
mod stall;
mod start;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, http::Request};
use axum_server::{Handle, Server, accept::Accept, service::SendService, tls_rustls::RustlsConfig};
use hyper::body::Incoming;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

pub use self::start::{open, start};

use self::accept::{Plain, Tls};
use crate::{
    config::Config,
    origin::Scheme,
    telemetry::{Meters, Watch, Watched},
};

/// All headers of a request together, in bytes; more is answered 431. The HTTP/1 parser itself takes at most 100 of them.
const MAX_HEADERS: usize = 64 * 1024;
/// What the HTTP/2 parser keeps of headers: more than the limit, so that the usual answer can be given. Of more than this it
/// answers 431 by itself; where it takes more than some ten frames (of 16 KiB, if the client fills them) it ends the
/// connection with `ENHANCE_YOUR_CALM` instead, as it counts them before it knows what is in them.
const MAX_PARSED: u32 = 128 * 1024;
/// The head of a request must be there this long after the connection, or the last answer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// What an HTTP/2 client may send of one body, and of all, before we have taken it.
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
/// Requests that one HTTP/2 connection may run at once.
const STREAMS: u32 = 128;

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for `{key}`: {source}; choose another address with --{key}")]
pub struct BindError {
    key: &'static str,
    address: SocketAddr,
    source: io::Error,
}

/// The sockets, bound and not yet served.
#[derive(Debug)]
pub struct Listeners {
    http: Option<TcpListener>,
    https: Option<TcpListener>,
    metrics: Option<TcpListener>,
}

impl Listeners {
    /// Binds what the configuration names.
    pub async fn bind(config: &Config) -> Result<Self, BindError> {
        Ok(Self {
            http: bind("http", config.http).await?,
            https: bind("https", config.https).await?,
            metrics: bind("metrics", config.metrics).await?,
        })
    }

    /// Where HTTP is served, once bound: port 0 has become a real one.
    pub fn http(&self) -> Option<SocketAddr> {
        self.http.as_ref()?.local_addr().ok()
    }

    /// Where HTTPS is served.
    pub fn https(&self) -> Option<SocketAddr> {
        self.https.as_ref()?.local_addr().ok()
    }

    /// Where `/metrics` is served for everybody.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.local_addr().ok()
    }
}

async fn bind(
    key: &'static str,
    address: Option<SocketAddr>,
) -> Result<Option<TcpListener>, BindError> {
    let Some(address) = address else {
        return Ok(None);
    };
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(source) => Err(BindError {
            key,
            address,
            source,
        }),
    }
}

/// What is served where.
#[derive(Debug)]
pub struct Site {
    /// Everything.
    pub router: Router,
    /// What the metrics' own listener serves.
    pub metrics: Router,
    /// Counts requests.
    pub meters: Meters,
    /// Certificates; without them HTTPS is not served.
    pub tls: Option<RustlsConfig>,
}

/// Serves until `stop` is cancelled and running requests have ended, or their time is over.
pub async fn run(
    listeners: Listeners,
    site: Site,
    config: &Arc<Config>,
    stop: CancellationToken,
) -> io::Result<()> {
    let plain = Plain::new(&config.limits);
    let watch = |router: &Router, scheme| {
        Watch::new(
            router.clone(),
            site.meters.clone(),
            Arc::clone(config),
            scheme,
        )
    };
    let mut tasks = JoinSet::new();
    let handle = Handle::new();
    if let Some(listener) = listeners.http {
        let server = server(listener, &handle)
            .http1_only()
            .acceptor(plain.clone());
        tasks.spawn(serve(server, watch(&site.router, Scheme::Http)));
    }
    if let Some(listener) = listeners.metrics {
        let server = server(listener, &handle)
            .http1_only()
            .acceptor(plain.clone());
        tasks.spawn(serve(server, watch(&site.metrics, Scheme::Http)));
    }
    if let (Some(listener), Some(tls)) = (listeners.https, site.tls) {
        let server = server(listener, &handle)
            .first_request_timeout(HEAD_TIMEOUT)
            .acceptor(Tls::new(tls, plain));
        tasks.spawn(serve(server, watch(&site.router, Scheme::Https)));
    }
    tokio::select! {
        () = stop.cancelled() => {
            tracing::info!(connections = handle.connection_count(), "stopping: no new connections, running requests may end");
            handle.graceful_shutdown(Some(config.shutdown_grace));
        }
        Some(ended) = tasks.join_next() => return ended.map_err(io::Error::other)?,
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(io::Error::other)??;
    }
    Ok(())
}

/// A server with our limits.
fn server(listener: TcpListener, handle: &Handle<SocketAddr>) -> Server<SocketAddr> {
    let mut server = Server::from_listener(listener).handle(handle.clone()).accept_error_handler(|peer, error| {
        tracing::debug!(peer = peer.map(tracing::field::display), %error, "a connection was not accepted");
    });
    let builder = server.http_builder();
    builder
        .http1()
        // Who has said all that he will may still listen. Who has gone is noticed when something is written to him.
        .half_close(true)
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEADERS);
    builder
        .http2()
        .max_header_list_size(MAX_PARSED)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(Some(HEAD_TIMEOUT));
    server
}

async fn serve<A>(server: Server<SocketAddr, A>, watch: Watch) -> io::Result<()>
where
    A: Accept<TcpStream, Watched> + Clone + Send + Sync + 'static,
    A::Stream: AsyncRead + AsyncWrite + Unpin + Send,
    A::Service: SendService<Request<Incoming>> + Send,
    A::Future: Send,
{
    let connect =
        move |peer: SocketAddr| std::future::ready(Ok::<_, io::Error>(watch.connection(peer)));
    server.serve(tower::service_fn(connect)).await
}

/// Cancels `stop` on SIGINT or SIGTERM; a second one ends the program at once.
pub fn stop_on_signal(stop: CancellationToken) -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = interrupt.recv() => "SIGINT",
                _ = terminate.recv() => "SIGTERM",
            }
        };
        let signal = next().await;
        tracing::info!(signal, "told to stop");
        stop.cancel();
        let signal = next().await;
        tracing::warn!(signal, "told again: stopping at once");
        std::process::exit(130);
    });
    Ok(())
}

#[cfg(test)]
mod tests;
