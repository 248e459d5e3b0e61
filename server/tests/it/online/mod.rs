//! Vulnerability data that is fetched, from a place on loopback.

mod bucket;
mod hostile;
mod schedule;
mod settings;
mod ways;

use serde_json::{Value, json};

use self::bucket::{Bucket, Reply};
use crate::{
    scanning::{CRITICAL, base, bundle, debian, scanned, upload},
    util::{Answer, TestApp},
};

const SETTINGS: &str = "/api/v0/meta/settings";
const NOW: &str = "/api/v0/imagescan/scan/update?online=true";

async fn set(app: &TestApp, source: &Value) {
    let form = json!({"scanningSyncOnline": true, "vulnerabilitySource": source});
    let call = app.call("POST", SETTINGS).by("admin").json(&form);
    call.send().await.expect(202);
}

async fn ask(app: &TestApp, who: &str) -> Answer {
    app.call("PUT", NOW).by(who).send().await
}

/// Fetches, and answers the status.
async fn fetch(app: &TestApp) -> Value {
    ask(app, "admin").await.expect(200);
    server::scanning::settle(&app.state).await;
    status(app).await
}

async fn status(app: &TestApp) -> Value {
    let path = "/api/v0/imagescan/status";
    app.get(path).by("alice").send().await.expect(200).json()
}

/// The updates, the newest first.
async fn updates(app: &TestApp) -> Vec<Value> {
    let path = "/api/v0/imagescan/updates";
    let answer = app.get(path).by("admin").send().await.expect(200).json();
    answer.as_array().unwrap().clone()
}

/// A record about a package that several ecosystems have.
fn shared(id: &str, modified: &str, ecosystems: &[&str]) -> Value {
    let affected: Vec<Value> = ecosystems
        .iter()
        .map(|ecosystem| {
            json!({"package": {"ecosystem": ecosystem, "name": "left-pad"}, "versions": ["1.0.0"]})
        })
        .collect();
    json!({"id": id, "modified": modified, "affected": affected})
}

fn at(mut record: Value, modified: &str) -> Value {
    record["modified"] = json!(modified);
    record
}

const MONDAY: &str = "2026-11-23T00:00:00Z";
const TUESDAY: &str = "2026-11-24T00:00:00.5Z";

/// A bucket with two ecosystems, one of which says nothing about the images here, and a registry that fetches from it.
async fn fetched_once(app: &TestApp) -> (Bucket, Vec<Value>) {
    let bucket = Bucket::new().await;
    let known = vec![
        debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL)),
        at(debian("CVE-2026-0002", "3.0.14-1", None), MONDAY),
    ];
    bucket.publish("Debian", &known);
    bucket.publish("npm", &[shared("GHSA-1", MONDAY, &["npm", "PyPI"])]);
    set(
        app,
        &json!({"url": bucket.url, "ecosystems": ["npm", "Debian"]}),
    )
    .await;
    let status = fetch(app).await;
    assert_eq!(
        status["online"]["outcome"],
        "updated",
        "{:?}",
        updates(app).await
    );
    assert_eq!(bucket.asked(), ["Debian/all.zip 200", "npm/all.zip 200"]);
    (bucket, known)
}

#[tokio::test]
async fn what_is_fetched_is_judged_by_and_what_is_known_is_not_fetched_again() {
    let pusher = scanned(&[base()]).await;
    let app = &pusher.app;
    let (bucket, _) = fetched_once(app).await;
    let tags = pusher.json(crate::pusher::TAGS).await;
    assert_eq!(tags[0]["vuln_summary"]["critical"], 1, "{tags}");
    let first = &updates(app).await[0];
    assert_eq!(
        (&first["origin"], &first["file"], &first["startedBy"]),
        (&json!("online"), &json!(bucket.url), &json!("admin"))
    );
    assert_eq!(first["sources"], json!({"Debian": 2, "npm": 1}));

    let status = fetch(app).await;
    assert_eq!(status["online"]["outcome"], "unchanged");
    assert_eq!(
        (&status["db_version"], &status["state"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(status["lastDBUpdateFailed"], false);
    assert!(status["online"]["lastAt"].is_string() && status["online"]["nextAt"].is_string());
    assert_eq!(updates(app).await.len(), 1);
    let asked = bucket.asked();
    assert_eq!(
        asked,
        ["Debian/modified_id.csv 200", "npm/modified_id.csv 200"]
    );

    // a place that does not say what changed
    bucket.remove("Debian/modified_id.csv");
    bucket.remove("npm/modified_id.csv");
    assert_eq!(fetch(app).await["online"]["outcome"], "unchanged");
    let asked = bucket.asked();
    assert_eq!(asked[0], "Debian/all.zip 304");
    assert_eq!(asked[2], "npm/all.zip 304");
}

#[tokio::test]
async fn what_changed_comes_alone_and_the_rest_stays() {
    let pusher = scanned(&[base()]).await;
    let app = &pusher.app;
    let (bucket, mut known) = fetched_once(app).await;
    // one is new, one says something else, one was taken back
    known.push(at(
        debian("CVE-2026-0003", "3.0.14-1", Some(CRITICAL)),
        TUESDAY,
    ));
    known[1]["severity"] = json!([{"type": "CVSS_V3", "score": CRITICAL}]);
    known[1]["modified"] = json!(TUESDAY);
    bucket.publish("Debian", &known);
    let status = fetch(app).await;
    assert_eq!(status["online"]["outcome"], "updated");
    assert_eq!(
        bucket.asked(),
        [
            "Debian/DEBIAN-CVE-2026-0002.json 200",
            "Debian/DEBIAN-CVE-2026-0003.json 200",
            "Debian/modified_id.csv 200",
            "npm/modified_id.csv 200"
        ]
    );
    let second = &updates(app).await[0];
    assert_eq!(
        (&second["records"], &second["changed"]),
        (&json!(4), &json!(2))
    );
    let critical =
        async || pusher.json(crate::pusher::TAGS).await[0]["vuln_summary"]["critical"].clone();
    assert_eq!(critical().await, 3);

    let mut withdrawn = at(known[0].clone(), "2026-11-25T00:00:00Z");
    withdrawn["withdrawn"] = json!("2026-11-25T00:00:00Z");
    known[0] = withdrawn;
    bucket.publish("Debian", &known);
    assert_eq!(fetch(app).await["db_version"], 3);
    assert_eq!(critical().await, 2);
    assert_eq!(fetch(app).await["online"]["outcome"], "unchanged");
}

#[tokio::test]
async fn an_ecosystem_that_comes_whole_ends_what_it_has_no_more_and_nothing_of_others() {
    let app = TestApp::new().await;
    let (bucket, known) = fetched_once(&app).await;
    bucket.remove("Debian/modified_id.csv");
    bucket.put("Debian/all.zip", Reply::File(bundle(&known[..1])));
    assert_eq!(fetch(&app).await["online"]["outcome"], "updated");
    let second = &updates(&app).await[0];
    assert_eq!(
        (&second["records"], &second["changed"]),
        (&json!(2), &json!(1))
    );

    // a record that lies with two ecosystems is one, whichever of them comes
    let both = [shared("GHSA-1", MONDAY, &["npm", "PyPI"])];
    bucket.publish(
        "PyPI",
        &[both[0].clone(), shared("PYSEC-1", MONDAY, &["PyPI"])],
    );
    set(&app, &json!({"ecosystems": ["Debian", "PyPI", "npm"]})).await;
    fetch(&app).await;
    bucket.remove("npm/modified_id.csv");
    bucket.put(
        "npm/all.zip",
        Reply::File(bundle(&[
            both[0].clone(),
            shared("GHSA-2", MONDAY, &["npm"]),
        ])),
    );
    fetch(&app).await;
    let last = &updates(&app).await[0];
    assert_eq!(
        (&last["records"], &last["changed"]),
        (&json!(4), &json!(1)),
        "{last}"
    );
}

#[tokio::test]
async fn after_an_upload_everything_is_fetched_once() {
    let app = TestApp::new().await;
    let (bucket, known) = fetched_once(&app).await;
    upload(&app, "admin", &bundle(&known[..1]))
        .await
        .expect(200);
    server::scanning::settle(&app.state).await;
    assert_eq!(fetch(&app).await["online"]["outcome"], "updated");
    assert_eq!(bucket.asked(), ["Debian/all.zip 200", "npm/all.zip 200"]);
    assert_eq!(updates(&app).await[0]["records"], 3);
    // and from another place too
    let other = Bucket::new().await;
    other.publish("Debian", &known);
    set(&app, &json!({"url": other.url, "ecosystems": ["Debian"]})).await;
    assert_eq!(fetch(&app).await["online"]["outcome"], "unchanged");
    assert_eq!(other.asked(), ["Debian/all.zip 200"]);
    assert!(bucket.asked().is_empty());
}
