//! Settings of the whole registry: what they are at first, that a change is partial, and that they are obeyed.

use serde_json::json;

use crate::util::TestApp;

const SETTINGS: &str = "/api/v0/meta/settings";

#[tokio::test]
async fn settings_change_one_by_one() {
    let app = TestApp::with(&[("PLIMSOLL_EXTERNAL_URL", "https://registry.example:8443")]).await;
    let read = async || {
        let answer = app.get(SETTINGS).by("admin").send().await.expect(200);
        let mut settings = answer.json();
        // see `online` and `webhooks`
        let elsewhere = [
            "vulnerabilitySource",
            "outgoingAllowedNetworks",
            "outgoingProxy",
            "outgoingProxyHasCredentials",
        ];
        for name in elsewhere {
            settings.as_object_mut().unwrap().remove(name).unwrap();
        }
        settings
    };
    let host = "registry.example:8443";
    assert_eq!(
        read().await,
        json!({"admitOtherRegistries": false, "createRepositoryOnPush": false, "notaryCertificatesValidNow": false, "readOnlyRegistry": false, "scanningEnabled": true, "scanningSyncOnline": false, "severityThresholds": "dtr", "signatureCertificatesValidNow": true, "dtrHost": host})
    );
    let change = |form| app.call("POST", SETTINGS).by("admin").json(&form).send();
    change(json!({"createRepositoryOnPush": true}))
        .await
        .expect(202);
    change(json!({})).await.expect(202);
    assert_eq!(
        read().await,
        json!({"admitOtherRegistries": false, "createRepositoryOnPush": true, "notaryCertificatesValidNow": false, "readOnlyRegistry": false, "scanningEnabled": true, "scanningSyncOnline": false, "severityThresholds": "dtr", "signatureCertificatesValidNow": true, "dtrHost": host})
    );
    let unknown = change(json!({"logHost": "a"})).await.expect(400);
    assert!(
        unknown.message().contains("logHost"),
        "{}",
        unknown.message()
    );
    change(json!({"createRepositoryOnPush": "yes"}))
        .await
        .expect(400);
}

#[tokio::test]
async fn a_read_only_registry_is_pulled_from_and_not_pushed_to() {
    let app = TestApp::new().await;
    let token = app
        .token("alice", &["repository:alice/app:pull,push,delete"])
        .await;
    let digest = app.push_image(&token, "alice/app", "1", b"layer").await;
    let set = |on: bool| {
        app.call("POST", SETTINGS)
            .by("admin")
            .json(&json!({"readOnlyRegistry": on}))
            .send()
    };
    set(true).await.expect(202);
    for (method, path) in [
        ("POST", "/v2/alice/app/blobs/uploads/".to_owned()),
        ("PUT", "/v2/alice/app/manifests/2".to_owned()),
        ("DELETE", format!("/v2/alice/app/manifests/{digest}")),
    ] {
        let answer = app
            .call(method, &path)
            .bearer(&token)
            .send()
            .await
            .expect(403);
        assert_eq!(answer.code(), "DENIED", "{method} {path}");
        assert!(
            answer.message().contains("read-only"),
            "{}",
            answer.message()
        );
    }
    app.get("/v2/alice/app/manifests/1")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    set(false).await.expect(202);
    app.push_image(&token, "alice/app", "2", b"layer").await;
}

#[tokio::test]
async fn metrics_are_for_administrators() {
    let app = TestApp::new().await;
    app.get("/metrics").send().await.expect(401);
    app.get("/metrics").by("alice").send().await.expect(403);
    let metrics = app.get("/metrics").by("admin").send().await.expect(200);
    assert!(metrics.header("content-type").contains("text"));
    let text = String::from_utf8_lossy(&metrics.body);
    assert!(text.ends_with("# EOF\n"), "{text}");
}
