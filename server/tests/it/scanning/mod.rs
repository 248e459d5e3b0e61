//! Images are read when they come and judged when vulnerability data comes, through the API.

mod aside;
mod attached;
pub(crate) mod base;
mod known;
mod updates;

use std::io::Write as _;

use api::scan::status;
use serde_json::{Value, json};

use crate::{
    pusher::{Pusher, TAGS, config},
    util::{Answer, MANIFEST, TestApp},
};

pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const SUMMARY: &str = "/api/v0/imagescan/scansummary/repositories/alice/app/v1";

/// A tar archive of these files (POSIX ustar).
pub(crate) fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (path, content) in files {
        let mut header = [0u8; 512];
        header[..path.len()].copy_from_slice(path.as_bytes());
        header[100..107].copy_from_slice(b"0000644");
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..263].copy_from_slice(b"ustar\0");
        header[263..265].copy_from_slice(b"00");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        archive.extend_from_slice(&header);
        archive.extend_from_slice(content.as_bytes());
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

pub(crate) const OS: (&str, &str) = (
    "etc/os-release",
    "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
);

/// A dpkg database with these packages.
pub(crate) fn dpkg(packages: &[(&str, &str)]) -> String {
    let of = |(name, version): &(&str, &str)| {
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\nSource: openssl\n\n"
        )
    };
    let records: Vec<String> = packages.iter().map(of).collect();
    records.concat()
}

/// A zip of records, as OSV's `all.zip`.
pub(crate) fn bundle(records: &[Value]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for record in records {
        let name = format!("{}.json", record["id"].as_str().unwrap());
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(name, options).unwrap();
        archive.write_all(record.to_string().as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub(crate) fn debian(cve: &str, fixed: &str, vector: Option<&str>) -> Value {
    let severity = vector.map(|vector| json!([{"type": "CVSS_V3", "score": vector}]));
    json!({
        "id": format!("DEBIAN-{cve}"), "modified": "2026-11-01T00:00:00Z", "upstream": [cve],
        "summary": format!("About {cve}"), "severity": severity.unwrap_or(json!([])),
        "affected": [{"package": {"ecosystem": "Debian:12", "name": "openssl"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}],
    })
}

pub(crate) const CRITICAL: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

pub(crate) async fn upload(app: &TestApp, who: &str, file: &[u8]) -> Answer {
    let mut body =
        b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"osv.zip\"\r\n\r\n"
            .to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--x--\r\n");
    app.call("PUT", "/api/v0/imagescan/scan/update")
        .by(who)
        .header("content-type", "multipart/form-data; boundary=x")
        .body(body)
        .send()
        .await
}

pub(crate) async fn load(app: &TestApp, records: &[Value]) {
    upload(app, "admin", &bundle(records)).await.expect(200);
    server::scanning::settle(&app.state).await;
}

/// An image of these layers under `v1`, pushed and scanned.
pub(crate) async fn scanned(layers: &[Vec<u8>]) -> Pusher {
    let pusher = Pusher::new().await;
    push(&pusher, "v1", layers).await;
    server::scanning::settle(&pusher.app.state).await;
    pusher
}

pub(crate) async fn push(pusher: &Pusher, tag: &str, layers: &[Vec<u8>]) {
    let config = pusher
        .blob(CONFIG, config("amd64").to_string().as_bytes())
        .await;
    let mut descriptors = Vec::new();
    for layer in layers {
        descriptors.push(pusher.blob(LAYER, layer).await);
    }
    let manifest =
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": descriptors});
    pusher.put(tag, MANIFEST, &manifest).await;
}

pub(crate) fn base() -> Vec<u8> {
    let status = dpkg(&[("libssl3", "3.0.11-1~deb12u1")]);
    tar(&[OS, ("var/lib/dpkg/status", &status)])
}

/// Of the only component of that name: version, its flaws, and the layer that removes it.
fn component<'i>(image: &'i Value, name: &str) -> &'i Value {
    let mut all = image["components"].as_array().unwrap().iter();
    all.find(|component| component["name"] == name).unwrap()
}

#[tokio::test]
async fn what_is_pushed_is_taken_apart_and_judged_when_data_comes() {
    let pusher = scanned(&[base()]).await;
    let before = pusher.json(SUMMARY).await;
    assert_eq!(before[0]["scanStatus"], status::SCANNED, "{before}");
    assert_eq!(
        before[0]["scannedImage"]["os"],
        "Debian GNU/Linux 12 (bookworm)"
    );
    let tag = pusher.json(TAGS).await;
    assert_eq!(tag[0]["vuln_summary"]["last_scan_status"], status::SCANNED);

    load(
        &pusher.app,
        &[
            debian("CVE-2026-0001", "3.0.11-1~deb12u2", Some(CRITICAL)),
            debian("CVE-2026-0002", "3.0.11-1~deb12u1", Some(CRITICAL)),
            debian("CVE-2026-0003", "3.0.14-1", None),
        ],
    )
    .await;
    let after = pusher.json(SUMMARY).await;
    assert_eq!(after[0]["scanStatus"], status::COMPLETED);
    let image = &after[0]["scannedImage"];
    assert_eq!(
        image["totalVulnCount"],
        json!({"critical": 1, "major": 0, "minor": 0, "unspecified": 1})
    );
    assert_eq!(image["maxCVSSValue"], 9.8);
    let libssl = component(image, "libssl3");
    assert_eq!(libssl["cves"], json!(["CVE-2026-0001", "CVE-2026-0003"]));
    assert_eq!(
        libssl["findings"][0]["fixedIn"],
        json!(["3.0.11-1~deb12u2"])
    );
    assert_eq!(libssl["filepaths"], json!(["/var/lib/dpkg/status"]));
    let cve = &image["cves"][0];
    assert_eq!(
        (&cve["cvePK"], &cve["summary"]),
        (&json!("CVE-2026-0001"), &json!("About CVE-2026-0001"))
    );
    let tag = pusher.json(TAGS).await;
    assert_eq!(tag[0]["vuln_summary"]["critical"], 1);
    assert_eq!(tag[0]["vuln_summary"]["fixable"], 2);
}

#[tokio::test]
async fn what_a_later_layer_takes_away_is_shown_and_not_counted() {
    let emptied = tar(&[("var/lib/dpkg/status", "")]);
    let pusher = scanned(&[base(), emptied]).await;
    let record = debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL));
    load(&pusher.app, &[record]).await;
    let image = &pusher.json(SUMMARY).await[0]["scannedImage"];
    let libssl = component(image, "libssl3");
    assert_eq!(
        (&libssl["layer"], &libssl["removedBy"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(libssl["cves"], json!(["CVE-2026-0001"]));
    assert_eq!(image["totalVulnCount"]["critical"], 0);
}

#[tokio::test]
async fn a_layer_that_cannot_be_read_to_its_end_is_never_clean() {
    let layer = base();
    let pusher = scanned(&[layer[..layer.len() - 1600].to_vec()]).await;
    load(&pusher.app, &[debian("CVE-2026-0009", "1", None)]).await;
    let tag = &pusher.json(TAGS).await[0];
    assert_eq!(tag["vuln_summary"]["incomplete"], true, "{tag}");
    let image = &pusher.json(SUMMARY).await[0]["scannedImage"];
    assert_ne!(image["layers"][0]["incomplete"], json!([]));
}

#[tokio::test]
async fn a_repository_that_is_scanned_by_hand_waits_for_it() {
    let pusher = Pusher::new().await;
    pusher
        .app
        .call("PATCH", "/api/v0/repositories/alice/app")
        .by("alice")
        .json(&json!({"scanOnPush": false}))
        .send()
        .await
        .expect(200);
    push(&pusher, "v1", &[base()]).await;
    server::scanning::settle(&pusher.app.state).await;
    let state = async || pusher.json(SUMMARY).await[0]["scanStatus"].clone();
    assert_eq!(state().await, status::UNSCANNED);
    let path = "/api/v0/imagescan/scan/alice/app/v1/linux/amd64";
    let scan = async |method: &str| pusher.app.call(method, path).by("alice").send().await;
    scan("DELETE").await.expect(404);
    scan("POST").await.expect(200);
    assert_eq!(state().await, status::PENDING);
    scan("DELETE").await.expect(204);
    assert_eq!(state().await, status::UNSCANNED);
    scan("POST").await.expect(200);
    server::scanning::settle(&pusher.app.state).await;
    assert_eq!(state().await, status::SCANNED);
}

#[tokio::test]
async fn an_image_that_does_not_say_its_platform_is_scanned_too() {
    let pusher = Pusher::new().await;
    let mut bare = config("amd64");
    for field in ["os", "architecture"] {
        bare.as_object_mut().unwrap().remove(field);
    }
    let config = pusher.blob(CONFIG, bare.to_string().as_bytes()).await;
    let layer = pusher.blob(LAYER, &base()).await;
    let manifest =
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]});
    pusher.put("v1", MANIFEST, &manifest).await;
    server::scanning::settle(&pusher.app.state).await;
    let state = async || pusher.json(SUMMARY).await[0]["scanStatus"].clone();
    assert_eq!(state().await, status::SCANNED, "when it was pushed");
    for (platform, expected) in [("-/-", 200), ("linux/-", 404), ("linux/amd64", 404)] {
        let path = format!("/api/v0/imagescan/scan/alice/app/v1/{platform}");
        let asked = pusher.app.call("POST", &path).by("alice").send().await;
        asked.expect(expected);
    }
    assert_eq!(state().await, status::PENDING);
}

#[tokio::test]
async fn a_layer_that_is_lost_fails_the_scan_in_words() {
    let pusher = Pusher::new().await;
    let big = tar(&[("filler", &"x".repeat(40_000))]);
    push(&pusher, "v1", std::slice::from_ref(&big)).await;
    let digest = oci::Digest::of(oci::Algorithm::Sha256, &big);
    pusher.app.state.blobs.remove(&digest).await.unwrap();
    server::scanning::settle(&pusher.app.state).await;
    let summary = &pusher.json(TAGS).await[0]["vuln_summary"];
    assert_eq!(summary["last_scan_status"], status::FAILED);
    assert!(
        summary["error"]
            .as_str()
            .unwrap()
            .contains("push the image again"),
        "{summary}"
    );
}

/// Critical findings of `v1` that count, and findings that are set aside.
async fn counted(pusher: &Pusher) -> (u64, u64) {
    let tag = &pusher.json(TAGS).await[0]["vuln_summary"];
    let image = &pusher.json(SUMMARY).await[0]["scannedImage"];
    assert_eq!(image["totalVulnCount"]["critical"], tag["critical"]);
    let of = |field: &str| tag[field].as_u64().unwrap();
    (of("critical"), of("set_aside"))
}

async fn with_a_critical_finding() -> Pusher {
    let pusher = scanned(&[base()]).await;
    let record = debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL));
    load(&pusher.app, &[record]).await;
    assert_eq!(counted(&pusher).await, (1, 0));
    pusher
}

#[tokio::test]
async fn what_was_found_is_a_file() {
    let status = dpkg(&[("libssl3", "3.0.11-1~deb12u1"), ("=cmd|calc", "1")]);
    let pusher = scanned(&[tar(&[OS, ("var/lib/dpkg/status", &status)])]).await;
    load(
        &pusher.app,
        &[debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL))],
    )
    .await;
    let export = async |query: &str, accept: &str| {
        let path = format!("{SUMMARY}/export{query}");
        pusher
            .app
            .get(&path)
            .by("alice")
            .header("accept", accept)
            .send()
            .await
            .expect(200)
    };
    let csv = export("", "text/csv").await;
    assert_eq!(
        csv.header("content-disposition"),
        "attachment; filename=\"app-v1.csv\""
    );
    let text = String::from_utf8(csv.body.to_vec()).unwrap();
    assert!(
        text.contains(r#""CVE-2026-0001","critical","9.8""#),
        "{text}"
    );
    assert!(
        text.contains(r#""'=cmd|calc""#) && !text.contains("\"="),
        "{text}"
    );
    let spdx = export("", "application/spdx+json").await.json();
    assert_eq!(spdx["spdxVersion"], "SPDX-2.3");
    let cyclonedx = export("?format=cyclonedx", "*/*").await;
    assert_eq!(cyclonedx.json()["specVersion"], "1.6");
    let again = export("?format=cyclonedx", "*/*").await;
    assert_eq!(cyclonedx.body, again.body);
    let names: Vec<_> = cyclonedx.json()["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].clone())
        .collect();
    assert!(names.contains(&json!("libssl3")), "{names:?}");
}

#[tokio::test]
async fn many_images_are_counted_at_once_by_who_may_see_them() {
    let pusher = with_a_critical_finding().await;
    let digest = pusher.json(TAGS).await[0]["digest"].clone();
    let ask = async |who: &str, name: &str| {
        let form = json!({"images": [{"name": name, "digest": digest}]});
        let path = "/api/v0/imagescan/scansummary/tags";
        pusher
            .app
            .call("POST", path)
            .by(who)
            .json(&form)
            .send()
            .await
            .expect(200)
            .json()
    };
    let counted = json!({"images": {digest.as_str().unwrap(): {"critical": 1, "major": 0, "minor": 0, "unspecified": 0}}});
    assert_eq!(ask("alice", "alice/app:v1").await, counted);
    for (who, name) in [
        ("bob", "alice/app:v1"),
        ("alice", "alice/site"),
        ("alice", "alice"),
        ("alice", ""),
    ] {
        assert_eq!(ask(who, name).await, json!({"images": {}}), "{who} {name}");
    }
    let old = pusher
        .json("/api/v0/imagescan/repositories/alice/app/v1?detailed=true")
        .await;
    assert_eq!(
        (&old["critical"], &old["last_scan_status"], &old["tag"]),
        (&json!(1), &json!(status::COMPLETED), &json!("v1"))
    );
}

#[tokio::test]
async fn nothing_is_scanned_while_scanning_is_off() {
    let pusher = Pusher::new().await;
    push(&pusher, "v1", &[base()]).await;
    let switch = async |on: bool| {
        let form = json!({"scanningEnabled": on});
        pusher
            .app
            .call("POST", "/api/v0/meta/settings")
            .by("admin")
            .json(&form)
            .send()
            .await
            .expect(202);
        server::scanning::settle(&pusher.app.state).await;
        pusher.json(SUMMARY).await[0]["scanStatus"].clone()
    };
    assert_eq!(switch(false).await, status::PENDING);
    let path = "/api/v0/imagescan/scan/alice/app/v1/linux/amd64";
    let refused = pusher
        .app
        .call("POST", path)
        .by("alice")
        .send()
        .await
        .expect(503);
    assert_eq!(refused.code(), "SCANNING_DISABLED");
    assert_eq!(switch(true).await, status::SCANNED);
}
