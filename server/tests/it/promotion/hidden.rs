//! What an index, a referrer or a label could hide from the rules; and what is not told to those who may not see it.

use serde_json::{Value, json};

use super::{POLICIES, by_alice, clean, none_wrong, policy, settle, stage, tags};
use crate::{
    pusher::{Pusher, config},
    scanning::{LAYER, base, push},
    util::MANIFEST,
};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// An image of this layer without a tag, with changes of its configuration and its manifest.
pub(crate) async fn image(pusher: &Pusher, layer: &[u8], configured: Value, more: Value) -> Value {
    let mut configuration = config("amd64");
    merge(&mut configuration, &configured);
    let configuration = configuration.to_string();
    let configuration = pusher.blob(CONFIG, configuration.as_bytes()).await;
    let layer = pusher.blob(LAYER, layer).await;
    let mut manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": configuration, "layers": [layer]});
    merge(&mut manifest, &more);
    let digest = pusher.put("", MANIFEST, &manifest).await.to_string();
    json!({"mediaType": MANIFEST, "digest": digest, "size": 1})
}

fn merge(into: &mut Value, more: &Value) {
    for (key, value) in more.as_object().unwrap() {
        into[key] = value.clone();
    }
}

pub(crate) async fn index(pusher: &Pusher, tag: &str, manifests: Value) -> String {
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
    pusher.put(tag, INDEX, &index).await.to_string()
}

#[tokio::test]
async fn an_index_hides_nothing_from_the_rules() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    let none = json!({});
    let good = image(&pusher, &clean("good"), none.clone(), none.clone()).await;
    let bad = image(&pusher, &base(), none.clone(), none.clone()).await;
    index(&pusher, "plain", json!([good, bad])).await;
    let inner = index(&pusher, "", json!([bad])).await;
    let inner = json!({"mediaType": INDEX, "digest": inner, "size": 1});
    index(&pusher, "nested", json!([good, inner])).await;
    let typed = json!({"artifactType": "application/x-foo"});
    let typed = image(&pusher, &base(), none.clone(), typed).await;
    index(&pusher, "typed", json!([good, typed])).await;
    let nowhere = json!({"os": "unknown", "architecture": "unknown"});
    let nowhere = image(&pusher, &base(), nowhere, none.clone()).await;
    index(&pusher, "unknown", json!([good, nowhere])).await;
    let gone = image(&pusher, &clean("gone"), none.clone(), none.clone()).await;
    index(&pusher, "gone", json!([good, gone])).await;
    let path = format!(
        "/api/v0/repositories/alice/app/manifests/{}",
        gone["digest"].as_str().unwrap()
    );
    let delete = pusher.app.call("DELETE", &path).by("alice");
    delete.send().await.expect(204);
    // what only says something of an image does not keep it back
    let empty = pusher
        .blob("application/vnd.oci.empty.v1+json", b"{}")
        .await;
    let said = pusher.blob("application/vnd.in-toto+json", b"{}").await;
    let attests = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": empty, "layers": [said],
        "artifactType": "application/vnd.docker.attestation.manifest.v1+json"});
    let attests = pusher.put("", MANIFEST, &attests).await.to_string();
    let attests = json!({"mediaType": MANIFEST, "digest": attests, "size": 1});
    index(&pusher, "attested", json!([good, attests])).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["attested"]);
    for (tag, verdict) in [
        ("plain", "doesNotHold"),
        ("nested", "doesNotHold"),
        ("typed", "unknown"),
        ("unknown", "unknown"),
        ("gone", "unknown"),
    ] {
        let path = format!("/api/v0/repositories/alice/app/tags/{tag}/policies");
        assert_eq!(pusher.json(&path).await[0]["verdict"], verdict, "{tag}");
    }
}

#[tokio::test]
async fn what_could_be_run_does_not_go_along_as_a_referrer() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    let none = json!({});
    let good = image(&pusher, &clean("good"), none.clone(), none.clone()).await;
    let subject = json!({"subject": good});
    let evil = image(&pusher, &base(), none, subject.clone()).await;
    index(&pusher, "1", json!([good])).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["1"]);
    let there = async |of: &Value| {
        let digest = of["digest"].as_str().unwrap();
        let path = format!("/v2/alice/flask/manifests/{digest}");
        let token = pusher
            .app
            .token("alice", &["repository:alice/flask:pull"])
            .await;
        pusher
            .app
            .get(&path)
            .bearer(&token)
            .send()
            .await
            .status
            .as_u16()
    };
    assert_eq!((there(&good).await, there(&evil).await), (200, 404));
}

#[tokio::test]
async fn a_label_of_one_platform_does_not_stand_for_another() {
    let pusher = stage(&["flask"]).await;
    let form = json!({"tagTemplate": "%n", "targetRepository": "alice/flask",
        "rules": [{"field": "label", "key": "approved", "operator": "eq", "values": ["yes"]}]});
    policy(&pusher, &form).await;
    let none = json!({});
    let labelled = json!({"config": {"Labels": {"approved": "yes"}}});
    let approved = image(&pusher, &clean("1"), labelled.clone(), none.clone()).await;
    let too = image(&pusher, &clean("2"), labelled, none.clone()).await;
    let other = image(&pusher, &clean("3"), none.clone(), none).await;
    index(&pusher, "both", json!([approved, too])).await;
    index(&pusher, "one", json!([approved, other])).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["both"]);
}

#[tokio::test]
async fn an_older_image_that_becomes_clean_does_not_take_latest_back() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "latest")).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    push(&pusher, "1", &[base()]).await;
    push(&pusher, "2", &[clean("2")]).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["2", "latest"]);
    let aside = json!({"component": "libssl3", "cve": "CVE-2026-0001"});
    let overrides = "/api/v0/repositories/alice/app/overrides";
    by_alice(&pusher, "POST", overrides, &aside)
        .await
        .expect(201);
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["1", "2", "latest"]);
    let latest = pusher
        .json("/api/v0/repositories/alice/flask/tags/latest")
        .await;
    assert_eq!(latest[0]["promotion"]["sourceTag"], "2");
    let why = pusher
        .json("/api/v0/repositories/alice/app/tags/1/policies")
        .await;
    assert_eq!(
        why[0]["outcome"],
        "Not promoted: latest in the target comes from 2, which was set later."
    );
}

#[tokio::test]
async fn save_and_apply_leaves_latest_at_the_last_tag() {
    let pusher = stage(&["flask"]).await;
    for tag in ["c", "a", "d", "b"] {
        push(&pusher, tag, &[clean(tag)]).await;
    }
    settle(&pusher).await;
    policy(&pusher, &none_wrong("alice/flask", "latest")).await;
    settle(&pusher).await;
    let latest = pusher
        .json("/api/v0/repositories/alice/flask/tags/latest")
        .await;
    assert_eq!(latest[0]["promotion"]["sourceTag"], "b");
}

#[tokio::test]
async fn a_tag_promoted_to_itself_is_refused_and_a_time_in_a_name_is_that_of_the_push() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "%n-%Y%m%d%H%M%S%f")).await;
    push(&pusher, "1", &[clean("1")]).await;
    settle(&pusher).await;
    for _ in 0..2 {
        let aside = json!({"component": "x", "cve": "CVE-2026-0009"});
        let overrides = "/api/v0/repositories/alice/app/overrides";
        by_alice(&pusher, "POST", overrides, &aside)
            .await
            .expect(201);
        settle(&pusher).await;
    }
    assert_eq!(tags(&pusher, "flask").await.len(), 1);
    let path = "/api/v0/repositories/alice/app/tags/1/promotion";
    let form = json!({"targetRepository": "alice/app", "targetTag": "1"});
    by_alice(&pusher, "POST", path, &form).await.expect(400);
}

#[tokio::test]
async fn a_change_of_nothing_is_no_revision_and_a_switch_off_counts_at_once() {
    let pusher = stage(&["flask"]).await;
    let made = policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    let path = format!("{POLICIES}/{}", made["id"].as_str().unwrap());
    let same = by_alice(&pusher, "PUT", &path, &json!({}))
        .await
        .expect(200);
    assert_eq!(same.json()["revision"], 1);
    push(&pusher, "1", &[clean("1")]).await;
    server::scanning::settle(&pusher.app.state).await;
    by_alice(&pusher, "PUT", &path, &json!({"enabled": false}))
        .await
        .expect(200);
    settle(&pusher).await;
    assert!(tags(&pusher, "flask").await.is_empty());
    let rule = json!({"rules": [{"field": "tag", "operator": "noo", "values": ["a\u{0}b"]}]});
    by_alice(&pusher, "PUT", &path, &rule).await.expect(400);
}

#[tokio::test]
async fn who_may_not_see_the_target_is_not_told_its_name() {
    let pusher = stage(&["secret-target"]).await;
    let public = json!({"visibility": "public"});
    by_alice(&pusher, "PATCH", "/api/v0/repositories/alice/app", &public)
        .await
        .expect(200);
    let immutable = json!({"immutableTags": true});
    let target = "/api/v0/repositories/alice/secret-target";
    by_alice(&pusher, "PATCH", target, &immutable)
        .await
        .expect(200);
    policy(&pusher, &none_wrong("alice/secret-target", "latest")).await;
    for tag in ["1", "2"] {
        push(&pusher, tag, &[clean(tag)]).await;
        settle(&pusher).await;
    }
    for path in [
        "/api/v0/repositories/alice/app/tags/2/policies",
        POLICIES,
        "/api/v0/repositories/alice/app/tags",
    ] {
        for who in ["", "bob"] {
            let call = pusher.app.get(path);
            let call = if who.is_empty() { call } else { call.by(who) };
            let said = call.send().await.expect(200).json().to_string();
            assert!(!said.contains("secret-target"), "{who} {said}");
        }
    }
    let why = pusher
        .json("/api/v0/repositories/alice/app/tags/2/policies")
        .await;
    let outcome = why[0]["outcome"].as_str().unwrap();
    assert!(
        outcome.contains("alice/secret-target is an immutable repository"),
        "{outcome}"
    );
}
