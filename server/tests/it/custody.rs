//! The chain of custody of a digest: every station with who, when and why, gaps said as such, and nothing that the caller is not told
//! elsewhere.

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

const KEY: &str = "/api/v0/events/key";
const CHECKPOINT: &str = "/api/v0/events/checkpoint";

/// Seals everything that happened.
async fn seal(app: &TestApp) {
    let later = time::OffsetDateTime::now_utc() + time::Duration::minutes(1);
    server::custody::seal(&app.state, later).await;
}

async fn key(app: &TestApp) -> evidence::PublicKey {
    let key = app.get(KEY).send().await.expect(200).json();
    evidence::PublicKey::from_pem(key["publicKey"].as_str().unwrap()).unwrap()
}

async fn noted(app: &TestApp) -> evidence::Anchor {
    let latest = app
        .get(CHECKPOINT)
        .by("bob")
        .send()
        .await
        .expect(200)
        .json();
    latest["note"].as_str().unwrap().parse().unwrap()
}

async fn bundle(app: &TestApp, who: &str, name: &str, query: &str) -> evidence::Bundle {
    let path = format!("/api/v0/repositories/alice/{name}/manifests/1/custody/bundle{query}");
    let answer = app.get(&path).by(who).send().await.expect(200);
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment; filename=\"evidence-sha256-")
    );
    evidence::Bundle::read(&answer.body).unwrap()
}

async fn sql(app: &TestApp, statement: &str) -> u64 {
    let connection = app.connection().await;
    let done = sea_orm::ConnectionTrait::execute_unprepared(&connection, statement).await;
    done.unwrap().rows_affected()
}

fn said(
    bundle: &evidence::Bundle,
    key: &evidence::PublicKey,
    noted: evidence::Anchor,
) -> Vec<String> {
    let report = bundle.verify(key, Some(noted));
    report.problems.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn evidence_is_verified_without_the_registry_and_names_what_was_changed_in_the_database() {
    let (pusher, _) = promoted().await;
    let app = &pusher.app;
    app.get(CHECKPOINT).by("bob").send().await.expect(404);
    let young = bundle(app, "alice", "flask", "").await;
    assert_eq!(
        said_of(&young, &key(app).await),
        ["there is no checkpoint: nothing is proved"]
    );
    seal(app).await;
    seal(app).await;
    let noted = noted(app).await;
    assert_eq!(noted.number, 1, "what is sealed is not sealed twice");
    let key = key(app).await;
    let whole = bundle(app, "alice", "flask", "").await;
    let report = whole.verify(&key, Some(noted));
    assert_eq!(report.problems, []);
    assert_eq!(report.proved, whole.records.len());
    assert!(
        report.proved >= 5,
        "by_push, scans, promotion, pull: {}",
        report.proved
    );
    assert_eq!((report.withheld, report.young.len()), (0, 0));

    let push = whole
        .records
        .iter()
        .find(|record| record.record["type"] == "CREATE")
        .unwrap();
    let id = push.id().to_owned();
    // one who has the database says that somebody else did it
    let quoted = uuid_in_sql(app, &id);
    assert_eq!(
        sql(
            app,
            &format!("UPDATE events SET actor = 'bob' WHERE id = {quoted}")
        )
        .await,
        1
    );
    let changed = bundle(app, "alice", "flask", "").await;
    let expected =
        format!("the record {id} is not as checkpoint 1 sealed it: it was changed or moved");
    assert_eq!(said(&changed, &key, noted), [expected]);
    // or that nobody did
    assert_eq!(
        sql(app, &format!("DELETE FROM events WHERE id = {quoted}")).await,
        1
    );
    let without = bundle(app, "alice", "flask", "").await;
    let expected = format!("the record {id} was sealed by checkpoint 1 and is gone");
    assert_eq!(said(&without, &key, noted), [expected]);
    // and has it forgotten that there was a checkpoint: only who noted it sees that
    sql(app, "DELETE FROM event_checkpoints").await;
    seal(app).await;
    let anew = bundle(app, "alice", "flask", "?checkpoint=1").await;
    assert_eq!(anew.verify(&key, None).problems, []);
    assert_eq!(
        said(&anew, &key, noted),
        ["checkpoint 1 was another one when it was noted: the chain was made anew"]
    );
}

fn said_of(bundle: &evidence::Bundle, key: &evidence::PublicKey) -> Vec<String> {
    let first = bundle.verify(key, None).problems.into_iter().take(1);
    first.map(|problem| problem.to_string()).collect()
}

/// How the database has an id.
fn uuid_in_sql(app: &TestApp, id: &str) -> String {
    if app.schema.is_some() {
        format!("'{id}'")
    } else {
        format!("X'{}'", id.replace('-', ""))
    }
}

#[tokio::test]
async fn events_that_come_to_light_late_are_sealed_by_the_next_checkpoint_and_the_chain_leads_back()
{
    let (pusher, _) = promoted().await;
    let app = &pusher.app;
    for number in 0..20 {
        push(
            &pusher,
            &format!("x{number}"),
            &[clean(&number.to_string())],
        )
        .await;
        seal(app).await;
    }
    let key = key(app).await;
    let first = noted(app).await;
    assert!(first.number >= 20, "{first}");
    let whole = bundle(app, "alice", "app", "?checkpoint=3").await;
    assert_eq!(whole.verify(&key, Some(first)).problems, []);
    let numbers: Vec<u64> = whole
        .checkpoints
        .iter()
        .map(|sealed| sealed.checkpoint.number)
        .collect();
    assert!(numbers.contains(&3) && numbers.len() < 16, "{numbers:?}");
    // an event whose transaction was long: its id is before those that are sealed
    let of = &whole.records[0].record["id"];
    let id = uuid_in_sql(app, of.as_str().unwrap());
    let late = uuid_in_sql(app, &uuid_after(of.as_str().unwrap()));
    let columns = "actor_id, actor, credential, kind, object_type, object_id, object, target_type, target_id, target, address, reason, detail, repository_id, request_id, digest";
    let copy = format!(
        "INSERT INTO events (id, {columns}) SELECT {late}, {columns} FROM events WHERE id = {id}"
    );
    assert_eq!(sql(app, &copy).await, 1);
    seal(app).await;
    let report = bundle(app, "alice", "app", "")
        .await
        .verify(&key, Some(noted(app).await));
    assert_eq!(report.problems, []);
}

/// The id after it.
fn uuid_after(id: &str) -> String {
    let (front, last) = id.split_at(id.len() - 2);
    let last = u8::from_str_radix(last, 16).unwrap().wrapping_add(1);
    format!("{front}{last:02x}")
}

#[tokio::test]
async fn evidence_leaves_out_what_is_not_told_to_who_downloads_it() {
    let (pusher, _) = promoted().await;
    let app = &pusher.app;
    let made = app.call("POST", "/api/v0/repositories/bob").by("bob");
    made.json(&json!({"name": "prod"})).send().await.expect(201);
    let promote = app
        .call("POST", "/api/v0/repositories/alice/app/tags/1/promotion")
        .by("admin");
    let form = json!({"targetRepository": "bob/prod", "targetTag": "1"});
    promote.json(&form).send().await.expect(201);
    seal(app).await;
    let path = "/api/v0/repositories/bob/prod/manifests/1/custody/bundle";
    let get = async || {
        let answer = app.get(path).by("bob").send().await.expect(200);
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        (evidence::Bundle::read(&answer.body).unwrap(), text)
    };
    // bob may not see where it came from
    let (hidden, text) = get().await;
    assert!(!text.contains("alice"), "{text}");
    assert_eq!(hidden.verify(&key(app).await, None).problems, []);
    assert_eq!(
        (hidden.records.len(), hidden.withheld.len()),
        (1, 0),
        "the tag that came"
    );
    // and then sees what was done there, but neither from where nor with what
    let change = app
        .call("PATCH", "/api/v0/repositories/alice/app")
        .by("alice");
    change
        .json(&json!({"visibility": "public"}))
        .send()
        .await
        .expect(200);
    let (seen, text) = get().await;
    assert!(
        text.contains("alice/app") && !text.contains("registry token"),
        "{text}"
    );
    let report = seen.verify(&key(app).await, None);
    assert_eq!(report.problems, []);
    assert!(report.withheld >= 3, "two by_push and a scan: {report:?}");
    app.get(path).by("alice").send().await.expect(404);
    app.get(path).send().await.expect(404);

    let events = app.get("/api/v0/events?objectType=events").by("admin");
    let events = events.send().await.expect(200).json();
    let event = &events["events"][0];
    assert_eq!(
        (&event["type"], &event["actor"]),
        (&json!("GET"), &json!("bob")),
        "{event}"
    );
    assert!(
        event["object"]["name"]
            .as_str()
            .unwrap()
            .starts_with("evidence of sha256:")
    );
}
