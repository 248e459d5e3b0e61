//! A file that a package installed in one image is recognised by its content in another, whatever it is called there.

use api::scan::status;
use db::scans::forget::forget;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{CRITICAL, OS, SUMMARY, debian, dpkg, load, push, scanned, tar};
use crate::{
    forgotten_images::{remove, rows},
    pusher::Pusher,
};

const LIBRARY: &str =
    "\x7fELF and, to be long enough for a header, inflate 1.2.13 Copyright 1995-2022 and more";
const MD5: &str = "6695a245545d4bb42e7b58ea3bfa8efb";

/// A Debian whose libssl3 owns the library.
fn debian_base() -> Vec<u8> {
    let status = dpkg(&[("libssl3", "3.0.11-1~deb12u1")]);
    let sums = format!("{MD5}  usr/lib/libssl.so.3\n");
    tar(&[
        OS,
        ("var/lib/dpkg/status", &status),
        ("var/lib/dpkg/info/libssl3.md5sums", &sums),
        ("usr/lib/libssl.so.3", LIBRARY),
    ])
}

/// An Alpine with a copy of it that nobody owns.
fn copied() -> Vec<u8> {
    tar(&[
        ("etc/os-release", "ID=alpine\nVERSION_ID=3.20.3\n"),
        ("srv/plugin.bin", LIBRARY),
    ])
}

async fn libssl(pusher: &Pusher) -> Option<Value> {
    let image = &pusher.json(SUMMARY).await[0]["scannedImage"];
    let mut components = image["components"].as_array().unwrap().iter();
    components.find(|one| one["name"] == "libssl3").cloned()
}

async fn scan_again(pusher: &Pusher) {
    let path = "/api/v0/imagescan/scan/alice/app/v1/linux/amd64";
    let call = pusher.app.call("POST", path).by("alice");
    call.send().await.expect(200);
    server::scanning::settle(&pusher.app.state).await;
}

async fn critical(pusher: &Pusher) -> Value {
    let image = &pusher.json(SUMMARY).await[0];
    assert_eq!(image["scanStatus"], status::COMPLETED, "{image}");
    image["scannedImage"]["totalVulnCount"]["critical"].clone()
}

#[tokio::test]
async fn a_copy_has_the_flaws_of_the_package_that_it_was_taken_from() {
    let pusher = scanned(&[copied()]).await;
    load(
        &pusher.app,
        &[debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL))],
    )
    .await;
    push(&pusher, "v2", &[debian_base()]).await;
    server::scanning::settle(&pusher.app.state).await;
    assert_eq!(libssl(&pusher).await, None, "the scan did not know it yet");
    assert_eq!(critical(&pusher).await, 0);

    scan_again(&pusher).await;
    let found = libssl(&pusher).await.unwrap();
    assert_eq!(
        (&found["version"], &found["evidence"], &found["filepaths"]),
        (
            &json!("3.0.11-1~deb12u1"),
            &json!("known-file"),
            &json!(["/srv/plugin.bin"])
        )
    );
    assert_eq!(
        found["findings"][0]["cve"], "CVE-2026-0001",
        "of Debian, and not of Alpine"
    );
    assert_eq!(critical(&pusher).await, 1);
    let places = pusher
        .json("/api/v0/imagescan/where?cve=CVE-2026-0001")
        .await;
    let tags: Vec<_> = places
        .as_array()
        .unwrap()
        .iter()
        .map(|place| &place["tags"])
        .collect();
    assert_eq!(tags, [&json!(["v2"]), &json!(["v1"])]);

    scan_again(&pusher).await;
    assert_eq!(critical(&pusher).await, 1, "once more changes nothing");
}

#[tokio::test]
async fn a_package_does_not_find_its_own_files_a_second_time() {
    let pusher = scanned(&[debian_base()]).await;
    scan_again(&pusher).await;
    let found = libssl(&pusher).await.unwrap();
    assert_eq!(found["evidence"], "database");
    let image = &pusher.json(SUMMARY).await[0]["scannedImage"];
    assert_eq!(image["components"].as_array().unwrap().len(), 1, "{image}");
}

#[tokio::test]
async fn what_a_file_is_stays_known_as_long_as_some_layer_holds_it() {
    let pusher = scanned(&[debian_base()]).await;
    push(&pusher, "v2", &[copied()]).await;
    server::scanning::settle(&pusher.app.state).await;
    let later = OffsetDateTime::now_utc() + Duration::days(2);
    let known = async || {
        (
            rows(&pusher, "known_files").await,
            rows(&pusher, "known_packages").await,
        )
    };
    assert_eq!(known().await, (1, 1));
    remove(&pusher, "v1").await;
    let gone = forget(&pusher.app.state.db, later).await.unwrap();
    assert_eq!((gone.layers, known().await), (1, (1, 1)));
    remove(&pusher, "v2").await;
    let gone = forget(&pusher.app.state.db, later).await.unwrap();
    assert_eq!((gone.layers, known().await), (1, (0, 0)));
}
