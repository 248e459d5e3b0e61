//! Images go from one repository to another by rule, through the API: what is promoted, what is not and why, and that it is done once.

mod bad;
mod graph;
pub(crate) mod hidden;
mod moves;

use serde_json::{Value, json};

use crate::{
    pusher::Pusher,
    scanning::{CRITICAL, base, debian, load, push, tar},
    util::{Answer, TestApp},
};

pub(crate) const POLICIES: &str = "/api/v0/repositories/alice/app/promotionPolicies";

/// `alice/app`, and these repositories beside it; there is vulnerability data.
pub(crate) async fn stage(others: &[&str]) -> Pusher {
    let pusher = Pusher::new().await;
    for name in others {
        make(&pusher.app, name).await;
    }
    load(&pusher.app, &[flaw()]).await;
    pusher
}

pub(crate) async fn make(app: &TestApp, name: &str) {
    let made = app.call("POST", "/api/v0/repositories/alice");
    let form = json!({"name": name, "scanOnPush": true});
    made.by("alice").json(&form).send().await.expect(201);
}

/// What is wrong with the package that `scanning::base` has.
pub(crate) fn flaw() -> Value {
    debian("CVE-2026-0001", "3.0.11-1~deb12u2", Some(CRITICAL))
}

/// A layer that nothing is wrong with.
pub(crate) fn clean(content: &str) -> Vec<u8> {
    tar(&[("etc/motd", content)])
}

/// Scans and promotes until nothing is left to do.
pub(crate) async fn settle(pusher: &Pusher) {
    server::scanning::settle(&pusher.app.state).await;
    server::promotion::settle(&pusher.app.state).await.unwrap();
}

pub(crate) async fn by_alice(pusher: &Pusher, method: &str, path: &str, form: &Value) -> Answer {
    let call = pusher.app.call(method, path).by("alice");
    call.json(form).send().await
}

/// A policy of `alice/app` without vulnerabilities, to this repository.
pub(crate) fn none_wrong(target: &str, template: &str) -> Value {
    json!({
        "enabled": true, "tagTemplate": template, "targetRepository": target,
        "rules": [{"field": "vulnerability_all", "operator": "lte", "values": ["0"]}],
    })
}

pub(crate) async fn policy(pusher: &Pusher, form: &Value) -> Value {
    by_alice(pusher, "POST", POLICIES, form)
        .await
        .expect(201)
        .json()
}

/// Names of the tags of a repository of alice's.
pub(crate) async fn tags(pusher: &Pusher, name: &str) -> Vec<String> {
    let tags = pusher
        .json(&format!("/api/v0/repositories/alice/{name}/tags"))
        .await;
    let names = tags.as_array().unwrap().iter();
    names
        .map(|tag| tag["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_reference_architecture_promotes_what_is_clean_and_explains_what_is_not() {
    let pusher = stage(&["flask"]).await;
    let immutable = json!({"immutableTags": true});
    by_alice(
        &pusher,
        "PATCH",
        "/api/v0/repositories/alice/app",
        &immutable,
    )
    .await
    .expect(200);
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    policy(&pusher, &none_wrong("alice/flask", "latest")).await;

    push(&pusher, "66", &[clean("66")]).await;
    push(&pusher, "67", &[base()]).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["66", "latest"]);

    let promoted = pusher
        .json("/api/v0/repositories/alice/flask/tags/66")
        .await;
    let of = &promoted[0]["promotion"];
    assert_eq!(
        (&of["sourceRepository"], &of["sourceTag"]),
        (&json!("alice/app"), &json!("66"))
    );
    let source = pusher.json("/api/v0/repositories/alice/app/tags/66").await;
    assert_eq!(promoted[0]["digest"], source[0]["digest"]);
    assert_eq!(
        promoted[0]["vuln_summary"]["last_scan_status"], 6,
        "scan results are there at once"
    );

    let why = pusher
        .json("/api/v0/repositories/alice/app/tags/67/policies")
        .await;
    assert_eq!(why.as_array().unwrap().len(), 2);
    assert_eq!(why[0]["verdict"], "doesNotHold");
    let found = &why[0]["lines"][0]["found"][0]["what"];
    assert_eq!(found, "CVE-2026-0001 in libssl3 3.0.11-1~deb12u1", "{why}");
    let why = pusher
        .json("/api/v0/repositories/alice/app/tags/66/policies")
        .await;
    assert_eq!(why[1]["outcome"], "Promoted as latest.");
}

#[tokio::test]
async fn nothing_passes_that_is_not_known() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    let layer = base();
    push(&pusher, "torn", &[layer[..layer.len() - 1600].to_vec()]).await;
    settle(&pusher).await;
    assert!(tags(&pusher, "flask").await.is_empty());
    let why = pusher
        .json("/api/v0/repositories/alice/app/tags/torn/policies")
        .await;
    assert_eq!(why[0]["verdict"], "unknown", "{why}");
}

#[tokio::test]
async fn a_finding_that_is_set_aside_counts_at_once() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    push(&pusher, "1", &[base()]).await;
    settle(&pusher).await;
    assert!(tags(&pusher, "flask").await.is_empty());
    let aside = json!({"component": "libssl3", "cve": "CVE-2026-0001"});
    by_alice(
        &pusher,
        "POST",
        "/api/v0/repositories/alice/app/overrides",
        &aside,
    )
    .await
    .expect(201);
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["1"]);
}

#[tokio::test]
async fn new_vulnerability_data_is_asked_too() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    push(&pusher, "1", &[base()]).await;
    settle(&pusher).await;
    assert!(tags(&pusher, "flask").await.is_empty());
    let fixed = debian("CVE-2026-0001", "3.0.11-1~deb12u1", Some(CRITICAL));
    load(&pusher.app, &[fixed]).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["1"]);
}

#[tokio::test]
async fn save_is_for_future_pushes_and_save_and_apply_for_all() {
    let pusher = stage(&["flask", "later"]).await;
    push(&pusher, "1", &[clean("1")]).await;
    settle(&pusher).await;
    let save = format!("{POLICIES}?initialEvaluation=false");
    let form = none_wrong("alice/later", "%n");
    by_alice(&pusher, "POST", &save, &form).await.expect(201);
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["1"]);
    assert!(tags(&pusher, "later").await.is_empty());
    push(&pusher, "2", &[clean("2")]).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "later").await, ["2"]);
}

#[tokio::test]
async fn a_revision_promotes_an_image_once() {
    let pusher = stage(&["flask"]).await;
    let made = policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    push(&pusher, "1", &[clean("1")]).await;
    settle(&pusher).await;
    let gone = pusher
        .app
        .call("DELETE", "/api/v0/repositories/alice/flask/tags/1");
    gone.by("alice").send().await.expect(204);
    push(&pusher, "1", &[clean("1")]).await;
    settle(&pusher).await;
    assert!(
        tags(&pusher, "flask").await.is_empty(),
        "it was promoted before"
    );

    let path = format!("{POLICIES}/{}", made["id"].as_str().unwrap());
    let changed = by_alice(&pusher, "PUT", &path, &json!({"includeReferrers": false})).await;
    assert_eq!(changed.expect(200).json()["revision"], 2);
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["1"]);
    let revisions = pusher.json(&format!("{path}/revisions")).await;
    assert_eq!(
        (&revisions[0]["revision"], &revisions[1]["author"]),
        (&json!(2), &json!("alice"))
    );
    let runs = pusher
        .json("/api/v0/repositories/alice/app/promotions")
        .await;
    let of: Vec<_> = runs
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["revision"].clone())
        .collect();
    assert_eq!(of, [2, 1]);
    let runs = pusher
        .json("/api/v0/repositories/alice/flask/promotions?source=false")
        .await;
    assert_eq!(runs.as_array().unwrap().len(), 2);
}
