//! When data is fetched: every day at 03:00 UTC, when somebody asks, and never in offline mode; by one replica.

use std::sync::Arc;

use serde_json::json;
use time::{Duration, macros::datetime};
use tokio::sync::Semaphore;

use super::{Bucket, Reply, SETTINGS, ask, fetch, fetched_once, set, shared, status, updates};
use crate::{
    scanning::{bundle, debian},
    util::TestApp,
};

#[tokio::test]
async fn the_day_has_one_fetch() {
    let app = TestApp::new().await;
    let bucket = Bucket::new().await;
    bucket.publish("Debian", &[debian("CVE-2026-0001", "1", None)]);
    let tick = async |now| {
        server::scanning::online::tick(&app.state, now).await;
        server::scanning::settle(&app.state).await;
        bucket.asked().len()
    };
    let noon = datetime!(2026-11-26 12:00 UTC);
    assert_eq!(tick(noon).await, 0, "it is offline at first");
    set(&app, &json!({"url": bucket.url, "ecosystems": ["Debian"]})).await;
    assert_eq!(tick(noon).await, 1, "it never was fetched");
    assert_eq!(updates(&app).await[0]["startedBy"], "schedule");
    assert_eq!(tick(noon + Duration::HOUR).await, 0);
    assert_eq!(tick(datetime!(2026-11-27 02:59 UTC)).await, 0);
    assert_eq!(tick(datetime!(2026-11-27 03:00 UTC)).await, 1);
    assert_eq!(tick(datetime!(2026-11-27 03:01 UTC)).await, 0);
    let off = json!({"scanningSyncOnline": false});
    app.call("POST", SETTINGS)
        .by("admin")
        .json(&off)
        .send()
        .await
        .expect(202);
    assert_eq!(tick(datetime!(2026-12-27 03:01 UTC)).await, 0);
    let events = app
        .get("/api/v0/events?limit=100")
        .by("admin")
        .send()
        .await
        .expect(200);
    let events = events.json();
    let all = events["events"].as_array().unwrap().iter();
    let brought: Vec<_> = all
        .filter(|event| event["actor"] == "scanner" && event["type"] == "CREATE")
        .collect();
    assert_eq!(brought.len(), 1, "{events}");
}

#[tokio::test]
async fn offline_mode_fetches_nothing_and_only_administrators_ask() {
    let app = TestApp::new().await;
    let bucket = Bucket::new().await;
    bucket.publish("Debian", &[debian("CVE-2026-0001", "1", None)]);
    let form = json!({"vulnerabilitySource": {"url": bucket.url, "ecosystems": ["Debian"]}});
    app.call("POST", SETTINGS)
        .by("admin")
        .json(&form)
        .send()
        .await
        .expect(202);
    let refused = ask(&app, "admin").await.expect(400);
    assert!(
        refused.message().contains("scanningSyncOnline"),
        "{}",
        refused.message()
    );
    assert!(status(&app).await.get("online").is_none());
    set(&app, &json!({})).await;
    ask(&app, "alice").await.expect(403);
    app.call("PUT", super::NOW).send().await.expect(401);
    server::scanning::settle(&app.state).await;
    assert!(bucket.asked().is_empty() && updates(&app).await.is_empty());
    assert_eq!(fetch(&app).await["online"]["outcome"], "updated");
}

#[tokio::test]
async fn a_fetch_tells_how_far_it_is_and_nobody_else_begins_one() {
    let app = TestApp::new().await;
    let (bucket, _) = fetched_once(&app).await;
    bucket.remove("Debian/modified_id.csv");
    bucket.put(
        "Debian/all.zip",
        Reply::File(bundle(&[debian("CVE-2026-0005", "1", None)])),
    );
    let allowed = Arc::new(Semaphore::new(0));
    let zip = bundle(&[shared("GHSA-9", super::TUESDAY, &["npm"])]);
    bucket.remove("npm/modified_id.csv");
    bucket.put("npm/all.zip", Reply::Later(Arc::clone(&allowed), zip));
    bucket.asked();
    ask(&app, "admin").await.expect(200);
    while !bucket
        .asked()
        .iter()
        .any(|path| path.starts_with("npm/all.zip"))
    {
        tokio::task::yield_now().await;
    }
    let replica = app.replica().await;
    let told = status(&replica).await;
    assert_eq!(told["state"], 2, "{told}");
    let fetching = &told["online"]["fetching"];
    assert_eq!(
        (
            &fetching["stage"],
            &fetching["ecosystem"],
            &fetching["number"],
            &fetching["of"]
        ),
        (&json!("fetching"), &json!("npm"), &json!(2), &json!(2))
    );
    assert!(fetching["bytes"].as_u64().unwrap() > 0, "{told}");
    ask(&replica, "admin").await.expect(409);
    server::scanning::online::tick(&replica.state, datetime!(2126-11-26 12:00 UTC)).await;
    server::scanning::settle(&replica.state).await;
    allowed.add_permits(1);
    server::scanning::settle(&app.state).await;
    let after = status(&app).await;
    assert_eq!(
        (&after["state"], &after["db_version"]),
        (&json!(1), &json!(2))
    );
    assert!(after["online"].get("fetching").is_none(), "{after}");
    assert_eq!(updates(&app).await.len(), 2);
}
