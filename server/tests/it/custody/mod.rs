//! The chain of custody of a digest: every station with who, when and why, gaps said as such, and nothing that the caller is not told
//! elsewhere.

mod evidence;

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    promotion::{clean, hidden::image, none_wrong, policy, settle, stage},
    pusher::{Pusher, config},
    scanning::{base, push},
    util::TestApp,
};

pub(crate) async fn line(app: &TestApp, who: &str, name: &str, reference: &str) -> Value {
    let path = format!("/api/v0/repositories/alice/{name}/manifests/{reference}/custody");
    let get = app.get(&path);
    let get = if who.is_empty() { get } else { get.by(who) };
    get.send().await.expect(200).json()
}

pub(crate) fn of<'l>(line: &'l Value, kind: &str) -> Vec<&'l Value> {
    let stations = line["stations"].as_array().unwrap().iter();
    stations.filter(|station| station["kind"] == kind).collect()
}

pub(crate) fn words<'l>(line: &'l Value, kind: &str) -> Vec<(&'l str, &'l str)> {
    let word = |station: &'l Value, name: &str| station[name].as_str().unwrap_or_default();
    of(line, kind)
        .into_iter()
        .map(|station| (word(station, "standing"), word(station, "what")))
        .collect()
}

/// `alice/app:1` with labels of its commit, promoted to `alice/flask:1`; the digest.
async fn promoted() -> (Pusher, String) {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    let labels = json!({"config": {"Labels": {
        "org.opencontainers.image.source": "https://git.example/pay/ledger",
        "org.opencontainers.image.revision": "9f2c1ab",
        "com.gitlab.ci.pipelineurl": "https://git.example/pay/ledger/-/pipelines/4711",
        "com.example.other": "x",
    }}});
    let named = image(&pusher, &clean("1"), labels, json!({})).await;
    let digest = named["digest"].as_str().unwrap().to_owned();
    let path = format!("/v2/alice/app/manifests/{digest}");
    let token = pusher
        .app
        .token("alice", &["repository:alice/app:pull,push"])
        .await;
    let got = pusher
        .app
        .get(&path)
        .bearer(&token)
        .send()
        .await
        .expect(200);
    let put = pusher.app.call("PUT", "/v2/alice/app/manifests/1");
    let put = put
        .bearer(&token)
        .header("content-type", crate::util::MANIFEST);
    put.body(got.body.clone()).send().await.expect(201);
    // what was pulled is recorded when the program ends, if not before
    let stop = tokio_util::sync::CancellationToken::new();
    stop.cancel();
    server::housekeeping::run(pusher.app.state.clone(), stop).await;
    settle(&pusher).await;
    (pusher, digest)
}

#[tokio::test]
async fn the_line_leads_from_the_commit_over_the_build_repository_to_the_pulls() {
    let (pusher, digest) = promoted().await;
    let app = &pusher.app;
    let line = line(app, "alice", "flask", "1").await;
    assert_eq!(line["repository"], "alice/flask");
    assert_eq!(line["digest"], json!(digest));
    assert_eq!(line["tags"], json!(["1"]));
    assert_eq!(
        words(&line, "source"),
        [(
            "claimed",
            "Built from commit 9f2c1ab of https://git.example/pay/ledger"
        )]
    );
    let labels = &of(&line, "source")[0]["labels"];
    assert_eq!(labels.as_object().unwrap().len(), 3, "{labels}");
    let builds = words(&line, "build");
    assert_eq!(builds.len(), 2, "{builds:?}");
    assert_eq!(
        builds[0],
        (
            "claimed",
            "Built by https://git.example/pay/ledger/-/pipelines/4711"
        )
    );
    assert_eq!(builds[1].0, "missing");
    let by_push = of(&line, "push");
    assert_eq!(
        words(&line, "push"),
        [
            ("recorded", "Pushed by its digest, without a tag"),
            ("recorded", "Pushed as 1")
        ]
    );
    for push in &by_push {
        assert_eq!(push["repository"], "alice/app");
        assert_eq!(push["actor"], "alice");
        assert_eq!(push["credential"], "registry token");
        assert_eq!(push["address"], "127.0.0.1");
    }
    let scans = words(&line, "scan");
    assert!(
        scans.contains(&("recorded", "Scanned: nothing found")),
        "{scans:?}"
    );
    assert!(
        scans.contains(&("recorded", "Judged last: nothing found")),
        "{scans:?}"
    );
    let promotion = of(&line, "promotion");
    assert_eq!(promotion.len(), 1, "{promotion:?}");
    assert_eq!(
        promotion[0]["what"],
        "Promoted from alice/app:1 to alice/flask:1, by revision 1 of a policy"
    );
    assert_eq!(promotion[0]["revision"], 1);
    assert_eq!(of(&line, "signature")[0]["standing"], "missing");
    let pulls = of(&line, "pull");
    assert_eq!(pulls.len(), 1, "{pulls:?}");
    assert_eq!(
        (
            &pulls[0]["actor"],
            &pulls[0]["times"],
            &pulls[0]["repository"]
        ),
        (&json!("alice"), &json!(1), &json!("alice/app"))
    );
    // each station that was recorded is in the list of what happened
    let mut linked = 0;
    for station in line["stations"].as_array().unwrap() {
        let (Some(event), Some(place)) =
            (station["event"].as_str(), station["repository"].as_str())
        else {
            continue;
        };
        let path = format!("/api/v0/repositories/{place}/events?eventId={event}");
        let events = pusher.json(&path).await;
        let ids: Vec<&Value> = events["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["id"])
            .collect();
        assert_eq!(ids, [event], "{station}");
        linked += 1;
    }
    assert!(linked >= 4, "push, promotion and pull are linked: {linked}");
    let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).expect("a time");
    let times: Vec<OffsetDateTime> = line["stations"]
        .as_array()
        .unwrap()
        .iter()
        .skip(3)
        .filter_map(|station| station["at"].as_str().map(time))
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[tokio::test]
async fn nobody_is_told_more_than_elsewhere() {
    let (pusher, digest) = promoted().await;
    let app = &pusher.app;
    let open = json!({"visibility": "public"});
    let change = app
        .call("PATCH", "/api/v0/repositories/alice/flask")
        .by("alice");
    change.json(&open).send().await.expect(200);
    for who in ["bob", ""] {
        let line = line(app, who, "flask", &digest).await;
        let text = line.to_string();
        for secret in ["alice/app", "127.0.0.1", "registry token"] {
            assert!(!text.contains(secret), "{who} is told {secret}: {text}");
        }
        assert_eq!(of(&line, "pull")[0]["standing"], "hidden", "{who}");
        let what = "Promoted from a repository that you may not see to alice/flask:1, by revision 1 of a policy";
        assert_eq!(of(&line, "promotion")[0]["what"], what, "{who}");
        assert_eq!(of(&line, "promotion")[0]["event"].is_string(), who == "bob");
        let is_named = text.contains(r#""actor":"alice""#);
        assert_eq!(is_named, who == "bob", "{text}");
        let is_hidden = words(&line, "push")
            .iter()
            .any(|(standing, _)| *standing == "hidden");
        assert_eq!(is_hidden, who.is_empty(), "{text}");
    }
    let path = format!("/api/v0/repositories/alice/app/manifests/{digest}/custody");
    app.get(&path).by("bob").send().await.expect(404);
}

#[tokio::test]
async fn a_gap_is_a_station() {
    let pusher = Pusher::new().await;
    let digest = pusher.image("1", &config("amd64")).await.to_string();
    let app = &pusher.app;
    let connection = app.connection().await;
    sea_orm::ConnectionTrait::execute_unprepared(&connection, "DELETE FROM events")
        .await
        .unwrap();
    let shown = line(app, "alice", "app", "1").await;
    for kind in ["source", "build", "push", "scan", "signature", "pull"] {
        assert_eq!(
            of(&shown, kind)[0]["standing"],
            "missing",
            "{kind}: {shown}"
        );
    }
    assert!(of(&shown, "push")[0]["at"].is_string(), "{shown}");
    let what = of(&shown, "content")[0]["what"].as_str().unwrap();
    assert!(what.starts_with("2 layers, "), "{what}");
    // what is gone still has its record
    let other = pusher.image("2", &config("arm64")).await.to_string();
    for gone in [&digest, &other] {
        let path = format!("/api/v0/repositories/alice/app/manifests/{gone}");
        app.call("DELETE", &path)
            .by("alice")
            .send()
            .await
            .expect(204);
    }
    let shown = line(app, "alice", "app", &other).await;
    assert_eq!(words(&shown, "push"), [("recorded", "Pushed as 2")]);
    assert_eq!(of(&shown, "deletion")[0]["actor"], "alice");
    assert_eq!(of(&shown, "content")[0]["standing"], "missing");
    let never = format!("sha256:{}", "0".repeat(64));
    for (reference, status) in [(never.as_str(), 404), ("nothing", 404), ("1", 404)] {
        let path = format!("/api/v0/repositories/alice/app/manifests/{reference}/custody");
        let answer = app.get(&path).by("alice").send().await.expect(status);
        assert_eq!(answer.code(), "NO_SUCH_REF", "{reference}");
    }
}

#[tokio::test]
async fn what_was_not_promoted_and_what_was_found_stand_in_the_line() {
    let pusher = stage(&["flask"]).await;
    push(&pusher, "1", &[base()]).await;
    settle(&pusher).await;
    let line = line(&pusher.app, "alice", "app", "1").await;
    let scans = words(&line, "scan");
    assert!(
        scans.contains(&("recorded", "Scanned: 1 critical")),
        "{scans:?}"
    );
    assert!(
        scans.contains(&("recorded", "Judged last: 1 critical")),
        "{scans:?}"
    );
    assert_eq!(of(&line, "promotion").len(), 0);
}
