//! What is understood, and what is refused.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, time::Duration};

use super::{Config, ConfigError, Database, Environment, KEYS, LogFormat};

/// What the program is started with.
#[derive(Default)]
struct Start {
    options: Vec<(&'static str, &'static str)>,
    variables: Vec<(&'static str, &'static str)>,
    file: Option<&'static str>,
}

impl Start {
    fn load(self) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().expect("directory");
        let file = self.file.map(|text| {
            let path = dir.path().join("plimsoll.toml");
            std::fs::write(&path, text).expect("file");
            path
        });
        let key = |name| KEYS.iter().find(|key| key.name == name).expect("a setting");
        let mut variables = vec![("HOME", "/home/somebody")];
        variables.extend(self.variables);
        Config::load(Environment {
            options: self
                .options
                .into_iter()
                .map(|(name, value)| (key(name), value.to_owned()))
                .collect(),
            file,
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        })
    }

    /// The message, without the directory in which the file was.
    fn error(self) -> String {
        let message = self.load().expect_err("an error").to_string();
        match (message.find('/'), message.find("plimsoll.toml")) {
            (Some(from), Some(to)) if from < to => {
                format!("{}{}", &message[..from], &message[to..])
            }
            _ => message,
        }
    }
}

fn file(text: &'static str) -> Start {
    Start {
        file: Some(text),
        ..Start::default()
    }
}

fn variable(name: &'static str, value: &'static str) -> Start {
    Start {
        variables: vec![(name, value)],
        ..Start::default()
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("address")
}

#[test]
fn nothing_given_is_a_mode() {
    let config = Start::default().load().expect("configuration");
    assert_eq!(
        config.data_dir,
        PathBuf::from("/home/somebody/.local/share/plimsoll")
    );
    assert_eq!(config.http, Some(address("127.0.0.1:8080")));
    assert_eq!(config.https, Some(address("127.0.0.1:8443")));
    assert_eq!(config.metrics, None);
    assert_eq!(config.external_url, None);
    assert_eq!(config.tls, None);
    assert_eq!(
        config.database.to_string(),
        "SQLite in /home/somebody/.local/share/plimsoll/plimsoll.db"
    );
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(config.limits.uploads_per_account, 100);
    assert_eq!(config.limits.upload_idle, Duration::from_mins(1));
    assert_eq!(config.limits.download_idle, Duration::from_mins(1));
    assert_eq!(config.shutdown_grace, Duration::from_secs(30));
    assert!(config.admin_password.is_none());
    assert_eq!(
        config.understood.len(),
        KEYS.len(),
        "every setting is accounted for"
    );
}

#[test]
fn options_before_variables_before_file_before_defaults() {
    let start = |options, variables| Start {
        options,
        variables,
        file: Some("http = '127.0.0.1:1'\nhttps = '127.0.0.1:1'\nmetrics = '127.0.0.1:1'\n"),
    };
    let config = start(
        vec![("http", "127.0.0.1:3")],
        vec![
            ("PLIMSOLL_HTTP", "127.0.0.1:2"),
            ("PLIMSOLL_HTTPS", "127.0.0.1:2"),
            ("PLIMSOLL_LOG_FORMAT", "json"),
        ],
    )
    .load()
    .expect("configuration");
    assert_eq!(config.http, Some(address("127.0.0.1:3")));
    assert_eq!(config.https, Some(address("127.0.0.1:2")));
    assert_eq!(config.metrics, Some(address("127.0.0.1:1")));
    assert_eq!(config.log.format, LogFormat::Json);
    let origins: Vec<_> = config
        .understood
        .iter()
        .filter(|line| ["http", "https", "data_dir"].contains(&line.key))
        .collect();
    assert_eq!(
        origins
            .iter()
            .map(|line| line.origin.to_string())
            .collect::<Vec<_>>(),
        ["default", "--http", "PLIMSOLL_HTTPS"]
    );
}

#[test]
fn a_file_of_a_company() {
    let config = file(
        r#"
        data_dir = "/srv/plimsoll"
        http = "off"
        https = ":443"
        external_url = "https://registry.example.com"
        database_url = "postgres://plimsoll:s3cret@db.example.com/plimsoll?sslmode=require"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        shutdown_grace = 60
        [log]
        format = "json"
        [limits]
        upload_idle = 120
        download_idle = 90
        "#,
    )
    .load()
    .expect("configuration");
    assert_eq!(
        (config.http, config.https),
        (None, Some(address("0.0.0.0:443")))
    );
    assert_eq!(
        config.external_url.as_ref().and_then(|url| url.host_str()),
        Some("registry.example.com")
    );
    assert!(
        config.trusts("10.1.2.3".parse().expect("address"))
            && config.trusts("::1".parse().expect("address"))
    );
    assert!(!config.trusts("192.0.2.1".parse().expect("address")));
    assert_eq!(config.shutdown_grace, Duration::from_mins(1));
    assert_eq!(config.limits.upload_idle, Duration::from_mins(2));
    assert_eq!(config.limits.download_idle, Duration::from_secs(90));
    assert!(matches!(config.database, Database::Postgres(_)));

    let shown = format!("{}{:?}{}", config.table(), config, config.database);
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(
        config
            .table()
            .contains("postgres://plimsoll:***@db.example.com/plimsoll"),
        "{}",
        config.table()
    );
    assert!(
        config.table().contains("plimsoll.toml line 12"),
        "{}",
        config.table()
    );
}

#[test]
fn an_unknown_name_is_an_error_that_says_where() {
    let cases = [
        (
            file("http = ':80'\n\nhtps = ':443'\n"),
            "plimsoll.toml line 3: there is no setting `htps`; did you mean `https`?",
        ),
        (
            file("[tls]\ncertifcate = 'x'"),
            "plimsoll.toml line 2: there is no setting `tls.certifcate`; did you mean `tls.certificate`?",
        ),
        (
            file("storage = 's3'"),
            "plimsoll.toml line 1: there is no setting `storage`; `plimsoll config --help` lists them all",
        ),
        (
            file("[log.format]\nx = 1"),
            "plimsoll.toml line 1: `log.format`: the value must be a text, a whole number or a list of texts",
        ),
        (
            file("tls = 'x'"),
            "plimsoll.toml line 1: there is no setting `tls`; `plimsoll config --help` lists them all",
        ),
        (
            variable("PLIMSOLL_HTPS", "off"),
            "PLIMSOLL_HTPS: there is no setting `PLIMSOLL_HTPS`; did you mean `PLIMSOLL_HTTPS`?",
        ),
    ];
    for (start, expected) in cases {
        assert_eq!(start.error(), expected);
    }
}

#[test]
fn an_unreadable_value_is_an_error_that_says_where() {
    let cases = [
        (
            "http = 8080",
            "plimsoll.toml line 1: `http`: `8080` is not an address with a port",
        ),
        (
            "http = true",
            "plimsoll.toml line 1: `http`: the value must be a text",
        ),
        (
            "http = ['a', 'b']",
            "plimsoll.toml line 1: `http`: one value is expected",
        ),
        (
            "\nshutdown_grace = 'soon'",
            "plimsoll.toml line 2: `shutdown_grace`: `soon` is not a number of seconds",
        ),
        (
            "shutdown_grace = -1",
            "plimsoll.toml line 1: `shutdown_grace`: `-1` is not",
        ),
        (
            "limits.connections = 0",
            "plimsoll.toml line 1: `limits.connections`: `0` is not a number above zero",
        ),
        (
            "limits.upload_idle = 0",
            "plimsoll.toml line 1: `limits.upload_idle`: it must be above zero",
        ),
        (
            "log.format = 'xml'",
            "plimsoll.toml line 1: `log.format`: `xml` is neither text nor json",
        ),
        (
            "log.level = 'verbose'",
            "plimsoll.toml line 1: `log.level`: `verbose` is neither one of",
        ),
        (
            "external_url = 'registry.example.com'",
            "plimsoll.toml line 1: `external_url`: ",
        ),
        (
            "external_url = 'https://example.com/registry'",
            "plimsoll.toml line 1: `external_url`: only scheme, host and port",
        ),
        (
            "external_url = 'ftp://example.com'",
            "plimsoll.toml line 1: `external_url`: the URL must begin with http",
        ),
        (
            "external_url = 'https://u:p@example.com'",
            "plimsoll.toml line 1: `external_url`: only scheme, host and port",
        ),
        (
            "database_url = 'mysql://localhost'",
            "plimsoll.toml line 1: `database_url`: the database URL must begin with",
        ),
        (
            "trusted_proxies = ['10.0.0.0/8', 'proxy']",
            "plimsoll.toml line 1: `trusted_proxies`: `proxy` is not an address",
        ),
        (
            "trusted_proxies = [10]",
            "plimsoll.toml line 1: `trusted_proxies`: the list may hold texts only",
        ),
        (
            "tls.certificate = '/nonexistent/cert.pem'",
            "plimsoll.toml line 1: `tls.certificate`: /nonexistent/cert.pem cannot be read",
        ),
        (
            "http = 'off'\nhttps = 'off'",
            "`http` and `https` are both off",
        ),
        ("http = ", "plimsoll.toml line 1: this is not TOML"),
        (
            "http = 'a'\nhttp = 'b'",
            "plimsoll.toml line 2: this is not TOML: duplicate key",
        ),
    ];
    for (text, expected) in cases {
        let error = file(text).error();
        assert!(
            error.starts_with(expected),
            "{text}\n  {error}\n  {expected}"
        );
    }
    let error = variable("PLIMSOLL_HTTP", "").error();
    assert!(
        error.starts_with("PLIMSOLL_HTTP: `http`: `` is not an address"),
        "{error}"
    );
}

#[test]
fn no_error_shows_a_password() {
    let cases = [
        file("database_url = 'postgres://u:s3cret@[/x'"),
        file("database_url = 'postgres://u:s3cret@host/x"),
        file("database_url = 'mysql://u:s3cret@host/x'"),
        variable("PLIMSOLL_DATABASE_URL", "postgres://u:s3cret@host:port/x"),
    ];
    for start in cases {
        let error = start.error();
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn other_variables_are_let_pass() {
    let config = Start {
        variables: vec![
            ("PLIMSOLL_ADMIN_PASSWORD", "hunter2hunter2"),
            ("PLIMSOLL_ASSETS_DIR", "/build/assets"),
            ("PATH", "/bin"),
            ("STATE_DIRECTORY", "/var/lib/plimsoll"),
        ],
        ..Start::default()
    }
    .load()
    .expect("configuration");
    assert!(config.admin_password.is_some());
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(
        config.data_dir,
        PathBuf::from("/var/lib/plimsoll"),
        "what systemd says comes before the home directory"
    );
}

#[test]
fn a_certificate_needs_its_key() {
    let error = file("tls.certificate = '/dev/null'").error();
    assert!(error.contains("/dev/null is not a file"), "{error}");
    let certificate = tempfile::NamedTempFile::new().expect("file");
    let text: &'static str = certificate
        .path()
        .to_str()
        .expect("utf-8")
        .to_owned()
        .leak();
    let alone = |key| {
        Start {
            options: vec![(key, text)],
            ..Start::default()
        }
        .error()
    };
    assert_eq!(
        alone("tls.certificate"),
        "`tls.certificate` is set, but `tls.key` is not"
    );
    assert_eq!(
        alone("tls.key"),
        "`tls.key` is set, but `tls.certificate` is not"
    );
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let environment = Environment {
        variables: vec![(
            OsString::from("PLIMSOLL_CONFIG"),
            OsString::from("/nonexistent/plimsoll.toml"),
        )],
        ..Environment::default()
    };
    let error = Config::load(environment)
        .expect_err("no such file")
        .to_string();
    assert!(
        error.starts_with("the configuration file /nonexistent/plimsoll.toml cannot be read"),
        "{error}"
    );
}
