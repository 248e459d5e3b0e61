//! What is broken on the other side changes nothing here, and is said.

use serde_json::json;

use super::{Bucket, Reply, fetch, fetched_once, set, updates};
use crate::{
    scanning::{bundle, debian},
    util::TestApp,
};

#[tokio::test]
async fn one_broken_ecosystem_changes_nothing_and_is_named() {
    let app = TestApp::new().await;
    let (bucket, mut known) = fetched_once(&app).await;
    let inside = Bucket::new().await;
    // another one has news, which have to wait
    known.push(debian("CVE-2026-0009", "3.0.14-1", None));
    bucket.remove("Debian/modified_id.csv");
    bucket.put("Debian/all.zip", Reply::File(bundle(&known)));
    bucket.remove("npm/modified_id.csv");
    let sound = bundle(&known);
    let raw = |head: &str| Reply::Raw(format!("HTTP/1.1 {head}\r\n\r\n"));
    let away = format!(
        "302 Found\r\nlocation: {}/npm/all.zip\r\ncontent-length: 0",
        inside.url
    );
    for (reply, why) in [
        (raw("503 Busy\r\ncontent-length: 0"), "status 503"),
        (raw("200 OK\r\ncontent-length: 99999999999"), "larger than"),
        (
            Reply::Raw("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\nPK".to_owned()),
            "cut off",
        ),
        (
            Reply::Raw("nonsense\r\n\r\n".to_owned()),
            "did not get through",
        ),
        (raw(&away), "redirects are not followed"),
        (Reply::File(b"<html>Log in</html>".to_vec()), "npm"),
        (Reply::File(bundle(&[])), "no record"),
        (Reply::File(sound[..sound.len() - 30].to_vec()), "npm"),
        (
            Reply::File(bundle(&[json!({"id": "X", "affected": 7})])),
            "npm",
        ),
    ] {
        bucket.put("npm/all.zip", reply);
        let status = fetch(&app).await;
        let last = &updates(&app).await[0];
        assert_eq!(status["online"]["outcome"], "failed", "{why} {last}");
        assert_eq!(
            (&status["lastDBUpdateFailed"], &status["db_version"]),
            (&json!(true), &json!(1))
        );
        let error = last["error"].as_str().unwrap();
        assert!(
            error.contains(why) && error.contains("npm"),
            "{why}: {error}"
        );
    }
    assert!(inside.asked().is_empty());
    bucket.put("npm/all.zip", raw("304 Not Modified"));
    let status = fetch(&app).await;
    assert_eq!(
        status["online"]["outcome"],
        "updated",
        "{:?}",
        updates(&app).await
    );
    assert_eq!(updates(&app).await[0]["records"], 4);
    let left = std::fs::read_dir(app.dir.path().join("bundles")).unwrap();
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn what_says_what_changed_is_not_believed_blindly() {
    let app = TestApp::new().await;
    let (bucket, mut known) = fetched_once(&app).await;
    known.push(debian("CVE-2026-0009", "3.0.14-1", None));
    bucket.put("Debian/all.zip", Reply::File(bundle(&known)));
    let whole = ["Debian/all.zip 200", "Debian/modified_id.csv 200"];
    for csv in [
        "<html>Log in</html>\n".to_owned(),
        "2026-11-24T00:00:00Z,../../etc/passwd\n".to_owned(),
        // not there
        "2026-11-24T00:00:00Z,DEBIAN-CVE-2026-0404\n".to_owned(),
        "2026-11-24T00:00:00Z,DEBIAN-CVE-2026-0009\n".repeat(5_000),
        "9".repeat(100_000),
    ] {
        // all that is known is what came first
        bucket.put("Debian/modified_id.csv", Reply::File(csv.into_bytes()));
        fetch(&app).await;
        let mut asked = bucket.asked();
        asked.retain(|path| path.starts_with("Debian") && !path.contains("0404"));
        let is_known = asked[0].ends_with("304");
        assert!(is_known || asked == whole, "{asked:?}");
    }
    assert_eq!(updates(&app).await[0]["records"], 4);
    assert_eq!(updates(&app).await.len(), 2);
}

#[tokio::test]
async fn no_address_is_asked_that_tells_a_machine_its_credentials() {
    let app = TestApp::new().await;
    let url = "https://169.254.169.254/latest";
    set(&app, &json!({"url": url, "ecosystems": ["Debian"]})).await;
    fetch(&app).await;
    let error = updates(&app).await[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("may not be asked"), "{error}");
    // nor through a proxy
    let proxy = super::bucket::Proxy::new(None).await;
    set(
        &app,
        &json!({"proxy": format!("http://127.0.0.1:{}", proxy.port)}),
    )
    .await;
    fetch(&app).await;
    let error = updates(&app).await[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("may not be asked"), "{error}");
    assert!(proxy.asked().is_empty());
}
