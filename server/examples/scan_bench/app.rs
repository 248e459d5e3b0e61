//! The registry that is measured: its router and its database, in a folder of its own.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::BodyExt as _;
use server::{
    config::{Config, Environment},
    state::AppState,
};
use time::OffsetDateTime;
use tower::ServiceExt as _;

const ADMIN: &str = "admin";
const PASSWORD: &str = "a password for tests only";

/// See the module.
pub(crate) struct App {
    router: Router,
    pub(crate) state: AppState,
}

impl App {
    /// On a folder that may have been one's before.
    pub(crate) async fn new(folder: &Path) -> Result<Self> {
        let mut environment = Environment::default();
        let database = format!("sqlite:{}", database(folder).display());
        environment.variables = [
            ("PLIMSOLL_DATA_DIR", folder.to_str().context("a path")?),
            ("PLIMSOLL_DATABASE_URL", &database),
            ("PLIMSOLL_HTTP", "127.0.0.1:8080"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
        let config = Config::load(environment)?;
        let db = db::Db::open(&config.database.options()?).await?;
        if db::accounts::find(&db, ADMIN).await?.is_none() {
            let new = db::accounts::New {
                name: ADMIN.to_owned(),
                is_admin: true,
                password_hash: Some(auth::password::hash(PASSWORD)?),
                ..db::accounts::New::default()
            };
            let now = OffsetDateTime::now_utc();
            let admin = db::accounts::create(&db, new, now).await?;
            let new = db::repositories::New::private(admin, "app".to_owned());
            db::repositories::create(&db, new, now).await?;
        }
        let blobs = blobs::BlobStore::open(folder.join("store"))?;
        let state = AppState::new(config.into(), db, blobs).await?;
        let router = server::router::build(&state);
        Ok(Self { router, state })
    }

    /// Asks as the administrator, and expects that it is done.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: impl Into<Body>,
    ) -> Result<Bytes> {
        let basic = STANDARD.encode(format!("{ADMIN}:{PASSWORD}"));
        self.send(
            method,
            path,
            &format!("Basic {basic}"),
            (content_type, body.into()),
        )
        .await
    }

    /// Pushes into `admin/app`.
    pub(crate) async fn push(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: impl Into<Body>,
    ) -> Result<()> {
        let scope = "/auth/token?service=plimsoll&scope=repository:admin/app:pull,push";
        let answer = self.call("GET", scope, "", Body::empty()).await?;
        let answer: serde_json::Value = serde_json::from_slice(&answer)?;
        let token = answer.get("token").and_then(|token| token.as_str());
        let bearer = format!("Bearer {}", token.context("a token")?);
        self.send(method, path, &bearer, (content_type, body.into()))
            .await?;
        Ok(())
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        authorization: &str,
        (content_type, body): (&str, Body),
    ) -> Result<Bytes> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::AUTHORIZATION, authorization)
            .header(header::CONTENT_TYPE, content_type)
            .body(body)?;
        let answer = self.router.clone().oneshot(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(
            status.is_success(),
            "{method} {path}: {status} {}",
            String::from_utf8_lossy(&body)
        );
        Ok(body)
    }

    /// Uploads a bundle and waits until everything is judged by it. Answers the records that there are then, and the seconds until then,
    /// of the upload and of all that was written.
    pub(crate) async fn update(&self, bundle: &Path) -> Result<(i64, f64)> {
        const START: &str =
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"osv.tar\"\r\n\r\n";
        let file = tokio::fs::File::open(bundle).await?;
        let parts = tokio::io::AsyncReadExt::chain(START.as_bytes(), file);
        let body = tokio::io::AsyncReadExt::chain(parts, "\r\n--x--\r\n".as_bytes());
        let body = Body::from_stream(tokio_util::io::ReaderStream::with_capacity(body, 1 << 16));
        let began = OffsetDateTime::now_utc();
        let path = "/api/v0/imagescan/scan/update";
        self.call("PUT", path, "multipart/form-data; boundary=x", body)
            .await?;
        server::scanning::settle(&self.state).await;
        let history = db::advisories::history(&self.state.db, None, 1).await?;
        let update = history.into_iter().next().context("no update")?;
        let Some(checked_at) = update.checked_at else {
            bail!("it was not loaded: {:?}", update.error)
        };
        Ok((update.records, (checked_at - began).as_seconds_f64()))
    }
}

/// Where the database is.
pub(crate) fn database(folder: &Path) -> std::path::PathBuf {
    folder.join("bench.db")
}
