//! A way through an HTTP proxy: a tunnel (CONNECT, RFC 9110, section 9.3.6), also to places without TLS, so that the proxy learns
//! the host and nothing else.

use std::net::IpAddr;

use auth::issuer::FetchError;
use axum::http::{
    HeaderValue, Method, Request, Uri,
    header::{HOST, PROXY_AUTHORIZATION},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::{
    Client, FORBIDDEN, Reach, address,
    download::{DownloadError, Stream},
    place, unreachable,
};

/// What is said of a name that is only understood inside, and would be by the proxy.
const DISGUISED: &str = "a proxy is not asked for a name that leads inside: write an address as four numbers or as IPv6, so that it can \
                         be seen whether it is allowed, or a name that everybody knows";

/// A proxy, and what it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    uri: Uri,
    authorization: Option<HeaderValue>,
}

impl Proxy {
    /// The proxy at `url`; `credentials` are `name:password`.
    pub(crate) fn new(url: &Url, credentials: Option<&str>) -> Result<Self, FetchError> {
        let uri = url.as_str().parse().map_err(|_| FetchError::Request)?;
        let authorization = credentials
            .map(|credentials| {
                HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(credentials)))
            })
            .transpose()
            .map_err(|_| FetchError::Request)?;
        let authorization = authorization.map(|mut value| {
            value.set_sensitive(true);
            value
        });
        Ok(Self { uri, authorization })
    }
}

impl Client {
    /// A connection to `host` through `proxy`, which looks up the name: so where it may lead is for the proxy to say, but for what
    /// the address itself tells.
    pub(super) async fn through(
        &self,
        proxy: &Proxy,
        host: &str,
        port: u16,
        is_secure: bool,
    ) -> Result<Stream, DownloadError> {
        if self.reach == Reach::Public && address::is_inside(host) {
            return Err(unreachable(DISGUISED).into());
        }
        let address = host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
        let may_be_plain = self.is_plain_allowed || host == "localhost";
        let is_allowed =
            address.map_or(is_secure || may_be_plain, |ip| self.may_ask(ip, is_secure));
        if !is_allowed {
            return Err(unreachable(FORBIDDEN).into());
        }
        let (name, proxy_port, speaks_tls) = place(&proxy.uri);
        // The proxy's address is an administrator's word; what goes through the tunnel has its own TLS.
        let by_administrator = Self {
            reach: Reach::Administrator,
            ..self.clone()
        };
        let stream = by_administrator.connect(&name, proxy_port, true).await?;
        let stream: Stream = if speaks_tls {
            Box::new(self.secured(name, stream).await?)
        } else {
            Box::new(stream)
        };
        let authority = if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        tunnel(stream, &authority, proxy.authorization.as_ref()).await
    }
}

async fn tunnel(
    stream: Stream,
    authority: &str,
    authorization: Option<&HeaderValue>,
) -> Result<Stream, DownloadError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(unreachable)?;
    let connection = connection.with_upgrades();
    let _driving = AbortOnDropHandle::new(tokio::spawn(async move { drop(connection.await) }));
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(authority)
        .header(HOST, authority);
    if let Some(authorization) = authorization {
        request = request.header(PROXY_AUTHORIZATION, authorization);
    }
    let request = request.body(Empty::<Bytes>::new());
    let request = request.map_err(|_| FetchError::Request)?;
    let answer = sender.send_request(request).await.map_err(unreachable)?;
    if !answer.status().is_success() {
        return Err(DownloadError::Proxy(answer.status()));
    }
    let open = hyper::upgrade::on(answer).await.map_err(unreachable)?;
    Ok(Box::new(TokioIo::new(open)))
}
