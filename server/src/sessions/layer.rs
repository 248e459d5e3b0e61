//! The layer that gives requests their session. There are two cookies, one for HTTPS and one for HTTP, because a browser
//! neither sends a `Secure` cookie over HTTP nor lets it be replaced from there, and both may reach the same host name.
//!
//! A program may send the session as `Authorization: SessionToken …` instead, as eNZi has it; it then stands for the cookie.

use std::task::{Context, Poll};

use auth::authorization;
use axum::{
    extract::Request,
    http::{HeaderValue, header},
    routing::Route,
};
use db::sessions::Visit;
use time::Duration;
use tower::{Layer, Service};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite, session::Id};

use super::{device, store::Store};
use crate::{origin::Origin, state::AppState};

/// The cookie of browsers that came by HTTP, and of those that came by HTTPS.
const PLAIN: &str = "plimsoll_http";
const SECURE: &str = "plimsoll";

/// The request came with a session token in its header, good or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByHeader;

/// Makes the layer.
pub(crate) fn layer(state: &AppState) -> Sessions {
    Sessions {
        state: state.clone(),
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    state: AppState,
}

impl Layer<Route> for Sessions {
    type Service = WithSession;

    fn layer(&self, inner: Route) -> WithSession {
        WithSession {
            state: self.state.clone(),
            inner,
        }
    }
}

/// The service behind [`Sessions`].
#[derive(Clone, Debug)]
pub(crate) struct WithSession {
    state: AppState,
    inner: Route,
}

type Managed = <SessionManagerLayer<Store> as Layer<Route>>::Service;

impl Service<Request> for WithSession {
    type Response = <Managed as Service<Request>>::Response;
    type Error = <Managed as Service<Request>>::Error;
    type Future = <Managed as Service<Request>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::<Request>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let config = &self.state.config;
        let origin = Origin::find(config, request.headers(), request.extensions());
        let name = if origin.is_secure { SECURE } else { PLAIN };
        token_as_cookie(&mut request, name);
        let visit = Visit {
            address: origin.client.to_string(),
            device: device::of(request.headers()),
        };
        let lifetime = Duration::try_from(config.sessions.lifetime).unwrap_or(Duration::MAX);
        let manager =
            SessionManagerLayer::new(Store::new(self.state.db.clone(), config.sessions, visit))
                .with_name(name)
                .with_secure(origin.is_secure)
                .with_http_only(true)
                .with_same_site(SameSite::Lax)
                .with_expiry(Expiry::OnInactivity(lifetime));
        // The one that was found ready is the one to call.
        let next = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, next);
        manager.layer(ready).call(request)
    }
}

/// Puts a session token in the place of the cookies.
fn token_as_cookie(request: &mut Request, name: &str) {
    let headers = request.headers();
    let Some(token) = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| authorization::session_token(value.to_str().ok()?))
    else {
        return;
    };
    let cookie = token
        .parse::<Id>()
        .ok()
        .and_then(|id| HeaderValue::try_from(format!("{name}={id}")).ok());
    let headers = request.headers_mut();
    headers.remove(header::AUTHORIZATION);
    headers.remove(header::COOKIE);
    if let Some(cookie) = cookie {
        headers.insert(header::COOKIE, cookie);
    }
    request.extensions_mut().insert(ByHeader);
}
