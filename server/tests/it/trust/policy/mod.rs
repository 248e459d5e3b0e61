//! "Run only signed images", and how it is got around: nothing that a client says of itself, no other path to the same bytes, and nothing
//! that was true a moment ago lets an image through.

mod admission;
mod attached;
mod elsewhere;
mod lasting;
mod levels;
mod paths;
mod pulls;
mod signing;
mod trial;

use std::collections::BTreeSet;

use oci::digest::Digest;
use serde_json::{Value, json};

use super::{
    client::Key,
    signers::{publish_as_olga, register},
};
use crate::util::{Answer, TestApp};

const GUN: &str = "127.0.0.1:8080/acme/site";
const POLICY: &str = "/api/v0/repositories/acme/site/trustPolicy";
const TEAM: &str = "/enzi/v0/accounts/acme/teams/signers/members/olga";
const TRUST: &str = "/api/v0/trust/policy";

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

/// The events about that kind of thing, the latest first.
async fn events(app: &TestApp, kind: &str) -> Vec<Value> {
    let stop = tokio_util::sync::CancellationToken::new();
    stop.cancel();
    server::housekeeping::run(app.state.clone(), stop).await;
    let path = format!("/api/v0/events?pageSize=1000&objectType={kind}");
    let events = app.get(&path).by("admin").send().await.expect(200).json();
    events["events"].as_array().unwrap().clone()
}

/// The admissions in the chain of custody of an image, as an administrator is told of them.
async fn admissions(app: &TestApp, reference: impl std::fmt::Display) -> BTreeSet<String> {
    let path = format!("/api/v0/repositories/acme/site/manifests/{reference}/custody");
    let line = app.get(&path).by("admin").send().await.expect(200).json();
    let stations = line["stations"].as_array().unwrap().iter();
    stations
        .filter(|station| station["kind"] == "admission")
        .map(|station| station["what"].as_str().unwrap().to_owned())
        .collect()
}
