//! What is made at first start, what is kept, and what is replaced.

use std::os::unix::fs::PermissionsExt as _;

use auth::client_ca::ClientCa;
use axum::http::{StatusCode, header};
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use time::macros::datetime;

use super::*;
use crate::config::Environment;

const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

fn config(dir: &TempDir, options: &[(&str, &str)]) -> Config {
    let mut variables = vec![("PLIMSOLL_DATA_DIR".into(), dir.path().into())];
    variables.extend(
        options
            .iter()
            .map(|(name, value)| (name.into(), value.into())),
    );
    Config::load(Environment {
        variables,
        ..Environment::default()
    })
    .expect("configuration")
}

/// With an authority for clients that nobody has a certificate of.
fn open_tls(config: &Config, now: OffsetDateTime) -> Result<Tls, TlsError> {
    let clients = ClientCa::create("test", NOW).expect("authority");
    Tls::open(config, clients.cert_pem(), now)
}

fn certificate(dir: &TempDir) -> String {
    fs::read_to_string(dir.path().join("tls").join(SERVER)).expect("certificate")
}

#[test]
fn the_first_start_makes_files_that_only_their_owner_reads() {
    let dir = tempfile::tempdir().expect("directory");
    open_tls(&config(&dir, &[]), NOW).expect("certificates");
    let folder = dir.path().join("tls");
    let mode = |path: &Path| fs::metadata(path).expect("file").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for name in [CA, CA_KEY, SERVER, SERVER_KEY] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
    assert_eq!(
        fs::read_dir(&folder).expect("folder").count(),
        4,
        "nothing else is left there"
    );
}

#[test]
fn the_next_start_keeps_them_and_a_new_name_or_age_replaces_the_servers_only() {
    let dir = tempfile::tempdir().expect("directory");
    open_tls(&config(&dir, &[]), NOW).expect("certificates");
    let (first, ca) = (
        certificate(&dir),
        fs::read(dir.path().join("tls").join(CA)).expect("ca"),
    );

    open_tls(&config(&dir, &[]), NOW + time::Duration::days(300)).expect("certificates");
    assert_eq!(certificate(&dir), first);

    let named = config(
        &dir,
        &[("PLIMSOLL_EXTERNAL_URL", "https://registry.example.com:5000")],
    );
    open_tls(&named, NOW).expect("certificates");
    let second = certificate(&dir);
    assert_ne!(second, first);

    open_tls(&named, NOW + time::Duration::days(380)).expect("certificates");
    assert_ne!(certificate(&dir), second);
    assert_eq!(fs::read(dir.path().join("tls").join(CA)).expect("ca"), ca);
}

#[test]
fn a_damaged_server_certificate_is_replaced_and_a_damaged_authority_is_an_error() {
    let dir = tempfile::tempdir().expect("directory");
    let config = config(&dir, &[]);
    open_tls(&config, NOW).expect("certificates");
    fs::write(dir.path().join("tls").join(SERVER_KEY), "not a key").expect("file");
    open_tls(&config, NOW).expect("certificates");
    fs::write(dir.path().join("tls").join(CA), "not a certificate").expect("file");
    assert!(matches!(
        open_tls(&config, NOW),
        Err(TlsError::Authority(_))
    ));
}

#[test]
fn the_server_is_called_as_people_call_it() {
    let dir = tempfile::tempdir().expect("directory");
    let of = |options: &[(&str, &str)], host: &str| names(&config(&dir, options), host);
    assert_eq!(
        of(&[], "Harbour"),
        ["localhost", "127.0.0.1", "::1", "harbour"]
    );
    assert_eq!(of(&[], "localhost"), ["localhost", "127.0.0.1", "::1"]);
    assert_eq!(
        of(&[], "bad_name!"),
        ["localhost", "127.0.0.1", "::1"],
        "a name that no certificate can carry"
    );
    assert_eq!(
        of(
            &[
                ("PLIMSOLL_EXTERNAL_URL", "https://[2001:db8::7]:8443"),
                ("PLIMSOLL_HTTPS", "192.0.2.7:443")
            ],
            "h"
        ),
        [
            "localhost",
            "127.0.0.1",
            "::1",
            "h",
            "2001:db8::7",
            "192.0.2.7"
        ]
    );
    assert_eq!(
        of(&[("PLIMSOLL_HTTPS", ":443")], "h"),
        ["localhost", "127.0.0.1", "::1", "h"]
    );
}

#[test]
fn an_operators_files_are_used_or_refused_with_their_name() {
    let dir = tempfile::tempdir().expect("directory");
    let ca = CertificateAuthority::create("test", NOW).expect("ca");
    let issued = ca
        .issue_server(&["localhost".to_owned()], NOW)
        .expect("certificate");
    let other = ca
        .issue_server(&["localhost".to_owned()], NOW)
        .expect("certificate");
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    let open = |cert_text: &str, key_text: &str| {
        fs::write(&cert, cert_text).expect("file");
        fs::write(&key, key_text).expect("file");
        let files = [
            ("PLIMSOLL_TLS_CERTIFICATE", cert.to_str().expect("utf-8")),
            ("PLIMSOLL_TLS_KEY", key.to_str().expect("utf-8")),
        ];
        open_tls(&config(&dir, &files), NOW)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert_eq!(open(&issued.cert_pem, &issued.key_pem), Ok(()));
    assert!(
        !dir.path().join("tls").exists(),
        "an authority of our own is not needed"
    );
    let error = open("", &issued.key_pem).expect_err("no certificate");
    assert!(
        error.contains("cert.pem: there is no certificate in it"),
        "{error}"
    );
    let error = open(&issued.cert_pem, "").expect_err("no key");
    assert!(error.contains("key.pem: "), "{error}");
    let error = open(&issued.cert_pem, &other.key_pem).expect_err("another key");
    assert!(error.contains("cannot be used"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn files_that_change_are_read_again_and_unusable_ones_are_not_used() {
    let dir = tempfile::tempdir().expect("directory");
    let ca = CertificateAuthority::create("test", NOW).expect("ca");
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    let put = |age: u64| {
        let issued = ca
            .issue_server(&["localhost".to_owned()], NOW)
            .expect("certificate");
        fs::write(&cert, &issued.cert_pem).expect("file");
        fs::write(&key, &issued.key_pem).expect("file");
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(age);
        File::options()
            .write(true)
            .open(&cert)
            .expect("file")
            .set_modified(changed)
            .expect("time");
    };
    put(1000);
    let files = [
        ("PLIMSOLL_TLS_CERTIFICATE", cert.to_str().expect("utf-8")),
        ("PLIMSOLL_TLS_KEY", key.to_str().expect("utf-8")),
    ];
    let tls = open_tls(&config(&dir, &files), NOW).expect("certificate");
    let served = tls.config();
    let first = served.get_inner();
    let stop = CancellationToken::new();
    let keeper = tokio::spawn(tls.keep_fresh(stop.clone()));
    let until_looked = || async {
        for _ in 0..3 {
            tokio::time::sleep(LOOK).await;
        }
    };

    until_looked().await;
    assert!(Arc::ptr_eq(&first, &served.get_inner()), "nothing changed");
    put(2000);
    while Arc::ptr_eq(&first, &served.get_inner()) {
        tokio::time::sleep(LOOK).await;
    }
    let second = served.get_inner();
    fs::write(&cert, "not a certificate").expect("file");
    until_looked().await;
    assert!(
        Arc::ptr_eq(&second, &served.get_inner()),
        "what cannot be used is not used"
    );
    stop.cancel();
    keeper.await.expect("ends when told to");
}

#[tokio::test]
async fn the_authority_is_handed_out_where_there_is_one() {
    let dir = tempfile::tempdir().expect("directory");
    let config = config(&dir, &[]);
    open_tls(&config, NOW).expect("certificates");
    let response = ca::serve(Some(folder(&config).join(CA))).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/x-pem-file"
    );
    let body = response
        .into_body()
        .collect()
        .await
        .expect("body")
        .to_bytes();
    assert!(body.starts_with(b"-----BEGIN CERTIFICATE-----"));
    assert!(!String::from_utf8_lossy(&body).contains("PRIVATE"));
    assert_eq!(ca::serve(None).await.status(), StatusCode::NOT_FOUND);
}
