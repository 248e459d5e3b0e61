//! From the values as they were given to the values as they are used: each is parsed here, once.

use std::{ffi::OsStr, path::PathBuf, str::FromStr, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use tracing_subscriber::EnvFilter;
use url::Url;

use super::{
    Config, ConfigError, Database, Environment, KEYS, Limits, Log, LogFormat, Network, Origin,
    Sessions, TlsFiles, Understood, network,
    sources::{Given, Sources},
};

pub(super) fn load(environment: Environment) -> Result<Config, ConfigError> {
    let variable = |name: &str| {
        let found = environment
            .variables
            .iter()
            .find(|(found, _)| found == OsStr::new(name));
        found
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
    };
    let text = |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned());

    let mut sources = Sources::default();
    sources.add_options(&environment.options);
    sources.add_variables(environment.variables.iter().cloned())?;
    if let Some(file) = environment
        .file
        .clone()
        .or_else(|| variable("PLIMSOLL_CONFIG").map(PathBuf::from))
    {
        sources.add_file(&file)?;
    }
    let mut reader = Reader {
        sources,
        understood: Vec::new(),
    };

    let data_dir = reader.read("data_dir", directory, || {
        default_data_dir(&variable).ok_or(NO_HOME)
    })?;
    let config = Config {
        http: reader.read("http", network::listen, || {
            Ok(network::listen("127.0.0.1:8080").ok().flatten())
        })?,
        https: reader.read("https", network::listen, || {
            Ok(network::listen("127.0.0.1:8443").ok().flatten())
        })?,
        external_url: reader.read(
            "external_url",
            |text| external_url(text).map(Some),
            || Ok(None),
        )?,
        database: reader.read("database_url", database, || {
            Ok(Database::Sqlite(data_dir.join("plimsoll.db")))
        })?,
        tls: tls(&mut reader)?,
        trust_key: reader.read("trust.key", |text| file(text).map(Some), || Ok(None))?,
        trust_previous_key: reader.read(
            "trust.previous_key",
            |text| file(text).map(Some),
            || Ok(None),
        )?,
        trusted_proxies: reader.list("trusted_proxies", Network::parse)?,
        outgoing_networks: reader.list("outgoing_networks", Network::parse)?,
        metrics: reader.read("metrics", network::listen, || Ok(None))?,
        log: Log {
            format: reader.read("log.format", log_format, || Ok(LogFormat::Text))?,
            level: reader.read("log.level", log_level, || Ok("info".to_owned()))?,
        },
        shutdown_grace: reader.read("shutdown_grace", seconds, || Ok(Duration::from_secs(30)))?,
        sessions: Sessions {
            idle: reader.read("sessions.idle", positive_seconds, || {
                Ok(Duration::from_hours(24))
            })?,
            lifetime: reader.read("sessions.lifetime", positive_seconds, || {
                Ok(Duration::from_hours(7 * 24))
            })?,
        },
        limits: Limits {
            uploads_per_account: reader.read("limits.uploads_per_account", count, || Ok(100))?,
            upload_idle: reader.read("limits.upload_idle", positive_seconds, || {
                Ok(Duration::from_mins(1))
            })?,
            download_idle: reader.read("limits.download_idle", positive_seconds, || {
                Ok(Duration::from_mins(1))
            })?,
            connections: reader.read("limits.connections", count, || Ok(4096))?,
        },
        admin_password: text("PLIMSOLL_ADMIN_PASSWORD").map(SecretString::from),
        data_dir,
        understood: Vec::new(),
    };
    if config.http.is_none() && config.https.is_none() {
        return Err(ConfigError::Whole(
            "`http` and `https` are both off: nothing would be served".to_owned(),
        ));
    }
    Ok(Config {
        understood: reader.finish(),
        ..config
    })
}

const NO_HOME: &str = "there is no home directory to put it in; say where data may be kept";

/// Takes values out of the sources and notes what was understood.
struct Reader {
    sources: Sources,
    understood: Vec<Understood>,
}

impl Reader {
    /// The value of `key`: what `parse` makes of the text that was given, or the default.
    fn read<T: Shown>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
        default: impl FnOnce() -> Result<T, &'static str>,
    ) -> Result<T, ConfigError> {
        let (value, origin) = match self.sources.get(key) {
            None => (default().map_err(str::to_owned), Origin::Default),
            Some((Given::Text(text), origin)) => (parse(text), origin.clone()),
            Some((Given::List(_), origin)) => (
                Err("one value is expected, not a list".to_owned()),
                origin.clone(),
            ),
        };
        let value = value.map_err(|reason| ConfigError::invalid(key, &origin, reason))?;
        self.understood.push(Understood {
            key,
            value: value.shown(),
            origin,
        });
        Ok(value)
    }

    /// The values of `key`: a list, or a text with commas.
    fn list<T: ToString>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        let (texts, origin) = match self.sources.get(key) {
            None => (Vec::new(), Origin::Default),
            Some((Given::List(texts), origin)) => (texts.clone(), origin.clone()),
            Some((Given::Text(text), origin)) => {
                let parts = text
                    .split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty());
                (parts.map(str::to_owned).collect(), origin.clone())
            }
        };
        let values: Result<Vec<T>, String> = texts.iter().map(|text| parse(text)).collect();
        let values = values.map_err(|reason| ConfigError::invalid(key, &origin, reason))?;
        let shown = values
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        self.understood.push(Understood {
            key,
            value: if shown.is_empty() {
                "none".to_owned()
            } else {
                shown
            },
            origin,
        });
        Ok(values)
    }

    /// What was understood, in the order of the table of settings.
    fn finish(mut self) -> Vec<Understood> {
        self.understood
            .sort_by_key(|line| KEYS.iter().position(|key| key.name == line.key));
        self.understood
    }
}

/// How a value is shown; secrets are masked.
trait Shown {
    fn shown(&self) -> String;
}

macro_rules! shown {
    ($($type:ty: |$value:ident| $text:expr;)*) => {
        $(impl Shown for $type {
            fn shown(&self) -> String {
                let $value = self;
                $text
            }
        })*
    };
}

shown! {
    PathBuf: |path| path.display().to_string();
    String: |text| text.clone();
    u32: |number| number.to_string();
    Duration: |time| format!("{} s", time.as_secs());
    Option<std::net::SocketAddr>: |address| address.map_or("off".to_owned(), |address| address.to_string());
    Option<Url>: |url| url.as_ref().map_or("none".to_owned(), |url| url.as_str().trim_end_matches('/').to_owned());
    Option<PathBuf>: |path| path.as_ref().map_or("none".to_owned(), |path| path.display().to_string());
    LogFormat: |format| match format { LogFormat::Text => "text".to_owned(), LogFormat::Json => "json".to_owned() };
    Database: |database| match database {
        Database::Sqlite(path) => format!("sqlite:{}", path.display()),
        Database::Postgres(url) => masked(url),
    };
}

/// A database URL without its password, in whichever place it stands.
pub(super) fn masked(url: &SecretString) -> String {
    let Ok(mut url) = Url::parse(url.expose_secret()) else {
        return "postgres://…".to_owned();
    };
    if url.password().is_some() && url.set_password(Some("***")).is_err() {
        return "postgres://…".to_owned();
    }
    if url.query().is_some() {
        url.set_query(Some("…"));
    }
    url.to_string()
}

/// systemd's `StateDirectory=`, else the XDG base directory for data, else the system's place for a daemon's.
fn default_data_dir(variable: &impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let absolute = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("STATE_DIRECTORY")
        .or_else(|| absolute("XDG_DATA_HOME").map(|dir| dir.join("plimsoll")))
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share/plimsoll")))
}

fn directory(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("the name of a directory is expected".to_owned());
    }
    std::path::absolute(text).map_err(|e| e.to_string())
}

fn file(text: &str) -> Result<PathBuf, String> {
    let path = directory(text).map_err(|_| "the name of a file is expected".to_owned())?;
    match path.metadata() {
        Ok(found) if found.is_file() => Ok(path),
        Ok(_) => Err(format!("{} is not a file", path.display())),
        Err(e) => Err(format!("{} cannot be read: {e}", path.display())),
    }
}

fn external_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("`{text}` is not a URL: {e}"))?;
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        Err("the URL must begin with http:// or https:// and a host".to_owned())
    } else if url.path() != "/" || !plain {
        Err("only scheme, host and port are allowed: a registry has no path of its own".to_owned())
    } else {
        Ok(url)
    }
}

fn database(text: &str) -> Result<Database, String> {
    match db::Options::from_url(text) {
        Ok(db::Options::Sqlite(path)) => Ok(Database::Sqlite(
            std::path::absolute(path).map_err(|e| e.to_string())?,
        )),
        Ok(db::Options::Postgres { url, .. }) => {
            Url::parse(&url).map_err(|e| format!("the URL is not readable: {e}"))?;
            Ok(Database::Postgres(url.into()))
        }
        Err(e) => Err(e.to_string()),
    }
}

fn tls(reader: &mut Reader) -> Result<Option<TlsFiles>, ConfigError> {
    let certificate = reader.read("tls.certificate", |text| file(text).map(Some), || Ok(None))?;
    let key = reader.read("tls.key", |text| file(text).map(Some), || Ok(None))?;
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ConfigError::Whole(
            "`tls.certificate` is set, but `tls.key` is not".to_owned(),
        )),
        (None, Some(_)) => Err(ConfigError::Whole(
            "`tls.key` is set, but `tls.certificate` is not".to_owned(),
        )),
    }
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("`{text}` is neither text nor json")),
    }
}

/// A level, or a filter of the form `target=level,…`. A lone word that is no level would be taken for a target.
fn log_level(text: &str) -> Result<String, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let known = |part: &str| LEVELS.contains(&part.rsplit('=').next().unwrap_or_default().trim());
    if text.split(',').all(known) && EnvFilter::from_str(text).is_ok() {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is neither one of {} nor a filter such as server=debug,info",
            LEVELS.join(", ")
        ))
    }
}

fn count(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|&number| number > 0)
        .ok_or_else(|| format!("`{text}` is not a number above zero"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: u32 = text
        .parse()
        .map_err(|_| format!("`{text}` is not a number of seconds"))?;
    Ok(Duration::from_secs(number.into()))
}

fn positive_seconds(text: &str) -> Result<Duration, String> {
    seconds(text).and_then(|time| {
        if time.is_zero() {
            Err("it must be above zero".to_owned())
        } else {
            Ok(time)
        }
    })
}
