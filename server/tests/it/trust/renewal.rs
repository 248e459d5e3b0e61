//! Timestamps and snapshots are signed again before they expire; the tests hold the clock.

use time::{Duration, OffsetDateTime};

use super::{
    GUN, Owner,
    client::{Key, NOW, file},
    tuf,
};
use crate::util::TestApp;

async fn version_at(app: &TestApp, role: &str, now: OffsetDateTime) -> i64 {
    let call = app
        .get(&tuf(GUN, &format!("{role}.json")))
        .by("alice")
        .at(now);
    let answer = call.send().await.expect(200);
    answer.json()["signed"]["version"].as_i64().unwrap()
}

#[tokio::test]
async fn who_asks_late_gets_a_fresh_timestamp() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    assert_eq!(
        version_at(&app, "timestamp", NOW + Duration::days(10)).await,
        1
    );
    let late = NOW + Duration::days(11);
    for _ in 0..2 {
        assert_eq!(version_at(&app, "timestamp", late).await, 2);
        assert_eq!(version_at(&app, "snapshot", late).await, 1);
    }
    // Long after everything that the registry signs has expired, too.
    let much_later = NOW + Duration::days(1000);
    assert_eq!(version_at(&app, "snapshot", much_later).await, 2);
    assert_eq!(version_at(&app, "timestamp", much_later).await, 3);
    // What has a fixed name is never made anew.
    let old = app
        .get(&tuf(GUN, "1.timestamp.json"))
        .by("alice")
        .at(much_later)
        .send()
        .await;
    assert_eq!(old.expect(200).json()["signed"]["version"], 1);
}

#[tokio::test]
async fn what_is_due_is_signed_each_hour() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    server::trust::renew_due(&app.state, NOW + Duration::days(10)).await;
    assert_eq!(version_at(&app, "timestamp", NOW).await, 1);
    let late = NOW + Duration::days(11);
    server::trust::renew_due(&app.state, late).await;
    server::trust::renew_due(&app.state, late).await;
    assert_eq!(version_at(&app, "timestamp", NOW).await, 2);
    let parts = [("targets", owner.targets_file(2, &[]))];
    owner.publish_at(&app, &parts, late).await.expect(200);
    assert_eq!(version_at(&app, "timestamp", late).await, 3);
}

#[tokio::test]
async fn two_who_sign_again_at_once() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    let other = app.replica().await;
    let late = NOW + Duration::days(11);
    let versions = tokio::join!(
        version_at(&app, "timestamp", late),
        version_at(&other, "timestamp", late)
    );
    assert_eq!(versions, (2, 2));
}

#[tokio::test]
async fn what_cannot_be_signed_again_is_served() {
    let app = TestApp::new().await;
    let mut owner = Owner::new(&app, GUN).await;
    owner.snapshot = Key::ecdsa();
    let (root, targets) = (owner.root_file(1), owner.targets_file(1, &[]));
    let signed = super::client::snapshot(1, &[("root", &root), ("targets", &targets)]);
    let snapshot = file(&signed, &[&owner.snapshot]);
    let parts = [("root", root), ("targets", targets), ("snapshot", snapshot)];
    owner.publish(&app, &parts).await.expect(200);
    // The client has the snapshot's key: only the timestamp is renewed.
    let late = NOW + Duration::days(1000);
    assert_eq!(version_at(&app, "snapshot", late).await, 1);
    assert_eq!(version_at(&app, "timestamp", late).await, 2);
    // The root has expired: nothing is.
    let too_late = NOW + Duration::days(2000);
    assert_eq!(version_at(&app, "timestamp", too_late).await, 2);
    server::trust::renew_due(&app.state, too_late + Duration::days(1)).await;
    assert_eq!(version_at(&app, "timestamp", too_late).await, 2);
}
