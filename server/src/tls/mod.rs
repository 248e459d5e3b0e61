//! Certificates for HTTPS: the operator's own files, or a server certificate of an authority that is made at first start
//! in `<data>/tls/`. Either is replaced while the program runs: files when they change, our own before it expires.
//! What is asked of clients is in `clients.rs`, and how the
//! authority's certificate is handed out in `ca.rs`.

mod ca;
mod clients;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use auth::ca::{CaError, CertificateAuthority};
use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    CipherSuite, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

pub use self::ca::router;
pub(crate) use self::ca::{has_own_ca, own_ca_pem};
use self::clients::Clients;
use crate::config::{Config, TlsFiles};

/// How often an operator's files are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How often our own certificate is looked at.
const LOOK_AT_OWN: Duration = Duration::from_hours(6);

/// There is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum TlsError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path}: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    #[error("the registry's own certificate authority cannot be used: {0}")]
    Authority(#[from] CaError),
}

/// Where the certificate comes from.
#[derive(Debug, Clone)]
enum Source {
    Files(TlsFiles),
    Own { folder: PathBuf, names: Vec<String> },
}

/// The certificate that HTTPS is served with.
#[derive(Debug)]
pub struct Tls {
    source: Source,
    clients: Arc<Clients>,
    config: RustlsConfig,
}

/// Chooses aws-lc-rs for every use of TLS in this process. Once, before anything else.
pub fn install_provider() {
    if provider().install_default().is_err() {
        tracing::debug!("a provider was installed already");
    }
}

/// The provider of this process; a test may not have chosen one.
fn current_provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(provider()))
}

/// aws-lc-rs, AES with 128 bits before 256: as safe for this century, and a third less work for both sides.
fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.sort_by_key(|suite| {
        !matches!(
            suite.suite(),
            CipherSuite::TLS13_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        )
    });
    provider
}

impl Tls {
    /// Reads the operator's files, or makes what is missing of our own. `client_ca` is the certificate of the authority whose
    /// certificates clients are asked for, PEM. Blocks for some milliseconds.
    pub fn open(config: &Config, client_ca: &str, now: OffsetDateTime) -> Result<Self, TlsError> {
        let source = match &config.tls {
            Some(files) => Source::Files(files.clone()),
            None => Source::Own {
                folder: folder(config),
                names: names(config, &host_name()),
            },
        };
        let clients = Arc::new(Clients::new(client_ca)?);
        let config = RustlsConfig::from_config(Arc::new(source.load(&clients, now)?));
        Ok(Self {
            source,
            clients,
            config,
        })
    }

    /// What HTTPS is served with, now and after it was replaced.
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Replaces the certificate when it is time. A new one that cannot be used is logged, and the old one stays.
    pub async fn keep_fresh(self, stop: CancellationToken) {
        let pause = if matches!(self.source, Source::Files(_)) {
            LOOK
        } else {
            LOOK_AT_OWN
        };
        let mut seen = self.source.stamp();
        while stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_some()
        {
            let stamp = self.source.stamp();
            if matches!(self.source, Source::Files(_)) && stamp == seen {
                continue;
            }
            let (source, clients) = (self.source.clone(), Arc::clone(&self.clients));
            let load = move || source.load(&clients, OffsetDateTime::now_utc());
            let loaded = tokio::task::spawn_blocking(load).await;
            match loaded {
                Ok(Ok(config)) => {
                    self.config.reload_from_config(Arc::new(config));
                    tracing::info!("the certificate for HTTPS was read again");
                }
                Ok(Err(error)) => {
                    tracing::error!(%error, "the new certificate for HTTPS is not used");
                }
                Err(_) => return,
            }
            seen = stamp;
        }
    }
}

impl Source {
    fn load(&self, clients: &Arc<Clients>, now: OffsetDateTime) -> Result<ServerConfig, TlsError> {
        match self {
            Self::Files(files) => server_config(
                clients,
                &read(&files.certificate)?,
                &files.certificate,
                &read(&files.key)?,
                &files.key,
            ),
            Self::Own { folder, names } => own(clients, folder, names, now),
        }
    }

    /// When the operator's files were changed; whatever cannot be looked at counts as a change once.
    fn stamp(&self) -> [Option<SystemTime>; 2] {
        let changed = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
        match self {
            Self::Files(files) => [changed(&files.certificate), changed(&files.key)],
            Self::Own { .. } => [None, None],
        }
    }
}

const CA: &str = "ca.pem";
const CA_KEY: &str = "ca.key.pem";
const SERVER: &str = "server.pem";
const SERVER_KEY: &str = "server.key.pem";

fn folder(config: &Config) -> PathBuf {
    config.data_dir.join("tls")
}

/// Our own certificate for `names`, made where it, or its authority, is missing or no longer serves.
fn own(
    clients: &Arc<Clients>,
    folder: &Path,
    names: &[String],
    now: OffsetDateTime,
) -> Result<ServerConfig, TlsError> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made.map_err(|source| TlsError::File {
        path: folder.to_owned(),
        source,
    })?;
    let [ca_path, ca_key_path, cert_path, key_path] =
        [CA, CA_KEY, SERVER, SERVER_KEY].map(|name| folder.join(name));
    let authority = match (read_if_there(&ca_path)?, read_if_there(&ca_key_path)?) {
        (Some(cert), Some(key)) => CertificateAuthority::from_pem(&cert, &key)?,
        // Half of it is worth nothing, but whoever trusts the old certificate should hear of the new one.
        (cert, _) => {
            let name = format!("Plimsoll CA {} {}", host_name(), now.date());
            let authority = CertificateAuthority::create(&name, now)?;
            write(&ca_key_path, &authority.key_pem())?;
            write(&ca_path, authority.cert_pem())?;
            tracing::info!(folder = %folder.display(), replaced = cert.is_some(), "made a certificate authority");
            authority
        }
    };
    if let (Some(cert), Some(key)) = (read_if_there(&cert_path)?, read_if_there(&key_path)?)
        && authority.covers(&cert, names, now)
        && let Ok(config) = server_config(clients, &cert, &cert_path, &key, &key_path)
    {
        return Ok(config);
    }
    let issued = authority.issue_server(names, now)?;
    write(&key_path, &issued.key_pem)?;
    write(&cert_path, &issued.cert_pem)?;
    tracing::info!(?names, "made a certificate for HTTPS");
    let (cert, key) = (&issued.cert_pem, &issued.key_pem);
    server_config(clients, cert, &cert_path, key, &key_path)
}

/// HTTP/2 and HTTP/1.1 with TLS 1.2 and 1.3, sessions resumed by tickets that this process alone can read.
fn server_config(
    clients: &Arc<Clients>,
    cert: &str,
    cert_path: &Path,
    key: &str,
    key_path: &Path,
) -> Result<ServerConfig, TlsError> {
    let unreadable = |path: &Path, reason: &dyn std::fmt::Display| TlsError::Unreadable {
        path: path.to_owned(),
        reason: reason.to_string(),
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(cert.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable(cert_path, &error))?;
    if chain.is_empty() {
        return Err(unreadable(
            cert_path,
            &"there is no certificate in it; PEM is expected",
        ));
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|error| unreadable(key_path, &error))?;
    let clients = Arc::<Clients>::clone(clients);
    let mut config = ServerConfig::builder_with_provider(current_provider())
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)?;
    config.ignore_client_order = true;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(config)
}

/// What the server may be called: this machine, by its addresses for itself and its name, and as the configuration says.
fn names(config: &Config, host_name: &str) -> Vec<String> {
    let external = config.external_url.as_ref().and_then(|url| url.host_str());
    let external = external.map(|host| {
        host.trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned()
    });
    let listener = config
        .https
        .map(|address| address.ip())
        .filter(|ip| !ip.is_unspecified())
        .map(|ip| ip.to_string());
    let mut seen = BTreeSet::new();
    ["localhost", "127.0.0.1", "::1", host_name]
        .map(str::to_owned)
        .into_iter()
        .chain(external)
        .chain(listener)
        .map(|name| name.to_ascii_lowercase())
        .filter(|name| is_name(name) && seen.insert(name.clone()))
        .collect()
}

/// An address, or a host name as certificates can carry it (RFC 1123, section 2.1).
fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        let bytes = label.as_bytes();
        (1..=63).contains(&bytes.len())
            && bytes
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || *b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.parse::<std::net::IpAddr>().is_ok() || (name.len() <= 253 && name.split('.').all(label))
}

fn host_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

fn read(path: &Path) -> Result<String, TlsError> {
    fs::read_to_string(path).map_err(|source| TlsError::File {
        path: path.to_owned(),
        source,
    })
}

fn read_if_there(path: &Path) -> Result<Option<String>, TlsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(TlsError::File {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Writes a file that only its owner may read; a killed process leaves the old one or the new one.
fn write(path: &Path, text: &str) -> Result<(), TlsError> {
    let write = || -> io::Result<()> {
        let new = path.with_extension("new");
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        path.parent()
            .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(|source| TlsError::File {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests;
