//! The registry's keys: one until it is used, the next when it is wanted, and sealed.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, Statement, TryGetable as _};

use super::{
    GUN, Owner, SITE,
    client::{Key, file, targets},
    get, server_key, tuf, version,
};
use crate::util::TestApp;

#[tokio::test]
async fn a_key_is_the_same_until_it_is_rotated() {
    let app = TestApp::new().await;
    let mut owner = Owner::new(&app, GUN).await;
    for method in ["GET", "POST"] {
        let again = server_key(&app, method, GUN, "timestamp").await;
        assert_eq!(again.id(), owner.timestamp.id(), "it is pending");
    }
    assert_ne!(owner.timestamp.id(), owner.snapshot.id());
    let parts = [
        ("root", owner.root_file(1)),
        ("targets", owner.targets_file(1, &[])),
    ];
    owner.publish(&app, &parts).await.expect(200);
    let next = server_key(&app, "POST", GUN, "timestamp").await;
    assert_ne!(next.id(), owner.timestamp.id());
    assert_eq!(
        server_key(&app, "POST", GUN, "timestamp").await.id(),
        next.id()
    );
    // Until a root names it, the old one counts.
    assert_eq!(
        server_key(&app, "GET", GUN, "timestamp").await.id(),
        owner.timestamp.id()
    );
    owner
        .publish(&app, &[("targets", owner.targets_file(2, &[]))])
        .await
        .expect(200);
    let old = owner.timestamp.id();
    owner.timestamp = next;
    owner
        .publish(&app, &[("root", owner.root_file(2))])
        .await
        .expect(200);
    let timestamp = get(&app, GUN, "timestamp.json").await.expect(200).json();
    assert_eq!(timestamp["signatures"][0]["keyid"], owner.timestamp.id());
    assert_ne!(timestamp["signatures"][0]["keyid"], old);
    assert_eq!(
        server_key(&app, "GET", GUN, "timestamp").await.id(),
        owner.timestamp.id()
    );
}

#[tokio::test]
async fn all_four_keys_are_rotated() {
    let app = TestApp::new().await;
    let mut owner = Owner::published(&app, GUN).await;
    owner.snapshot = server_key(&app, "POST", GUN, "snapshot").await;
    owner.timestamp = server_key(&app, "POST", GUN, "timestamp").await;
    owner.targets = Key::ecdsa();
    // The targets' new key has to have signed them.
    let refused = owner.refused(&app, &[("root", owner.root_file(2))]).await;
    assert!(refused.contains("ErrBadTargets"), "{refused}");
    let parts = [
        ("root", owner.root_file(2)),
        ("targets", owner.targets_file(2, &[("v1", "one")])),
    ];
    owner.publish(&app, &parts).await.expect(200);
    let old = std::mem::replace(&mut owner.root, Key::ecdsa().certified(GUN));
    let both = file(&owner.root_signed(3), &[&old, &owner.root]);
    let alone = owner.refused(&app, &[("root", owner.root_file(3))]).await;
    assert!(alone.contains("could not rotate trust"), "{alone}");
    owner.publish(&app, &[("root", both)]).await.expect(200);
    for old in 1..=3 {
        get(&app, GUN, &format!("{old}.root.json"))
            .await
            .expect(200);
    }
    assert_eq!(version(&app, GUN, "timestamp").await, 3);
}

#[tokio::test]
async fn a_client_keeps_the_snapshots_key_and_gives_it_away() {
    let app = TestApp::new().await;
    let mut owner = Owner::new(&app, GUN).await;
    let held = std::mem::replace(&mut owner.snapshot, Key::ecdsa());
    let (root, targets_file) = (owner.root_file(1), owner.targets_file(1, &[]));
    let parts = [("root", root.clone()), ("targets", targets_file.clone())];
    let refused = super::said(&owner.publish(&app, &parts).await);
    assert!(
        refused.starts_with("400 INVALID_UPDATE ErrBadHierarchy: no snapshot was included"),
        "{refused}"
    );
    let signed = super::client::snapshot(1, &[("root", &root), ("targets", &targets_file)]);
    let snapshot = file(&signed, &[&owner.snapshot]);
    let parts = [
        ("root", root),
        ("targets", targets_file),
        ("snapshot", snapshot),
    ];
    owner.publish(&app, &parts).await.expect(200);
    owner.snapshot = held;
    owner
        .publish(&app, &[("root", owner.root_file(2))])
        .await
        .expect(200);
    assert_eq!(version(&app, GUN, "snapshot").await, 2);
}

#[tokio::test]
async fn a_key_of_one_collection_signs_no_other() {
    let app = TestApp::new().await;
    let one = Owner::new(&app, GUN).await;
    let mut two = Owner::new(&app, SITE).await;
    assert_ne!(one.timestamp.id(), two.timestamp.id());
    two.timestamp = one.timestamp.clone();
    let parts = [
        ("root", two.root_file(1)),
        ("targets", file(&targets(1, &[]), &[&two.targets])),
    ];
    assert_eq!(
        super::said(&two.publish(&app, &parts).await),
        "400 INVALID_UPDATE ErrBadRoot: no timestamp keys exist on the server"
    );
}

async fn sealed(app: &TestApp) -> Vec<(String, String)> {
    let connection = app.connection().await;
    let statement = Statement::from_string(
        connection.get_database_backend(),
        "SELECT sealed, sealed_with FROM trust_keys ORDER BY id",
    );
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| {
            (
                String::try_get_by_index(row, 0).unwrap(),
                String::try_get_by_index(row, 1).unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn private_keys_are_sealed_with_the_configured_key() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [3; 32]).unwrap();
    let app = TestApp::with(&[("PLIMSOLL_TRUST_KEY", file.path().to_str().unwrap())]).await;
    let owner = Owner::published(&app, GUN).await;
    let rows = sealed(&app).await;
    assert_eq!(rows.len(), 2);
    for (kept, with) in &rows {
        assert!(kept.starts_with("sealed:") && with.len() == 16, "{with}");
    }
    // Another process with the same configuration signs with them.
    let other = app.replica().await;
    owner
        .publish(&other, &[("targets", owner.targets_file(2, &[]))])
        .await
        .expect(200);
    // A row is good for its own place only.
    let connection = app.connection().await;
    connection
        .execute_unprepared("UPDATE trust_keys SET sealed = (SELECT sealed FROM trust_keys WHERE role = 'snapshot') WHERE role = 'timestamp'")
        .await
        .unwrap();
    let answer = owner
        .publish(&app, &[("targets", owner.targets_file(3, &[]))])
        .await
        .expect(500);
    assert_eq!(answer.code(), "UNKNOWN");
    assert_eq!(version(&app, GUN, "targets").await, 2);
}

#[tokio::test]
async fn keys_are_sealed_anew_when_a_key_is_configured() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    let before = sealed(&app).await;
    assert!(before.iter().all(|(_, with)| with == "database"));
    server::trust::reseal(&app.state).await;
    assert_eq!(sealed(&app).await, before);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [3; 32]).unwrap();
    let configured = app
        .restarted(&[("PLIMSOLL_TRUST_KEY", file.path().to_str().unwrap())])
        .await;
    owner
        .publish(&configured, &[("targets", owner.targets_file(2, &[]))])
        .await
        .expect(200);
    server::trust::reseal(&configured.state).await;
    assert!(
        sealed(&app)
            .await
            .iter()
            .all(|(_, with)| with != "database")
    );
    owner
        .publish(&configured, &[("targets", owner.targets_file(3, &[]))])
        .await
        .expect(200);
    // Who does not know the key signs nothing, and serves what there is.
    let answer = owner
        .publish(&app, &[("targets", owner.targets_file(4, &[]))])
        .await;
    assert_eq!(answer.expect(500).code(), "UNKNOWN");
    get(&app, GUN, "timestamp.json").await.expect(200);
}

#[tokio::test]
async fn the_key_that_seals_is_changed_for_another() {
    let file = |byte: u8| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [byte; 32]).unwrap();
        file
    };
    let (a, b) = (file(1), file(2));
    let [a, b] = [&a, &b].map(|file| file.path().to_str().unwrap());
    let app = TestApp::with(&[("PLIMSOLL_TRUST_KEY", a)]).await;
    let owner = Owner::published(&app, GUN).await;
    let with = async || {
        let all = sealed(&app).await.into_iter();
        all.map(|(_, with)| with).collect::<BTreeSet<_>>()
    };
    let before = with().await;
    let both = [
        ("PLIMSOLL_TRUST_KEY", b),
        ("PLIMSOLL_TRUST_PREVIOUS_KEY", a),
    ];
    let changed = app.restarted(&both).await;
    let next = [("targets", owner.targets_file(2, &[]))];
    owner.publish(&changed, &next).await.expect(200);
    assert_eq!(with().await, before, "not sealed anew yet");
    server::trust::reseal(&changed.state).await;
    let after = with().await;
    assert!(after.is_disjoint(&before), "{after:?}");
    let alone = app.restarted(&[("PLIMSOLL_TRUST_KEY", b)]).await;
    let next = [("targets", owner.targets_file(3, &[]))];
    owner.publish(&alone, &next).await.expect(200);
}

#[tokio::test]
async fn no_more_keys_are_kept_than_a_client_can_need() {
    let app = TestApp::new().await;
    let mut owner = Owner::published(&app, GUN).await;
    for number in 2..70 {
        owner.timestamp = server_key(&app, "POST", GUN, "timestamp").await;
        owner
            .publish(&app, &[("root", owner.root_file(number))])
            .await
            .expect(200);
    }
    assert!(sealed(&app).await.len() <= 65);
    let key = app
        .get(&tuf(GUN, "snapshot.key"))
        .by("alice")
        .send()
        .await
        .expect(200);
    assert_eq!(super::key(&key).id(), owner.snapshot.id());
}
