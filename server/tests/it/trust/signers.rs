//! Who signed: keys of users, and of nobody; registered, designated and revoked, in teams and not.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use super::{
    GUN, Owner,
    client::{self, Key, NOW, delegation, file, targets},
    signed::naming,
};
use crate::util::TestApp;

/// A user registers a key, and says whether they sign with it.
pub(super) async fn register(app: &TestApp, user: &str, key: &Key, signs: bool) -> String {
    let der = STANDARD.encode(&key.public);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n");
    let path = format!("/enzi/v0/accounts/{user}/publicKeys");
    let made = app.call("POST", &path).by(user);
    let made = made.json(&json!({"label": "", "publicKey": pem})).send();
    let made = made.await.expect(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    let proof = key.proof(made["proofStatement"].as_str().unwrap());
    let call = app.call("PATCH", &format!("{path}/{id}")).by(user);
    let call = call.json(&json!({"isSigningKey": signs, "proof": proof}));
    call.send().await.expect(200);
    id
}

pub(super) async fn designate(app: &TestApp, user: &str, id: &str, signs: bool) {
    let path = format!("/enzi/v0/accounts/{user}/publicKeys/{id}");
    let call = app.call("PATCH", &path).by(user);
    call.json(&json!({"isSigningKey": signs}))
        .send()
        .await
        .expect(200);
}

/// The signatures of the tag `a` of `alice/app`.
async fn signatures(app: &TestApp, who: &str) -> Vec<Value> {
    let path = "/api/v0/repositories/alice/app/tags/a";
    let tag = app.get(path).by(who).send().await.expect(200).json();
    tag[0]["signatures"].as_array().cloned().unwrap_or_default()
}

/// The roles, and the users behind the signatures of the tag `a`.
pub(super) async fn signers(app: &TestApp) -> Vec<(String, String)> {
    let all = signatures(app, "alice").await;
    let text = |value: &Value| value.as_str().unwrap_or("nobody").to_owned();
    all.iter()
        .flat_map(|one| one["signers"].as_array().unwrap())
        .map(|signer| (text(&signer["role"]), text(&signer["user"])))
        .collect()
}

pub(super) fn by(role: &str, user: &str) -> (String, String) {
    (role.to_owned(), user.to_owned())
}

/// The tag `a`, which `key` says in `targets/releases` and in `targets/who`.
async fn signed_by(app: &TestApp, key: &Key) -> Owner {
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    let image = app.push_image(&token, "alice/app", "a", b"one").await;
    let owner = Owner::published(app, GUN).await;
    let roles = ["targets/releases", "targets/who"].map(|name| delegation(name, &[key], &[""]));
    let signed = client::delegating(2, &[], &[key], &roles);
    let by_key = Owner {
        targets: key.clone(),
        ..Owner::new(app, GUN).await
    };
    let released = naming(&by_key, 1, &[("a", &image)]);
    let parts = [
        ("targets", file(&signed, &[&owner.targets])),
        ("targets/releases", released.clone()),
        ("targets/who", released),
    ];
    owner.publish(app, &parts).await.expect(200);
    owner
}

#[tokio::test]
async fn a_key_is_its_users_from_when_it_is_registered_until_it_is_revoked() {
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    signed_by(&app, &key).await;
    let nobody = [
        by("targets/releases", "nobody"),
        by("targets/who", "nobody"),
    ];
    assert_eq!(signers(&app).await, nobody);
    let id = register(&app, "bob", &key, false).await;
    assert_eq!(signers(&app).await, nobody, "it is not designated");
    designate(&app, "bob", &id, true).await;
    let bob = [by("targets/releases", "bob"), by("targets/who", "bob")];
    assert_eq!(signers(&app).await, bob);

    let signed = signatures(&app, "alice").await;
    assert_eq!(signed[0]["gun"], GUN);
    assert_eq!(signed[0]["role"], "targets/releases");
    assert_eq!(signed[0]["signers"][0]["keyID"], key.id());
    assert_eq!(signed[0]["signers"][0]["isUnknown"], false);

    let path = format!("/enzi/v0/accounts/bob/publicKeys/{id}");
    app.call("DELETE", &path).by("bob").send().await.expect(204);
    assert_eq!(signers(&app).await, nobody, "it is revoked");
}

#[tokio::test]
async fn who_signs_another_tag_has_not_signed_the_rest() {
    let app = TestApp::new().await;
    let (bob, dave) = (Key::ecdsa(), Key::ecdsa());
    register(&app, "bob", &bob, true).await;
    register(&app, "alice", &dave, true).await;
    let owner = signed_by(&app, &bob).await;
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    let (a, b) = (
        app.push_image(&token, "alice/app", "a", b"one").await,
        app.push_image(&token, "alice/app", "b", b"two").await,
    );
    // as docker does: `targets/releases` is signed as a whole by whoever adds a tag
    let roles = [
        delegation("targets/dave", &[&dave], &[""]),
        delegation("targets/releases", &[&bob, &dave], &[""]),
        delegation("targets/who", &[&bob], &[""]),
    ];
    let signed = client::delegating(3, &[], &[&bob, &dave], &roles);
    let by_dave = Owner {
        targets: dave.clone(),
        ..Owner::new(&app, GUN).await
    };
    let parts = [
        ("targets", file(&signed, &[&owner.targets])),
        ("targets/dave", naming(&by_dave, 1, &[("b", &b)])),
        (
            "targets/releases",
            naming(&by_dave, 2, &[("a", &a), ("b", &b)]),
        ),
    ];
    owner.publish(&app, &parts).await.expect(200);
    assert_eq!(signers(&app).await, [by("targets/who", "bob")]);
    let path = "/api/v0/repositories/alice/app/tags/b";
    let other = app.get(path).by("alice").send().await.expect(200).json();
    let signers = other[0]["signatures"][0]["signers"].as_array().unwrap();
    let roles: Vec<&Value> = signers.iter().map(|signer| &signer["role"]).collect();
    assert_eq!(roles, ["targets/dave", "targets/releases"]);
}

#[tokio::test]
async fn a_role_that_has_expired_says_no_more_who_signed() {
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    register(&app, "bob", &key, true).await;
    let owner = signed_by(&app, &key).await;
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    let image = app.push_image(&token, "alice/app", "a", b"one").await;
    let by_key = Owner {
        targets: key.clone(),
        ..Owner::new(&app, GUN).await
    };
    let own = naming(&by_key, 2, &[("a", &image)]);
    let mut own: Value = serde_json::from_slice(&own).unwrap();
    let mut own = own["signed"].take();
    // Good at the time that the request says, and not any more when it is asked who signed.
    own["expires"] = "2026-11-27T12:00:01Z".into();
    let parts = [("targets/who", file(&own, &[&key]))];
    owner.publish_at(&app, &parts, NOW).await.expect(200);
    assert_eq!(signatures(&app, "alice").await.len(), 1, "it is released");
    assert_eq!(signers(&app).await, [], "and who meant it is not said");
}

#[tokio::test]
async fn a_certificate_and_its_bare_key_are_one_key() {
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    register(&app, "bob", &key, true).await;
    // What the certificate says of its owner proves nothing.
    signed_by(&app, &key.certified("alice")).await;
    assert_eq!(
        signers(&app).await,
        [by("targets/releases", "bob"), by("targets/who", "bob")]
    );
    assert_eq!(
        signatures(&app, "alice").await[0]["signers"][0]["keyID"],
        key.id()
    );
}

#[tokio::test]
async fn a_role_that_says_something_else_or_is_signed_by_others_proves_nothing() {
    let app = TestApp::new().await;
    let (bob, mallory) = (Key::ecdsa(), Key::ecdsa());
    register(&app, "bob", &bob, true).await;
    let owner = signed_by(&app, &mallory).await;
    // In `targets/bob` bob says that `b` is released, and mallory says in his own role what `a` is.
    let roles = [
        delegation("targets/bob", &[&bob], &[""]),
        delegation("targets/releases", &[&mallory], &[""]),
        delegation("targets/who", &[&mallory], &[""]),
    ];
    let signed = client::delegating(3, &[], &[&bob, &mallory], &roles);
    let parts = [
        ("targets", file(&signed, &[&owner.targets])),
        ("targets/bob", file(&targets(1, &[("b", "two")]), &[&bob])),
    ];
    owner.publish(&app, &parts).await.expect(200);
    let nobody = [
        by("targets/releases", "nobody"),
        by("targets/who", "nobody"),
    ];
    assert_eq!(signers(&app).await, nobody);
    // He says of `a` that it is another image.
    let parts = [("targets/bob", file(&targets(2, &[("a", "two")]), &[&bob]))];
    owner.publish(&app, &parts).await.expect(200);
    assert_eq!(signers(&app).await, nobody);
}

#[tokio::test]
async fn who_is_told_what() {
    let app = TestApp::company().await;
    let token = app.token("olga", &["repository:acme/site:*"]).await;
    let image = app.push_image(&token, "acme/site", "a", b"one").await;
    let key = Key::ecdsa();
    register(&app, "olga", &key, true).await;
    for (method, path, form) in [
        (
            "POST",
            "/enzi/v0/accounts/acme/teams",
            json!({"name": "signers"}),
        ),
        (
            "PUT",
            "/enzi/v0/accounts/acme/teams/signers/members/olga",
            json!({}),
        ),
    ] {
        let call = app.call(method, path).by("admin").json(&form);
        assert!(call.send().await.status.is_success(), "{path}");
    }
    let gun = "127.0.0.1:8080/acme/site";
    publish_as_olga(&app, gun, &key, &[("a", &image)]).await;
    let path = "/api/v0/repositories/acme/site/tags/a";
    for (who, user, teams) in [
        ("olga", json!("olga"), json!(["acme/signers"])),
        ("admin", json!("olga"), json!(["acme/signers"])),
        ("bob", json!("olga"), Value::Null),
    ] {
        let tag = app.get(path).by(who).send().await.expect(200).json();
        let signer = &tag[0]["signatures"][0]["signers"][0];
        assert_eq!(
            (&signer["user"], &signer["teams"]),
            (&user, &teams),
            "{who}"
        );
    }
    let tag = app.get(path).send().await.expect(200).json();
    let signer = &tag[0]["signatures"][0]["signers"][0];
    assert_eq!(
        (&signer["user"], &signer["isUnknown"]),
        (&Value::Null, &json!(false))
    );
    let trust = app.get("/api/v0/repositories/acme/site/trust");
    let trust = trust.send().await.expect(200).json();
    let keys = trust["collections"][0]["keys"].as_array().unwrap().clone();
    assert!(keys.iter().all(|key| key["user"].is_null()), "{keys:?}");
    assert!(keys.iter().any(|key| key["holder"] == "signer"), "{keys:?}");
}

/// These tags, signed by the key of the targets.
pub(super) async fn publish_as_olga(
    app: &TestApp,
    gun: &str,
    key: &Key,
    tags: &[(&str, &oci::Digest)],
) {
    let by = |method: &'static str, path: String| app.call(method, &path).by("olga").at(NOW);
    let mut keys = Vec::new();
    for role in ["snapshot", "timestamp"] {
        let answer = by("GET", super::tuf(gun, &format!("{role}.key")))
            .send()
            .await;
        keys.push(super::key(&answer.expect(200)));
    }
    let (timestamp, snapshot) = (keys.pop().unwrap(), keys.pop().unwrap());
    let owner = Owner {
        gun: gun.to_owned(),
        root: Key::ecdsa().certified(gun),
        targets: key.clone(),
        snapshot,
        timestamp,
    };
    let (root, targets) = (owner.root_file(1), naming(&owner, 1, tags));
    let form = super::form(&[(Some("root"), &root), (Some("targets"), &targets)]);
    super::post(app, "olga", gun, form, NOW).await.expect(200);
}

#[tokio::test]
async fn what_was_published_before_an_upgrade_is_verified_anew() {
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    register(&app, "bob", &key, true).await;
    signed_by(&app, &key).await;
    let before = signatures(&app, "alice").await;
    let connection = app.connection().await;
    let role_keys = async || {
        let rows = db::entities::trust_role_key::Entity::find();
        let rows = rows.all(&connection).await.unwrap().into_iter();
        rows.map(|row| (row.role, row.key_id))
            .collect::<BTreeSet<_>>()
    };
    let may_sign = role_keys().await;
    assert!(may_sign.len() > 3, "{may_sign:?}");
    for statement in [
        "DELETE FROM trust_role_keys",
        "DELETE FROM trust_signers",
        "DELETE FROM trust_standings",
        "UPDATE trust_targets SET signed_in = ''",
        "UPDATE trust_collections SET verified = 0",
    ] {
        use sea_orm::ConnectionTrait as _;
        connection.execute_unprepared(statement).await.unwrap();
    }
    assert_eq!(signers(&app).await, [], "unknown means nobody");
    let trust = app.get("/api/v0/repositories/alice/app/trust").by("alice");
    let trust = trust.send().await.expect(200).json();
    assert_eq!(
        trust["collections"][0]["problems"][0]["code"],
        "NOT_VERIFIED"
    );
    server::trust::verify_anew(&app.state, NOW).await;
    assert_eq!(signatures(&app, "alice").await, before);
    assert_eq!(role_keys().await, may_sign);
}

#[tokio::test]
async fn a_policy_that_asks_for_a_signature_is_asked_again_when_somebody_signs() {
    let app = TestApp::new().await;
    let made = app.call("POST", "/api/v0/repositories/alice").by("alice");
    made.json(&json!({"name": "released"}))
        .send()
        .await
        .expect(201);
    let form = json!({
        "enabled": true, "tagTemplate": "%n", "targetRepository": "alice/released",
        "rules": [{"field": "signature.signer", "operator": "eq", "values": ["bob"]}],
    });
    let path = "/api/v0/repositories/alice/app/promotionPolicies";
    let saved = app.call("POST", path).by("alice").json(&form);
    saved.send().await.expect(201);
    let released = async || {
        server::promotion::settle(&app.state).await.unwrap();
        let tags = app
            .get("/api/v0/repositories/alice/released/tags")
            .by("alice");
        tags.send()
            .await
            .expect(200)
            .json()
            .as_array()
            .unwrap()
            .len()
    };
    let key = Key::ecdsa();
    signed_by(&app, &key).await;
    assert_eq!(released().await, 0, "the key is nobody's");
    register(&app, "bob", &key, true).await;
    assert_eq!(
        released().await,
        1,
        "the tag was due when the key became bob's"
    );
    // Another image, signed after it was looked at.
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    let image = app.push_image(&token, "alice/app", "b", b"two").await;
    assert_eq!(released().await, 1);
    let by_key = Owner {
        targets: key.clone(),
        ..Owner::new(&app, GUN).await
    };
    let signed = naming(&by_key, 2, &[("b", &image)]);
    let parts = [
        ("targets/releases", signed.clone()),
        ("targets/who", signed),
    ];
    by_key.publish(&app, &parts).await.expect(200);
    assert_eq!(released().await, 2, "the tag was due when it was signed");
    // The same manifest as another tag, which nobody signed.
    let same = app.push_image(&token, "alice/app", "c", b"two").await;
    assert_eq!(same, image);
    assert_eq!(released().await, 2, "`b` is signed, and `c` is not");
}
