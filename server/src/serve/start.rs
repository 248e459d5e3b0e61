//! From a configuration to a running registry, in the order that makes a client wait least: sockets, database, store,
//! certificates, the first administrator, and then requests.

use std::{
    fmt::Write as _,
    fs::{DirBuilder, File, TryLockError},
    io::Write as _,
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use auth::{password, secret};
use blobs::BlobStore;
use db::{Db, accounts};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::{Listeners, Site, run, stop_on_signal};
use crate::{
    config::{Config, Database},
    housekeeping, promotion, router, scanning, signatures,
    state::AppState,
    telemetry,
    tls::{self, Tls},
    webhooks,
};

/// The name of the administrator that the first start makes.
const FIRST_ADMIN: &str = "admin";

/// Serves until it is told to stop.
pub async fn start(mut config: Config) -> Result<()> {
    tls::install_provider();
    let listeners = Listeners::bind(&config).await?;
    // Port 0 has become a real one, which addresses in answers need.
    config.http = listeners.http();
    config.https = listeners.https();
    let config = Arc::new(config);
    prepare(&config.data_dir)?;
    let _lock = lock(&config)?;
    let (db, blobs) = open(&config).await?;
    let state = AppState::new(Arc::clone(&config), db, blobs).await?;
    let certificates = match config.https {
        Some(_) => Some(
            Tls::open(
                &config,
                state.client_ca.cert_pem(),
                OffsetDateTime::now_utc(),
            )
            .context("HTTPS cannot be served")?,
        ),
        None => None,
    };
    let password = first_admin(&state).await?;

    let stop = state.stop.clone();
    stop_on_signal(stop.clone())?;
    let site = Site {
        router: router::build(&state),
        metrics: telemetry::open_router(state.meters.clone()),
        meters: state.meters.clone(),
        tls: certificates.as_ref().map(Tls::config),
    };
    if let Some(certificates) = certificates {
        tokio::spawn(certificates.keep_fresh(stop.clone()));
    }
    let chores = tokio::spawn(housekeeping::run(state.clone(), stop.clone()));
    let scans = tokio::spawn(scanning::run(state.clone(), stop.clone()));
    let promotions = tokio::spawn(promotion::run(state.clone(), stop.clone()));
    let verifying = tokio::spawn(signatures::run(state.clone(), stop.clone()));
    let sending = tokio::spawn(webhooks::run(state.clone(), stop.clone()));
    greet(&config, &listeners, password.as_ref())?;

    run(listeners, site, &config, stop.clone()).await?;
    stop.cancel();
    chores.await?;
    scans.await?;
    promotions.await?;
    verifying.await?;
    sending.await?;
    state.db.clone().close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// The database, its schema up to date, and the store.
pub async fn open(config: &Config) -> Result<(Db, BlobStore)> {
    prepare(&config.data_dir)?;
    let db = Db::open(&config.database.options()?)
        .await
        .with_context(|| match config.database {
            Database::Sqlite(_) => format!("cannot open the database: {}", config.database),
            // The error says where it is.
            Database::Postgres(_) => "cannot open the database".to_owned(),
        })?;
    let blobs = BlobStore::open(&config.data_dir)
        .with_context(|| format!("cannot open {}", config.data_dir.display()))?;
    Ok((db, blobs))
}

/// Makes the data directory, for nobody else to read.
fn prepare(data_dir: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .with_context(|| {
            format!(
                "cannot make the data directory {}; choose another with --data-dir",
                data_dir.display()
            )
        })
}

/// Holds the data directory until the process ends. What is remembered of a SQLite database holds for one process only;
/// with PostgreSQL several may share a directory.
fn lock(config: &Config) -> Result<Option<File>> {
    let Database::Sqlite(database) = &config.database else {
        return Ok(None);
    };
    let path = database.with_extension("lock");
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => bail!(
            "another plimsoll is serving {}; stop it, or choose another --data-dir",
            database.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Makes the first administrator where there is no user at all. Answers the password if it was made up here.
async fn first_admin(state: &AppState) -> Result<Option<SecretString>> {
    if accounts::count(&state.db, accounts::Kind::Users, None).await? > 0 {
        return Ok(None);
    }
    let (password, made_up) = if let Some(given) = &state.config.admin_password {
        password::check_strength(FIRST_ADMIN, given.expose_secret())
            .context("PLIMSOLL_ADMIN_PASSWORD")?;
        (given.clone(), None)
    } else {
        let password = SecretString::from(secret::random_password(&mut rand::rng()));
        (password.clone(), Some(password))
    };
    let new = accounts::New {
        name: FIRST_ADMIN.to_owned(),
        is_admin: true,
        password_hash: Some(
            state
                .passwords
                .hash(password.expose_secret().to_owned())
                .await?,
        ),
        ..accounts::New::default()
    };
    match accounts::create(&state.db, new, OffsetDateTime::now_utc()).await {
        Ok(_) => Ok(made_up),
        // Another replica was quicker, and says the password.
        Err(db::Error::Exists(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Where everything is: to the log for the record, and on standard output for the person who started it.
fn greet(config: &Config, listeners: &Listeners, password: Option<&SecretString>) -> Result<()> {
    let shown = |address: Option<std::net::SocketAddr>| {
        address.map_or("off".to_owned(), |address| address.to_string())
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        http = shown(listeners.http()),
        https = shown(listeners.https()),
        metrics = shown(listeners.metrics()),
        data_dir = %config.data_dir.display(),
        database = %config.database,
        "serving"
    );
    let text = greeting(config, password);
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason not to serve.
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::warn!(%error, "the greeting could not be printed");
        if password.is_some() {
            bail!(
                "the first administrator's password could not be printed; `plimsoll user set-password admin` sets another"
            );
        }
    }
    Ok(())
}

fn greeting(config: &Config, password: Option<&SecretString>) -> String {
    let http = config
        .http
        .map(|address| format!("http://{}", reachable(address)));
    let https = config
        .https
        .map(|address| format!("https://{}", reachable(address)));
    let external = config
        .external_url
        .as_ref()
        .map(|url| url.as_str().trim_end_matches('/').to_owned());
    let open = external
        .or_else(|| http.clone())
        .or_else(|| https.clone())
        .unwrap_or_default();
    let mut text = String::new();
    let mut line = |name: &str, value: &str| _ = writeln!(text, "  {name:<10} {value}");
    line("open", &open);
    for address in [http, https]
        .into_iter()
        .flatten()
        .filter(|address| *address != open)
    {
        line("also at", &address);
    }
    if config.tls.is_none() && config.https.is_some() {
        line("CA", &format!("{open}/ca"));
    }
    line("data", &config.data_dir.display().to_string());
    line("database", &config.database.to_string());
    if let Some(password) = password {
        line("user", FIRST_ADMIN);
        line(
            "password",
            &format!("{}   (shown this once)", password.expose_secret()),
        );
    }
    format!("Plimsoll {}\n{text}", env!("CARGO_PKG_VERSION"))
}

/// An address that a browser on this machine can open.
fn reachable(mut address: std::net::SocketAddr) -> std::net::SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn config(options: &[(&str, &str)]) -> Config {
        let variables = [("HOME", "/home/somebody")].iter().chain(options);
        let variables = variables
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Config::load(Environment {
            variables,
            ..Environment::default()
        })
        .expect("configuration")
    }

    #[test]
    fn the_greeting_says_where_and_the_password_once() {
        let secret = SecretString::from("Abc123");
        let text = greeting(&config(&[]), Some(&secret));
        assert!(
            text.contains("\n  open       http://127.0.0.1:8080\n"),
            "{text}"
        );
        assert!(
            text.contains("\n  also at    https://127.0.0.1:8443\n"),
            "{text}"
        );
        assert!(
            text.contains("\n  CA         http://127.0.0.1:8080/ca\n"),
            "{text}"
        );
        assert!(
            text.contains("\n  user       admin\n  password   Abc123 "),
            "{text}"
        );
        assert_eq!(text.matches("Abc123").count(), 1);
        assert!(!greeting(&config(&[]), None).contains("password"));
    }

    #[test]
    fn the_greeting_prefers_the_address_that_people_use() {
        let text = greeting(
            &config(&[
                ("PLIMSOLL_EXTERNAL_URL", "https://registry.example.com"),
                ("PLIMSOLL_HTTP", ":80"),
                ("PLIMSOLL_HTTPS", "off"),
            ]),
            None,
        );
        assert!(text.contains("\n  open       https://registry.example.com\n  also at    http://127.0.0.1:80\n  data"), "{text}");
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_is_named_at_once() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("socket");
        let address = free.local_addr().expect("address");
        drop(free);
        let dir = tempfile::tempdir().expect("directory");
        let url = format!("postgres://ada:s3cret@{address}/harbour");
        let config = config(&[
            ("PLIMSOLL_DATA_DIR", dir.path().to_str().expect("utf-8")),
            ("PLIMSOLL_DATABASE_URL", &url),
        ]);
        let error = format!("{:#}", open(&config).await.err().expect("refused"));
        let expected = format!(
            "cannot open the database: nothing listens at {address} (connection refused), where PostgreSQL should have \
             the database `harbour` for the user `ada`; start it there, or correct --database-url"
        );
        assert_eq!(error, expected);
    }

    #[test]
    fn one_process_serves_a_sqlite_database() {
        let dir = tempfile::tempdir().expect("directory");
        let dir_text = dir.path().to_str().expect("utf-8");
        let config = config(&[("PLIMSOLL_DATA_DIR", dir_text)]);
        let held = lock(&config).expect("free").expect("a lock");
        let error = lock(&config).expect_err("held").to_string();
        assert!(error.starts_with("another plimsoll is serving "), "{error}");
        drop(held);
        assert!(lock(&config).expect("free again").is_some());
    }
}
