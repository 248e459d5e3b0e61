//! What cannot be a policy, and what one would do.

use serde_json::{Value, json};

use super::{POLICIES, by_alice, clean, none_wrong, policy, settle, stage};
use crate::scanning::{base, push};

#[tokio::test]
async fn what_cannot_be_a_policy_is_refused_with_what_would_be_right() {
    let pusher = stage(&["flask"]).await;
    let rule = |field: &str, operator: &str, values: Value| json!({"field": field, "operator": operator, "values": values});
    let with = |rules: Value, template: &str, target: &str| json!({"rules": rules, "tagTemplate": template, "targetRepository": target});
    let many: Vec<Value> = (0..1000).map(|_| rule("tag", "eq", json!(["1"]))).collect();
    let cases = [
        (
            with(json!([]), "%n", "alice/app"),
            400,
            "cannot be promoted to itself",
        ),
        (with(json!([]), "%n", "alice/none"), 404, "alice/none"),
        (with(json!([]), "%n", "nothing"), 400, "namespace/name"),
        (
            with(json!([]), "", "alice/flask"),
            400,
            "write %n to keep the tag",
        ),
        (
            with(json!([]), "../../x", "alice/flask"),
            400,
            "cannot be in a tag",
        ),
        (
            with(json!([]), "%{env:SECRET}", "alice/flask"),
            400,
            "is no variable",
        ),
        (with(json!(many), "%n", "alice/flask"), 400, "1000 criteria"),
        (
            with(
                json!([rule("colour", "eq", json!(["red"]))]),
                "%n",
                "alice/flask",
            ),
            400,
            "riterion 1",
        ),
        (
            with(
                json!([rule("tag", "lte", json!(["1"]))]),
                "%n",
                "alice/flask",
            ),
            400,
            "riterion 1",
        ),
        (
            with(
                json!([rule("vulnerability_all", "lte", json!(["few"]))]),
                "%n",
                "alice/flask",
            ),
            400,
            "riterion 1",
        ),
        (
            with(
                json!([rule("tag", "matches", json!(["("]))]),
                "%n",
                "alice/flask",
            ),
            400,
            "riterion 1",
        ),
        (
            with(
                json!([rule("tag", "matches", json!(["(a{1000}){1000}"]))]),
                "%n",
                "alice/flask",
            ),
            400,
            "riterion 1",
        ),
    ];
    for (form, status, says) in cases {
        let refused = by_alice(&pusher, "POST", POLICIES, &form)
            .await
            .expect(status);
        let message = refused.message();
        assert!(message.contains(says), "{message}");
    }
    assert_eq!(pusher.json(POLICIES).await, json!([]));
}

#[tokio::test]
async fn a_policy_of_another_repository_is_not_there() {
    let pusher = stage(&["flask", "other"]).await;
    let made = policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    let id = made["id"].as_str().unwrap();
    let path = format!("/api/v0/repositories/alice/other/promotionPolicies/{id}");
    for method in ["GET", "DELETE"] {
        let call = pusher.app.call(method, &path).by("alice");
        let missing = call.send().await.expect(404);
        assert_eq!(missing.code(), "NO_SUCH_PROMOTION_POLICY");
    }
    let path = format!("/api/v0/repositories/alice/flask/promotionPolicies/{id}");
    let seen = pusher.json(&path).await;
    assert_eq!(
        seen["sourceRepository"], "alice/app",
        "the target knows it too"
    );
    let as_target = pusher
        .json("/api/v0/repositories/alice/flask/promotionPolicies?source=false")
        .await;
    assert_eq!(as_target[0]["id"], made["id"]);
    assert_eq!(made["lastPromotedAt"], "0001-01-01T00:00:00Z");
}

#[tokio::test]
async fn a_trial_says_what_a_policy_would_do_and_does_nothing() {
    let pusher = stage(&["flask"]).await;
    push(&pusher, "1", &[clean("1")]).await;
    push(&pusher, "2", &[base()]).await;
    let layer = base();
    push(&pusher, "3", &[layer[..layer.len() - 1600].to_vec()]).await;
    settle(&pusher).await;
    let test = format!("{POLICIES}/test");
    let form = none_wrong("alice/flask", "%n");
    let trial = by_alice(&pusher, "POST", &test, &form)
        .await
        .expect(200)
        .json();
    let counts = ["wouldPromote", "wouldNot", "unknown", "more", "fewer"];
    let of = |trial: &Value| counts.map(|count| trial[count].as_u64().unwrap());
    assert_eq!(of(&trial), [1, 1, 1, 0, 0]);
    let mut said: Vec<_> = trial["tags"].as_array().unwrap().clone();
    said.sort_by_key(|tag| tag["tag"].to_string());
    assert_eq!(said[0]["targetTag"], "1");
    let reason = said[1]["reason"].as_str().unwrap();
    assert!(reason.contains("CVE-2026-0001 in libssl3"), "{reason}");
    assert_eq!(said[2]["verdict"], "unknown");
    assert_eq!(
        pusher.json("/api/v0/repositories/alice/flask/tags").await,
        json!([])
    );

    let made = policy(&pusher, &form).await;
    let against = format!("{test}?policy={}&days=30", made["id"].as_str().unwrap());
    let mut looser = form.clone();
    looser["rules"][0]["values"] = json!(["10"]);
    let trial = by_alice(&pusher, "POST", &against, &looser)
        .await
        .expect(200)
        .json();
    assert_eq!(of(&trial), [2, 0, 1, 1, 0]);
    let mut tighter = form;
    tighter["rules"] = json!([{"field": "tag", "operator": "eq", "values": ["2"]}]);
    let trial = by_alice(&pusher, "POST", &against, &tighter)
        .await
        .expect(200)
        .json();
    assert_eq!(of(&trial), [1, 2, 0, 1, 1]);
}
