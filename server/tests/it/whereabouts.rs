//! Where something is: images by flaw, component, licence, file and layer, among what one may see.

use api::scan::status;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    pusher::{Pusher, TAGS},
    scanning::{CRITICAL, OS, base, debian, dpkg, load, push, scanned, tar},
    util::TestApp,
};

const WHERE: &str = "/api/v0/imagescan/where";
const SUMMARY: &str = "/api/v0/imagescan/scansummary";

/// `alice/app:v1` with libssl3 3.0.11-1~deb12u1, which has CVE-2026-0001.
async fn hit() -> Pusher {
    let pusher = scanned(&[base()]).await;
    let record = debian("CVE-2026-0001", "3.0.11-1~deb12u2", Some(CRITICAL));
    load(&pusher.app, &[record]).await;
    pusher
}

async fn found(app: &TestApp, who: &str, query: &str) -> Value {
    let mut call = app.get(&format!("{WHERE}?{query}"));
    if !who.is_empty() {
        call = call.by(who);
    }
    call.send().await.expect(200).json()
}

fn count(found: &Value) -> usize {
    found.as_array().unwrap().len()
}

#[tokio::test]
async fn a_flaw_is_found_by_any_of_its_names_with_what_fixes_it() {
    let pusher = hit().await;
    let names = ["CVE-2026-0001", "cve-2026-0001", "DEBIAN-CVE-2026-0001"];
    for name in names {
        let found = found(&pusher.app, "alice", &format!("cve={name}")).await;
        assert_eq!(count(&found), 1, "{name}");
        let image = &found[0];
        assert_eq!(
            (&image["namespace"], &image["repository"], &image["tags"]),
            (&json!("alice"), &json!("app"), &json!(["v1"]))
        );
        assert_eq!(
            (&image["os"], &image["architecture"]),
            (&json!("linux"), &json!("amd64"))
        );
        let libssl = &image["components"][0];
        assert_eq!(libssl["name"], "libssl3");
        assert_eq!(libssl["version"], "3.0.11-1~deb12u1");
        assert_eq!(libssl["severity"], "critical");
        assert_eq!(libssl["fixedIn"], json!(["3.0.11-1~deb12u2"]));
        let layer = oci::Digest::of(oci::Algorithm::Sha256, &base()).to_string();
        assert_eq!(libssl["layer"], layer);
    }
    let none = found(&pusher.app, "alice", "cve=CVE-2026-9999").await;
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn a_component_is_found_by_versions_in_its_own_order() {
    let pusher = hit().await;
    let is_found = async |query: &str| {
        let path = format!("component=libssl3&version={query}");
        count(&found(&pusher.app, "alice", &path).await) == 1
    };
    for (query, expected) in [
        ("", true),
        ("3.0.11-1~deb12u1", true),
        ("3.0.11-1", false),
        ("%3C3.0.11-1", true),
        ("%3E%3D3.0.0%20%3C3.0.12", true),
        ("%3E3.0.11-1~deb12u1", false),
        ("%3C3.0.9", false),
    ] {
        assert_eq!(is_found(query).await, expected, "{query}");
    }
    let found = found(&pusher.app, "alice", "component=LIBSSL3").await;
    assert_eq!(found[0]["components"][0]["severity"], "critical");
}

#[tokio::test]
async fn what_an_image_has_besides_what_its_layers_were_known_to_bring_is_found_too() {
    let pusher = hit().await;
    let other = tar(&[("var/lib/dpkg/status", &dpkg(&[("zlib1g", "1.2.13")]))]);
    push(&pusher, "v2", &[other]).await;
    server::scanning::settle(&pusher.app.state).await;
    // as where a file was recognised only after the layer was read first
    let connection = pusher.app.connection().await;
    connection
        .execute_unprepared(
            "INSERT INTO image_exceptions (image_id, component_id, present) SELECT MAX(s.id), MIN(c.id), TRUE \
             FROM image_scans s, components c WHERE c.name = 'libssl3'",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    for query in ["component=libssl3", "cve=CVE-2026-0001"] {
        let found = found(&pusher.app, "alice", query).await;
        assert_eq!(
            (&found[0]["tags"], &found[1]["tags"]),
            (&json!(["v2"]), &json!(["v1"])),
            "{found}"
        );
        assert_eq!(found[0]["components"][0]["layer"], "");
    }
    let path = format!("{SUMMARY}/component/libssl3");
    let images = pusher.json(&path).await;
    assert_eq!(count(&images), 2);
    assert_eq!(
        images[0]["scannedImage"]["components"][0]["name"],
        "libssl3"
    );
}

#[tokio::test]
async fn licences_files_and_layers_are_found() {
    let program = format!("\x7fELF{}", "\0".repeat(200));
    let dist = "Metadata-Version: 2.1\nName: attrs\nVersion: 23.1.0\nLicense: MIT\n";
    let python = "usr/lib/python3/site-packages/attrs-23.1.0.dist-info/METADATA";
    let layer = tar(&[OS, (python, dist), ("opt/tool", &program)]);
    let pusher = scanned(std::slice::from_ref(&layer)).await;
    let file = data_encoding::HEXLOWER.encode(&Sha256::digest(&program));
    let layer = oci::Digest::of(oci::Algorithm::Sha256, &layer);
    let by_licence = found(&pusher.app, "alice", "license=MIT").await;
    assert_eq!(by_licence[0]["components"][0]["name"], "attrs");
    for query in [
        format!("file={file}"),
        format!("file={}", file.to_uppercase()),
        format!("layer={layer}"),
    ] {
        let found = found(&pusher.app, "alice", &query).await;
        assert_eq!(count(&found), 1, "{query}");
        assert_eq!(found[0]["components"], json!([]));
    }
    let path = format!("{SUMMARY}/license/MIT");
    let summary = pusher.json(&path).await;
    let image = &summary[0]["scannedImage"];
    assert_eq!(image["licenses"][0]["name"], "MIT");
    assert_eq!(image["components"].as_array().unwrap().len(), 1);
    let path = format!("{SUMMARY}/layer/{layer}");
    assert_eq!(count(&pusher.json(&path).await), 1);
}

#[tokio::test]
async fn what_a_later_layer_took_away_is_not_there() {
    let pusher = hit().await;
    let newer = tar(&[(
        "var/lib/dpkg/status",
        &dpkg(&[("libssl3", "3.0.11-1~deb12u2")]),
    )]);
    push(&pusher, "v2", &[base(), newer]).await;
    server::scanning::settle(&pusher.app.state).await;
    let tags = async |query: &str| {
        let found = found(&pusher.app, "alice", query).await;
        let images = found.as_array().unwrap().clone();
        images
            .iter()
            .map(|image| image["tags"][0].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(tags("cve=CVE-2026-0001").await, ["v1"]);
    assert_eq!(tags("component=libssl3").await, ["v2", "v1"]);
    assert_eq!(
        tags("component=libssl3&version=3.0.11-1~deb12u1").await,
        ["v1"]
    );
}

#[tokio::test]
async fn nobody_learns_of_an_image_that_they_may_not_see() {
    let pusher = hit().await;
    let app = &pusher.app;
    let layer = oci::Digest::of(oci::Algorithm::Sha256, &base());
    let queries = [
        "cve=CVE-2026-0001".to_owned(),
        "cve=DEBIAN-CVE-2026-0001".to_owned(),
        "component=libssl3".to_owned(),
        format!("layer={layer}"),
    ];
    let paths = [
        format!("{SUMMARY}/cve/CVE-2026-0001"),
        format!("{SUMMARY}/component/libssl3"),
        format!("{SUMMARY}/layer/{layer}"),
    ];
    for who in ["", "bob"] {
        for query in &queries {
            assert_eq!(found(app, who, query).await, json!([]), "{who}: {query}");
        }
        for path in &paths {
            let call = app.get(path);
            let call = if who.is_empty() { call } else { call.by(who) };
            let answer = call.send().await.expect(200);
            assert_eq!(answer.json(), json!([]), "{who}: {path}");
            assert_eq!(answer.header("x-next-page-start"), "");
        }
    }
    app.call("PATCH", "/api/v0/repositories/alice/app")
        .by("alice")
        .json(&json!({"visibility": "public"}))
        .send()
        .await
        .expect(200);
    for who in ["", "bob", "alice", "admin"] {
        for query in &queries {
            assert_eq!(count(&found(app, who, query).await), 1, "{who}: {query}");
        }
    }
}

#[tokio::test]
async fn a_limited_token_sees_what_is_public_and_what_it_names() {
    let pusher = hit().await;
    let app = &pusher.app;
    let token = async |repository: &str| {
        let form = json!({"scope": [{"repository": repository, "actions": ["pull"]}]});
        let call = app.call("POST", "/api/v0/api_tokens").by("alice");
        let made = call.json(&form).send().await.expect(200).json();
        made["token"].as_str().unwrap().to_owned()
    };
    for (repository, expected) in [("alice/app", 1), ("alice/site", 0)] {
        let token = token(repository).await;
        let call = app.get(&format!("{WHERE}?component=libssl3"));
        let found = call.bearer(&token).send().await.expect(200).json();
        assert_eq!(count(&found), expected, "{repository}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let pusher = Pusher::new().await;
    for number in 1..=5 {
        let other = tar(&[("etc/number", &number.to_string())]);
        push(&pusher, &format!("v{number}"), &[base(), other]).await;
    }
    server::scanning::settle(&pusher.app.state).await;
    let mut seen = Vec::new();
    let mut start = String::new();
    loop {
        let path = format!("{WHERE}?component=libssl3&pageSize=2&pageStart={start}");
        let answer = pusher.app.get(&path).by("alice").send().await.expect(200);
        let page = answer.json();
        seen.extend(page.as_array().unwrap().clone());
        start = answer.header("x-next-page-start").to_owned();
        if start.is_empty() {
            break;
        }
    }
    let tags: Vec<&str> = seen
        .iter()
        .map(|image| image["tags"][0].as_str().unwrap())
        .collect();
    assert_eq!(tags, ["v5", "v4", "v3", "v2", "v1"]);
}

#[tokio::test]
async fn nonsense_is_refused_and_wildcards_are_letters() {
    let pusher = hit().await;
    let long = "a".repeat(600);
    for query in [
        String::new(),
        "cve=&component=".to_owned(),
        "cve=CVE-1&component=a".to_owned(),
        "version=1".to_owned(),
        "component=a&version=1%202".to_owned(),
        "component=a&version=%3C".to_owned(),
        format!("component={long}"),
        format!("cve={long}"),
        "component=a%00b".to_owned(),
        "component=a%0Ab".to_owned(),
        "file=abc".to_owned(),
        format!("file={}", "g".repeat(64)),
        "layer=sha256:abc".to_owned(),
        "layer=../../etc/passwd".to_owned(),
        "component=a&pageStart=x".to_owned(),
        "component=a&pageStart=1".to_owned(),
        "component=a&pageStart=99999999999999999999/a/b".to_owned(),
        "component=a&pageSize=0".to_owned(),
    ] {
        let path = format!("{WHERE}?{query}");
        let answer = pusher.app.get(&path).by("alice").send().await.expect(400);
        assert_eq!(answer.code(), "INVALID_PARAMETERS", "{query}");
    }
    for query in [
        "component=libssl%25",
        "component=%25",
        "component=*",
        "component=libssl_",
        "component=%27%20OR%201%3D1--",
        "cve=%25",
        "cve=CVE-2026-000_",
        "license=%25",
        "component=libssl3&pageStart=9223372036854775807/~/~%25",
        "component=libssl3&pageStart=-9223372036854775808/a/b",
    ] {
        let found = found(&pusher.app, "alice", query).await;
        let is_start = query.contains("pageStart=9");
        assert_eq!(count(&found), usize::from(is_start), "{query}");
    }
    pusher
        .app
        .get(&format!("{SUMMARY}/layer/nonsense"))
        .send()
        .await
        .expect(400);
}

#[tokio::test]
async fn a_summary_by_flaw_holds_only_what_fits() {
    let pusher = hit().await;
    let other = debian("CVE-2026-0002", "3.0.14-1", None);
    let first = debian("CVE-2026-0001", "3.0.11-1~deb12u2", Some(CRITICAL));
    load(&pusher.app, &[first, other]).await;
    let path = format!("{SUMMARY}/cve/CVE-2026-0001");
    let summaries = pusher.json(&path).await;
    assert_eq!(summaries[0]["scanStatus"], status::COMPLETED);
    let image = &summaries[0]["scannedImage"];
    assert_eq!(
        (&image["namespace"], &image["tag"]),
        (&json!("alice"), &json!("v1"))
    );
    assert_eq!(image["components"][0]["cves"], json!(["CVE-2026-0001"]));
    assert_eq!(image["cves"][0]["cvePK"], "CVE-2026-0001");
    assert_eq!(image["cves"][0]["summary"], "About CVE-2026-0001");
    assert_eq!(image["cves"].as_array().unwrap().len(), 1);
    let key = &image["components"][0]["componentPK"];
    assert_eq!(image["layers"][0]["components"], json!([key]));
    let path = format!("{SUMMARY}/component/libssl3?scanstatus=false");
    let summaries = pusher.json(&path).await;
    assert!(summaries[0].get("scanStatus").is_none());
    let cves = &summaries[0]["scannedImage"]["components"][0]["cves"];
    assert_eq!(cves, &json!(["CVE-2026-0001", "CVE-2026-0002"]));
}

#[tokio::test]
async fn other_lines_between_severities_judge_everything_again() {
    let pusher = scanned(&[base()]).await;
    // 7.5
    let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";
    let record = debian("CVE-2026-0001", "3.0.14-1", Some(vector));
    load(&pusher.app, &[record]).await;
    let counts = async || {
        let summary = pusher.json(TAGS).await[0]["vuln_summary"].clone();
        (summary["critical"].clone(), summary["major"].clone())
    };
    assert_eq!(counts().await, (json!(1), json!(0)));
    let settings = "/api/v0/meta/settings";
    let call = pusher.app.call("POST", settings).by("admin");
    let form = json!({"severityThresholds": "nvd"});
    call.json(&form).send().await.expect(202);
    server::scanning::settle(&pusher.app.state).await;
    assert_eq!(counts().await, (json!(0), json!(1)));
    let shown = pusher.app.get(settings).by("admin").send().await;
    assert_eq!(shown.expect(200).json()["severityThresholds"], "nvd");
    let call = pusher.app.call("POST", settings).by("admin");
    let form = json!({"severityThresholds": "mine"});
    call.json(&form).send().await.expect(400);
}

#[tokio::test]
async fn the_dashboard_counts_images_that_are_still_somewhere() {
    let pusher = hit().await;
    let dashboard = async || {
        let call = pusher.app.get("/api/v0/imagescan/dashboard").by("admin");
        call.send().await.expect(200).json()
    };
    let before = dashboard().await;
    let today = &before["today"];
    assert_eq!(
        (
            &today["images"],
            &today["critical"],
            &today["fixable"],
            &today["clean"]
        ),
        (&json!(1), &json!(1), &json!(1), &json!(0))
    );
    assert_eq!(before["worst"][0]["repository"], "app");
    assert_eq!(before["worst"][0]["critical"], 1);
    let day = today["day"].as_str().unwrap();
    // the day was noted when everything was judged
    let noted = db::scans::days::before(&pusher.app.state.db, "9999", 9)
        .await
        .unwrap();
    assert_eq!((noted[0].day.as_str(), noted[0].critical), (day, 1));
    let tags = pusher.json(TAGS).await;
    let digest = tags[0]["digest"].as_str().unwrap();
    let path = format!("/api/v0/repositories/alice/app/manifests/{digest}");
    let deleted = pusher.app.call("DELETE", &path).by("alice").send().await;
    deleted.expect(204);
    let after = dashboard().await;
    assert_eq!(after["today"]["critical"], 0);
    assert_eq!(after["worst"], json!([]));
    assert_eq!(
        found(&pusher.app, "alice", "cve=CVE-2026-0001").await,
        json!([])
    );
}
