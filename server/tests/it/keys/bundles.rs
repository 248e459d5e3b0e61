//! What is in a bundle, whose key it is for, and who gets one.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{Bundle, key_of};
use crate::util::{PASSWORD, TestApp};

const P256: &str = include_str!("../../../../crates/auth/testdata/p256.pub");
const CERTIFICATE: &str = include_str!("../../../../crates/auth/testdata/alice.crt");

/// A certificate signing request of a new key, DER, that asks to be called `admin`.
fn request() -> Vec<u8> {
    let mut params = rcgen::CertificateParams::default();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "admin");
    let key = rcgen::KeyPair::generate().unwrap();
    params.serialize_request(&key).unwrap().der().to_vec()
}

fn pem(request: &[u8]) -> String {
    let text = STANDARD.encode(request);
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n")
}

#[tokio::test]
async fn a_bundle_is_a_zip_that_says_how_to_use_it() {
    let app = TestApp::new().await;
    let answer = app
        .ask_for_bundle("alice", &json!({"label": "laptop"}))
        .await;
    let answer = answer.expect(201);
    assert_eq!(answer.header("content-type"), "application/zip");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"plimsoll-bundle-alice.zip\""
    );
    let bundle = Bundle(answer.body.to_vec());
    assert!(
        bundle
            .file("key.pem")
            .starts_with("-----BEGIN PRIVATE KEY-----")
    );
    assert!(bundle.file("env.sh").contains("https://127.0.0.1:8443"));
    for name in ["env.cmd", "env.ps1", "README.md", "cert.pub"] {
        assert!(bundle.has(name), "{name}");
    }
    let certificate = bundle.certificate();
    assert_eq!(certificate.common_name(), Some("alice"));
    let key = app.get(&key_of("alice", &bundle.key_id())).by("alice");
    let key = key.send().await.expect(200).json();
    assert_eq!(
        (&key["kind"], &key["label"]),
        (&json!("clientCertificate"), &json!("laptop"))
    );
    assert_eq!(key["certificates"][0]["serial"], certificate.serial());
    assert_eq!(
        key["certificates"][0]["fingerprint"],
        certificate.fingerprint()
    );
    assert_eq!(key["notaryKeyID"], certificate.key().tuf_key_id());
    assert!(
        key["expiresAt"].is_string() && key["lastUsed"].is_null(),
        "{key}"
    );
    let other = app.bundle("alice").await;
    assert_ne!(bundle.key_id(), other.key_id(), "each has a key of its own");
}

/// The database, its log, and everything else.
#[tokio::test]
async fn the_private_key_is_kept_nowhere() {
    let app = TestApp::new().await;
    let bundle = app.bundle("alice").await;
    let key = bundle.file("key.pem");
    let key = STANDARD.decode(
        key.lines()
            .filter(|line| !line.starts_with('-'))
            .collect::<String>(),
    );
    let key = key.unwrap();
    // The secret of P-256 in PKCS #8 (RFC 5958 and RFC 5915): 32 bytes behind this.
    let before = [0x02, 0x01, 0x01, 0x04, 0x20];
    let at = key
        .windows(before.len())
        .position(|found| found == before)
        .unwrap();
    let secret = &key[at + before.len()..][..32];
    let certificate = bundle.certificate();
    let mut seen = false;
    let mut folders = vec![app.dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let has = |wanted: &[u8]| bytes.windows(wanted.len()).any(|found| found == wanted);
            assert!(!has(secret), "{}", path.display());
            for line in bundle
                .file("key.pem")
                .lines()
                .filter(|line| line.len() == 64)
            {
                assert!(!has(line.as_bytes()), "{}", path.display());
            }
            seen |= has(certificate.fingerprint().as_bytes());
        }
    }
    assert!(
        seen || !app.state.db.is_local(),
        "the key's row was looked at"
    );
}

#[tokio::test]
async fn a_private_key_that_stays_at_home_is_in_no_bundle() {
    let app = TestApp::new().await;
    let request = request();
    let bundle = app
        .bundle_for("alice", &json!({"csr": pem(&request)}))
        .await;
    assert!(!bundle.has("key.pem"));
    assert_eq!(
        bundle.certificate().common_name(),
        Some("alice"),
        "whatever it asks for"
    );
    let again = app
        .ask_for_bundle("alice", &json!({"csr": pem(&request)}))
        .await;
    assert_eq!(again.expect(409).code(), "PUBLIC_KEY_EXISTS");
    let bundle = app.bundle_for("alice", &json!({"publicKey": P256})).await;
    assert!(!bundle.has("key.pem"));
    assert_eq!(
        bundle.certificate().key(),
        auth::public_key::parse(P256).unwrap().key()
    );
}

#[tokio::test]
async fn a_request_that_its_key_did_not_sign_is_refused() {
    let app = TestApp::new().await;
    let mut forged = request();
    *forged.last_mut().unwrap() ^= 1;
    let signed = request();
    for (form, field, words) in [
        (json!({"csr": pem(&forged)}), "csr", "signature"),
        (
            json!({"csr": pem(&signed[..signed.len() - 1])}),
            "csr",
            "certificate signing request",
        ),
        (json!({"csr": P256}), "csr", "certificate signing request"),
        (json!({"csr": ""}), "csr", "certificate signing request"),
        (
            json!({"publicKey": pem(&signed)}),
            "publicKey",
            "not a public key",
        ),
        (
            json!({"publicKey": CERTIFICATE}),
            "publicKey",
            "not a public key",
        ),
        (
            json!({"csr": pem(&signed), "publicKey": P256}),
            "csr",
            "not both",
        ),
        (json!({"label": "x".repeat(101)}), "label", "100"),
    ] {
        let answer = app.ask_for_bundle("alice", &form).await.expect(400);
        let error = &answer.json()["errors"][0];
        assert_eq!(error["detail"]["field"], field, "{error}");
        assert!(answer.message().to_lowercase().contains(words), "{error}");
    }
    let keys = app.get(&super::keys_of("alice")).by("alice").send().await;
    assert_eq!(
        keys.json()["accountPublicKeys"],
        json!([]),
        "nothing is left of it"
    );
}

/// A browser that has a session, or a certificate, could be made to ask by any page.
#[tokio::test]
async fn ucps_address_wants_a_credential_in_a_header() {
    let app = TestApp::new().await;
    let ucp = "/api/clientbundle";
    let answer = app.get(&format!("{ucp}?label=ci")).by("alice").send().await;
    let bundle = Bundle(answer.expect(200).body.to_vec());
    let key = app
        .get(&key_of("alice", &bundle.key_id()))
        .by("alice")
        .send()
        .await;
    assert_eq!(key.expect(200).json()["label"], "ci");

    app.get(ucp).send().await.expect(401);
    let login = json!({"username": "alice", "password": PASSWORD});
    let login = app
        .call("POST", "/enzi/v0/id/login")
        .json(&login)
        .send()
        .await;
    let login = login.expect(200);
    let cookie = login
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    app.get("/enzi/v0/id/")
        .header("cookie", &cookie)
        .send()
        .await
        .expect(200);
    app.get(ucp)
        .header("cookie", &cookie)
        .send()
        .await
        .expect(403);
    let certificate = bundle.certificate();
    app.get(ucp)
        .certificate(certificate.der())
        .send()
        .await
        .expect(403);
    for site in ["cross-site", "same-site"] {
        let by_page = app.get(ucp).by("alice").header("sec-fetch-site", site);
        by_page.send().await.expect(403);
    }
    let keys = app.get(&super::keys_of("alice")).by("alice").send().await;
    assert_eq!(
        keys.json()["accountPublicKeys"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_registry_without_https_gives_no_bundles() {
    let app = TestApp::with(&[("PLIMSOLL_HTTPS", "off")]).await;
    let refused = app.ask_for_bundle("alice", &json!({})).await.expect(409);
    assert_eq!(refused.code(), "NO_HTTPS");
    let keys = app.get(&super::keys_of("alice")).by("alice").send().await;
    assert_eq!(keys.json()["accountPublicKeys"], json!([]));
    let app = TestApp::with(&[
        ("PLIMSOLL_HTTPS", "off"),
        ("PLIMSOLL_EXTERNAL_URL", "https://registry.example.com"),
    ]);
    let bundle = app.await.bundle("alice").await;
    assert!(
        bundle
            .file("env.sh")
            .contains("https://registry.example.com")
    );
    assert!(
        !bundle.has("ca.pem"),
        "whose certificate that is, is not for us to say"
    );
}
