//! The OpenAPI document: served, checked in, and valid as far as links within it go.

use std::path::PathBuf;

use serde_json::Value;

use crate::util::TestApp;

fn checked_in() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json"))
}

#[tokio::test]
async fn the_served_document_is_the_one_that_is_checked_in() {
    let app = TestApp::new().await;
    let answer = app.get("/api/v0/openapi.json").send().await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let made = server::openapi::text(&server::openapi::document());
    #[expect(
        clippy::disallowed_methods,
        reason = "the test's own switch, not the program's configuration"
    )]
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(checked_in(), &made).unwrap();
        return;
    }
    let served = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(
        served == made,
        "docs/openapi.json is not what the routes say; run with UPDATE_OPENAPI=1, then look at the change"
    );
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_is_told_apart() {
    let document: Value =
        serde_json::from_str(&server::openapi::text(&server::openapi::document())).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
    let mut ids: Vec<&str> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(
            path.starts_with("/api/v0/")
                || path.starts_with("/enzi/v0/")
                || path.starts_with("/admission/v1")
                || path == "/api/clientbundle",
            "{path}"
        );
        for operation in item.as_object().unwrap().values() {
            ids.push(operation["operationId"].as_str().unwrap());
            assert!(
                operation["summary"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{path} has no summary"
            );
        }
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "two operations have the same id");
}

fn collect<'v>(value: &'v Value, references: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[tokio::test]
async fn what_the_api_does_not_have_is_refused_in_its_words() {
    let app = TestApp::new().await;
    for (method, path, status, code) in [
        ("GET", "/api/v0/nothing", 404, "NO_SUCH_ENDPOINT"),
        ("GET", "/enzi/v0/nothing", 404, "NO_SUCH_ENDPOINT"),
        ("GET", "/api/v0//repositories", 404, "NO_SUCH_ENDPOINT"),
        ("PUT", "/api/v0/repositories", 405, "NOT_ALLOWED"),
        ("DELETE", "/api/v0/meta/settings", 405, "NOT_ALLOWED"),
        (
            "GET",
            "/api/v0/repositories?pageSize=0",
            400,
            "INVALID_PARAMETERS",
        ),
        (
            "GET",
            "/api/v0/repositories?pageSize=-1",
            400,
            "INVALID_PARAMETERS",
        ),
        (
            "GET",
            "/api/v0/repositories?pageSize=1000000000",
            400,
            "INVALID_PARAMETERS",
        ),
        (
            "GET",
            "/api/v0/repositories?pageStart=x",
            400,
            "INVALID_PARAMETERS",
        ),
        (
            "GET",
            "/api/v0/repositories?filter=%00",
            400,
            "INVALID_PARAMETERS",
        ),
        (
            "GET",
            "/api/v0/repositories/a%00b",
            400,
            "INVALID_PARAMETERS",
        ),
        (
            "GET",
            "/api/v0/repositories/alice/%2e%2e",
            404,
            "NO_SUCH_REPOSITORY",
        ),
        (
            "GET",
            "/api/v0/repositories/alice/a%2fb",
            404,
            "NO_SUCH_REPOSITORY",
        ),
        (
            "GET",
            "/api/v0/repositories/alice/site/tags/a%2fb",
            400,
            "INVALID_TAG_NAME",
        ),
        (
            "GET",
            "/api/v0/repositories/alice/site/tags/sha256:abc",
            400,
            "INVALID_DIGEST",
        ),
        (
            "GET",
            "/api/v0/repositories/alice/site/manifests/latest",
            400,
            "INVALID_DIGEST",
        ),
    ] {
        let answer = app
            .call(method, path)
            .by("alice")
            .send()
            .await
            .expect(status);
        assert_eq!(answer.code(), code, "{method} {path}");
        assert!(!answer.message().is_empty(), "{method} {path}");
    }
    let answer = app
        .get("/api/v0/repositories")
        .by("alice")
        .send()
        .await
        .expect(200);
    assert_eq!(
        (
            answer.header("cache-control"),
            answer.header("x-content-type-options")
        ),
        ("no-store", "nosniff")
    );
}

#[tokio::test]
async fn odd_json_is_refused() {
    let app = TestApp::new().await;
    let deep = format!(
        "{{\"name\":{}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let huge = format!("{{\"name\":\"{}\"}}", "a".repeat(4 << 20));
    for (body, status) in [
        (r#"{"name":"a","name":"b"}"#.to_owned(), 400),
        (deep, 400),
        (huge, 413),
        ("{".to_owned(), 400),
        ("[]".to_owned(), 400),
        (r#"["made"]"#.to_owned(), 400),
        (r#"{"name":"a\u0000"}"#.to_owned(), 400),
    ] {
        let shown = body.get(..40).unwrap_or(&body).to_owned();
        let answer = app
            .call("POST", "/api/v0/repositories/alice")
            .by("alice")
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await;
        assert_eq!(answer.status, status, "{shown}");
        assert!(!answer.message().is_empty(), "{shown}");
    }
    let answer = app
        .call("POST", "/api/v0/repositories/alice")
        .by("alice")
        .json(&serde_json::json!({"name": "made", "tagLimit": "1"}));
    let answer = answer.send().await.expect(400);
    assert_eq!(
        answer.json()["errors"][0],
        serde_json::json!({
            "code": "INVALID_JSON",
            "message": "`tagLimit` is a string; a whole number from 0 to 4294967295 is expected.",
            "detail": {"field": "tagLimit"},
        })
    );
    let list = app
        .get("/api/v0/repositories/alice")
        .by("alice")
        .send()
        .await;
    assert_eq!(
        list.expect(200).json()["repositories"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}
