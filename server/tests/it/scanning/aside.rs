//! Findings that are set aside, by hand and by VEX documents.

use serde_json::{Value, json};

use super::{SUMMARY, component, counted, with_a_critical_finding};

const OVERRIDES: &str = "/api/v0/repositories/alice/app/overrides";

#[tokio::test]
async fn a_finding_is_set_aside_where_somebody_says_so_and_nowhere_else() {
    let pusher = with_a_critical_finding().await;
    let app = &pusher.app;
    let post = async |who: &str, path: &str, form: &Value| {
        app.call("POST", path).by(who).json(form).send().await
    };
    let form = json!({"component": "libssl3", "cve": "DEBIAN-CVE-2026-0001", "notes": "not reached",
        "justification": "vulnerable_code_not_in_execute_path"});
    let made = post("alice", OVERRIDES, &form).await.expect(201).json();
    assert_eq!(
        (&made["cve"], &made["repository"], &made["author"]),
        (
            &json!("CVE-2026-0001"),
            &json!("alice/app"),
            &json!("alice")
        )
    );
    assert_eq!(counted(&pusher).await, (0, 1));
    let image = &pusher.json(SUMMARY).await[0]["scannedImage"];
    assert_eq!(image["vulnOverrides"][0]["pk"], made["pk"]);
    assert_eq!(
        component(image, "libssl3")["findings"][0]["setAside"],
        made["pk"]
    );
    // it is another repository's, or another person's: it is not there
    let path = format!("{OVERRIDES}/{}", made["pk"].as_str().unwrap());
    let elsewhere = path.replace("/app/", "/site/");
    app.call("DELETE", &elsewhere)
        .by("alice")
        .send()
        .await
        .expect(404);
    app.call("DELETE", &path).by("bob").send().await.expect(404);
    app.call("DELETE", &path)
        .by("alice")
        .send()
        .await
        .expect(204);
    assert_eq!(counted(&pusher).await, (1, 0));

    for (field, value) in [
        ("cve", ""),
        ("component", " "),
        ("expiresAt", "2020-01-01T00:00:00Z"),
        ("justification", "because"),
    ] {
        let mut bad = form.clone();
        bad[field] = json!(value);
        post("alice", OVERRIDES, &bad).await.expect(400);
    }
    let mut other = form.clone();
    other["componentVersion"] = json!("1.0");
    post("alice", OVERRIDES, &other).await.expect(201);
    assert_eq!(counted(&pusher).await, (1, 0));

    let image = &pusher.json(SUMMARY).await[0]["scannedImage"];
    let layer = image["layers"][0]["digest"].as_str().unwrap();
    let dtr = json!({"component": "libssl3", "componentVersion": "3.0.11-1~deb12u1", "cve": "CVE-2026-0001", "notes": ""});
    let path = format!("/api/v0/imagescan/layeroverride/{layer}");
    post("alice", &path, &dtr).await.expect(403);
    let strange = oci::Digest::of(oci::Algorithm::Sha256, b"strange");
    post(
        "admin",
        &format!("/api/v0/imagescan/layeroverride/{strange}"),
        &dtr,
    )
    .await
    .expect(200);
    assert_eq!(counted(&pusher).await, (1, 0));
    let made = post("admin", &path, &dtr).await.expect(200).json();
    assert_eq!(counted(&pusher).await, (0, 1));
    let path = format!(
        "/api/v0/imagescan/layeroverride/{}",
        made["pk"].as_str().unwrap()
    );
    app.call("DELETE", &path)
        .by("admin")
        .send()
        .await
        .expect(204);
    assert_eq!(counted(&pusher).await, (1, 0));
}

#[tokio::test]
async fn a_vex_document_sets_aside_and_what_is_set_aside_is_one() {
    let pusher = with_a_critical_finding().await;
    let app = &pusher.app;
    let import = async |who: &str, document: &str| {
        app.call("POST", &format!("{OVERRIDES}/import"))
            .by(who)
            .header("content-type", "application/json")
            .body(document.to_owned())
            .send()
            .await
    };
    let export = async |format: &str| {
        let path = format!("{SUMMARY}/export?format={format}");
        app.get(&path).by("alice").send().await
    };
    export("openvex").await.expect(404);
    for bad in [
        "",
        "{}",
        "[]",
        r#"{"@context":"https://openvex.dev/ns/v0.2.0","statements":7}"#,
    ] {
        assert_eq!(import("alice", bad).await.expect(400).code(), "INVALID_VEX");
    }
    let document = json!({"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://a.example/1", "author": "us",
        "timestamp": "2026-11-01T00:00:00Z", "version": 1, "statements": [
        {"vulnerability": {"name": "CVE-2026-0001"}, "status": "not_affected", "justification": "vulnerable_code_not_present",
         "products": [{"@id": "pkg:deb/debian/libssl3@3.0.11-1~deb12u1"}]},
        {"vulnerability": {"name": "CVE-2026-0009"}, "status": "affected", "action_statement": "update",
         "products": [{"@id": "pkg:deb/debian/libssl3"}]}]});
    let answer = import("alice", &document.to_string())
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            answer["overrides"].as_array().unwrap().len(),
            &answer["passedOver"]
        ),
        (1, &json!(1)),
        "{answer}"
    );
    assert_eq!(counted(&pusher).await, (0, 1));
    let again = import("alice", &document.to_string())
        .await
        .expect(200)
        .json();
    assert_eq!(again["overrides"], json!([]));

    let written = export("openvex").await.expect(200);
    assert_eq!(written.header("content-type"), "application/openvex+json");
    let statement = &written.json()["statements"][0];
    assert_eq!(statement["vulnerability"]["name"], "CVE-2026-0001");
    assert_eq!(statement["justification"], "vulnerable_code_not_present");
}
