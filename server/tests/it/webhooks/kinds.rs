//! Each type of event is told to who listens where it happens, and to nobody else.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Receiver, allow_loopback, hook, kinds, pusher, send_all};
use crate::{
    promotion::{
        by_alice, clean,
        hidden::{image, index},
        none_wrong, policy, stage,
    },
    pusher::{TAGS, config},
    scanning::{CRITICAL, base, debian, load, push},
};

const ALL_OF_A_REPOSITORY: [&str; 9] = [
    "TAG_PUSH",
    "TAG_PULL",
    "TAG_DELETE",
    "MANIFEST_PUSH",
    "MANIFEST_PULL",
    "MANIFEST_DELETE",
    "SCAN_COMPLETED",
    "SCAN_FAILED",
    "PROMOTION",
];

#[tokio::test]
async fn pushes_pulls_and_deletions_are_told_with_their_image() {
    let (pusher, receiver) = pusher().await;
    let form = json!({"types": ALL_OF_A_REPOSITORY});
    hook(&pusher, "TAG_PUSH", &receiver.url, form).await;
    let digest = pusher.image("1.0", &config("arm64")).await.to_string();
    send_all(&pusher).await;
    let sent = receiver.take();
    assert_eq!(kinds(&sent), ["MANIFEST_PUSH", "TAG_PUSH"]);
    let body = sent[1].json();
    let contents = &body["contents"];
    for (field, value) in [
        ("namespace", "alice"),
        ("repository", "app"),
        ("tag", "1.0"),
        ("digest", &digest),
        ("os", "linux"),
        ("architecture", "arm64"),
        ("author", "alice"),
    ] {
        assert_eq!(contents[field], value, "{field}");
    }
    let name = contents["imageName"].as_str().unwrap();
    assert!(
        name.ends_with("/alice/app:1.0") && name.len() > "/alice/app:1.0".len(),
        "{name}"
    );
    assert_eq!(body["location"], "/repositories/alice/app/tags/1.0");
    assert!(contents["pushedAt"].is_string() && body["createdAt"].is_string());
    assert_eq!(
        sent[0].json()["location"],
        format!("/repositories/alice/app/manifests/{digest}")
    );

    let app = &pusher.app;
    let token = app
        .token("alice", &["repository:alice/app:pull,push,delete"])
        .await;
    app.get("/v2/alice/app/manifests/1.0")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    // what is counted is written at the end
    let stop = CancellationToken::new();
    stop.cancel();
    server::housekeeping::run(app.state.clone(), stop).await;
    send_all(&pusher).await;
    let sent = receiver.take();
    assert_eq!(kinds(&sent), ["MANIFEST_PULL", "TAG_PULL"]);
    assert_eq!(sent[1].json()["contents"]["author"], "alice");

    by_alice(&pusher, "DELETE", &format!("{TAGS}/1.0"), &json!({}))
        .await
        .expect(204);
    let manifest = format!("/v2/alice/app/manifests/{digest}");
    app.call("DELETE", &manifest)
        .bearer(&token)
        .send()
        .await
        .expect(202);
    send_all(&pusher).await;
    let sent = receiver.take();
    assert_eq!(kinds(&sent), ["TAG_DELETE", "MANIFEST_DELETE"]);
    assert_eq!(sent[0].json()["contents"]["digest"], digest);
    assert!(sent[1].json()["contents"]["deletedAt"].is_string());
}

#[tokio::test]
async fn scans_are_told_with_what_they_found_also_when_the_image_was_scanned_before() {
    let (pusher, receiver) = pusher().await;
    load(
        &pusher.app,
        &[debian("CVE-2026-0001", "3.0.11-1~deb12u2", Some(CRITICAL))],
    )
    .await;
    let form = json!({"types": ["SCAN_COMPLETED", "SCAN_FAILED"]});
    hook(&pusher, "SCAN_COMPLETED", &receiver.url, form).await;
    push(&pusher, "1", &[base()]).await;
    server::scanning::settle(&pusher.app.state).await;
    send_all(&pusher).await;
    let sent = receiver.take();
    assert_eq!(kinds(&sent), ["SCAN_COMPLETED"]);
    let contents = sent[0].json()["contents"].clone();
    assert_eq!(contents["repository"], "app");
    let summary = &contents["scanSummary"];
    assert_eq!(
        (
            &summary["reponame"],
            &summary["critical"],
            &summary["last_scan_status"]
        ),
        (&json!("app"), &json!(1), &json!(6))
    );

    push(&pusher, "2", &[base()]).await;
    server::scanning::settle(&pusher.app.state).await;
    send_all(&pusher).await;
    let sent = receiver.take();
    assert_eq!(kinds(&sent), ["SCAN_COMPLETED"]);
    assert_eq!(sent[0].json()["contents"]["scanSummary"]["tag"], "2");
}

#[tokio::test]
async fn an_index_is_told_once_when_all_of_it_is_scanned() {
    let (pusher, receiver) = pusher().await;
    let flaw = debian("CVE-2026-0001", "3.0.11-1~deb12u2", Some(CRITICAL));
    load(&pusher.app, &[flaw]).await;
    let form = json!({"tagPatterns": ["all*"]});
    hook(&pusher, "SCAN_COMPLETED", &receiver.url, form).await;
    let none = json!({});
    let good = image(&pusher, &clean("good"), none.clone(), none.clone()).await;
    let bad = image(&pusher, &base(), none.clone(), none.clone()).await;
    index(&pusher, "all", json!([good, bad])).await;
    server::scanning::settle(&pusher.app.state).await;
    send_all(&pusher).await;
    let sent = receiver.take();
    assert_eq!(kinds(&sent), ["SCAN_COMPLETED"], "not for each platform");
    let summary = &sent[0].json()["contents"]["scanSummary"];
    assert_eq!(
        (&summary["tag"], &summary["critical"]),
        (&json!("all"), &json!(1))
    );

    index(&pusher, "all-again", json!([bad, good])).await;
    send_all(&pusher).await;
    let sent = receiver.take();
    assert_eq!(kinds(&sent), ["SCAN_COMPLETED"], "its results are there");
    let summary = &sent[0].json()["contents"]["scanSummary"];
    assert_eq!(summary["critical"], 1);
}

#[tokio::test]
async fn a_tag_that_is_set_while_its_image_is_being_scanned_is_told_of() {
    let (pusher, receiver) = pusher().await;
    load(&pusher.app, &[]).await;
    hook(&pusher, "SCAN_COMPLETED", &receiver.url, json!({})).await;
    let mut wanted = BTreeSet::new();
    for round in 0..6 {
        let name = format!("image{round}");
        let found = image(&pusher, &clean(&name), json!({}), json!({})).await;
        let tags: Vec<String> = (0..5).map(|tag| format!("{name}-{tag}")).collect();
        let set = async {
            for tag in &tags {
                index(&pusher, tag, json!([found])).await;
            }
        };
        tokio::join!(server::scanning::settle(&pusher.app.state), set);
        wanted.extend(tags.iter().cloned());
    }
    send_all(&pusher).await;
    let sent = receiver.take();
    let told = sent.iter().map(|request| {
        let contents = &request.json()["contents"];
        contents["tag"].as_str().unwrap().to_owned()
    });
    assert_eq!(told.collect::<BTreeSet<_>>(), wanted);
    assert_eq!(sent.len(), wanted.len(), "each once");
}

#[tokio::test]
async fn who_listens_at_the_target_hears_what_a_push_would_have_told() {
    let pusher = stage(&["flask"]).await;
    allow_loopback(&pusher.app).await;
    let receiver = Receiver::new().await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    let form = json!({"key": "alice/flask", "types": ["MANIFEST_PUSH", "SCAN_COMPLETED"]});
    hook(&pusher, "TAG_PUSH", &receiver.url, form).await;
    push(&pusher, "1", &[clean("1")]).await;
    crate::promotion::settle(&pusher).await;
    send_all(&pusher).await;
    assert_eq!(
        kinds(&receiver.take()),
        ["MANIFEST_PUSH", "TAG_PUSH", "SCAN_COMPLETED"]
    );
}

#[tokio::test]
async fn tags_are_chosen_by_pattern() {
    let (pusher, receiver) = pusher().await;
    let form = json!({"tagPatterns": ["v*", "!v0.*"]});
    hook(&pusher, "TAG_PUSH", &receiver.url, form).await;
    for tag in ["v1", "v0.1", "latest"] {
        pusher.image(tag, &config("amd64")).await;
    }
    send_all(&pusher).await;
    let tags: Vec<Value> = receiver
        .take()
        .iter()
        .map(|it| it.json()["contents"]["tag"].clone())
        .collect();
    assert_eq!(tags, ["v1"]);
}

#[tokio::test]
async fn a_manifest_of_several_tags_is_told_to_who_takes_one_of_them() {
    let (pusher, receiver) = pusher().await;
    let form = json!({"tagPatterns": ["v*"]});
    hook(&pusher, "MANIFEST_DELETE", &receiver.url, form).await;
    let digest = pusher.image("1.0", &config("amd64")).await;
    assert_eq!(pusher.image("v1.0", &config("amd64")).await, digest);
    let app = &pusher.app;
    let token = app.token("alice", &["repository:alice/app:delete"]).await;
    let manifest = format!("/v2/alice/app/manifests/{digest}");
    let gone = app.call("DELETE", &manifest).bearer(&token).send().await;
    gone.expect(202);
    send_all(&pusher).await;
    assert_eq!(kinds(&receiver.take()), ["MANIFEST_DELETE"]);
}

#[tokio::test]
async fn a_namespace_hears_of_its_repositories_and_the_registry_of_all() {
    let (pusher, _) = pusher().await;
    let on = json!({"createRepositoryOnPush": true});
    let on = pusher
        .app
        .call("POST", "/api/v0/meta/settings")
        .by("admin")
        .json(&on);
    on.send().await.expect(202);
    let (mine, everybodys, bobs) = (
        Receiver::new().await,
        Receiver::new().await,
        Receiver::new().await,
    );
    let app = &pusher.app;
    let kinds_of = json!(["TAG_PUSH", "REPO_EVENT"]);
    let made = async |who: &str, key: &str, url: &str, types: &Value| {
        let form = json!({"types": types, "key": key, "endpoint": url});
        app.call("POST", "/api/v0/webhooks")
            .by(who)
            .json(&form)
            .send()
            .await
            .expect(200);
    };
    made("alice", "alice", &mine.url, &kinds_of).await;
    made("bob", "bob", &bobs.url, &kinds_of).await;
    let all = json!(["TAG_PUSH", "REPO_EVENT", "SCANNER_UPDATE_COMPLETED"]);
    made("admin", "", &everybodys.url, &all).await;

    let form = json!({"name": "new"});
    by_alice(&pusher, "POST", "/api/v0/repositories/alice", &form)
        .await
        .expect(201);
    let form = json!({"shortDescription": "changed"});
    by_alice(&pusher, "PATCH", "/api/v0/repositories/alice/new", &form)
        .await
        .expect(200);
    by_alice(
        &pusher,
        "DELETE",
        "/api/v0/repositories/alice/new",
        &json!({}),
    )
    .await
    .expect(204);
    pusher.image("1", &config("amd64")).await;
    load(
        app,
        &[debian("CVE-2026-0001", "3.0.11-1~deb12u2", Some(CRITICAL))],
    )
    .await;
    send_all(&pusher).await;
    let sent = mine.take();
    assert_eq!(
        kinds(&sent),
        ["REPO_EVENT", "REPO_EVENT", "REPO_EVENT", "TAG_PUSH"]
    );
    let events: Vec<Value> = sent[..3]
        .iter()
        .map(|it| it.json()["contents"]["event"].clone())
        .collect();
    assert_eq!(events, ["REPO_CREATED", "REPO_UPDATED", "REPO_DELETED"]);
    assert_eq!(
        sent[1].json()["contents"]["data"]["shortDescription"],
        "changed"
    );
    let sent = everybodys.take();
    assert_eq!(kinds(&sent)[4..], ["SCANNER_UPDATE_COMPLETED"]);
    assert!(bobs.take().is_empty());
    let scopes = ["repository:alice/pushed:pull,push"];
    let token = app.token("alice", &scopes).await;
    app.push_blob(&token, "alice/pushed", b"layer").await;
    send_all(&pusher).await;
    let sent = mine.take();
    assert_eq!(kinds(&sent), ["REPO_EVENT"], "made by a push");
    assert_eq!(sent[0].json()["contents"]["event"], "REPO_CREATED");
}
