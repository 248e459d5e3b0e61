//! A real server on loopback: plain and TLS, limits, and the order to stop.

mod clients;
mod http2;

use std::sync::LazyLock;

use auth::client_ca::ClientCa;
use axum::{Extension, body::Body, extract::ConnectInfo, http::HeaderMap, routing::get};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::Notify,
};

use blobs::FilePart;

use super::{direct::Outlet, *};
use crate::{config::Environment, telemetry::RequestId, tls};

struct Running {
    http: SocketAddr,
    https: SocketAddr,
    meters: Meters,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<io::Result<()>>,
    dir: TempDir,
}

async fn start(router: Router, options: &[(&str, &str)]) -> Running {
    let dir = tempfile::tempdir().expect("directory");
    let mut variables = vec![
        ("PLIMSOLL_DATA_DIR".into(), dir.path().into()),
        ("PLIMSOLL_HTTP".into(), "127.0.0.1:0".into()),
        ("PLIMSOLL_HTTPS".into(), "127.0.0.1:0".into()),
    ];
    variables.extend(
        options
            .iter()
            .map(|(name, value)| (name.into(), value.into())),
    );
    let config = Arc::new(
        Config::load(Environment {
            variables,
            ..Environment::default()
        })
        .expect("configuration"),
    );
    tls::install_provider();
    let now = OffsetDateTime::now_utc();
    let clients = ClientCa::create("test", now).expect("authority");
    let certificates = tls::Tls::open(&config, clients.cert_pem(), now).expect("certificates");
    let listeners = Listeners::bind(&config).await.expect("sockets");
    let (http, https) = (
        listeners.http().expect("http"),
        listeners.https().expect("https"),
    );
    let meters = Meters::new(OffsetDateTime::UNIX_EPOCH);
    let site = Site {
        router,
        metrics: Router::new(),
        meters: meters.clone(),
        tls: Some(certificates.config()),
    };
    let stop = CancellationToken::new();
    let told = stop.clone();
    let task = tokio::spawn(async move { run(listeners, site, &config, told).await });
    Running {
        http,
        https,
        meters,
        stop,
        task,
        dir,
    }
}

impl Running {
    /// A connection of a client that trusts this registry's own authority alone. It blocks: for a thread of its own.
    async fn connect_by_tls(
        &self,
    ) -> rustls::StreamOwned<rustls::ClientConnection, std::net::TcpStream> {
        let mut roots = rustls::RootCertStore::empty();
        let ca = std::fs::read(self.dir.path().join("tls/ca.pem")).expect("ca");
        let ca = <rustls::pki_types::CertificateDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_slice(&ca).expect("pem");
        roots.add(ca).expect("root");
        let config = rustls::ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = rustls::pki_types::ServerName::try_from("localhost").expect("name");
        let https = self.https;
        tokio::task::spawn_blocking(move || {
            let connection =
                rustls::ClientConnection::new(Arc::new(config), name).expect("connection");
            let socket = std::net::TcpStream::connect(https).expect("socket");
            rustls::StreamOwned::new(connection, socket)
        })
        .await
        .expect("client")
    }

    /// The answer to a GET of such a client.
    async fn exchange_by_tls(&self, path: &str) -> String {
        let mut stream = self.connect_by_tls().await;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        tokio::task::spawn_blocking(move || {
            use std::io::{Read as _, Write as _};
            stream.write_all(request.as_bytes()).expect("request");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("answer");
            answer
        })
        .await
        .expect("client")
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("ends").expect("without an error");
    }
}

async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connection");
    stream.write_all(request.as_bytes()).await.expect("request");
    let mut answer = Vec::new();
    // A server that refuses may close before it has read everything, which the system reports as a reset.
    drop(stream.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

fn what_is_known() -> Router {
    Router::new().route(
        "/known",
        get(
            |ConnectInfo(peer): ConnectInfo<SocketAddr>,
             Extension(scheme): Extension<Scheme>,
             Extension(id): Extension<RequestId>| async move {
                format!("{} {scheme:?} {id}", peer.ip())
            },
        ),
    )
}

#[tokio::test]
async fn a_request_knows_its_peer_scheme_and_id() {
    let running = start(what_is_known(), &[]).await;
    let answer = exchange(
        running.http,
        "GET /known HTTP/1.1\r\nHost: x\r\nX-Request-Id: abc-1\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\nx-request-id: abc-1\r\n"), "{answer}");
    assert!(answer.ends_with("127.0.0.1 Http abc-1"), "{answer}");
    let line = r#"plimsoll_http_requests_total{route="page",method="GET",status="2xx"} 1"#;
    assert!(running.meters.render().lines().any(|found| found == line));
    running.stop().await;
}

#[tokio::test]
async fn tls_is_spoken_with_a_certificate_for_localhost() {
    let running = start(what_is_known(), &[]).await;
    let answer = running.exchange_by_tls("/known").await;
    assert!(answer.contains("127.0.0.1 Https "), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn heads_are_bounded() {
    let running = start(what_is_known(), &[]).await;
    let big = format!(
        "GET /known HTTP/1.1\r\nHost: x\r\nX-Big: {}\r\n\r\n",
        "a".repeat(2 * MAX_HEADERS)
    );
    let answer = exchange(running.http, &big).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    for (length, status) in [(MAX_HEADERS - 100, 200), (MAX_HEADERS, 431)] {
        let close = format!(
            "GET /known HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Big: {}\r\n\r\n",
            "a".repeat(length)
        );
        let answer = exchange(running.http, &close).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    let many = format!(
        "GET /known HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "X: y\r\n".repeat(101)
    );
    let answer = exchange(running.http, &many).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn a_request_says_once_whom_it_asks() {
    let running = start(what_is_known(), &[]).await;
    for (head, status) in [
        ("HTTP/1.1\r\nConnection: close", 400),
        ("HTTP/1.1\r\nHost: a\r\nhost: b\r\nConnection: close", 400),
        ("HTTP/1.1\r\nHost: a b\r\nConnection: close", 400),
        ("HTTP/1.1\r\nHost:\r\nConnection: close", 200),
        ("HTTP/1.0", 200),
    ] {
        let answer = exchange(running.http, &format!("GET /known {head}\r\n\r\n")).await;
        let expected = format!("HTTP/1.{} {status} ", u8::from(!head.ends_with('0')));
        assert!(answer.starts_with(&expected), "{head}: {answer}");
    }
    running.stop().await;
}

#[tokio::test]
async fn connections_are_bounded_and_a_place_is_free_again() {
    let running = start(what_is_known(), &[("PLIMSOLL_LIMITS_CONNECTIONS", "1")]).await;
    let request = "GET /known HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut first = TcpStream::connect(running.http).await.expect("connection");
    first.write_all(request.as_bytes()).await.expect("request");
    let mut some = [0; 12];
    first.read_exact(&mut some).await.expect("answer");
    assert_eq!(&some, b"HTTP/1.1 200");
    assert_eq!(
        exchange(running.http, request).await,
        "",
        "the second is closed without an answer"
    );
    drop(first);
    let closing = "GET /known HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    while answer.is_empty() {
        answer = exchange(running.http, closing).await;
    }
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    running.stop().await;
}

static BEGUN: LazyLock<Notify> = LazyLock::new(Notify::new);
static GO_ON: LazyLock<Notify> = LazyLock::new(Notify::new);

#[tokio::test]
async fn the_order_to_stop_lets_a_running_request_end_and_takes_no_new_one() {
    let slow = Router::new().route(
        "/slow",
        get(async || {
            BEGUN.notify_one();
            GO_ON.notified().await;
            "done"
        }),
    );
    let running = start(slow, &[]).await;
    let address = running.http;
    let client =
        tokio::spawn(
            async move { exchange(address, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await },
        );
    BEGUN.notified().await;
    running.stop.cancel();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    GO_ON.notify_one();
    let answer = client.await.expect("client");
    assert!(answer.ends_with("done"), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn a_request_that_does_not_end_is_ended() {
    let never = Router::new().route(
        "/never",
        get(async |_: HeaderMap| {
            Body::from_stream(futures::stream::pending::<io::Result<bytes::Bytes>>())
        }),
    );
    let running = start(never, &[("PLIMSOLL_SHUTDOWN_GRACE", "0")]).await;
    let mut stream = TcpStream::connect(running.http).await.expect("connection");
    stream
        .write_all(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("request");
    let mut some = [0; 12];
    stream.read_exact(&mut some).await.expect("answer");
    running.stop().await;
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("socket");
    let address = taken.local_addr().expect("address").to_string();
    let variables = vec![
        ("HOME".into(), "/nonexistent".into()),
        ("PLIMSOLL_HTTP".into(), (&address).into()),
    ];
    let config = Config::load(Environment {
        variables,
        ..Environment::default()
    })
    .expect("configuration");
    let error = Listeners::bind(&config)
        .await
        .expect_err("in use")
        .to_string();
    assert!(
        error.starts_with(&format!("cannot listen on {address} for `http`: ")),
        "{error}"
    );
    assert!(
        error.ends_with("choose another address with --http"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_goes_to_a_plain_socket_directly_and_to_no_other() {
    let content: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let folder = tempfile::tempdir().expect("directory");
    let path = folder.path().join("file");
    std::fs::write(&path, &content).expect("file");
    let file = Arc::new(std::fs::File::open(&path).expect("file"));
    let send = move |outlet: Option<Extension<Outlet>>| async move {
        let Some(Extension(outlet)) = outlet else {
            return Body::from("no outlet");
        };
        // Files and ordinary bytes in turn, as no route sends them, so that their order is seen.
        let lengths = [FilePart::MAX, 1, 70_000, FilePart::MAX];
        let mut at = 0;
        let parts = lengths.map(move |length| {
            let part = FilePart {
                file: Arc::clone(&file),
                at,
                length,
            };
            at += length as u64;
            part
        });
        let pieces = parts.into_iter().flat_map(move |part| {
            let between = bytes::Bytes::from(format!("<{}>", part.length));
            [between, outlet.announce(part)]
        });
        Body::from_stream(futures::stream::iter(
            pieces.map(Ok::<_, std::convert::Infallible>),
        ))
    };
    let running = start(Router::new().route("/file", get(send)), &[]).await;
    let mut stream = TcpStream::connect(running.http).await.expect("connection");
    // HTTP/1.0 has no chunks: the body ends with the connection.
    stream
        .write_all(b"GET /file HTTP/1.0\r\nHost: x\r\n\r\n")
        .await
        .expect("request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("answer");
    let head = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("head");
    let mut expected = vec![];
    let mut at = 0;
    for length in [FilePart::MAX, 1, 70_000, FilePart::MAX] {
        expected.extend(format!("<{length}>").into_bytes());
        expected.extend(&content[at..at + length]);
        at += length;
    }
    assert!(answer[head + 4..] == expected);
    assert!(
        running
            .exchange_by_tls("/file")
            .await
            .ends_with("no outlet")
    );
    running.stop().await;
}
