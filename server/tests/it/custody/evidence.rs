//! The line as evidence to take away: what is proved by it, and what of it is found to be changed.

use serde_json::json;

use super::promoted;
use crate::{promotion::clean, scanning::push, util::TestApp};

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
