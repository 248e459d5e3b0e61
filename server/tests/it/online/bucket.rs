//! A place that publishes vulnerability data as OSV's bucket does, and a proxy, on loopback.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::{TlsAcceptor, rustls};

use crate::scanning::bundle;

/// What is answered.
#[derive(Clone)]
pub(crate) enum Reply {
    /// A file, which has an `ETag`.
    File(Vec<u8>),
    /// These bytes, whatever they are.
    Raw(String),
    /// Nothing, until somebody allows it.
    Later(Arc<Semaphore>, Vec<u8>),
}

#[derive(Default)]
struct Place {
    replies: Mutex<HashMap<String, Reply>>,
    asked: Mutex<Vec<String>>,
}

/// The bucket.
pub(crate) struct Bucket {
    pub(crate) url: String,
    pub(crate) port: u16,
    place: Arc<Place>,
}

impl Bucket {
    /// Without TLS.
    pub(crate) async fn new() -> Self {
        Self::listening(None).await
    }

    /// As `localhost`, with TLS; also its certificate.
    pub(crate) async fn with_tls() -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.unwrap())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        (Self::listening(Some(acceptor)).await, made.cert.pem())
    }

    async fn listening(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = match tls {
            Some(_) => format!("https://localhost:{port}/osv"),
            None => format!("http://127.0.0.1:{port}/osv"),
        };
        let place = Arc::new(Place::default());
        let served = Arc::clone(&place);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (place, tls) = (Arc::clone(&served), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => place.serve(stream).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => place.serve(stream).await,
                            Err(error) => Err(error),
                        },
                    }
                });
            }
        });
        Self { url, port, place }
    }

    /// Answers `reply` for `path`, as `Debian/all.zip`.
    pub(crate) fn put(&self, path: &str, reply: Reply) {
        let path = format!("/osv/{}", path.replace(' ', "%20"));
        self.place.replies.lock().unwrap().insert(path, reply);
    }

    /// Forgets `path`.
    pub(crate) fn remove(&self, path: &str) {
        let path = format!("/osv/{path}");
        self.place.replies.lock().unwrap().remove(&path);
    }

    /// Publishes these records as all of an ecosystem.
    pub(crate) fn publish(&self, ecosystem: &str, records: &[Value]) {
        let mut lines = Vec::new();
        for record in records {
            let id = record["id"].as_str().unwrap();
            lines.push(format!("{},{id}\n", record["modified"].as_str().unwrap()));
            let path = format!("{ecosystem}/{id}.json");
            self.put(&path, Reply::File(record.to_string().into_bytes()));
        }
        lines.sort_unstable();
        lines.reverse();
        let csv = lines.concat().into_bytes();
        self.put(&format!("{ecosystem}/modified_id.csv"), Reply::File(csv));
        let zip = Reply::File(bundle(records));
        self.put(&format!("{ecosystem}/all.zip"), zip);
    }

    /// What was asked since this was asked before, sorted: path below the base and status.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.place.asked.lock().unwrap());
        asked.sort_unstable();
        asked
    }
}

impl Place {
    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let head = head(&mut stream).await?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let reply = self.replies.lock().unwrap().get(&path).cloned();
        let (status, answer) = match reply {
            None => (404, response("404 Not Found", "", b"")),
            Some(Reply::Raw(text)) => (0, text.into_bytes()),
            Some(Reply::Later(allowed, body)) => {
                self.note(&path, 200);
                allowed.acquire().await.unwrap().forget();
                stream.write_all(&response("200 OK", "", &body)).await?;
                return stream.shutdown().await;
            }
            Some(Reply::File(body)) => {
                let etag = format!("\"{}\"", oci::Digest::of(oci::Algorithm::Sha256, &body));
                let header = format!("etag: {etag}\r\n");
                if head.contains(&format!("if-none-match: {etag}")) {
                    (304, response("304 Not Modified", &header, b""))
                } else {
                    (200, response("200 OK", &header, &body))
                }
            }
        };
        self.note(&path, status);
        stream.write_all(&answer).await?;
        stream.shutdown().await
    }

    fn note(&self, path: &str, status: u16) {
        let path = path.trim_start_matches("/osv/");
        self.asked.lock().unwrap().push(format!("{path} {status}"));
    }
}

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A request, to the end of its headers.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// A proxy for tunnels; it takes what shows it `authorization`, or anybody.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) async fn new(authorization: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, authorization, Arc::clone(&noted)));
            }
        });
        Self { port, asked }
    }

    /// The requests since this was asked before, each with its headers.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

async fn tunnel(
    mut stream: TcpStream,
    authorization: Option<&'static str>,
    asked: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let head = head(&mut stream).await?;
    let place = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let is_welcome = authorization
        .is_none_or(|words| head.contains(&format!("proxy-authorization: {words}\r\n")));
    asked.lock().unwrap().push(head);
    if !is_welcome {
        let refused = response("407 Proxy Authentication Required", "", b"");
        return stream.write_all(&refused).await;
    }
    let mut there = TcpStream::connect(place).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut stream, &mut there).await?;
    Ok(())
}
