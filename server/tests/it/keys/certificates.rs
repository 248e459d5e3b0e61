//! What a client certificate is worth: as much as a password for what is asked, and nothing for making credentials.

use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::key_of;
use crate::{
    live::Listener,
    util::{PASSWORD, TestApp},
};

const ME: &str = "/enzi/v0/id/";

#[tokio::test]
async fn a_certificate_stands_for_its_account_where_nothing_else_does() {
    let app = TestApp::new().await;
    let bundle = app.bundle("alice").await;
    let certificate = bundle.certificate();
    let der = certificate.der();
    let me = app.get(ME).certificate(der).send().await.expect(200);
    assert_eq!(me.json()["name"], "alice");
    let key = app.get(&key_of("alice", &bundle.key_id())).certificate(der);
    let key = key.send().await.expect(200).json();
    assert!(key["lastUsed"].is_string(), "{key}");
    assert_eq!(key["lastUsedFrom"], "127.0.0.1");

    let explicit = app.get(ME).by("bob").certificate(der).send().await;
    assert_eq!(explicit.expect(200).json()["name"], "bob");
    app.get(ME)
        .basic("bob", "wrong")
        .certificate(der)
        .send()
        .await
        .expect(401);
    let login = json!({"username": "bob", "password": PASSWORD});
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
    let session = app.get(ME).header("cookie", &cookie).certificate(der);
    assert_eq!(session.send().await.expect(200).json()["name"], "bob");

    let upload = app.call("POST", "/v2/alice/app/blobs/uploads/");
    upload.certificate(der).send().await.expect(202);
    let token = "/auth/token?service=plimsoll&offline_token=true&scope=repository:alice/app:pull";
    let token = app
        .get(token)
        .certificate(der)
        .send()
        .await
        .expect(200)
        .json();
    assert!(
        token["refresh_token"].is_null(),
        "it would outlive the certificate"
    );
    let tags = app.get("/v2/alice/app/tags/list");
    tags.bearer(token["token"].as_str().unwrap())
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn what_is_not_good_any_more_is_refused_in_words() {
    let app = TestApp::new().await;
    let now = OffsetDateTime::now_utc();
    let refused = async |der: &[u8], words: &str| {
        for path in [
            ME,
            "/v2/",
            "/auth/token?service=plimsoll",
            "/api/v0/repositories/alice/site",
        ] {
            let answer = app.get(path).certificate(der).send().await.expect(401);
            assert!(
                answer.message().contains(words),
                "{path}: {}",
                answer.message()
            );
        }
    };
    let ended = app.certified("alice", now - Duration::hours(2)).await;
    refused(ended.certificate.der(), "has expired").await;

    let good = app.certified("bob", now).await;
    let der = good.certificate.der();
    app.get(ME).certificate(der).send().await.expect(200);
    let mut forged = der.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    refused(&forged, "signature").await;
    for (is_active, status) in [(false, 401), (true, 200)] {
        let form = json!({ "isActive": is_active });
        let call = app
            .call("PATCH", "/enzi/v0/accounts/bob")
            .by("admin")
            .json(&form);
        call.send().await.expect(200);
        if !is_active {
            refused(der, "may not sign in").await;
        }
        app.get(ME).certificate(der).send().await.expect(status);
    }
    let path = key_of("bob", &good.certificate.key().fingerprint());
    app.call("DELETE", &path).by("bob").send().await.expect(204);
    refused(der, "was revoked").await;
    let again = json!({"publicKey": good.certificate.pem()});
    let again = app
        .call("POST", &super::keys_of("bob"))
        .by("bob")
        .json(&again);
    again.send().await.expect(409);
    refused(der, "was revoked").await;

    let gone = app.certified("bob", now).await;
    app.call("DELETE", "/enzi/v0/accounts/bob")
        .by("admin")
        .send()
        .await
        .expect(204);
    refused(gone.certificate.der(), "was revoked").await;
}

/// The key may be known: what counts is the certificate that this registry issued for it and gave out.
#[tokio::test]
async fn a_certificate_that_was_not_given_out_is_worth_nothing() {
    let app = TestApp::new().await;
    let alice = db::accounts::find(&app.state.db, "alice")
        .await
        .unwrap()
        .unwrap();
    let key = auth::public_key::parse(include_str!("../../../../crates/auth/testdata/p256.pub"));
    let key = key.unwrap();
    let ca = app.client_ca().await;
    let subject = auth::client_ca::Subject {
        account: alice.id,
        name: "alice",
    };
    let (life, now) = (Duration::hours(1), OffsetDateTime::now_utc());
    let issue = || {
        ca.issue_for_key(key.key(), subject, life, now, &mut rand::rng())
            .unwrap()
    };
    let form = json!({"publicKey": issue().certificate.pem()});
    for who in ["alice", "nobody"] {
        let answer = app
            .get(ME)
            .certificate(issue().certificate.der())
            .send()
            .await;
        assert_eq!(answer.expect(401).code(), "NOT_AUTHENTICATED", "{who}");
        if who == "alice" {
            let upload = app
                .call("POST", &super::keys_of("alice"))
                .by("alice")
                .json(&form);
            upload.send().await.expect(201);
        }
    }
    let path = key_of("alice", &key.key().fingerprint());
    app.call("DELETE", &path)
        .by("alice")
        .send()
        .await
        .expect(204);
    let other = app.bundle("alice").await;
    let older = ca.issue_for_key(
        other.certificate().key(),
        subject,
        life,
        now,
        &mut rand::rng(),
    );
    let answer = app.get(ME).certificate(older.unwrap().certificate.der());
    answer.send().await.expect(401);
    app.get(ME)
        .certificate(other.certificate().der())
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn what_is_done_with_keys_is_recorded() {
    let app = TestApp::new().await;
    let bundle = app.bundle("alice").await;
    let (certificate, id) = (bundle.certificate(), bundle.key_id());
    let path = key_of("alice", &id);
    let sign = app
        .call("PATCH", &path)
        .by("alice")
        .json(&json!({"isSigningKey": true}));
    sign.send().await.expect(200);
    for _ in 0..3 {
        app.get(ME)
            .certificate(certificate.der())
            .send()
            .await
            .expect(200);
    }
    app.call("DELETE", &path)
        .by("admin")
        .send()
        .await
        .expect(204);
    app.get(ME)
        .certificate(certificate.der())
        .send()
        .await
        .expect(401);
    let events = app.get("/api/v0/events?objectType=publicKey").by("admin");
    let events = events.send().await.expect(200).json();
    let told: Vec<String> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            let word = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
            assert_eq!(event["object"]["name"], "laptop", "{event}");
            format!(
                "{} {} by {}",
                word("type"),
                word("actor"),
                word("credential")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "DELETE admin by password".to_owned(),
            format!("GET alice by client certificate {id}"),
            "UPDATE alice by password".to_owned(),
            "CREATE alice by password".to_owned(),
        ]
    );
    let refused = app
        .get("/api/v0/events?objectType=session&eventType=FAIL")
        .by("admin");
    let refused = refused.send().await.expect(200).json();
    let refused = &refused["events"][0];
    assert_eq!(refused["object"]["name"], "alice", "{refused}");
    assert_eq!(refused["reason"], "the client certificate was revoked");
}

#[tokio::test]
async fn a_stream_ends_with_its_certificate() {
    let app = TestApp::new().await;
    let bundle = app.bundle("alice").await;
    let stream = app.get("/api/v0/repositories/alice/app/changes");
    let stream = stream.certificate(bundle.certificate().der()).request();
    let mut listener = Listener::open(&app, stream).await;
    let token = app
        .token("alice", &["repository:alice/app:pull,push"])
        .await;
    app.push_image(&token, "alice/app", "1", b"layer").await;
    assert!(listener.next().await.is_some());
    let revoke = app
        .call("DELETE", &key_of("alice", &bundle.key_id()))
        .by("alice");
    revoke.send().await.expect(204);
    app.push_image(&token, "alice/app", "2", b"layer").await;
    assert_eq!(listener.next().await, None);
}

#[tokio::test]
async fn every_replica_has_the_same_authority() {
    let app = TestApp::new().await;
    let certificate = app.bundle("alice").await.certificate();
    let other = app.replica().await;
    other
        .get(ME)
        .certificate(certificate.der())
        .send()
        .await
        .expect(200);
}

/// Otherwise a stolen one could live on in what it made.
#[tokio::test]
async fn a_certificate_makes_no_credentials() {
    let app = TestApp::new().await;
    let certificate = app.bundle("admin").await.certificate();
    for (method, path) in [
        ("POST", "/api/v0/accounts/admin/clientBundles"),
        ("POST", "/enzi/v0/accounts/admin/publicKeys"),
        ("GET", "/api/clientbundle"),
        ("POST", "/api/v0/api_tokens"),
        ("POST", "/enzi/v0/accounts/bob/changePassword"),
    ] {
        let call = app.call(method, path).certificate(certificate.der());
        let call = call.json(&json!({"publicKey": "", "newPassword": "another password"}));
        let answer = call.send().await.expect(403);
        assert_eq!(answer.code(), "NOT_AUTHORIZED", "{method} {path}");
    }
    let revoke = app.call("DELETE", &key_of("admin", &certificate.key().fingerprint()));
    revoke
        .certificate(certificate.der())
        .send()
        .await
        .expect(204);
}

/// A browser sends it by itself, as it does a cookie.
#[tokio::test]
async fn another_site_cannot_use_a_browsers_certificate() {
    let app = TestApp::new().await;
    let certificate = app.bundle("alice").await.certificate();
    for (method, path) in [
        ("POST", "/v2/alice/app/blobs/uploads/"),
        ("DELETE", "/v2/alice/app/manifests/1"),
        ("DELETE", "/api/v0/repositories/alice/app"),
        ("POST", "/auth/token"),
    ] {
        let call = app.call(method, path).certificate(certificate.der());
        let call = call.header("sec-fetch-site", "cross-site");
        call.send().await.expect(403);
        let call = app.call(method, path).certificate(certificate.der());
        let call = call.header("origin", "https://evil.example.com");
        call.send().await.expect(403);
    }
    let own = app.call("POST", "/v2/alice/app/blobs/uploads/");
    own.certificate(certificate.der()).send().await.expect(202);
}

/// A proxy that ends TLS has checked nothing for us, and a client writes what it likes; nor does the proxy's own certificate
/// speak for its clients.
#[tokio::test]
async fn a_certificate_in_a_header_is_no_certificate() {
    let app = TestApp::with(&[("PLIMSOLL_TRUSTED_PROXIES", "127.0.0.1")]).await;
    let bundle = app.bundle("alice").await;
    let of_proxy = app.get(ME).certificate(bundle.certificate().der());
    of_proxy.send().await.expect(401);
    let pem = bundle.file("cert.pem").replace('\n', "%0A");
    for name in [
        "x-ssl-client-cert",
        "x-forwarded-client-cert",
        "x-forwarded-tls-client-cert",
        "ssl-client-cert",
        "x-client-cert",
        "client-cert",
    ] {
        app.get(ME).header(name, &pem).send().await.expect(401);
        app.get("/v2/").header(name, &pem).send().await.expect(401);
    }
}
