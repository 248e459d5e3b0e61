//! The configuration: options before environment before file before defaults, checked as a whole before anything starts.
//!
//! Nothing is guessed: an unknown name or an unreadable value is an error that says where it stands. `plimsoll config`
//! prints what was understood, and where each value came from. The settings themselves are listed in `keys.rs`.

mod keys;
mod network;
mod read;
mod sources;

use std::{
    ffi::OsString,
    fmt::{self, Write as _},
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use secrecy::SecretString;
use url::Url;

pub use network::Network;
pub use sources::Origin;

pub(crate) use keys::{KEYS, Key};

/// What the program was told, or assumes.
#[derive(Debug)]
pub struct Config {
    /// Where images, certificates and the `SQLite` database are kept; it may not exist yet.
    pub data_dir: PathBuf,
    /// Where to listen for HTTP.
    pub http: Option<SocketAddr>,
    /// Where to listen for HTTPS.
    pub https: Option<SocketAddr>,
    /// The address that people and clients use: scheme, host and port, nothing more.
    pub external_url: Option<Url>,
    /// Where the database is.
    pub database: Database,
    /// A certificate of one's own for HTTPS.
    pub tls: Option<TlsFiles>,
    /// A file whose content seals the signing keys of content trust in the database.
    pub trust_key: Option<PathBuf>,
    /// A file with which such keys may still be sealed, after another took its place.
    pub trust_previous_key: Option<PathBuf>,
    /// Whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Networks that are not public and that requests may go to all the same.
    pub outgoing_networks: Vec<Network>,
    /// Where to serve `/metrics` for everybody who can reach it.
    pub metrics: Option<SocketAddr>,
    /// How to log.
    pub log: Log,
    /// How long running requests may go on after the order to stop.
    pub shutdown_grace: Duration,
    /// How long one stays signed in.
    pub sessions: Sessions,
    /// What one client may use.
    pub limits: Limits,
    /// The first administrator's password, where `PLIMSOLL_ADMIN_PASSWORD` gives one; used at first start only.
    pub admin_password: Option<SecretString>,
    /// What was understood, setting by setting, with secrets masked.
    pub understood: Vec<Understood>,
}

/// Where the database is.
#[derive(Debug)]
pub enum Database {
    /// A file; it is made at first start.
    Sqlite(PathBuf),
    /// A `postgres://` URL, which may hold a password.
    Postgres(SecretString),
}

/// A certificate chain and its private key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate first, then those that lead to a root.
    pub certificate: PathBuf,
    /// PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// How to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// A filter in the syntax of `tracing_subscriber::EnvFilter`, known to be readable.
    pub level: String,
}

/// For whom to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// People.
    Text,
    /// Machines: one JSON object a line.
    Json,
}

/// How long one stays signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sessions {
    /// Without doing anything.
    pub idle: Duration,
    /// At most.
    pub lifetime: Duration,
}

/// What may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Unfinished uploads of one account.
    pub uploads_per_account: u32,
    /// An upload that sends nothing for so long is closed.
    pub upload_idle: Duration,
    /// A client that takes nothing of an answer for so long is disconnected.
    pub download_idle: Duration,
    /// Connections that are served at once.
    pub connections: u32,
}

/// One setting as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// The setting's name in the file.
    pub key: &'static str,
    /// Its value, masked if it is a secret.
    pub value: String,
    /// Where the value was given.
    pub origin: Origin,
}

/// The configuration cannot be used. Every message names the setting and where it stands.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum ConfigError {
    #[error("the configuration file {path} cannot be read: {reason}")]
    File { path: String, reason: String },
    #[error("{origin}: this is not TOML: {reason}")]
    Syntax { origin: Origin, reason: String },
    #[error("{origin}: there is no setting `{name}`{hint}")]
    Unknown {
        name: String,
        origin: Origin,
        hint: String,
    },
    #[error("{origin}: `{key}`: {reason}")]
    Invalid {
        key: &'static str,
        origin: Origin,
        reason: String,
    },
    #[error("{0}")]
    Whole(String),
}

impl ConfigError {
    fn unknown(name: &str, origin: &Origin, nearest: Option<&str>) -> Self {
        let hint = match nearest {
            Some(nearest) => format!("; did you mean `{nearest}`?"),
            None => "; `plimsoll config --help` lists them all".to_owned(),
        };
        Self::Unknown {
            name: name.to_owned(),
            origin: origin.clone(),
            hint,
        }
    }

    fn invalid(key: &'static str, origin: &Origin, reason: impl Into<String>) -> Self {
        Self::Invalid {
            key,
            origin: origin.clone(),
            reason: reason.into(),
        }
    }
}

/// What the program was started with. Tests make their own.
#[derive(Debug, Default)]
pub struct Environment {
    /// The values of options, by setting.
    pub(crate) options: Vec<(&'static Key, String)>,
    /// The option `--config`.
    pub file: Option<PathBuf>,
    /// The environment's variables.
    pub variables: Vec<(OsString, OsString)>,
}

impl Environment {
    /// The environment of this process. Nothing else in the program reads it.
    pub(crate) fn of_process(options: Vec<(&'static Key, String)>, file: Option<PathBuf>) -> Self {
        Self {
            options,
            file,
            variables: std::env::vars_os().collect(),
        }
    }
}

impl Config {
    /// Reads and checks everything.
    pub fn load(environment: Environment) -> Result<Self, ConfigError> {
        read::load(environment)
    }

    /// Whether `X-Forwarded-*` headers that arrive from `peer` are believed.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(peer))
    }

    /// What was understood, as a table of values and where they were given.
    pub fn table(&self) -> String {
        let key = self
            .understood
            .iter()
            .map(|line| line.key.len())
            .max()
            .unwrap_or(0);
        let value = self
            .understood
            .iter()
            .map(|line| line.value.chars().count())
            .max()
            .unwrap_or(0)
            .min(60);
        self.understood
            .iter()
            .fold(String::new(), |mut table, line| {
                // Writing to a String cannot fail.
                _ = writeln!(
                    table,
                    "{:key$}  {:value$}  {}",
                    line.key, line.value, line.origin
                );
                table
            })
    }
}

impl Database {
    /// The database in the form that `db` opens.
    pub fn options(&self) -> db::Result<db::Options> {
        use secrecy::ExposeSecret as _;
        match self {
            Self::Sqlite(path) => Ok(db::Options::Sqlite(path.clone())),
            Self::Postgres(url) => db::Options::from_url(url.expose_secret()),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "SQLite in {}", path.display()),
            Self::Postgres(url) => write!(f, "PostgreSQL at {}", read::masked(url)),
        }
    }
}

#[cfg(test)]
mod tests;
