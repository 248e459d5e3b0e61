//! Uploaded keys, and what holds for keys of every kind: whose they are, who sees, changes and revokes them.

use serde_json::{Value, json};

use super::{key_of, keys_of, proofs::Held};
use crate::util::{Answer, TestApp};

pub(super) const P256: &str = include_str!("../../../../crates/auth/testdata/p256.pub");
pub(super) const ED25519: &str = include_str!("../../../../crates/auth/testdata/ed25519.pub");
const RSA1024: &str = include_str!("../../../../crates/auth/testdata/rsa1024.pub");
const CERTIFICATE: &str = include_str!("../../../../crates/auth/testdata/alice.crt");

pub(super) async fn upload(app: &TestApp, who: &str, form: Value) -> Answer {
    app.call("POST", &keys_of(who))
        .by(who)
        .json(&form)
        .send()
        .await
}

pub(super) async fn uploaded(app: &TestApp, who: &str, text: &str) -> Value {
    let form = json!({"publicKey": text, "label": "release"});
    upload(app, who, form).await.expect(201).json()
}

pub(super) fn id(key: &Value) -> &str {
    key["id"].as_str().unwrap()
}

async fn list(app: &TestApp, who: &str, query: &str) -> Value {
    let path = format!("{}{query}", keys_of(who));
    app.get(&path).by(who).send().await.expect(200).json()
}

fn ids(page: &Value) -> Vec<&str> {
    let keys = page["accountPublicKeys"].as_array().unwrap();
    keys.iter().map(id).collect()
}

#[tokio::test]
async fn an_upload_is_known_by_its_ids() {
    let app = TestApp::new().await;
    let form = json!({"publicKey": P256, "label": "release", "kind": "cosign"});
    let key = upload(&app, "alice", form).await.expect(201).json();
    let parsed = auth::public_key::parse(P256).unwrap();
    assert_eq!(key["id"], parsed.key().fingerprint());
    assert_eq!(key["notaryKeyID"], parsed.key().tuf_key_id());
    assert_eq!(key["publicKey"], parsed.key().pem());
    assert_eq!(
        (&key["kind"], &key["label"], &key["algorithm"]),
        (&json!("cosign"), &json!("release"), &json!("ECDSA P-256"))
    );
    assert_eq!(
        (&key["isSigningKey"], &key["certificates"]),
        (&json!(false), &json!([]))
    );
    let with_certificate = uploaded(&app, "alice", CERTIFICATE).await;
    assert_eq!(with_certificate["kind"], "publicKey");
    let [certificate] = &with_certificate["certificates"].as_array().unwrap()[..] else {
        panic!("{with_certificate}")
    };
    assert!(
        certificate["cert"]
            .as_str()
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    assert!(
        certificate["serial"].is_null(),
        "it is not of this registry"
    );
    let page = list(&app, "alice", "").await;
    assert_eq!(ids(&page), [id(&key), id(&with_certificate)]);
    let one = app.get(&key_of("alice", id(&key))).by("admin").send().await;
    assert_eq!(one.expect(200).json(), key);
}

#[tokio::test]
async fn a_key_is_one_accounts_and_stays_revoked() {
    let app = TestApp::new().await;
    let key = uploaded(&app, "alice", P256).await;
    let again = json!({"publicKey": P256});
    let path = key_of("alice", id(&key));
    for own in ["PUBLIC_KEY_EXISTS", "PUBLIC_KEY_REVOKED"] {
        let answer = upload(&app, "alice", again.clone()).await.expect(409);
        assert_eq!(answer.code(), own);
        let taken = upload(&app, "bob", again.clone()).await.expect(409);
        assert_eq!(taken.code(), "PUBLIC_KEY_TAKEN");
        assert!(!taken.message().contains("alice"), "{}", taken.message());
        let bundle = app.ask_for_bundle("bob", &again).await.expect(409);
        assert_eq!(bundle.code(), "PUBLIC_KEY_TAKEN");
        if own == "PUBLIC_KEY_EXISTS" {
            app.call("DELETE", &path)
                .by("alice")
                .send()
                .await
                .expect(204);
        }
    }
    assert_eq!(ids(&list(&app, "alice", "").await), [""; 0]);
    let revoked = list(&app, "alice", "?filter=revoked").await;
    assert_eq!(ids(&revoked), [id(&key)]);
    assert!(revoked["accountPublicKeys"][0]["revokedAt"].is_string());
    let sign = app.call("PATCH", &path).by("alice");
    let sign = sign.json(&json!({"isSigningKey": true})).send().await;
    assert_eq!(sign.expect(404).code(), "NO_SUCH_PUBLIC_KEY");
    app.call("DELETE", &path)
        .by("alice")
        .send()
        .await
        .expect(404);
}

#[tokio::test]
async fn what_is_no_public_key_is_refused_and_not_repeated() {
    let app = TestApp::new().await;
    let private = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n";
    for (form, field, words) in [
        (json!({"publicKey": private}), "publicKey", "private key"),
        (
            json!({"publicKey": "ssh-rsa AAAA"}),
            "publicKey",
            "not a public key",
        ),
        (
            json!({"publicKey": format!("{P256}{ED25519}")}),
            "publicKey",
            "more than one",
        ),
        (
            json!({"publicKey": RSA1024}),
            "publicKey",
            "RSA with 1024 bits",
        ),
        (
            json!({"publicKey": "x".repeat(40_000)}),
            "publicKey",
            "longer than",
        ),
        (
            json!({"publicKey": P256, "label": "x".repeat(101)}),
            "label",
            "100",
        ),
        (
            json!({"publicKey": P256, "label": "a\nb"}),
            "label",
            "one line",
        ),
        (
            json!({"publicKey": P256, "kind": "clientCertificate"}),
            "kind",
            "client bundle",
        ),
    ] {
        let answer = upload(&app, "alice", form).await.expect(400);
        let error = &answer.json()["errors"][0];
        assert_eq!(error["detail"]["field"], field, "{error}");
        assert!(answer.message().contains(words), "{error}");
        assert!(
            !error.to_string().contains("MIGHAgEAMBMGByqGSM49"),
            "{error}"
        );
    }
    assert_eq!(ids(&list(&app, "alice", "?filter=all").await), [""; 0]);
}

#[tokio::test]
async fn forms_take_their_own_fields_and_no_others() {
    let app = TestApp::new().await;
    let key = uploaded(&app, "alice", ED25519).await;
    let (one, all) = (key_of("alice", id(&key)), keys_of("alice"));
    let bundles = "/api/v0/accounts/alice/clientBundles".to_owned();
    for (method, path, form) in [
        ("POST", &all, json!({"publicKey": P256})),
        ("PATCH", &one, json!({})),
        ("POST", &bundles, json!({})),
    ] {
        for field in [
            "id",
            "accountID",
            "account_id",
            "username",
            "fingerprint",
            "notaryKeyID",
            "serial",
            "certificates",
            "createdAt",
            "expiresAt",
            "lastUsed",
            "revokedAt",
            "revoked",
            "isAdmin",
        ] {
            let mut form = form.clone();
            form[field] = json!("x");
            let call = app.call(method, path).by("alice").json(&form);
            let answer = call.send().await.expect(400);
            assert!(answer.message().contains(field), "{}", answer.message());
        }
    }
    for (method, path, field) in [
        ("POST", &all, "isSigningKey"),
        ("PATCH", &one, "publicKey"),
        ("PATCH", &one, "kind"),
        ("POST", &bundles, "isSigningKey"),
    ] {
        let mut form = json!({"publicKey": P256});
        if method == "PATCH" {
            form = json!({});
        }
        form[field] = json!(true);
        let call = app.call(method, path).by("alice").json(&form);
        call.send().await.expect(400);
    }
    let same = app.get(&one).by("alice").send().await.expect(200).json();
    assert_eq!(same, key);
}

#[tokio::test]
async fn a_key_is_not_found_below_another_account() {
    let app = TestApp::new().await;
    let key = uploaded(&app, "alice", P256).await;
    let elsewhere = key_of("bob", id(&key));
    for who in ["bob", "admin"] {
        app.get(&elsewhere).by(who).send().await.expect(404);
        app.call("DELETE", &elsewhere)
            .by(who)
            .send()
            .await
            .expect(404);
    }
    let change = app.call("PATCH", &elsewhere).by("bob");
    change
        .json(&json!({"label": "mine"}))
        .send()
        .await
        .expect(404);
    for path in [
        key_of("alice", "%00"),
        key_of("alice", "x%27--"),
        key_of("nobody", id(&key)),
    ] {
        let answer = app.get(&path).by("alice").send().await;
        assert!([400, 404].contains(&answer.status.as_u16()), "{path}");
    }
    let same = app.get(&key_of("alice", id(&key))).by("alice").send().await;
    assert_eq!(same.expect(200).json(), key);
}

#[tokio::test]
async fn an_administrator_revokes_for_others_and_adds_nothing() {
    let app = TestApp::new().await;
    let key = uploaded(&app, "alice", P256).await;
    let (one, all) = (key_of("alice", id(&key)), keys_of("alice"));
    let add = app
        .call("POST", &all)
        .by("admin")
        .json(&json!({"publicKey": ED25519}));
    add.send().await.expect(403);
    let sign = app
        .call("PATCH", &one)
        .by("admin")
        .json(&json!({"isSigningKey": true}));
    sign.send().await.expect(403);
    let bundle = app
        .call("POST", "/api/v0/accounts/alice/clientBundles")
        .by("admin");
    bundle.json(&json!({})).send().await.expect(403);
    app.call("DELETE", &one)
        .by("admin")
        .send()
        .await
        .expect(204);
    assert_eq!(ids(&list(&app, "alice", "").await), [""; 0]);
}

#[tokio::test]
async fn lists_are_paged_and_keys_are_limited() {
    let app = TestApp::new().await;
    let mut made = Vec::new();
    for _ in 0..50 {
        made.push(app.bundle("alice").await.key_id());
    }
    let refused = app.ask_for_bundle("alice", &json!({})).await.expect(409);
    assert_eq!(refused.code(), "TOO_MANY_PUBLIC_KEYS");
    assert!(refused.message().contains("50"), "{}", refused.message());
    let refused = upload(&app, "alice", json!({"publicKey": P256})).await;
    assert_eq!(refused.expect(409).code(), "TOO_MANY_PUBLIC_KEYS");

    let (mut seen, mut start) = (Vec::new(), String::new());
    loop {
        let page = list(&app, "alice", &format!("?limit=20&start={start}")).await;
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        start = page["nextPageStart"].as_str().unwrap().to_owned();
        if start.is_empty() {
            break;
        }
    }
    assert_eq!(seen, made);
    for query in ["?limit=0", "?limit=1001", "?start=x", "?filter=some"] {
        let path = format!("{}{query}", keys_of("alice"));
        app.get(&path).by("alice").send().await.expect(400);
    }
    let path = key_of("alice", &made[0]);
    app.call("DELETE", &path)
        .by("alice")
        .send()
        .await
        .expect(204);
    app.bundle("alice").await;
}

/// Otherwise one that ends could live on in a key that does not.
#[tokio::test]
async fn an_access_token_adds_and_changes_no_keys() {
    let app = TestApp::new().await;
    let key = uploaded(&app, "alice", P256).await;
    let (one, all) = (key_of("alice", id(&key)), keys_of("alice"));
    let token = app
        .call("POST", "/api/v0/api_tokens")
        .by("alice")
        .json(&json!({}));
    let token = token.send().await.expect(200).json();
    let token = token["token"].as_str().unwrap();
    for (method, path, form) in [
        ("POST", all.as_str(), json!({"publicKey": ED25519})),
        ("PATCH", &one, json!({"isSigningKey": true})),
        ("POST", "/api/v0/accounts/alice/clientBundles", json!({})),
        ("GET", "/api/clientbundle", json!({})),
    ] {
        for call in [
            app.call(method, path).bearer(token),
            app.call(method, path).basic("alice", token),
        ] {
            call.json(&form).send().await.expect(403);
        }
    }
    app.get(&all).bearer(token).send().await.expect(200);
}

#[tokio::test]
async fn who_owns_an_organization_sees_who_can_sign() {
    let app = TestApp::company().await;
    let held = Held::new();
    let key = uploaded(&app, "mia", &held.pem()).await;
    let one = key_of("mia", id(&key));
    let can_sign = async |by: &str, who: &str| {
        let all = app.get("/enzi/v0/accounts/acme/members?limit=100").by(by);
        let all = all.send().await.expect(200).json();
        let members = all["members"].as_array().unwrap();
        let found = members.iter().find(|found| found["member"]["name"] == who);
        let single = app
            .get(&format!("/enzi/v0/accounts/acme/members/{who}"))
            .by(by);
        let single = single.send().await.expect(200).json();
        assert_eq!(found.unwrap()["canSign"], single["canSign"]);
        single["canSign"].clone()
    };
    assert_eq!(can_sign("olga", "mia").await, false);
    let proof = held.proof(key["proofStatement"].as_str().unwrap());
    let sign = app
        .call("PATCH", &one)
        .by("mia")
        .json(&json!({"isSigningKey": true, "proof": proof}));
    assert_eq!(sign.send().await.expect(200).json()["isSigningKey"], true);
    for (by, who, expected) in [
        ("olga", "mia", json!(true)),
        ("admin", "mia", json!(true)),
        ("olga", "rob", json!(false)),
        ("mia", "mia", Value::Null),
        ("rob", "mia", Value::Null),
    ] {
        assert_eq!(can_sign(by, who).await, expected, "{who} by {by}");
    }
    app.call("DELETE", &one).by("mia").send().await.expect(204);
    assert_eq!(can_sign("olga", "mia").await, false);
}
