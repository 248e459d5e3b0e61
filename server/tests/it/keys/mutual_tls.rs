//! Certificates of clients over a real TLS connection, asked for and never required.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use auth::client_ca::{ClientCa, DEFAULT_LIFETIME, Subject};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use server::{
    config::{Config, Environment},
    serve::{self, Listeners, Site},
    tls::{self, Tls},
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::{Bundle, key_of};
use crate::util::TestApp;

/// The application on a listener for HTTPS.
struct Served {
    app: TestApp,
    https: SocketAddr,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn served() -> Served {
    tls::install_provider();
    let app = TestApp::new().await;
    let mut environment = Environment::default();
    environment.variables = vec![
        ("PLIMSOLL_DATA_DIR".into(), app.dir.path().into()),
        ("PLIMSOLL_HTTP".into(), "off".into()),
        ("PLIMSOLL_HTTPS".into(), "127.0.0.1:0".into()),
    ];
    let config = Arc::new(Config::load(environment).unwrap());
    let ca = app.client_ca().await;
    let tls = Tls::open(&config, ca.cert_pem(), OffsetDateTime::now_utc()).unwrap();
    let listeners = Listeners::bind(&config).await.unwrap();
    let https = listeners.https().unwrap();
    let site = Site {
        router: app.router.clone(),
        metrics: axum::Router::new(),
        meters: app.state.meters.clone(),
        tls: Some(tls.config()),
    };
    let stop = CancellationToken::new();
    let told = stop.clone();
    let task = tokio::spawn(async move { serve::run(listeners, site, &config, told).await });
    Served {
        app,
        https,
        stop,
        task,
    }
}

impl Served {
    /// What a client needs, who shows this certificate (PEM, with its key), or none.
    fn client(&self, shown: Option<(&str, &str)>) -> Arc<ClientConfig> {
        let ca = std::fs::read(self.app.dir.path().join("tls/ca.pem")).unwrap();
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(&ca).unwrap())
            .unwrap();
        let config = ClientConfig::builder().with_root_certificates(roots);
        Arc::new(match shown {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                config
                    .with_client_auth_cert(vec![certificate], key)
                    .unwrap()
            }
        })
    }

    fn client_with(&self, bundle: &Bundle) -> Arc<ClientConfig> {
        self.client(Some((&bundle.file("cert.pem"), &bundle.file("key.pem"))))
    }

    async fn connect(&self, config: &Arc<ClientConfig>) -> Connection {
        let (config, https) = (Arc::clone(config), self.https);
        let connect = move || {
            let name = ServerName::try_from("localhost").unwrap();
            let tls = ClientConnection::new(config, name).unwrap();
            BufReader::new(StreamOwned::new(tls, TcpStream::connect(https).unwrap()))
        };
        Connection(tokio::task::spawn_blocking(connect).await.unwrap())
    }

    /// The status and the body of a GET on a connection of its own.
    async fn get(&self, config: &Arc<ClientConfig>, path: &str) -> (u16, String) {
        let (_, status, body) = self.connect(config).await.get(path).await;
        (status, body)
    }

    async fn revoke(&self, user: &str, id: &str) {
        let call = self.app.call("DELETE", &key_of(user, id)).by(user);
        call.send().await.expect(204);
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

/// A client's connection, kept alive.
struct Connection(BufReader<StreamOwned<ClientConnection, TcpStream>>);

impl Connection {
    /// Blocks, and so on a thread of its own.
    async fn get(mut self, path: &str) -> (Self, u16, String) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let ask = move || {
            self.0.get_mut().write_all(request.as_bytes()).unwrap();
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            let status = line.split(' ').nth(1).unwrap().parse().unwrap();
            let mut length = 0;
            while line.trim() != "" {
                line.clear();
                self.0.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).unwrap();
            (self, status, String::from_utf8(body).unwrap())
        };
        tokio::task::spawn_blocking(ask).await.unwrap()
    }

    fn was_resumed(&self) -> bool {
        self.0.get_ref().conn.handshake_kind() == Some(HandshakeKind::Resumed)
    }
}

const ME: &str = "/enzi/v0/id/";

#[tokio::test]
async fn a_bundle_is_a_credential_of_the_api_and_of_the_registry() {
    let served = served().await;
    let bundle = served.app.bundle("alice").await;
    let (with, without) = (served.client_with(&bundle), served.client(None));
    assert_eq!(served.get(&without, ME).await.0, 401);
    let (status, body) = served.get(&with, ME).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains(r#""name":"alice""#), "{body}");
    for (path, public) in [
        ("/v2/", 401),
        ("/v2/alice/app/tags/list", 401),
        ("/api/v0/repositories/alice/app", 404),
        ("/auth/token?service=plimsoll", 200),
    ] {
        assert_eq!(served.get(&with, path).await.0, 200, "{path}");
        assert_eq!(served.get(&without, path).await.0, public, "{path}");
    }
    served.end().await;
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_on_open_connections_and_in_resumed_sessions() {
    let served = served().await;
    let bundle = served.app.bundle("alice").await;
    let client = served.client_with(&bundle);
    let (open, status, _) = served.connect(&client).await.get(ME).await;
    assert_eq!((status, open.was_resumed()), (200, false));
    let (again, status, _) = served.connect(&client).await.get(ME).await;
    assert_eq!(
        (status, again.was_resumed()),
        (200, true),
        "it is still known"
    );

    served.revoke("alice", &bundle.key_id()).await;
    for connection in [open, again, served.connect(&client).await] {
        let (connection, status, body) = connection.get(ME).await;
        assert_eq!(status, 401, "{body}");
        assert!(body.contains("was revoked"), "{body}");
        let (connection, status, body) = connection.get("/v2/").await;
        assert_eq!(status, 401, "{body}");
        assert!(body.contains("was revoked"), "{body}");
        let (_, status, _) = connection.get("/_ping").await;
        assert_eq!(status, 200, "the connection itself is as good as any");
    }
    served.end().await;
}

#[tokio::test]
async fn who_shows_the_certificate_of_another_authority_is_nobody() {
    let served = served().await;
    let alice = db::accounts::find(&served.app.state.db, "alice").await;
    let subject = Subject {
        account: alice.unwrap().unwrap().id,
        name: "alice",
    };
    let now = OffsetDateTime::now_utc();
    let other = ClientCa::create("Another registry's CA", now).unwrap();
    let issued = other.issue(subject, DEFAULT_LIFETIME, now, &mut rand::rng());
    let issued = issued.unwrap();
    let shown = (&*issued.certificate.pem(), &*issued.key_pem.unwrap());
    let client = served.client(Some(shown));
    let (status, body) = served.get(&client, ME).await;
    assert_eq!(status, 401, "{body}");
    assert!(!body.contains("certificate"), "{body}");
    let public = "/api/v0/repositories/alice/site";
    assert_eq!(served.get(&client, public).await.0, 200);
    served.end().await;
}
