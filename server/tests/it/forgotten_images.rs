//! What is known of images that no repository has any more goes, and nothing else.

use db::scans::forget::{Forgotten, forget};
use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement};
use time::{Duration, OffsetDateTime};

use crate::{
    pusher::Pusher,
    scanning::{CRITICAL, base, debian, dpkg, load, push, scanned, tar},
};

/// On top of `base`: one package more.
fn more() -> Vec<u8> {
    let status = dpkg(&[("libssl3", "3.0.11-1~deb12u1"), ("zlib1g", "1.2.13")]);
    tar(&[("var/lib/dpkg/status", &status)])
}

async fn images(pusher: &Pusher) -> Vec<String> {
    let path = "/api/v0/imagescan/where?cve=CVE-2026-0001";
    let found = pusher.json(path).await;
    let found = found.as_array().unwrap().iter();
    found.map(|image| image["tags"].to_string()).collect()
}

pub(crate) async fn remove(pusher: &Pusher, tag: &str) {
    let tag = pusher
        .json(&format!("/api/v0/repositories/alice/app/tags/{tag}"))
        .await;
    let digest = tag[0]["digest"].as_str().unwrap();
    let path = format!("/api/v0/repositories/alice/app/manifests/{digest}");
    let answer = pusher.app.call("DELETE", &path).by("alice").send().await;
    assert!(answer.status.is_success(), "{answer:?}");
}

pub(crate) async fn rows(pusher: &Pusher, table: &str) -> i64 {
    let database = pusher.app.connection().await;
    let backend: DatabaseBackend = database.get_database_backend();
    let count = format!("SELECT COUNT(*) AS rows FROM {table}");
    let row = database
        .query_one_raw(Statement::from_string(backend, count))
        .await
        .unwrap()
        .unwrap();
    database.close().await.unwrap();
    row.try_get("", "rows").unwrap()
}

#[tokio::test]
async fn what_only_a_deleted_image_had_is_forgotten_and_found_again_when_it_is_pushed_again() {
    let pusher = scanned(&[base()]).await;
    push(&pusher, "v2", &[base(), more()]).await;
    let database = &pusher.app.state.db;
    load(
        &pusher.app,
        &[debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL))],
    )
    .await;
    let now = OffsetDateTime::now_utc();
    let later = now + Duration::days(2);
    assert_eq!(images(&pusher).await, [r#"["v2"]"#, r#"["v1"]"#]);
    let nothing = Forgotten::default();
    assert_eq!(
        forget(database, later).await.unwrap(),
        nothing,
        "both are there"
    );

    remove(&pusher, "v2").await;
    let gone = forget(database, now).await.unwrap();
    assert_eq!(
        gone,
        Forgotten {
            images: 1,
            chains: 1,
            components: 1,
            layers: 0,
            changes: 0,
        }
    );
    assert_eq!(rows(&pusher, "components").await, 1);
    assert_eq!(rows(&pusher, "layer_reports").await, 2);
    assert_eq!(forget(database, later).await.unwrap().layers, 1);
    assert_eq!(rows(&pusher, "layer_reports").await, 1);
    assert_eq!(images(&pusher).await, [r#"["v1"]"#]);

    push(&pusher, "v2", &[base(), more()]).await;
    server::scanning::settle(&pusher.app.state).await;
    assert_eq!(images(&pusher).await, [r#"["v2"]"#, r#"["v1"]"#]);
}

#[tokio::test]
async fn what_old_updates_changed_goes_by_their_age() {
    let pusher = Pusher::new().await;
    let connection = pusher.app.connection().await;
    for generation in 1..=33 {
        let time = "'2026-11-26 01:02:03+00:00'";
        for row in [
            format!(
                "advisory_generations (id, state, origin, file, started_by, started_at, alive_at, checked_at, sources, records, changed, \
                 refused, images) VALUES ({generation}, 'old', 'upload', 'x', 'admin', {time}, {time}, {time}, '{{}}', 0, 0, 0, 1)"
            ),
            format!(
                "image_changes (generation, image_id, critical, major, minor, unspecified) VALUES ({generation}, 7, 1, 0, 0, 0)"
            ),
        ] {
            let row = format!("INSERT INTO {row}");
            connection.execute_unprepared(&row).await.expect(&row);
        }
    }
    connection.close().await.unwrap();
    let gone = forget(&pusher.app.state.db, OffsetDateTime::now_utc()).await;
    assert_eq!(gone.unwrap().changes, 2);
    assert_eq!(rows(&pusher, "image_changes").await, 31);
}

#[tokio::test]
async fn while_an_image_is_scanned_nothing_goes_that_the_scan_may_need() {
    let pusher = scanned(&[base()]).await;
    let database = &pusher.app.state.db;
    let (now, worker) = (OffsetDateTime::now_utc(), uuid::Uuid::now_v7());
    push(&pusher, "v2", &[more()]).await;
    remove(&pusher, "v1").await;
    db::scans::queue::claim(database, worker, now)
        .await
        .unwrap()
        .expect("a scan");
    let gone = forget(database, now).await.unwrap();
    let images = Forgotten {
        images: 1,
        ..Forgotten::default()
    };
    assert_eq!(gone, images);
}
