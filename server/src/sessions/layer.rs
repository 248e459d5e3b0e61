//! The layer that gives requests their session. There are two cookies, one for HTTPS and one for HTTP, because a browser
//! neither sends a `Secure` cookie over HTTP nor lets it be replaced from there, and both may reach the same host name.

use std::task::{Context, Poll};

use axum::extract::Request;
use time::Duration;
use tower::{Layer, Service};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

use super::store::Store;
use crate::{origin::Origin, state::AppState};

/// How long one stays signed in.
const LIFETIME: Duration = Duration::hours(24);

/// Makes the layer.
pub(crate) fn layer(state: &AppState) -> BySecurity {
    let cookie = |name: &'static str, secure: bool| {
        SessionManagerLayer::new(Store::new(state.db.clone()))
            .with_name(name)
            .with_secure(secure)
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            .with_expiry(Expiry::OnInactivity(LIFETIME))
    };
    BySecurity {
        state: state.clone(),
        plain: cookie("plimsoll_http", false),
        secure: cookie("plimsoll", true),
    }
}

/// Chooses the cookie by how the browser came.
#[derive(Clone, Debug)]
pub(crate) struct BySecurity {
    state: AppState,
    plain: SessionManagerLayer<Store>,
    secure: SessionManagerLayer<Store>,
}

impl<S: Clone> Layer<S> for BySecurity {
    type Service = Chosen<<SessionManagerLayer<Store> as Layer<S>>::Service>;

    fn layer(&self, inner: S) -> Self::Service {
        Chosen {
            state: self.state.clone(),
            plain: self.plain.layer(inner.clone()),
            secure: self.secure.layer(inner),
        }
    }
}

/// The service behind [`BySecurity`].
#[derive(Clone, Debug)]
pub(crate) struct Chosen<T> {
    state: AppState,
    plain: T,
    secure: T,
}

impl<T: Service<Request>> Service<Request> for Chosen<T> {
    type Response = T::Response;
    type Error = T::Error;
    type Future = T::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        match self.plain.poll_ready(context) {
            Poll::Ready(Ok(())) => self.secure.poll_ready(context),
            other => other,
        }
    }

    fn call(&mut self, request: Request) -> T::Future {
        let origin = Origin::find(&self.state.config, request.headers(), request.extensions());
        if origin.is_secure {
            self.secure.call(request)
        } else {
            self.plain.call(request)
        }
    }
}
