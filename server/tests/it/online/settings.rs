//! Where data is fetched from, as an administrator sets it.

use serde_json::json;

use super::SETTINGS;
use crate::util::TestApp;

#[tokio::test]
async fn a_source_is_checked_and_what_is_not_named_stays() {
    let app = TestApp::new().await;
    let read = async || {
        let settings = app
            .get(SETTINGS)
            .by("admin")
            .send()
            .await
            .expect(200)
            .json();
        settings["vulnerabilitySource"].clone()
    };
    let change = async |source: serde_json::Value| {
        let form = json!({"vulnerabilitySource": source});
        app.call("POST", SETTINGS)
            .by("admin")
            .json(&form)
            .send()
            .await
    };
    let first = read().await;
    assert_eq!(
        first["url"],
        "https://osv-vulnerabilities.storage.googleapis.com"
    );
    assert!(
        first["ecosystems"]
            .as_array()
            .unwrap()
            .contains(&json!("Debian"))
    );
    change(json!({"url": "https://mirror.example/osv/", "ecosystems": ["npm", " Debian", "npm"]}))
        .await
        .expect(202);
    change(json!({"proxy": "http://proxy.example:3128/"}))
        .await
        .expect(202);
    let set = json!({"url": "https://mirror.example/osv", "ecosystems": ["Debian", "npm"], "proxy": "http://proxy.example:3128",
        "proxyHasCredentials": false, "caCertificates": ""});
    assert_eq!(read().await, set);
    for (field, bad) in [
        ("url", json!("mirror")),
        ("url", json!("http://mirror.example/osv")),
        ("url", json!("ftp://mirror.example")),
        ("url", json!("https://name:hush@mirror.example")),
        ("url", json!("https://mirror.example/?a=b")),
        (
            "url",
            json!(format!("https://mirror.example/{}", "a".repeat(3000))),
        ),
        ("ecosystems", json!(["../etc"])),
        ("ecosystems", json!(["a/b"])),
        ("ecosystems", json!(["Debian:12"])),
        ("ecosystems", json!([""])),
        ("ecosystems", json!([".."])),
        ("ecosystems", json!(vec!["a"; 101])),
        ("proxy", json!("proxy.example:3128")),
        ("proxy", json!("socks5://proxy.example")),
        ("proxy", json!("http://proxy.example/path")),
        ("proxy", json!("http://na%3Ame:hush@proxy.example")),
        ("caCertificates", json!("nonsense")),
        ("caCertificates", json!("a".repeat(70_000))),
    ] {
        let refused = change(json!({ field: bad })).await.expect(400);
        assert_eq!(
            refused.json()["errors"][0]["detail"]["field"],
            field,
            "{bad}"
        );
        assert!(!refused.message().contains("hush"), "{}", refused.message());
    }
    for unknown in ["proxyHasCredentials", "proxyCredentials", "isAdmin"] {
        let refused = change(json!({ unknown: "x" })).await.expect(400);
        assert!(refused.message().contains(unknown), "{}", refused.message());
    }
    assert_eq!(read().await, set);
    change(json!({"url": "", "ecosystems": [], "proxy": ""}))
        .await
        .expect(202);
    assert_eq!(read().await, first);
}
