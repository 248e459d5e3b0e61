//! Around every request: an id, the meters, and a line in the log.
//!
//! It stands outside the router, where it costs least, and it is a future of its own rather than a boxed one. A pull
//! (`GET` or `HEAD` below `/v2`) that goes well is logged at `debug` only, and has a span only then; everything else has
//! a span with the request's id, so that what is logged on the way can be found by it.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{self, Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, StatusCode, Uri},
    response::Response,
    routing::future::RouteFuture,
};
use bytes::Bytes;
use futures::future::Either;
use http_body::Body as HttpBody;
use tower::Service;
use tracing::{Level, Span, enabled, field};

use super::{Meters, RequestId, Route, request_id};
use crate::{
    config::Config,
    origin::{Origin, Scheme},
    serve::{body::Received, head},
};

/// What all connections of a listener have in common.
#[derive(Clone, Debug)]
pub struct Watch {
    router: Router,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    meters: Meters,
    config: Arc<Config>,
    scheme: Scheme,
}

impl Watch {
    /// Watches over `router` on a listener.
    pub fn new(router: Router, meters: Meters, config: Arc<Config>, scheme: Scheme) -> Self {
        Self {
            router,
            shared: Arc::new(Shared {
                meters,
                config,
                scheme,
            }),
        }
    }

    /// The service for a connection from `peer`.
    pub fn connection(&self, peer: SocketAddr) -> Watched {
        Watched {
            watch: self.clone(),
            peer,
        }
    }
}

/// The router as one connection sees it.
#[derive(Clone, Debug)]
pub struct Watched {
    watch: Watch,
    peer: SocketAddr,
}

impl<B> Service<Request<B>> for Watched
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        let shared = Arc::clone(&self.watch.shared);
        let route = Route::of(request.uri().path());
        let (mut parts, body) = request.into_parts();
        let id = RequestId::of(&parts.headers);
        parts.extensions.insert(id);
        parts.extensions.insert(ConnectInfo(self.peer));
        parts.extensions.insert(shared.scheme);

        let is_pull = route.is_registry() && matches!(parts.method, Method::GET | Method::HEAD);
        let wanted = if is_pull {
            enabled!(target: TARGET, Level::DEBUG)
        } else {
            enabled!(target: TARGET, Level::INFO)
        };
        let (span, client) = if wanted {
            let client = Origin::of(&shared.config, &parts).client;
            (
                tracing::info_span!(target: TARGET, "request", request_id = field::display(id)),
                client,
            )
        } else {
            (Span::none(), self.peer.ip())
        };
        let asked = Asked {
            started: Instant::now(),
            route,
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            id,
            client,
            is_pull,
        };

        let body = if body.is_end_stream() {
            Body::empty()
        } else {
            Body::new(Received::new(body, shared.meters.clone(), route))
        };
        let inner = if let Some(refusal) = head::refusal(&parts) {
            Either::Right(ready(Ok(refusal)))
        } else {
            let _inside = span.enter();
            Either::Left(self.watch.router.call(Request::from_parts(parts, body)))
        };
        Answering {
            inner,
            span,
            asked,
            shared,
        }
    }
}

const TARGET: &str = "plimsoll::http";

/// What is still known of a request when its answer comes.
struct Asked {
    started: Instant,
    route: Route,
    method: Method,
    uri: Uri,
    id: RequestId,
    client: IpAddr,
    is_pull: bool,
}

pin_project_lite::pin_project! {
    /// An answer on its way.
    pub struct Answering {
        #[pin]
        inner: Either<RouteFuture<Infallible>, Ready<Result<Response, Infallible>>>,
        span: Span,
        asked: Asked,
        shared: Arc<Shared>,
    }
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let inside = this.span.enter();
        let inner = this.inner;
        let polled = request_id::within(this.asked.id, || inner.poll(context));
        let Ok(mut response) = task::ready!(polled);
        drop(inside);
        this.asked.answered(&response, &this.shared.meters);
        response
            .headers_mut()
            .insert(request_id::HEADER, this.asked.id.header());
        Poll::Ready(Ok(response))
    }
}

impl Asked {
    fn answered(&self, response: &Response, meters: &Meters) {
        let took = self.started.elapsed();
        let status = response.status();
        meters.answered(self.route, &self.method, status, took);
        if self.method != Method::HEAD
            && let Some(bytes) = response.body().size_hint().exact()
        {
            meters.sent(self.route, bytes);
        }
        self.log(status, took);
    }

    /// One line, without the query, which may hold what a client should not have put there.
    fn log(&self, status: StatusCode, took: Duration) {
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: TARGET,
                    request_id = %self.id,
                    client = %self.client,
                    method = %self.method,
                    path = self.uri.path(),
                    status = status.as_u16(),
                    duration_us = took.as_micros(),
                    "answered"
                )
            };
        }
        if status.is_server_error() {
            line!(error);
        } else if self.is_pull {
            line!(debug);
        } else {
            line!(info);
        }
    }
}
