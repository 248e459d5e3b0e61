//! "Run only signed images", and how it is got around: nothing that a client says of itself, no other path to the same bytes, and nothing
//! that was true a moment ago lets an image through.

use oci::digest::Digest;
use serde_json::{Value, json};

use super::{
    client::Key,
    signers::{designate, publish_as_olga, register},
};
use crate::util::{Answer, MANIFEST, TestApp};

const GUN: &str = "127.0.0.1:8080/acme/site";
const POLICY: &str = "/api/v0/repositories/acme/site/trustPolicy";
const TEAM: &str = "/enzi/v0/accounts/acme/teams/signers/members/olga";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// `acme/site` is public. olga, who owns acme, is in its team `signers`; her key signed the tag `a`, and nobody `b`.
struct Stage {
    app: TestApp,
    key: Key,
    id: String,
    push: String,
    signed: Digest,
    unsigned: Digest,
}

impl Stage {
    async fn new() -> Self {
        let app = TestApp::company().await;
        let push = app.token("olga", &["repository:acme/site:pull,push"]).await;
        let signed = app.push_image(&push, "acme/site", "a", b"one").await;
        let unsigned = app.push_image(&push, "acme/site", "b", b"two").await;
        let key = Key::ecdsa();
        let id = register(&app, "olga", &key, true).await;
        let named = json!({"name": "signers"});
        let teams = "/enzi/v0/accounts/acme/teams";
        app.by_admin("POST", teams, named, 201).await;
        app.by_admin("PUT", TEAM, json!({}), 200).await;
        Self {
            app,
            key,
            id,
            push,
            signed,
            unsigned,
        }
    }

    /// With the tag `a` signed, and the policy on.
    async fn enforced() -> Self {
        let stage = Self::new().await;
        publish_as_olga(&stage.app, GUN, &stage.key, &[("a", &stage.signed)]).await;
        let asks = json!({"mode": "enforce", "teams": ["acme/signers"]});
        stage.set(POLICY, asks).await.expect(200);
        stage
    }

    async fn set(&self, path: &str, policy: Value) -> Answer {
        let call = self.app.call("PUT", path).by("admin");
        call.json(&policy).send().await
    }

    /// What bob, who has nothing but what is public, is answered with a token.
    async fn pull(&self, what: &str) -> Answer {
        let token = self.app.token("bob", &["repository:acme/site:pull"]).await;
        let path = format!("/v2/acme/site/{what}");
        self.app.get(&path).bearer(&token).send().await
    }

    async fn manifest(&self, reference: impl std::fmt::Display) -> u16 {
        let answer = self.pull(&format!("manifests/{reference}")).await;
        answer.status.as_u16()
    }

    async fn push(&self, reference: &str, media_type: &str, manifest: &Value) -> Digest {
        let path = format!("/v2/acme/site/manifests/{reference}");
        let call = self.app.call("PUT", &path).bearer(&self.push);
        let call = call.header("content-type", media_type);
        let pushed = call.body(manifest.to_string()).send().await.expect(201);
        pushed.header("docker-content-digest").parse().unwrap()
    }
}

#[tokio::test]
async fn what_is_signed_is_pulled_and_nothing_else_whoever_asks_however() {
    let stage = Stage::enforced().await;
    let (app, unsigned) = (&stage.app, stage.unsigned);
    assert_eq!(stage.manifest("a").await, 200);
    assert_eq!(stage.manifest(stage.signed).await, 200);
    let refused = stage.pull("manifests/b").await.expect(403);
    assert_eq!(refused.code(), "DENIED");
    assert_eq!(
        refused.message(),
        "acme/site:b may not be pulled: no member of acme/signers has signed it, which the repository's policy asks"
    );
    assert_eq!(stage.manifest(unsigned).await, 403);

    let path = "/v2/acme/site/manifests/b";
    let pull = app.token("olga", &["repository:acme/site:pull"]).await;
    for (call, status) in [
        (app.call("HEAD", path).by("bob"), 403),
        (app.get(path).by("bob"), 403),
        (
            app.get(path)
                .bearer(&app.token("", &["repository:acme/site:pull"]).await),
            403,
        ),
        // Who may write says nothing by that: not by a password, not by a token to pull, not by a name.
        (app.get(path).by("olga"), 403),
        (app.get(path).bearer(&pull), 403),
        (app.get(path).by("admin"), 403),
        (
            app.get(path)
                .by("bob")
                .header("user-agent", "cosign/v2.4.1"),
            403,
        ),
        (
            app.get(path)
                .bearer(&pull)
                .header("user-agent", "docker/27 notary"),
            403,
        ),
        (
            app.get(path)
                .bearer(&pull)
                .header("if-none-match", format!("\"{unsigned}\"")),
            403,
        ),
        // To push there is a right that was asked for.
        (app.get(path).bearer(&stage.push), 200),
    ] {
        assert_eq!(call.send().await.status.as_u16(), status);
    }
    // Nobody who may not write gets a token to push.
    let push = app.token("bob", &["repository:acme/site:pull,push"]).await;
    app.get(path).bearer(&push).send().await.expect(403);
    // Names are not for everybody.
    let public = app.token("", &["repository:acme/site:pull"]).await;
    let refused = app.get(path).bearer(&public).send().await;
    assert!(
        !refused.message().contains("signers"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn a_blob_is_reached_through_an_image_that_may_be_pulled() {
    let stage = Stage::enforced().await;
    let layer = |content: &[u8]| Digest::of(oci::digest::Algorithm::Sha256, content);
    stage
        .pull(&format!("blobs/{}", layer(b"one")))
        .await
        .expect(200);
    stage
        .pull(&format!("blobs/{}", layer(b"two")))
        .await
        .expect(403);
    let alone = stage
        .app
        .push_blob(&stage.push, "acme/site", b"alone")
        .await;
    stage.pull(&format!("blobs/{alone}")).await.expect(403);
    let path = format!("/v2/acme/site/blobs/{alone}");
    let head = stage.app.call("HEAD", &path).bearer(&stage.push);
    head.send().await.expect(200);
}

#[tokio::test]
async fn an_index_is_signed_for_what_is_in_it_and_what_is_in_it_not_for_the_index() {
    let stage = Stage::new().await;
    let index = |children: &[Digest]| {
        let child = |digest: &Digest| json!({"mediaType": MANIFEST, "digest": digest, "size": 500});
        let children: Vec<Value> = children.iter().map(child).collect();
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": children})
    };
    let child = stage
        .app
        .push_image(&stage.push, "acme/site", "c", b"three")
        .await;
    let whole = stage.push("i", INDEX, &index(&[child])).await;
    let other = stage
        .push("j", INDEX, &index(&[stage.signed, stage.unsigned]))
        .await;
    publish_as_olga(
        &stage.app,
        GUN,
        &stage.key,
        &[("i", &whole), ("a", &stage.signed)],
    )
    .await;
    stage
        .set(POLICY, json!({"mode": "enforce"}))
        .await
        .expect(200);
    assert_eq!(stage.manifest(whole).await, 200);
    assert_eq!(stage.manifest(child).await, 200, "it is in a signed index");
    let layer = Digest::of(oci::digest::Algorithm::Sha256, b"three");
    stage.pull(&format!("blobs/{layer}")).await.expect(200);
    assert_eq!(stage.manifest(other).await, 403, "what is in it is signed");
    assert_eq!(stage.manifest(stage.signed).await, 200);
    assert_eq!(stage.manifest(stage.unsigned).await, 403);
}

#[tokio::test]
async fn an_image_that_says_it_is_a_signature_passes_no_gate() {
    let stage = Stage::enforced().await;
    let image = stage.app.image(&stage.push, "acme/site", b"evil").await;
    let mut image: Value = serde_json::from_str(&image).unwrap();
    image["artifactType"] = json!("application/vnd.dev.cosign.artifact.sig.v1+json");
    image["subject"] = json!({"mediaType": MANIFEST, "digest": stage.signed, "size": 500});
    let tag = format!("sha256-{}.sig", "a".repeat(64));
    let evil = stage.push(&tag, MANIFEST, &image).await;
    assert_eq!(stage.manifest(evil).await, 403);
    assert_eq!(stage.manifest(&tag).await, 403);
}

#[tokio::test]
async fn a_tag_that_moves_takes_no_signature_along() {
    let stage = Stage::enforced().await;
    assert_eq!(stage.manifest("a").await, 200);
    let moved = stage
        .app
        .push_image(&stage.push, "acme/site", "a", b"other")
        .await;
    assert_eq!(
        stage.manifest("a").await,
        403,
        "the signature is for another digest"
    );
    assert_eq!(stage.manifest(moved).await, 403);
    assert_eq!(
        stage.manifest(stage.signed).await,
        200,
        "what is signed is the manifest"
    );
}

#[tokio::test]
async fn no_yes_outlives_the_key_the_team_or_the_policy() {
    let stage = Stage::enforced().await;
    let app = &stage.app;
    assert_eq!(stage.manifest("a").await, 200);
    designate(app, "olga", &stage.id, false).await;
    assert_eq!(
        stage.manifest("a").await,
        403,
        "she does not sign with it any more"
    );
    designate(app, "olga", &stage.id, true).await;
    assert_eq!(stage.manifest("a").await, 200);
    app.by_admin("DELETE", TEAM, json!({}), 204).await;
    let refused = stage.pull("manifests/a").await.expect(403);
    assert!(
        refused.message().ends_with("signed by olga"),
        "{}",
        refused.message()
    );
    app.by_admin("PUT", TEAM, json!({}), 200).await;
    assert_eq!(stage.manifest("a").await, 200);
    let key = format!("/enzi/v0/accounts/olga/publicKeys/{}", stage.id);
    app.call("DELETE", &key).by("olga").send().await.expect(204);
    assert_eq!(stage.manifest("a").await, 403, "it is revoked");
    let layer = Digest::of(oci::digest::Algorithm::Sha256, b"one");
    stage.pull(&format!("blobs/{layer}")).await.expect(403);
    stage.set(POLICY, json!({"mode": "off"})).await.expect(200);
    assert_eq!(stage.manifest("a").await, 200);
}

#[tokio::test]
async fn no_level_loosens_another_and_what_is_excepted_is_excepted_there() {
    let stage = Stage::enforced().await;
    let all = json!({"mode": "enforce", "exceptions": ["acme/site:b"]});
    stage.set("/api/v0/trust/policy", all).await.expect(200);
    assert_eq!(stage.manifest("b").await, 403, "the repository asks");
    stage.set(POLICY, json!({"mode": "off"})).await.expect(200);
    assert_eq!(stage.manifest("b").await, 200);
    assert_eq!(
        stage.manifest(stage.unsigned).await,
        200,
        "as Docker pulls it"
    );
    let other = stage
        .app
        .push_image(&stage.push, "acme/site", "d", b"four")
        .await;
    assert_eq!(stage.manifest(other).await, 403, "the registry asks");
    let org = "/api/v0/accounts/acme/trustPolicy";
    stage
        .set(org, json!({"mode": "enforce", "exceptions": ["*:d"]}))
        .await
        .expect(200);
    assert_eq!(
        stage.manifest("d").await,
        403,
        "the registry does not except it"
    );
    assert_eq!(
        stage.manifest("b").await,
        403,
        "the organization does not except it"
    );
    let wrong = json!({"mode": "enforce", "exceptions": ["!acme/site:b"]});
    stage.set(org, wrong).await.expect(400);
    let wrong = json!({"mode": "enforce", "teams": ["acme/none"]});
    stage.set(org, wrong).await.expect(404);
}

#[tokio::test]
async fn signers_read_in_order_to_sign_where_each_level_that_refuses_says_so() {
    let stage = Stage::enforced().await;
    let path = "/v2/acme/site/manifests/b";
    let asks = json!({"mode": "enforce", "signerTeams": ["acme/signers"]});
    stage.set(POLICY, asks.clone()).await.expect(200);
    let pull = stage
        .app
        .token("olga", &["repository:acme/site:pull"])
        .await;
    stage.app.get(path).bearer(&pull).send().await.expect(200);
    stage.app.get(path).by("olga").send().await.expect(200);
    stage.app.get(path).by("bob").send().await.expect(403);
    stage
        .set("/api/v0/trust/policy", json!({"mode": "enforce"}))
        .await
        .expect(200);
    stage.app.get(path).bearer(&pull).send().await.expect(403);
    stage.set("/api/v0/trust/policy", asks).await.expect(200);
    stage.app.get(path).bearer(&pull).send().await.expect(200);
    stage.app.by_admin("DELETE", TEAM, json!({}), 204).await;
    stage.app.get(path).bearer(&pull).send().await.expect(403);
}

/// The events about that kind of thing, the latest first.
async fn events(app: &TestApp, kind: &str) -> Vec<Value> {
    let stop = tokio_util::sync::CancellationToken::new();
    stop.cancel();
    server::housekeeping::run(app.state.clone(), stop).await;
    let path = format!("/api/v0/events?pageSize=1000&objectType={kind}");
    let events = app.get(&path).by("admin").send().await.expect(200).json();
    events["events"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_decision_is_recorded_once_and_a_warning_refuses_nothing() {
    let stage = Stage::enforced().await;
    for _ in 0..3 {
        assert_eq!(stage.manifest("b").await, 403);
    }
    stage.set(POLICY, json!({"mode": "warn"})).await.expect(200);
    for _ in 0..3 {
        assert_eq!(stage.manifest("b").await, 200);
    }
    let all = events(&stage.app, "tag").await;
    let told: Vec<(&str, &str)> = all
        .iter()
        .filter(|event| event["object"]["name"] == "b" && !event["detail"]["trustPolicy"].is_null())
        .map(|event| {
            (
                event["type"].as_str().unwrap(),
                event["detail"]["trustPolicy"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("GET", "warn"), ("FAIL", "enforce")]);
    let changed = events(&stage.app, "trustPolicy").await;
    assert_eq!(changed[0]["detail"]["before"]["mode"], "enforce");
    assert_eq!(
        changed[0]["detail"]["before"]["teams"],
        json!(["acme/signers"])
    );
    assert_eq!(changed[0]["detail"]["after"]["mode"], "warn");
}

#[tokio::test]
async fn ci_is_told_what_is_missing() {
    let stage = Stage::enforced().await;
    let images = json!({"images": ["acme/site:a", "127.0.0.1:8080/acme/site:b", "acme/app:1"]});
    let call = stage.app.call("POST", "/api/v0/trust/evaluate").by("bob");
    let answer = call.json(&images).send().await.expect(200).json();
    assert_eq!(answer["admitted"], false);
    let [a, b, hidden] = [0, 1, 2].map(|at| &answer["images"][at]);
    assert_eq!(
        (&a["admitted"], &a["digest"]),
        (&json!(true), &json!(stage.signed))
    );
    assert_eq!(a["reasons"][0]["holds"], true);
    assert_eq!(b["admitted"], false);
    assert_eq!(
        b["reasons"][0]["reason"],
        "no member of acme/signers has signed it, which the repository's policy asks"
    );
    assert_eq!(
        (&hidden["admitted"], &hidden["digest"]),
        (&json!(false), &Value::Null)
    );
}
