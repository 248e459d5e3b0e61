//! The interface's pages: draws `app` on the server, as a client of this program's own API, and sends it with headers that
//! leave a page no more rights than it needs.
//!
//! While a page is drawn, its requests for data are answered by the same router as everybody's, inside the process, in the
//! name of the same session; so a page shows exactly what its visitor may ask for.

mod drawing;

use std::sync::Arc;

use app::{
    boot::{Boot, Theme},
    client::{Answer, Call, InProcess},
    document::{Assets, document},
    pages::error::StatusSetter,
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use leptos::{
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::{ResponseOptions, render_app_async_with_context};
use leptos_router::components::provide_server_redirect;
use time::OffsetDateTime;
use tokio::runtime::Handle;
use tower::ServiceExt as _;
use tracing::Instrument as _;

use crate::{
    assets, caller::Caller, config::Config, error::ApiError, origin::Origin, serve::direct::Outlet,
    state::AppState, telemetry::RequestId, tls,
};

/// The most bytes of an answer that a page is drawn from.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Headers of a request for a page that its requests for data have too: they say who asks, where this registry is, and in which
/// terms.
const FORWARDED: [HeaderName; 6] = [
    header::COOKIE,
    header::USER_AGENT,
    header::HOST,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
];

/// All pages: whatever no other route has taken. `api` answers the pages' requests for data.
pub(crate) fn router(api: Router) -> Router<AppState> {
    // Fails only where a runtime is set already, which is as good.
    let _ = any_spawner::Executor::init_tokio();
    let assets = Assets {
        style: assets::url("plimsoll.css"),
        script: assets::url("plimsoll.js"),
        loader: assets::url("parts.js"),
        wasm: assets::url("plimsoll.wasm"),
        parts: assets::parts(),
        font: assets::url("inter-latin.woff2"),
    };
    let pages =
        async move |State(state): State<AppState>, caller: Option<Caller>, request: Request| {
            page(&state, caller, request, api, assets).await
        };
    // The forms at these addresses have a route for their POST, so the fallback does not see them.
    Router::new()
        .route("/sign-in", get(pages.clone()))
        .route("/sign-in/code", get(pages.clone()))
        .fallback(pages)
}

async fn page(
    state: &AppState,
    caller: Option<Caller>,
    request: Request,
    api: Router,
    assets: Assets,
) -> Response {
    let path = request.uri().path();
    if ["/api/v0", "/enzi/v0"].iter().any(|prefix| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }) {
        return ApiError::not_found(
            "NO_SUCH_ENDPOINT",
            "The API has no such path; /api/v0/openapi.json has them all.",
        )
        .into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let error = ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "NOT_ALLOWED",
            "Pages are only read.",
        );
        return (
            [(header::ALLOW, HeaderValue::from_static("GET, HEAD"))],
            error,
        )
            .into_response();
    }
    let (parts, _) = request.into_parts();
    let origin = Origin::of(&state.config, &parts);
    let is_pinned = origin.is_secure
        && state
            .config
            .external_url
            .as_ref()
            .is_some_and(|url| url.scheme() == "https");
    let boot = boot(
        &state.config,
        &origin,
        caller,
        &parts.headers,
        &parts.extensions,
    );
    let mut extensions = parts.extensions.clone();
    // What a page is drawn from is read here, and never comes to the socket.
    extensions.remove::<Outlet>();
    let visit = Visit {
        headers: forwarded(&parts.headers),
        extensions,
        api,
        runtime: Handle::current(),
    };
    let provide = move || {
        provide_context(boot.clone());
        provide_context(assets.clone());
        provide_context(visit.clone().client());
        if let Some(options) = use_context::<ResponseOptions>() {
            provide_context(status_setter(options.clone()));
            provide_redirect(options.clone());
            secure(&options, is_pinned);
        }
    };
    let request = Request::from_parts(parts, Body::empty());
    let page = render_app_async_with_context(provide, document)(request);
    drawing::draw(page).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a page could not be drawn");
        ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "NOT_DRAWN",
            "This page could not be drawn. Load it again; the registry's log says why.",
        )
        .into_response()
    })
}

fn boot(
    config: &Config,
    origin: &Origin,
    caller: Option<Caller>,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Boot {
    let account = caller
        .as_ref()
        .and_then(Caller::own)
        .map(crate::accounts::shown);
    Boot {
        now: OffsetDateTime::now_utc().unix_timestamp(),
        host: origin
            .base
            .split_once("://")
            .map_or(origin.base.as_str(), |(_, host)| host)
            .to_owned(),
        account,
        // A proxy has a certificate of its own.
        has_own_authority: tls::has_own_ca(config) && !origin.by_proxy,
        request_id: extensions
            .get::<RequestId>()
            .map(ToString::to_string)
            .unwrap_or_default(),
        theme: theme(headers),
    }
}

fn theme(headers: &HeaderMap) -> Theme {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == Theme::COOKIE)
        .map_or(Theme::Auto, |(_, value)| Theme::parse(value))
}

fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(FORWARDED.len());
    for name in FORWARDED {
        for value in headers.get_all(&name) {
            kept.append(&name, value.clone());
        }
    }
    kept
}

/// One request for a page, as far as its requests for data share it: the session, the connection, the request's id.
#[derive(Clone)]
struct Visit {
    headers: HeaderMap,
    extensions: Extensions,
    api: Router,
    /// Where requests are answered, while the page is drawn elsewhere.
    runtime: Handle,
}

impl Visit {
    fn client(self) -> InProcess {
        InProcess(Arc::new(move |call| {
            let visit = self.clone();
            let answering = self.runtime.spawn(visit.answer(call).in_current_span());
            // No answer is one too: the page says so.
            Box::pin(async { answering.await.unwrap_or_default() })
        }))
    }

    /// Answers one request for data. Drawing a page changes nothing, so only reading is possible.
    async fn answer(self, call: Call) -> Answer {
        if call.method != "GET" {
            return Answer {
                status: StatusCode::METHOD_NOT_ALLOWED.as_u16(),
                ..Answer::default()
            };
        }
        let Ok(mut request) = Request::get(call.path).body(Body::empty()) else {
            return Answer {
                status: StatusCode::NOT_FOUND.as_u16(),
                ..Answer::default()
            };
        };
        *request.headers_mut() = self.headers;
        *request.extensions_mut() = self.extensions;
        let Ok(response) = self.api.oneshot(request).await;
        read(response).await
    }
}

async fn read(response: Response) -> Answer {
    let (head, body) = response.into_parts();
    let text = |name: &str| {
        head.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let (next, count) = (
        text(api::page::NEXT_PAGE_START),
        text(api::page::RESOURCE_COUNT),
    );
    let Ok(body) = http_body_util::Limited::new(body, MAX_ANSWER)
        .collect()
        .await
    else {
        return Answer {
            status: StatusCode::BAD_GATEWAY.as_u16(),
            ..Answer::default()
        };
    };
    Answer {
        status: head.status.as_u16(),
        body: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        next,
        count: count.and_then(|count| count.parse().ok()),
        // The page's own, which the log has.
        request_id: None,
    }
}

fn status_setter(options: ResponseOptions) -> StatusSetter {
    StatusSetter(Arc::new(move |status| {
        if let Ok(status) = StatusCode::from_u16(status) {
            options.set_status(status);
        }
    }))
}

/// A page that is not for this visitor, or that has moved, sends the browser on; whatever kind of answer was asked for.
fn provide_redirect(options: ResponseOptions) {
    provide_server_redirect(move |path| {
        // Paths are escaped where they are made, so they are fine headers.
        if let Ok(path) = HeaderValue::from_str(path) {
            options.insert_header(header::LOCATION, path);
            options.set_status(StatusCode::SEE_OTHER);
        }
    });
}

/// What a page may do: run this one script and what it imports, and speak with this origin. `is_pinned` tells browsers to
/// come by HTTPS only; it is for a registry whose configured address is HTTPS, because it cannot be taken back.
fn secure(options: &ResponseOptions, is_pinned: bool) {
    let nonce = use_nonce()
        .map(|nonce| format!("'nonce-{nonce}' "))
        .unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src {nonce}'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in fixed {
        options.insert_header(name, HeaderValue::from_static(value));
    }
    if is_pinned {
        options.insert_header(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theme_is_read_from_the_cookie() {
        for (cookie, expected) in [
            ("theme=dark", Theme::Dark),
            ("id=1; theme=light", Theme::Light),
            ("theme=neon", Theme::Auto),
            ("mytheme=dark", Theme::Auto),
            ("", Theme::Auto),
        ] {
            let headers =
                HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))]);
            assert_eq!(theme(&headers), expected, "{cookie}");
        }
    }

    #[test]
    fn credentials_other_than_the_session_stay_behind() {
        let headers = HeaderMap::from_iter([
            (header::COOKIE, HeaderValue::from_static("id=1")),
            (header::HOST, HeaderValue::from_static("localhost")),
            (header::AUTHORIZATION, HeaderValue::from_static("Basic x")),
            (header::CONTENT_LENGTH, HeaderValue::from_static("5")),
        ]);
        let kept = forwarded(&headers);
        let mut names: Vec<_> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["cookie", "host"]);
    }
}
