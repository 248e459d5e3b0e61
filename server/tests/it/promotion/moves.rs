//! What goes with an image, and where it may not go.

use serde_json::{Value, json};

use super::{POLICIES, by_alice, clean, make, none_wrong, policy, settle, stage, tags};
use crate::{pusher::Pusher, scanning::push, util::MANIFEST};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A policy that asks for nothing but the tag's name.
fn named(starts: &str, target: &str, template: &str) -> Value {
    json!({
        "tagTemplate": template, "targetRepository": target,
        "rules": [{"field": "tag", "operator": "sw", "values": [starts]}],
    })
}

async fn events(pusher: &Pusher, query: &str) -> Vec<Value> {
    let answer = pusher
        .app
        .get(&format!("/api/v0/events?{query}"))
        .by("admin");
    let answer = answer.send().await.expect(200).json();
    answer["events"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_index_goes_with_its_images_and_what_refers_to_them() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &named("v", "alice/flask", "%n-stable")).await;
    let image = pusher.image("", &crate::pusher::config("amd64")).await;
    let child = json!({"mediaType": MANIFEST, "digest": image.to_string(), "size": 1,
        "platform": {"os": "linux", "architecture": "amd64"}});
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]});
    let index = pusher.put("v1", INDEX, &index).await;
    let empty = pusher
        .blob("application/vnd.oci.empty.v1+json", b"{}")
        .await;
    let signature = json!({"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/x.signature",
        "config": empty, "layers": [empty],
        "subject": {"mediaType": INDEX, "digest": index.to_string(), "size": 1}});
    let signature = pusher.put("", MANIFEST, &signature).await;
    // the policy looks when it is settled, after all of it was pushed
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["v1-stable"]);
    let token = pusher
        .app
        .token("alice", &["repository:alice/flask:pull"])
        .await;
    for digest in [&index, &image, &signature] {
        let path = format!("/v2/alice/flask/manifests/{digest}");
        let got = pusher
            .app
            .get(&path)
            .bearer(&token)
            .send()
            .await
            .expect(200);
        assert!(!got.body.is_empty());
    }
    let layer = oci::Digest::of(oci::digest::Algorithm::Sha256, b"first layer");
    let path = format!("/v2/alice/flask/blobs/{layer}");
    let got = pusher
        .app
        .get(&path)
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(&got.body[..], b"first layer");
    let referrers = format!("/v2/alice/flask/referrers/{index}");
    let got = pusher
        .app
        .get(&referrers)
        .bearer(&token)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(got["manifests"][0]["digest"], signature.to_string());
}

#[tokio::test]
async fn a_chain_goes_on_and_a_circle_stops_and_says_so() {
    let pusher = stage(&["two", "three"]).await;
    policy(&pusher, &named("v", "alice/two", "%n-x")).await;
    for (from, to) in [("two", "three"), ("three", "app")] {
        let path = format!("/api/v0/repositories/alice/{from}/promotionPolicies");
        let form = named("v", &format!("alice/{to}"), "%n-x");
        by_alice(&pusher, "POST", &path, &form).await.expect(201);
    }
    push(&pusher, "v1", &[clean("1")]).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "two").await, ["v1-x"]);
    assert_eq!(tags(&pusher, "three").await, ["v1-x-x"]);
    assert_eq!(tags(&pusher, "app").await, ["v1"]);
    let runs = pusher
        .json("/api/v0/repositories/alice/three/promotions")
        .await;
    assert_eq!(runs[0]["isDone"], false);
    let reason = runs[0]["reason"].as_str().unwrap();
    assert!(reason.contains("would go round in a circle"), "{reason}");
}

#[tokio::test]
async fn an_immutable_target_is_honoured_and_said_once() {
    let pusher = stage(&["flask"]).await;
    let form = json!({"immutableTags": true});
    by_alice(&pusher, "PATCH", "/api/v0/repositories/alice/flask", &form)
        .await
        .expect(200);
    policy(&pusher, &none_wrong("alice/flask", "latest")).await;
    push(&pusher, "1", &[clean("1")]).await;
    settle(&pusher).await;
    let first = pusher
        .json("/api/v0/repositories/alice/flask/tags/latest")
        .await;
    for _ in 0..2 {
        push(&pusher, "2", &[clean("2")]).await;
        settle(&pusher).await;
    }
    let now = pusher
        .json("/api/v0/repositories/alice/flask/tags/latest")
        .await;
    assert_eq!(first[0]["digest"], now[0]["digest"]);
    let why = pusher
        .json("/api/v0/repositories/alice/app/tags/2/policies")
        .await;
    let outcome = why[0]["outcome"].as_str().unwrap();
    assert!(
        outcome.contains("cannot be overwritten because alice/flask is an immutable repository"),
        "{outcome}"
    );
    let refused = events(&pusher, "eventType=FAIL&objectType=promotion").await;
    assert_eq!(refused.len(), 1, "{refused:?}");
    let gone = pusher
        .app
        .call("DELETE", "/api/v0/repositories/alice/flask/tags/latest");
    gone.by("alice").send().await.expect(204);
    push(&pusher, "2", &[clean("2")]).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["latest"]);
}

#[tokio::test]
async fn what_an_immutable_target_refused_goes_when_it_is_not_any_more() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "latest")).await;
    let patch = async |patterns: Value| {
        let form = json!({"immutableTagPatterns": patterns});
        by_alice(&pusher, "PATCH", "/api/v0/repositories/alice/flask", &form)
            .await
            .expect(200);
        settle(&pusher).await;
    };
    push(&pusher, "1", &[clean("1")]).await;
    settle(&pusher).await;
    patch(json!(["latest"])).await;
    push(&pusher, "2", &[clean("2")]).await;
    settle(&pusher).await;
    let latest = async || {
        pusher
            .json("/api/v0/repositories/alice/flask/tags/latest")
            .await
    };
    let first = latest().await[0]["promotion"]["sourceTag"].clone();
    assert_eq!(first, "1");
    patch(json!([])).await;
    assert_eq!(latest().await[0]["promotion"]["sourceTag"], "2");
}

/// Pulls what a tag of `alice/flask` is, and pushes it under that tag, as `docker trust sign` does with the image that it signs.
async fn push_again(pusher: &Pusher, from: &str, to: &str) {
    let token = pusher
        .app
        .token("alice", &["repository:alice/flask:pull,push"])
        .await;
    let path = |tag: &str| format!("/v2/alice/flask/manifests/{tag}");
    let image = pusher.app.get(&path(from)).bearer(&token).send().await;
    let image = image.expect(200);
    let put = pusher.app.call("PUT", &path(to)).bearer(&token);
    let put = put.header("content-type", image.header("content-type"));
    put.body(image.body.clone()).send().await.expect(201);
}

#[tokio::test]
async fn a_promoted_tag_that_is_pushed_again_as_it_is_still_says_where_it_comes_from() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    for name in ["66", "67"] {
        push(&pusher, name, &[clean(name)]).await;
    }
    settle(&pusher).await;
    let source = async |tag: &str| {
        let path = format!("/api/v0/repositories/alice/flask/tags/{tag}");
        pusher.json(&path).await[0]["promotion"]["sourceTag"].clone()
    };
    push_again(&pusher, "66", "66").await;
    assert_eq!(source("66").await, "66");
    push_again(&pusher, "66", "67").await;
    assert_eq!(source("67").await, Value::Null, "it is another image now");
    push_again(&pusher, "66", "67").await;
    assert_eq!(
        source("67").await,
        Value::Null,
        "nobody promoted it to here"
    );
}

#[tokio::test]
async fn a_policy_whose_author_lost_a_right_stops_and_says_so() {
    let pusher = stage(&[]).await;
    let app = &pusher.app;
    app.by_admin(
        "POST",
        "/enzi/v0/accounts",
        json!({"name": "acme", "isOrg": true}),
        201,
    )
    .await;
    let member = "/enzi/v0/accounts/acme/members/alice";
    app.by_admin("PUT", member, json!({"isAdmin": true}), 200)
        .await;
    let other = "/enzi/v0/accounts/acme/members/bob";
    app.by_admin("PUT", other, json!({"isAdmin": true}), 200)
        .await;
    app.by_admin(
        "POST",
        "/api/v0/repositories/acme",
        json!({"name": "prod"}),
        201,
    )
    .await;
    let made = policy(&pusher, &named("v", "acme/prod", "%n")).await;
    app.by_admin("PUT", member, json!({"isAdmin": false}), 200)
        .await;
    push(&pusher, "v1", &[clean("1")]).await;
    settle(&pusher).await;
    let runs = app
        .get("/api/v0/repositories/acme/prod/tags")
        .by("admin")
        .send()
        .await;
    assert_eq!(runs.expect(200).json(), json!([]));
    let path = format!("{POLICIES}/{}", made["id"].as_str().unwrap());
    let stopped = pusher.json(&path).await;
    assert_eq!(
        stopped["stopped"],
        "who administers both repositories sees why"
    );
    let whole = app.get(&path).by("admin").send().await.expect(200).json();
    assert_eq!(
        whole["stopped"],
        "alice, who saved it, does not administer acme/prod any more"
    );
    assert_eq!(
        stopped["targetRepository"], "",
        "who may not see it is not told"
    );
    let failed = events(&pusher, "eventType=FAIL&objectType=promotionPolicy").await;
    assert_eq!(failed.len(), 1);
    let activity = "/api/v0/repositories/alice/app/events?eventType=FAIL";
    let activity = pusher.json(activity).await;
    assert_eq!(activity["events"][0]["reason"], "", "{activity}");

    app.by_admin("PUT", member, json!({"isAdmin": true}), 200)
        .await;
    settle(&pusher).await;
    assert_eq!(pusher.json(&path).await["stopped"], Value::Null);
    let tags = app
        .get("/api/v0/repositories/acme/prod/tags")
        .by("admin")
        .send()
        .await;
    assert_eq!(
        tags.expect(200).json()[0]["name"],
        "v1",
        "what came meanwhile goes too"
    );

    let named = "/api/v0/repositories/alice/app/events?objectType=promotion&filter=acme";
    let found = async |who: &str| {
        let found = app.get(named).by(who).send().await.expect(200).json();
        found["events"].as_array().unwrap().len()
    };
    assert_eq!(found("admin").await, 1);
    app.by_admin("PUT", member, json!({"isAdmin": false}), 200)
        .await;
    assert_eq!(
        found("alice").await,
        0,
        "what is hidden is not found either"
    );
    let all = pusher.json("/api/v0/repositories/alice/app/events").await;
    let promotion = all["events"].as_array().unwrap().iter();
    let mut promotion = promotion.filter(|event| event["object"]["type"] == "promotion");
    assert_eq!(promotion.next().unwrap()["object"]["name"], "");
}

#[tokio::test]
async fn somebody_promotes_by_hand() {
    let pusher = stage(&["flask"]).await;
    push(&pusher, "1", &[clean("1")]).await;
    let path = "/api/v0/repositories/alice/app/tags/1/promotion";
    let form = json!({"targetRepository": "alice/flask", "targetTag": "one"});
    let made = by_alice(&pusher, "POST", path, &form)
        .await
        .expect(201)
        .json();
    assert_eq!(made["promotionPolicyID"], "MANUAL");
    assert_eq!(made["string"], "promoted from alice/app:1 by hand");
    assert_eq!(tags(&pusher, "flask").await, ["one"]);
    let made = events(&pusher, "objectType=promotion").await;
    assert_eq!(
        (&made[0]["actor"], &made[0]["type"]),
        (&json!("alice"), &json!("CREATE"))
    );

    push(&pusher, "2", &[clean("2")]).await;
    let immutable = json!({"immutableTags": true});
    by_alice(
        &pusher,
        "PATCH",
        "/api/v0/repositories/alice/flask",
        &immutable,
    )
    .await
    .expect(200);
    let path = "/api/v0/repositories/alice/app/tags/2/promotion";
    let refused = by_alice(&pusher, "POST", path, &form).await.expect(409);
    assert_eq!(refused.code(), "PROMOTION_REFUSED");
    let form = json!({"targetRepository": "alice/flask", "targetTag": format!("sha256-{}.sig", "a".repeat(64))});
    by_alice(&pusher, "POST", path, &form).await.expect(400);
}

#[tokio::test]
async fn what_hangs_on_an_image_is_not_promoted_as_one() {
    let pusher = stage(&["flask"]).await;
    policy(
        &pusher,
        &json!({"tagTemplate": "%n", "targetRepository": "alice/flask"}),
    )
    .await;
    let tag = format!("sha256-{}.sig", "a".repeat(64));
    push(&pusher, &tag, &[clean("1")]).await;
    push(&pusher, "1", &[clean("1")]).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["1"]);
}

#[tokio::test]
async fn a_target_that_is_gone_takes_its_policies_with_it() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    let gone = pusher
        .app
        .call("DELETE", "/api/v0/repositories/alice/flask");
    gone.by("alice").send().await.expect(204);
    push(&pusher, "1", &[clean("1")]).await;
    settle(&pusher).await;
    assert_eq!(pusher.json(POLICIES).await, json!([]));
    make(&pusher.app, "flask").await;
    assert!(tags(&pusher, "flask").await.is_empty());
}
