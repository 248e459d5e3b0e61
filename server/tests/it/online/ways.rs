//! The way to the data: through a proxy, with other certificate authorities.

use serde_json::json;

use super::{Bucket, SETTINGS, bucket::Proxy, fetch, set, updates};
use crate::{scanning::debian, util::TestApp};

/// `name:hu sh` as a proxy is shown it.
const SHOWN: &str = "Basic bmFtZTpodSBzaA==";

#[tokio::test]
async fn a_proxy_is_asked_and_shown_its_password_and_nobody_else_is() {
    let app = TestApp::new().await;
    let bucket = Bucket::new().await;
    bucket.publish("Rocky Linux", &[debian("CVE-2026-0001", "1", None)]);
    let proxy = Proxy::new(Some(SHOWN)).await;
    let shown = format!("http://127.0.0.1:{}", proxy.port);
    let secret = format!("http://name:hu%20sh@127.0.0.1:{}", proxy.port);
    set(
        &app,
        &json!({"url": bucket.url, "ecosystems": ["Rocky Linux"], "proxy": secret}),
    )
    .await;
    let status = fetch(&app).await;
    assert_eq!(
        status["online"]["outcome"],
        "updated",
        "{:?}",
        updates(&app).await
    );
    assert_eq!(bucket.asked(), ["Rocky%20Linux/all.zip 200"]);
    let asked = proxy.asked();
    assert!(
        asked[0].starts_with(&format!("CONNECT 127.0.0.1:{} ", bucket.port)),
        "{asked:?}"
    );

    let settings = async || {
        app.get(SETTINGS)
            .by("admin")
            .send()
            .await
            .expect(200)
            .json()
    };
    let source = settings().await["vulnerabilitySource"].clone();
    assert_eq!(
        (&source["proxy"], &source["proxyHasCredentials"]),
        (&json!(shown), &json!(true))
    );
    let events = app
        .get("/api/v0/events")
        .by("admin")
        .send()
        .await
        .expect(200);
    let kept: serde_json::Value = db::settings::get(&app.state.db, "vulnerabilitySource")
        .await
        .unwrap()
        .unwrap();
    for text in [
        source.to_string(),
        String::from_utf8_lossy(&events.body).into_owned(),
        kept.to_string(),
    ] {
        for secret in ["hu sh", "hu%20sh", SHOWN] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    // the same proxy keeps them, as a form sends it back; another one is not shown them
    set(&app, &json!({"proxy": shown})).await;
    assert_eq!(
        settings().await["vulnerabilitySource"]["proxyHasCredentials"],
        true
    );
    let other = Proxy::new(None).await;
    set(
        &app,
        &json!({"proxy": format!("http://127.0.0.1:{}", other.port)}),
    )
    .await;
    assert_eq!(
        settings().await["vulnerabilitySource"]["proxyHasCredentials"],
        false
    );
    fetch(&app).await;
    let asked = other.asked();
    assert!(
        !asked.is_empty() && !asked[0].contains("authorization"),
        "{asked:?}"
    );

    // one that lets nobody through
    set(&app, &json!({"proxy": shown})).await;
    fetch(&app).await;
    let error = updates(&app).await[0]["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains("the proxy answered with status 407"),
        "{error}"
    );
}

#[tokio::test]
async fn a_mirror_is_trusted_by_the_authority_that_is_named() {
    let app = TestApp::new().await;
    let (bucket, pem) = Bucket::with_tls().await;
    bucket.publish("Debian", &[debian("CVE-2026-0001", "1", None)]);
    set(&app, &json!({"url": bucket.url, "ecosystems": ["Debian"]})).await;
    assert_eq!(fetch(&app).await["online"]["outcome"], "failed");
    assert!(bucket.asked().is_empty());
    set(&app, &json!({"caCertificates": pem})).await;
    let status = fetch(&app).await;
    assert_eq!(
        status["online"]["outcome"],
        "updated",
        "{:?}",
        updates(&app).await
    );
    // through a proxy the mirror is still the one that is trusted
    let proxy = Proxy::new(None).await;
    set(
        &app,
        &json!({"proxy": format!("http://127.0.0.1:{}", proxy.port)}),
    )
    .await;
    assert_eq!(fetch(&app).await["online"]["outcome"], "unchanged");
    assert!(!proxy.asked().is_empty());
    set(&app, &json!({"caCertificates": ""})).await;
    assert_eq!(fetch(&app).await["online"]["outcome"], "failed");
}
