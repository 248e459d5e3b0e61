//! From an accepted TCP connection to the stream that HTTP is spoken on: plain, or TLS over plain. What is put around the
//! plain stream ([`Plain`]) is around both.

use std::{
    future::{Ready, ready},
    io,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::http::Request;
use axum_server::{
    accept::{Accept, TcpConfigAcceptor, TcpKeepaliveConfig, TcpSocketConfig},
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use futures::future::BoxFuture;
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower::Service;

use super::{
    direct::{Direct, Outlet},
    stall::Impatient,
};
use crate::config::Limits;

/// What TLS may hold of an answer before the socket has to take it. More means fewer and larger writes.
const TLS_BUFFER: usize = 256 * 1024;
/// A handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Plain connections: small writes leave at once, dead peers are noticed, and there are only so many at a time.
#[derive(Clone, Debug)]
pub(super) struct Plain {
    socket: TcpConfigAcceptor,
    places: Arc<Semaphore>,
    /// How long a client may take nothing of an answer.
    idle: Duration,
    /// Whether what is written goes to the socket as it is, so that files may go there directly.
    is_direct: bool,
}

impl Plain {
    /// What `limits` allows to all clones of it together.
    pub(super) fn new(limits: &Limits) -> Self {
        let keepalive = TcpKeepaliveConfig::new()
            .time(Duration::from_mins(1))
            .interval(Duration::from_secs(20))
            .retries(3);
        let socket = TcpSocketConfig::new().nodelay(true).keepalive(keepalive);
        Self {
            socket: TcpConfigAcceptor::new(socket),
            places: Arc::new(Semaphore::new(limits.connections as usize)),
            idle: limits.download_idle,
            is_direct: true,
        }
    }
}

impl<S> Accept<TcpStream, S> for Plain {
    type Stream = Impatient<Direct>;
    type Service = Seated<S>;
    type Future = Ready<io::Result<(Self::Stream, Seated<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return ready(Err(io::Error::other(
                "there are as many connections as `limits.connections` allows",
            )));
        };
        let configured = self.socket.accept(stream, service).into_inner();
        ready(configured.map(|(stream, inner)| {
            let outlet = Outlet::default();
            let seated = Seated {
                inner,
                outlet: self.is_direct.then(|| outlet.clone()),
                _place: Arc::new(place),
            };
            let stream = Impatient::new(Direct::new(stream, outlet), self.idle);
            (stream, seated)
        }))
    }
}

/// A connection's service, which keeps its place until it ends, and tells requests of the connection's outlet.
#[derive(Clone, Debug)]
pub(super) struct Seated<S> {
    inner: S,
    outlet: Option<Outlet>,
    _place: Arc<OwnedSemaphorePermit>,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Seated<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        if let Some(outlet) = &self.outlet {
            request.extensions_mut().insert(outlet.clone());
        }
        self.inner.call(request)
    }
}

/// TLS over plain.
#[derive(Clone, Debug)]
pub(super) struct Tls(RustlsAcceptor<Plain>);

impl Tls {
    /// With a configuration that may be replaced while it is in use.
    pub(super) fn new(config: RustlsConfig, mut plain: Plain) -> Self {
        plain.is_direct = false;
        Self(
            RustlsAcceptor::new(config)
                .handshake_timeout(HANDSHAKE)
                .acceptor(plain),
        )
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for Tls {
    type Stream = <RustlsAcceptor<Plain> as Accept<TcpStream, S>>::Stream;
    type Service = <RustlsAcceptor<Plain> as Accept<TcpStream, S>>::Service;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let shaking_hands = self.0.accept(stream, service);
        Box::pin(async move {
            let (mut stream, service) = shaking_hands.await?;
            let (_, connection) = stream.get_mut();
            connection.set_buffer_limit(Some(TLS_BUFFER));
            Ok((stream, service))
        })
    }
}
