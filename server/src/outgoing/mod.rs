//! Requests to others: identity providers, CI systems, who publishes vulnerability data, and receivers of webhooks. The one HTTP client
//! of the program. It follows no redirect, ends after ten seconds, reads no more than it was told, and connects only where it may
//! ([`Reach`]); large files are read as they come ([`Answer`]), and what is sent again and again goes by one connection ([`Line`]).

mod address;
mod delivery;
mod download;
mod kept;
mod kept_proxy;
mod proxy;
mod unverified;

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    sync::{Arc, OnceLock},
    time::Duration,
};

use auth::issuer::{Fetch, FetchError, FetchFuture, MAX_ANSWER};
use axum::http::{
    HeaderValue, Request, Response, Uri,
    header::{HOST, USER_AGENT},
    uri::Scheme,
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

pub(crate) use address::Reach;
pub(crate) use delivery::{Answered, Line};
pub(crate) use download::{Answer, DownloadError};
pub(crate) use kept::Kept;
pub(crate) use kept_proxy::KeptProxy;
pub(crate) use proxy::Proxy;

use crate::config::{Config, Network};

/// For a whole request, with its answer.
const LIMIT: Duration = Duration::from_secs(10);
/// Names of receivers that are looked up at once.
const LOOKUPS: usize = 32;
/// For one of the addresses of a name.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// The way out.
#[derive(Debug)]
pub(crate) struct Outgoing {
    allowed: Arc<[Network]>,
    system: OnceLock<RootCertStore>,
}

impl Outgoing {
    /// With the networks that the configuration allows.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            allowed: config.outgoing_networks.as_slice().into(),
            system: OnceLock::new(),
        }
    }

    /// Whether the configuration lets this address be asked by anybody's word.
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        Reach::Public.allows(address, &self.allowed)
    }

    /// Whether receivers of webhooks may be at this address, where `allowed` may be asked too.
    pub(crate) fn may_send_to(&self, address: IpAddr, allowed: &[Network]) -> bool {
        let allowed: Vec<Network> = self.allowed.iter().chain(allowed).copied().collect();
        Reach::Public.allows(address, &allowed)
    }

    /// A client that trusts the system's certificate authorities, and those of `extra` (PEM).
    pub(crate) fn client(&self, reach: Reach, extra: Option<&str>) -> Result<Client, FetchError> {
        Ok(Client {
            tls: Arc::new(self.verified(extra)?),
            reach,
            allowed: Arc::clone(&self.allowed),
            is_plain_allowed: false,
        })
    }

    /// A client for receivers of webhooks: it goes to public addresses, and to the networks in `allowed`; also without TLS, and, where
    /// `skip_verify` says so, to whoever answers.
    pub(crate) fn sender(
        &self,
        extra: Option<&str>,
        skip_verify: bool,
        allowed: &[Network],
    ) -> Result<Client, FetchError> {
        let tls = if skip_verify {
            unverified::config().map_err(unreachable)?
        } else {
            self.verified(extra)?
        };
        Ok(Client {
            tls: Arc::new(tls),
            reach: Reach::Public,
            allowed: self.allowed.iter().chain(allowed).copied().collect(),
            is_plain_allowed: true,
        })
    }

    fn verified(&self, extra: Option<&str>) -> Result<ClientConfig, FetchError> {
        let mut roots = self.system.get_or_init(system_roots).clone();
        let extra = extra.map_or(Ok(Vec::new()), certificates);
        for certificate in extra.map_err(FetchError::Unreachable)? {
            let added = roots.add(certificate);
            added.map_err(|error| FetchError::Unreachable(error.to_string()))?;
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| FetchError::Unreachable(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(tls)
    }
}

/// The certificates in `pem`; the message says what is wrong with them.
pub(crate) fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let found = found.map_err(|_| "these are not certificates in PEM".to_owned())?;
    let mut store = RootCertStore::empty();
    for certificate in &found {
        let added = store.add(certificate.clone());
        added.map_err(|error| format!("one of the certificates cannot be used: {error}"))?;
    }
    if found.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(found)
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (_, unusable) = roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!(
            unusable,
            "the system has no certificate authorities; nobody can be asked over https"
        );
    }
    roots
}

/// A client for one provider.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    tls: Arc<ClientConfig>,
    reach: Reach,
    allowed: Arc<[Network]>,
    /// It may go without TLS to other machines too.
    is_plain_allowed: bool,
}

impl Fetch for Client {
    fn fetch(&self, request: Request<Vec<u8>>) -> FetchFuture<'_> {
        Box::pin(async move {
            match timeout(LIMIT, self.ask(request)).await {
                Ok(answer) => answer,
                Err(_) => Err(unreachable("no answer within ten seconds")),
            }
        })
    }
}

impl Client {
    async fn ask(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        let (host, port, is_secure) = place(request.uri());
        let stream = self.connect(&host, port, is_secure).await?;
        if !is_secure {
            return exchange(stream, request).await;
        }
        exchange(self.secured(host, stream).await?, request).await
    }

    /// Whether an address may be connected to.
    fn may_ask(&self, address: IpAddr, is_secure: bool) -> bool {
        let may_be_plain = self.is_plain_allowed || address.is_loopback();
        self.reach.allows(address, &self.allowed) && (is_secure || may_be_plain)
    }

    /// `stream`, with TLS to `host`.
    async fn secured<S>(&self, host: String, stream: S) -> Result<TlsStream<S>, FetchError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = ServerName::try_from(host).map_err(|_| FetchError::Request)?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        connector.connect(name, stream).await.map_err(unreachable)
    }

    /// The addresses of a name. A receiver of webhooks may have one that takes long to look up, on threads that others need, and so they
    /// have only some of them.
    async fn look_up(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, FetchError> {
        static RECEIVERS: Semaphore = Semaphore::const_new(LOOKUPS);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let permit = if self.is_plain_allowed {
            Some(RECEIVERS.acquire().await.map_err(unreachable)?)
        } else {
            None
        };
        let host = host.to_owned();
        let looking = tokio::task::spawn_blocking(move || {
            // the thread works on also when nobody waits any more
            let _permit = permit;
            (host.as_str(), port)
                .to_socket_addrs()
                .map(Iterator::collect)
        });
        looking.await.map_err(unreachable)?.map_err(unreachable)
    }

    /// A connection to the first of the host's addresses that takes one. Without TLS only to this machine, unless it may go so.
    async fn connect(
        &self,
        host: &str,
        port: u16,
        is_secure: bool,
    ) -> Result<TcpStream, FetchError> {
        let addresses = self.look_up(host, port).await?;
        let mut failed = unreachable("the name has no address");
        for address in addresses {
            let ip = address.ip().to_canonical();
            if !self.may_ask(ip, is_secure) {
                failed = unreachable(FORBIDDEN);
                continue;
            }
            match timeout(CONNECT_LIMIT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => failed = unreachable(error),
                Err(_) => failed = unreachable("it takes no connection"),
            }
        }
        Err(failed)
    }
}

/// What is said of an address that may not be asked.
const FORBIDDEN: &str = "it is at an address that may not be asked: only public ones may, and the networks that a site administrator \
                         allows (outgoing_networks in the configuration; for webhooks, outgoingAllowedNetworks in the settings)";

/// The host of an address, its port, and whether TLS is spoken there.
fn place(uri: &Uri) -> (String, u16, bool) {
    let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    (host.to_owned(), port, is_secure)
}

fn unreachable(reason: impl ToString) -> FetchError {
    FetchError::Unreachable(reason.to_string())
}

/// One request and its answer on a connection that serves for nothing else.
async fn exchange<S>(stream: S, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(unreachable)?;
    let shown = request.uri().path().to_owned();
    let request = at_origin(request)?;
    let answer = async move {
        let (parts, body) = sender
            .send_request(request)
            .await
            .map_err(unreachable)?
            .into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                FetchError::TooLarge(shown)
            } else {
                unreachable(error)
            }
        })?;
        Ok(Response::from_parts(parts, body.to_bytes().to_vec()))
    };
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        // The other side ended the connection; what it sent is there.
        _ = connection => answer.await,
    }
}

/// The request as it stands on a connection to its host (RFC 9112, section 3.2.1).
fn at_origin(request: Request<Vec<u8>>) -> Result<Request<Full<Bytes>>, FetchError> {
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority().ok_or(FetchError::Request)?;
    let host = HeaderValue::from_str(authority.as_str()).map_err(|_| FetchError::Request)?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.parse::<Uri>().map_err(|_| FetchError::Request)?;
    parts.headers.insert(HOST, host);
    parts
        .headers
        .insert(USER_AGENT, HeaderValue::from_static("plimsoll"));
    Ok(Request::from_parts(parts, Full::new(Bytes::from(body))))
}
