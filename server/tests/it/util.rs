//! The application under test: a router on a data directory and a database of its own, with three people in it.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::BodyExt as _;
use oci::digest::{Algorithm, Digest};
use sea_orm::ConnectionTrait as _;
use serde_json::Value;
use server::{
    config::{Config, Environment},
    state::AppState,
};
use tempfile::TempDir;
use time::OffsetDateTime;
use tower::ServiceExt as _;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// Media type of the manifests that tests push.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// See the module.
pub(crate) struct TestApp {
    pub(crate) router: Router,
    pub(crate) state: AppState,
    pub(crate) dir: Arc<TempDir>,
    pub(crate) schema: Option<String>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The first error's code.
    pub(crate) fn code(&self) -> String {
        self.json()["errors"][0]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The first error's sentence.
    pub(crate) fn message(&self) -> String {
        self.json()["errors"][0]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// A request in the making.
pub(crate) struct Call<'a> {
    app: &'a TestApp,
    request: axum::http::request::Builder,
    body: Body,
}

impl Call<'_> {
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.request = self.request.header(name, value.as_ref());
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn basic(self, name: &str, password: &str) -> Self {
        self.header(
            "authorization",
            format!("Basic {}", STANDARD.encode(format!("{name}:{password}"))),
        )
    }

    /// By password.
    pub(crate) fn by(self, name: &str) -> Self {
        self.basic(name, PASSWORD)
    }

    /// As over a connection whose client has shown this certificate (DER).
    pub(crate) fn certificate(mut self, der: &[u8]) -> Self {
        let mut tls = axum_server::tls::TlsInfo::default();
        tls.peer_certificates = vec![der.to_vec()];
        self.request = self.request.extension(Arc::new(tls));
        self
    }

    /// As if it came at that time.
    pub(crate) fn at(mut self, now: OffsetDateTime) -> Self {
        self.request = self.request.extension(server::trust::At(now));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    pub(crate) fn request(self) -> Request<Body> {
        self.request.body(self.body).unwrap()
    }

    pub(crate) async fn send(self) -> Answer {
        let router = self.app.router.clone();
        let response = router.oneshot(self.request()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

impl TestApp {
    /// Users `admin` (site administrator), `alice` and `bob`; repositories `alice/app` (private) and `alice/site` (public).
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// The same, with settings as of the environment (`PLIMSOLL_…`).
    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        let dir = TempDir::new().unwrap();
        let (database, schema) = database(&dir).await;
        let config = config(&dir, &database, variables);
        let app = Self::open(config.into(), dir.into(), schema).await;
        app.people().await;
        app
    }

    /// Another process's view of the same database and blobs.
    pub(crate) async fn replica(&self) -> Self {
        let config = Arc::clone(&self.state.config);
        Self::open(config, Arc::clone(&self.dir), self.schema.clone()).await
    }

    /// The same database and blobs, with other settings.
    pub(crate) async fn restarted(&self, variables: &[(&str, &str)]) -> Self {
        let url = self.url();
        let config = config(&self.dir, &url, variables);
        Self::open(config.into(), Arc::clone(&self.dir), self.schema.clone()).await
    }

    /// Where the database is.
    fn url(&self) -> String {
        match self.state.config.database.options().unwrap() {
            db::Options::Sqlite(path) => format!("sqlite:{}", path.display()),
            db::Options::Postgres { url, .. } => url,
        }
    }

    async fn open(config: Arc<Config>, dir: Arc<TempDir>, schema: Option<String>) -> Self {
        let db = db::Db::open(&config.database.options().unwrap())
            .await
            .unwrap();
        let blobs = blobs::BlobStore::open(dir.path().join("store")).unwrap();
        let state = AppState::new(config, db, blobs).await.unwrap();
        Self {
            router: server::router::build(&state),
            state,
            dir,
            schema,
        }
    }

    /// A connection of the test's own to the database.
    pub(crate) async fn connection(&self) -> sea_orm::DatabaseConnection {
        sea_orm::Database::connect(self.url()).await.unwrap()
    }

    async fn people(&self) {
        let now = OffsetDateTime::now_utc();
        for name in ["admin", "alice", "bob"] {
            let account = self.person(name).await;
            if name == "alice" {
                let private = db::repositories::New::private(account.clone(), "app".to_owned());
                let public = db::repositories::New {
                    is_public: true,
                    ..db::repositories::New::private(account, "site".to_owned())
                };
                for new in [private, public] {
                    db::repositories::create(&self.state.db, new, now)
                        .await
                        .unwrap();
                }
            }
        }
    }

    /// A user who may sign in.
    pub(crate) async fn person(&self, name: &str) -> db::entities::account::Model {
        let new = db::accounts::New {
            name: name.to_owned(),
            is_admin: name == "admin",
            password_hash: Some(hash().to_owned()),
            ..db::accounts::New::default()
        };
        db::accounts::create(&self.state.db, new, OffsetDateTime::now_utc())
            .await
            .unwrap()
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call<'_> {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header(header::HOST, "127.0.0.1:8080");
        Call {
            app: self,
            request,
            body: Body::empty(),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    /// A registry token for `name` (nobody: `""`) with these scopes.
    pub(crate) async fn token(&self, name: &str, scopes: &[&str]) -> String {
        let scopes: Vec<String> = scopes
            .iter()
            .map(|scope| format!("&scope={scope}"))
            .collect();
        let scopes = scopes.concat();
        let call = self.get(&format!("/auth/token?service=plimsoll{scopes}"));
        let call = if name.is_empty() { call } else { call.by(name) };
        call.send().await.expect(200).json()["token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Pushes a blob in one request.
    pub(crate) async fn push_blob(&self, token: &str, repository: &str, content: &[u8]) -> Digest {
        let digest = Digest::of(Algorithm::Sha256, content);
        self.call(
            "POST",
            &format!("/v2/{repository}/blobs/uploads/?digest={digest}"),
        )
        .bearer(token)
        .body(content.to_vec())
        .send()
        .await
        .expect(201);
        digest
    }

    /// Pushes an image of one layer, with its blobs, and answers the manifest's digest.
    pub(crate) async fn push_image(
        &self,
        token: &str,
        repository: &str,
        tag: &str,
        layer: &[u8],
    ) -> Digest {
        let manifest = self.image(token, repository, layer).await;
        self.call("PUT", &format!("/v2/{repository}/manifests/{tag}"))
            .bearer(token)
            .header("content-type", MANIFEST)
            .body(manifest.clone())
            .send()
            .await
            .expect(201)
            .header("docker-content-digest")
            .parse()
            .unwrap()
    }

    /// Pushes an image's blobs, and answers its manifest.
    pub(crate) async fn image(&self, token: &str, repository: &str, layer: &[u8]) -> String {
        let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"config":{}}"#;
        let config_digest = self.push_blob(token, repository, config).await;
        let layer_digest = self.push_blob(token, repository, layer).await;
        serde_json::json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": config_digest,
                "size": config.len(),
            },
            "layers": [{
                "mediaType": "application/vnd.oci.image.layer.v1.tar",
                "digest": layer_digest,
                "size": layer.len(),
            }],
        })
        .to_string()
    }
}

impl Drop for TestApp {
    /// A test that leaves an upload behind has not finished what it began. (Schemas go with the database's directory.)
    fn drop(&mut self) {
        if std::thread::panicking() || self.schema.is_some() {
            return;
        }
        let left = std::fs::read_dir(self.dir.path().join("store/uploads"))
            .into_iter()
            .flatten()
            .flatten()
            .flat_map(|owner| {
                std::fs::read_dir(owner.path())
                    .into_iter()
                    .flatten()
                    .flatten()
            })
            .count();
        assert_eq!(left, 0, "uploads were left open");
    }
}

fn config(dir: &TempDir, database: &str, variables: &[(&str, &str)]) -> Config {
    let mut environment = Environment::default();
    environment.variables = [
        ("PLIMSOLL_DATA_DIR", dir.path().to_str().unwrap()),
        ("PLIMSOLL_DATABASE_URL", database),
        ("PLIMSOLL_HTTP", "127.0.0.1:8080"),
    ]
    .iter()
    .chain(variables)
    .map(|(name, value)| (name.into(), value.into()))
    .collect();
    Config::load(environment).unwrap()
}

/// Argon2 takes its time: one hash for everybody.
fn hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| auth::password::hash(PASSWORD).unwrap())
}

/// A database of its own: a file, or a schema of `TEST_DATABASE_URL`.
pub(crate) async fn database(dir: &TempDir) -> (String, Option<String>) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test's own switch, not the program's configuration"
    )]
    let Ok(url) = std::env::var("TEST_DATABASE_URL") else {
        return (
            format!("sqlite:{}", dir.path().join("test.db").display()),
            None,
        );
    };
    let schema = format!("test_{}", uuid::Uuid::new_v4().simple());
    let connection = sea_orm::Database::connect(&url).await.unwrap();
    connection
        .execute_unprepared(&format!("CREATE SCHEMA {schema}"))
        .await
        .unwrap();
    connection.close().await.unwrap();
    let separator = if url.contains('?') { '&' } else { '?' };
    (
        format!("{url}{separator}options=-csearch_path%3D{schema}"),
        Some(schema),
    )
}
