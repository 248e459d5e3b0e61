//! Bundles are read back with the library that wrote them; their scripts are run by the shell that is here.

use std::io::Read as _;

use super::*;
use crate::client_ca::{ClientCa, ClientCertificate, DEFAULT_LIFETIME, Subject};
use crate::public_key;
use proptest::prelude::*;
use uuid::Uuid;
use zip::ZipArchive;

const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);
const URL: &str = "https://dtr.example.com:4443";

fn issued() -> ClientCertificate {
    let ca = ClientCa::create("Plimsoll test client CA", NOW).expect("authority");
    let subject = Subject {
        account: Uuid::from_u128(7),
        name: "ada",
    };
    ca.issue(subject, DEFAULT_LIFETIME, NOW, &mut rand::rng())
        .expect("certificate")
}

fn bundle(issued: &ClientCertificate) -> Bundle<'_> {
    Bundle {
        account: "ada",
        base_url: URL,
        certificate: &issued.certificate,
        key_pem: issued.key_pem.as_deref(),
        ca_pem: Some("the authority\n"),
    }
}

/// Names, modes and contents.
fn unzip(bytes: Vec<u8>) -> Vec<(String, u32, String)> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).expect("a file");
            let mut content = String::new();
            file.read_to_string(&mut content).expect("text");
            let mode = file.unix_mode().expect("a mode");
            let name = file.name().expect("text").into_owned();
            (name, mode, content)
        })
        .collect()
}

fn file<'a>(files: &'a [(String, u32, String)], name: &str) -> &'a str {
    let file = files.iter().find(|file| file.0 == name);
    &file.unwrap_or_else(|| panic!("no {name}")).2
}

#[test]
fn has_every_file_and_the_key_is_for_its_owner_only() {
    let issued = issued();
    let files = unzip(bundle(&issued).zip(NOW).expect("bundle"));
    let modes: Vec<_> = files
        .iter()
        .map(|(name, mode, _)| (name.as_str(), mode & 0o7777))
        .collect();
    assert_eq!(
        modes,
        [
            ("README.md", 0o644),
            ("cert.pem", 0o644),
            ("cert.pub", 0o644),
            ("key.pem", 0o600),
            ("ca.pem", 0o644),
            ("env.sh", 0o644),
            ("env.cmd", 0o644),
            ("env.ps1", 0o644),
        ]
    );
    assert_eq!(file(&files, "cert.pem"), issued.certificate.pem());
    assert_eq!(Some(file(&files, "key.pem")), issued.key_pem.as_deref());
    assert_eq!(file(&files, "ca.pem"), "the authority\n");
    let key = public_key::parse(file(&files, "cert.pub")).expect("a key");
    assert_eq!(key.key(), issued.certificate.key());
}

#[test]
fn says_when_it_was_made() {
    let zipped = |now| {
        let bytes = bundle(&issued()).zip(now).expect("bundle");
        let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
        let time = zip.by_index(0).expect("a file").last_modified();
        time.map(|time| (time.year(), time.month(), time.day(), time.hour()))
    };
    let elsewhere = NOW.to_offset(time::macros::offset!(+14));
    assert_eq!(zipped(elsewhere), Some((2026, 11, 23, 12)));
    assert_eq!(
        zipped(OffsetDateTime::UNIX_EPOCH),
        Some((1980, 1, 1, 0)),
        "before archives have a time"
    );
}

#[test]
fn scripts_set_what_docker_and_notary_need() {
    let issued = issued();
    let files = unzip(bundle(&issued).zip(NOW).expect("bundle"));
    let set = |name: &str, line: &str| {
        let script = file(&files, name);
        assert!(
            script.lines().any(|found| found == line),
            "{name}: {script}"
        );
    };
    set(
        "env.sh",
        "export PLIMSOLL_URL='https://dtr.example.com:4443'",
    );
    set(
        "env.sh",
        "export DOCKER_CONTENT_TRUST_SERVER='https://dtr.example.com:4443'",
    );
    set(
        "env.cmd",
        "@set \"PLIMSOLL_URL=https://dtr.example.com:4443\"",
    );
    set(
        "env.cmd",
        "@set \"DOCKER_CONTENT_TRUST_SERVER=https://dtr.example.com:4443\"",
    );
    set(
        "env.ps1",
        "$env:PLIMSOLL_URL = 'https://dtr.example.com:4443'",
    );
    set(
        "env.ps1",
        "$env:DOCKER_CONTENT_TRUST_SERVER = 'https://dtr.example.com:4443'",
    );
    for name in ["env.cmd", "env.ps1"] {
        let script = file(&files, name);
        assert_eq!(script.matches('\n').count(), script.matches("\r\n").count());
    }
}

#[test]
fn the_script_finds_its_own_folder() {
    let issued = issued();
    let files = unzip(bundle(&issued).zip(NOW).expect("bundle"));
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().canonicalize().expect("a path").join("a b'c");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("env.sh"), file(&files, "env.sh")).expect("written");
    let run = |shell: &str, at: &std::path::Path, script: &str| {
        let script = format!(
            ". {script} && printf '%s\\n' \"$PLIMSOLL_CERT_PATH\" \"$PLIMSOLL_URL\" \"$DOCKER_CONTENT_TRUST_SERVER\""
        );
        let output = std::process::Command::new(shell)
            .args(["-euc", &script])
            .current_dir(at)
            .env("CDPATH", "/")
            .output();
        match output {
            Ok(output) => {
                let printed = String::from_utf8(output.stdout).expect("text");
                let expected = format!("{}\n{URL}\n{URL}\n", folder.display());
                assert_eq!(printed, expected, "{shell}: {:?}", output.stderr);
            }
            Err(error) => println!("not run: {shell} is not here ({error})"),
        }
    };
    run("sh", &folder, "./env.sh");
    run("bash", &folder, "./env.sh");
    let path = format!("\"{}/env.sh\"", folder.display());
    run("bash", std::path::Path::new("/"), &path);
}

#[test]
fn explains_itself_with_this_hosts_name() {
    let issued = issued();
    let files = unzip(bundle(&issued).zip(NOW).expect("bundle"));
    let readme = file(&files, "README.md");
    for line in [
        "# Client bundle of `ada` for `dtr.example.com:4443`",
        "| `cert.pem` | the client certificate, valid until 2027-12-26 12:00 UTC |",
        "curl --cert cert.pem --key key.pem --cacert ca.pem \"$PLIMSOLL_URL/enzi/v0/accounts/ada\"",
        "sudo cp cert.pem '/etc/docker/certs.d/dtr.example.com:4443'/client.cert",
        "sudo install -m 600 key.pem '/etc/docker/certs.d/dtr.example.com:4443'/client.key",
        "sudo cp ca.pem '/etc/docker/certs.d/dtr.example.com:4443'/ca.crt",
        "cp ca.pem ~/.docker/tls/'dtr.example.com:4443'/ca.crt",
        "docker trust key load --name ada key.pem",
        "docker trust signer add --key cert.pem ada 'dtr.example.com:4443/NAMESPACE/REPOSITORY'",
        "notary -s \"$DOCKER_CONTENT_TRUST_SERVER\" --tlscacert ca.pem -d ~/.docker/trust delegation add 'dtr.example.com:4443/NAMESPACE/REPOSITORY' targets/releases cert.pem --all-paths",
    ] {
        assert!(
            readme.lines().any(|found| found == line),
            "{line}\n{readme}"
        );
    }
    assert!(readme.contains(&issued.certificate.key().tuf_key_id()));
    assert!(!readme.contains("PRIVATE"));
}

#[test]
fn leaves_out_what_there_is_not() {
    let issued = issued();
    let bundle = Bundle {
        key_pem: None,
        ca_pem: None,
        ..bundle(&issued)
    };
    let files = unzip(bundle.zip(NOW).expect("bundle"));
    assert!(
        !files
            .iter()
            .any(|file| ["key.pem", "ca.pem"].contains(&file.0.as_str()))
    );
    let readme = file(&files, "README.md");
    assert!(
        !readme.contains("ca.pem") && !readme.contains("ca.crt"),
        "{readme}"
    );
    assert!(readme.contains("Your private key never left you."));
}

#[test]
fn does_not_promise_what_an_ed25519_key_cannot_do() {
    let ca = ClientCa::create("CA", NOW).expect("authority");
    let key = public_key::parse(include_str!("../../testdata/ed25519.pub")).expect("a key");
    let subject = Subject {
        account: Uuid::nil(),
        name: "ada",
    };
    let issued = ca
        .issue_for_key(key.key(), subject, DEFAULT_LIFETIME, NOW, &mut rand::rng())
        .expect("certificate");
    let files = unzip(bundle(&issued).zip(NOW).expect("bundle"));
    let readme = file(&files, "README.md");
    assert!(readme.contains("cannot sign with an Ed25519 key") && !readme.contains("key load"));
}

#[test]
fn signers_have_names_that_docker_accepts() {
    let issued = issued();
    for (account, signer) in [
        ("ada.lovelace", "ada-lovelace"),
        ("a__b-c", "a__b-c"),
        ("releases", "releases-signer"),
    ] {
        let bundle = Bundle {
            account,
            ..bundle(&issued)
        };
        let files = unzip(bundle.zip(NOW).expect("bundle"));
        let line = format!("docker trust key load --name {signer} key.pem");
        assert!(file(&files, "README.md").contains(&line), "{line}");
    }
}

#[test]
fn refuses_names_and_addresses_that_mean_something_to_a_shell() {
    let issued = issued();
    let long = "x".repeat(65);
    for account in [
        "", "a\nb", "a'b", "a\"b", "a`b", "a$b", "a b", "a;b", "a|b", "a%b", "-a", ".a", "é", &long,
    ] {
        let bundle = Bundle {
            account,
            ..bundle(&issued)
        };
        assert!(
            matches!(bundle.zip(NOW), Err(BundleError::Account)),
            "{account:?}"
        );
    }
    for base_url in [
        "",
        "dtr.example.com",
        "http://dtr.example.com",
        "https://",
        "https:///path",
        "https://..",
        "https://-h",
        "https://dtr.example.com/",
        "https://dtr.example.com/a/",
        "https://ada@dtr.example.com",
        "https://dtr.example.com?a",
        "https://dtr.example.com#a",
        "https://dtr.example.com\nexport A=b",
        "https://dtr.example.com\r\n@calc",
        "https://dtr.example.com'; calc; '",
        "https://dtr.example.com\" & calc",
        "https://%COMSPEC%",
        "https://$HOME",
        "https://`id`",
        "https://a!b!",
        "https://a^b",
        "https://dtr.example.com\u{2019}",
    ] {
        let bundle = Bundle {
            base_url,
            ..bundle(&issued)
        };
        assert!(
            matches!(bundle.zip(NOW), Err(BundleError::Url)),
            "{base_url:?}"
        );
    }
    for base_url in [
        "https://dtr.example.com",
        "https://localhost:8443",
        "https://127.0.0.1",
        "https://[::1]:8443",
        "https://dtr.example.com/registry/one",
    ] {
        let bundle = Bundle {
            base_url,
            ..bundle(&issued)
        };
        assert!(bundle.zip(NOW).is_ok(), "{base_url}");
    }
}

#[test]
fn prints_no_key() {
    let issued = issued();
    assert!(!format!("{:?}", bundle(&issued)).contains("PRIVATE"));
}

proptest! {
    #[test]
    fn what_passes_has_no_character_with_a_meaning(account in "\\PC{0,8}|[a-z.\"'$`%\n]{1,6}", rest in "\\PC{0,12}|[a-z.:/\"'$`%\n]{1,12}") {
        let issued = issued();
        let base_url = format!("https://{rest}");
        let bundle = Bundle { account: &account, base_url: &base_url, ..bundle(&issued) };
        if let Ok(host) = bundle.check() {
            let harmless = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || ".:/_~[]-".contains(c));
            prop_assert!(harmless(&account) && harmless(&base_url) && harmless(host));
        }
    }
}
