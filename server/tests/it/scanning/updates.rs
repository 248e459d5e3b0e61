//! New vulnerability data: what it changes, and what becomes of it when something goes wrong.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::{
    CRITICAL, SUMMARY, base, bundle, counted, debian, dpkg, load, push, scanned, tar, upload,
};
use crate::{live::Listener, pusher::TAGS, util::TestApp};

#[tokio::test]
async fn new_data_changes_what_is_known_of_every_image_that_has_the_component() {
    let pusher = scanned(&[base()]).await;
    let newer = tar(&[(
        "var/lib/dpkg/status",
        &dpkg(&[("libssl3", "3.0.11-1~deb12u2")]),
    )]);
    push(&pusher, "v2", &[base(), newer]).await;
    let counts = async || {
        let tags = pusher.json(TAGS).await;
        let of = |tag: &Value| tag["vuln_summary"]["critical"].as_u64().unwrap();
        (of(&tags[0]), of(&tags[1]))
    };
    let first = debian("CVE-2026-0001", "3.0.11-1~deb12u2", Some(CRITICAL));
    load(&pusher.app, std::slice::from_ref(&first)).await;
    // v2 shares the lower layer, and took its package away
    assert_eq!(counts().await, (1, 0));
    let second = debian("CVE-2026-0002", "3.0.14-1", Some(CRITICAL));
    load(&pusher.app, &[first, second.clone()]).await;
    assert_eq!(counts().await, (2, 1));
    // a record that is gone takes its findings with it
    load(&pusher.app, std::slice::from_ref(&second)).await;
    assert_eq!(counts().await, (1, 1));
    let withdrawn = {
        let mut record = second;
        record["withdrawn"] = json!("2026-11-02T00:00:00Z");
        record
    };
    load(&pusher.app, &[withdrawn]).await;
    assert_eq!(counts().await, (0, 0));
    let updates = pusher
        .app
        .get("/api/v0/imagescan/updates?count=true")
        .by("admin")
        .send()
        .await
        .expect(200);
    assert_eq!(updates.header("x-resource-count"), "4");
    let images: Vec<_> = updates
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["images"].clone())
        .collect();
    assert_eq!(images, [2, 1, 2, 1].map(|count| json!(count)));
}

#[tokio::test]
async fn it_is_known_which_images_an_update_changed_and_how() {
    let pusher = scanned(&[base()]).await;
    let app = &pusher.app;
    let fixed = tar(&[(
        "var/lib/dpkg/status",
        &dpkg(&[("libssl3", "3.0.11-1~deb12u2")]),
    )]);
    push(&pusher, "v2", &[base(), fixed]).await;
    server::scanning::settle(&app.state).await;
    let changed = async |generation: u32, query: &str, by: &str| {
        let path = format!("/api/v0/imagescan/updates/{generation}/images{query}");
        app.get(&path).by(by).send().await.expect(200)
    };
    let tags = |images: &Value| -> Vec<String> {
        let images = images.as_array().unwrap().iter();
        images
            .map(|image| image["tags"][0].as_str().unwrap().to_owned())
            .collect()
    };
    let both = debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL));
    let one = debian("CVE-2026-0002", "3.0.11-1~deb12u2", Some(CRITICAL));
    load(app, std::slice::from_ref(&both)).await;
    load(app, &[both, one.clone()]).await;
    // v2 is rid of the second flaw, and the first one is taken back
    load(app, std::slice::from_ref(&one)).await;

    let first = changed(1, "", "alice").await.json();
    assert_eq!(tags(&first), ["v2", "v1"], "the newest first");
    assert_eq!(
        first[0]["change"],
        json!({"critical": 1, "major": 0, "minor": 0, "unspecified": 0})
    );
    assert_eq!(
        (&first[1]["namespace"], &first[1]["repository"]),
        (&json!("alice"), &json!("app"))
    );
    assert_eq!(
        (&first[0]["now"]["critical"], &first[1]["now"]["critical"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(tags(&changed(2, "", "alice").await.json()), ["v1"]);
    let third = changed(3, "", "alice").await.json();
    assert_eq!(third[0]["change"]["critical"], -1);
    for (way, expected) in [("any", 2), ("critical", 0), ("worse", 0), ("better", 2)] {
        let images = changed(3, &format!("?change={way}"), "alice").await.json();
        assert_eq!(tags(&images).len(), expected, "{way}");
    }
    let page = changed(3, "?pageSize=1", "alice").await;
    let next = page.header("x-next-page-start").to_owned();
    assert_eq!(tags(&page.json()), ["v2"]);
    let rest = changed(3, &format!("?pageStart={next}"), "alice").await;
    assert_eq!(tags(&rest.json()), ["v1"]);
    // the repository is private
    assert_eq!(changed(1, "", "bob").await.json(), json!([]));
    app.get("/api/v0/imagescan/updates/4/images")
        .by("alice")
        .send()
        .await
        .expect(404);
    for path in ["x/images", "1/images?change=none", "1/images?pageStart=x"] {
        let path = format!("/api/v0/imagescan/updates/{path}");
        let status = app.get(&path).by("alice").send().await.status;
        assert!(status == 400 || status == 404, "{path}: {status}");
    }
}

#[tokio::test]
async fn a_bad_bundle_changes_nothing_and_says_why() {
    let pusher = scanned(&[base()]).await;
    let record = debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL));
    load(&pusher.app, std::slice::from_ref(&record)).await;
    let sound = bundle(&[record, debian("CVE-2026-0002", "3.0.14-1", None)]);
    let mut bad: Vec<Vec<u8>> = vec![b"no archive".to_vec(), Vec::new(), bundle(&[])];
    bad.push(sound[..sound.len() - 30].to_vec());
    bad.push(bundle(&[json!({"id": "X", "affected": "nonsense"})]));
    for file in bad {
        upload(&pusher.app, "admin", &file).await.expect(200);
        server::scanning::settle(&pusher.app.state).await;
        let status = pusher.json("/api/v0/imagescan/status").await;
        assert_eq!(status["lastDBUpdateFailed"], true, "{status}");
        assert_eq!(status["db_version"], 1);
        let updates = pusher
            .app
            .get("/api/v0/imagescan/updates")
            .by("admin")
            .send()
            .await
            .expect(200)
            .json();
        assert!(
            !updates[0]["error"].as_str().unwrap().is_empty(),
            "{updates}"
        );
        let image = &pusher.json(SUMMARY).await[0]["scannedImage"];
        assert_eq!(image["totalVulnCount"]["critical"], 1);
        assert_eq!(image["totalVulnCount"]["unspecified"], 0);
    }
}

#[tokio::test]
async fn what_a_lost_scan_left_behind_is_judged_once() {
    let pusher = scanned(&[base()]).await;
    // the state after a scan that kept its components and was lost before it was written down
    let undo = [
        "UPDATE components SET generation = -1",
        "UPDATE image_scans SET state = 1, detector_version = 0",
    ];
    let url = match pusher.app.state.config.database.options().unwrap() {
        db::Options::Sqlite(path) => format!("sqlite:{}", path.display()),
        db::Options::Postgres { url, .. } => url,
    };
    let database = sea_orm::Database::connect(url).await.unwrap();
    for statement in undo {
        database.execute_unprepared(statement).await.unwrap();
    }
    database.close().await.unwrap();
    load(
        &pusher.app,
        &[debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL))],
    )
    .await;
    let path = "/api/v0/imagescan/scan/alice/app/v1/linux/amd64";
    pusher
        .app
        .call("POST", path)
        .by("alice")
        .send()
        .await
        .expect(200);
    server::scanning::settle(&pusher.app.state).await;
    assert_eq!(counted(&pusher).await, (1, 0));
}

#[tokio::test]
async fn an_update_whose_process_ended_is_given_up_and_one_that_goes_on_is_not() {
    let app = TestApp::new().await;
    let now = time::OffsetDateTime::now_utc();
    let begin =
        async |at| db::advisories::begin(&app.state.db, "upload", "x.zip", "admin", at).await;
    let silent = begin(now - time::Duration::hours(1)).await.unwrap();
    let record = debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL));
    load(&app, std::slice::from_ref(&record)).await;
    let updates = app
        .get("/api/v0/imagescan/updates")
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    let states: Vec<_> = updates
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["state"].clone())
        .collect();
    assert_eq!(states, ["current", "failed"], "{updates}");
    // who was given up does not come back
    assert!(
        db::advisories::alive(&app.state.db, silent, now)
            .await
            .is_err()
    );

    begin(now).await.unwrap();
    upload(&app, "admin", &bundle(&[record])).await.expect(409);
}

#[tokio::test]
async fn a_record_of_one_ecosystem_that_is_about_another_ends_nothing_of_that() {
    let app = TestApp::new().await;
    let record = |id: &str, ecosystems: &[&str]| {
        let affected: Vec<_> = ecosystems
            .iter()
            .map(|ecosystem| {
                json!({"package": {"ecosystem": ecosystem, "name": "both"},
                    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]})
            })
            .collect();
        json!({"id": id, "modified": "2026-11-01T00:00:00Z", "affected": affected})
    };
    load(
        &app,
        &[record("PYSEC-1", &["PyPI"]), record("PYSEC-2", &["PyPI"])],
    )
    .await;
    let npm = [
        record("GHSA-1", &["npm"]),
        record("GHSA-2", &["PyPI", "npm"]),
    ];
    load(&app, &npm).await;
    assert_eq!(records(&app).await, 4);
    // of its own ecosystem, what is not in it any more ends
    load(&app, &npm[1..]).await;
    load(&app, &[record("GHSA-3", &["npm"])]).await;
    assert_eq!(records(&app).await, 4, "without GHSA-1");
}

/// How many records count.
async fn records(app: &TestApp) -> u64 {
    let updates = app.get("/api/v0/imagescan/updates").by("admin").send();
    updates.await.expect(200).json()[0]["records"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn open_pages_are_told_when_new_data_changes_an_image_and_only_then() {
    let pusher = scanned(&[base()]).await;
    let mut page = Listener::new(&pusher.app, "alice", "alice/app").await;
    let elsewhere = |cve: &str| {
        let mut record = debian(cve, "9", Some(CRITICAL));
        record["affected"][0]["package"]["name"] = json!("zlib");
        record
    };
    let (one, other) = (elsewhere("CVE-2026-0002"), elsewhere("CVE-2026-0003"));
    load(&pusher.app, std::slice::from_ref(&one)).await;
    // The first data judges all images.
    missed_after(&mut page, "v1").await;
    load(&pusher.app, &[one.clone(), other.clone()]).await;
    push(&pusher, "v2", &[base()]).await;
    let (event, data) = page.next().await.unwrap();
    assert_eq!((event.as_str(), &data["tag"]), ("tag", &json!("v2")));
    load(
        &pusher.app,
        &[one, other, debian("CVE-2026-0001", "9", Some(CRITICAL))],
    )
    .await;
    missed_after(&mut page, "v2").await;
}

/// Waits until the page is told that it missed something; the end of a tag's scan may still be on its way before.
async fn missed_after(page: &mut Listener, tag: &str) {
    while let Some((event, data)) = page.next().await {
        if event == "missed" {
            return;
        }
        assert_eq!(data["tag"], tag, "the end of its scan");
    }
    panic!("the page was told nothing");
}
