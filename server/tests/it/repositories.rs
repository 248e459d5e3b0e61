//! Repositories: lists and paging, creating, changing, deleting, README, search.

use serde_json::{Value, json};

use crate::util::TestApp;

/// The names of the repositories in a list.
pub(crate) fn names(list: &Value) -> Vec<String> {
    let rows = list["repositories"].as_array().unwrap().iter();
    rows.map(|row| {
        format!(
            "{}/{}",
            row["namespace"].as_str().unwrap(),
            row["name"].as_str().unwrap()
        )
    })
    .collect()
}

async fn create(app: &TestApp, owner: &str, form: Value) -> Value {
    let path = format!("/api/v0/repositories/{owner}");
    app.call("POST", &path)
        .by(owner)
        .json(&form)
        .send()
        .await
        .expect(201)
        .json()
}

#[tokio::test]
async fn everybody_lists_what_they_may_see() {
    let app = TestApp::new().await;
    create(&app, "bob", json!({"name": "secret"})).await;
    for (who, expected) in [
        ("alice", &["alice/app", "alice/site"][..]),
        ("bob", &["alice/site", "bob/secret"]),
        ("admin", &["alice/app", "alice/site", "bob/secret"]),
    ] {
        let answer = app
            .get("/api/v0/repositories?count=true")
            .by(who)
            .send()
            .await
            .expect(200);
        assert_eq!(names(&answer.json()), expected, "{who}");
        assert_eq!(
            answer.header("x-resource-count"),
            expected.len().to_string(),
            "{who}"
        );
    }
    let answer = app.get("/api/v0/repositories").send().await.expect(200);
    assert_eq!(names(&answer.json()), ["alice/site"]);
    assert_eq!(answer.header("x-resource-count"), "");
    assert_eq!(answer.json()["repositories"][0]["permission"], "read-only");
}

#[tokio::test]
async fn a_list_is_paged_and_filtered() {
    let app = TestApp::new().await;
    for name in ["a", "b_b", "b-b", "c"] {
        create(
            &app,
            "bob",
            json!({"name": name, "shortDescription": "Something"}),
        )
        .await;
    }
    let mut seen = Vec::new();
    let mut start = String::new();
    loop {
        let path = format!("/api/v0/repositories?pageSize=2&pageStart={start}");
        let answer = app.get(&path).by("admin").send().await.expect(200);
        seen.extend(names(&answer.json()));
        start = answer.header("x-next-page-start").to_owned();
        if start.is_empty() {
            break;
        }
    }
    assert_eq!(
        seen,
        [
            "alice/app",
            "alice/site",
            "bob/a",
            "bob/b-b",
            "bob/b_b",
            "bob/c"
        ]
    );
    for (query, expected) in [
        ("?filter=B_", &["bob/b_b"][..]),
        ("?filter=%25", &[]),
        ("?filter=bob/c", &["bob/c"]),
        ("?filter=something&pageSize=1", &["bob/a"]),
        ("/bob?filter=-", &["bob/b-b"]),
        ("/nobody", &[]),
    ] {
        let answer = app
            .get(&format!("/api/v0/repositories{query}"))
            .by("bob")
            .send()
            .await
            .expect(200);
        assert_eq!(names(&answer.json()), expected, "{query}");
    }
}

#[tokio::test]
async fn a_repository_is_created_private_and_as_its_form_says() {
    let app = TestApp::new().await;
    let plain = create(&app, "alice", json!({"name": "plain"})).await;
    for (field, expected) in [
        ("namespace", json!("alice")),
        ("namespaceType", json!("user")),
        ("visibility", json!("private")),
        ("immutableTags", json!(false)),
        ("scanOnPush", json!(true)),
        ("enableManifestLists", json!(false)),
        ("tagLimit", json!(0)),
        ("permission", json!("admin")),
        ("tagCount", json!(0)),
        ("size", json!(0)),
        ("longDescription", json!("")),
    ] {
        assert_eq!(plain[field], expected, "{field}");
    }
    assert_eq!(plain.get("lastPushedAt"), None);
    // What DTR's clients send.
    let full = create(
        &app,
        "alice",
        json!({"name": "full", "shortDescription": "One line", "longDescription": "# Read", "visibility": "public",
               "scanOnPush": false, "immutableTags": true, "enableManifestLists": false, "tagLimit": 0}),
    )
    .await;
    assert_eq!(
        (&full["visibility"], &full["immutableTags"]),
        (&json!("public"), &json!(true))
    );
    let again = app
        .call("POST", "/api/v0/repositories/alice")
        .by("alice")
        .json(&json!({"name": "full"}));
    assert_eq!(again.send().await.expect(409).code(), "REPOSITORY_EXISTS");
}

#[tokio::test]
async fn a_form_with_a_fault_is_refused_with_its_field() {
    let app = TestApp::new().await;
    for (form, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": "A"}), "name"),
        (json!({"name": "a/b"}), "name"),
        (json!({"name": ".."}), "name"),
        (json!({"name": "a\u{0}"}), "name"),
        (json!({"name": "a".repeat(300)}), "name"),
        (
            json!({"name": "a", "shortDescription": "x".repeat(141)}),
            "shortDescription",
        ),
        (
            json!({"name": "a", "shortDescription": "two\nlines"}),
            "shortDescription",
        ),
        (
            json!({"name": "a", "longDescription": "x".repeat(100_001)}),
            "longDescription",
        ),
        (
            json!({"name": "a", "longDescription": "\u{0}"}),
            "longDescription",
        ),
        (json!({"name": "a", "tagLimit": 5}), "tagLimit"),
        (
            json!({"name": "a", "enableManifestLists": true}),
            "enableManifestLists",
        ),
    ] {
        let answer = app
            .call("POST", "/api/v0/repositories/alice")
            .by("alice")
            .json(&form)
            .send()
            .await
            .expect(400);
        assert_eq!(answer.code(), "INVALID_PARAMETERS");
        assert_eq!(answer.json()["errors"][0]["detail"]["field"], field);
    }
    let post = || app.call("POST", "/api/v0/repositories/alice").by("alice");
    let json = "application/json";
    post()
        .header("content-type", "text/plain")
        .body(r#"{"name":"a"}"#)
        .send()
        .await
        .expect(415);
    post().body(r#"{"name":"a"}"#).send().await.expect(415);
    post()
        .header("content-type", json)
        .body("{")
        .send()
        .await
        .expect(400);
    post()
        .header("content-type", json)
        .body("[".repeat(10_000))
        .send()
        .await
        .expect(400);
    post()
        .header("content-type", json)
        .body(r#"{"name":"a","name":"b"}"#)
        .send()
        .await
        .expect(400);
    post()
        .header("content-type", json)
        .body(format!(r#"{{"name":"{}"}}"#, "a".repeat(2 << 20)))
        .send()
        .await
        .expect(413);
    assert_eq!(
        names(
            &app.get("/api/v0/repositories/alice")
                .by("alice")
                .send()
                .await
                .json()
        ),
        ["alice/app", "alice/site"]
    );
}

#[tokio::test]
async fn a_change_leaves_the_rest_as_it_is() {
    let app = TestApp::new().await;
    let path = "/api/v0/repositories/alice/app";
    let change = |form: Value| app.call("PATCH", path).by("alice").json(&form).send();
    change(json!({"shortDescription": "Short", "longDescription": "Long"}))
        .await
        .expect(200);
    let now = change(json!({"visibility": "public", "immutableTags": true}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&now["shortDescription"], &now["longDescription"]),
        (&json!("Short"), &json!("Long"))
    );
    assert_eq!(
        (&now["visibility"], &now["immutableTags"]),
        (&json!("public"), &json!(true))
    );
    app.get(path).send().await.expect(200);
    change(json!({"tagLimit": 1})).await.expect(400);
    change(json!({"name": "other"})).await.expect(400);
    change(json!({"visibility": "private"})).await.expect(200);
    app.get(path).send().await.expect(404);
}

#[tokio::test]
async fn a_deleted_repository_is_gone_with_its_content() {
    let app = TestApp::new().await;
    let token = app
        .token("alice", &["repository:alice/app:pull,push"])
        .await;
    let digest = app.push_image(&token, "alice/app", "1", b"layer").await;
    let path = "/api/v0/repositories/alice/app";
    let before = app.get(path).by("alice").send().await.expect(200).json();
    assert_eq!(before["tagCount"], 1);
    assert!(before["size"].as_u64().unwrap() > 5 && before["lastPushedAt"].is_string());
    app.call("DELETE", path)
        .by("alice")
        .send()
        .await
        .expect(204);
    app.get(path).by("alice").send().await.expect(404);
    app.get(&format!("/v2/alice/app/manifests/{digest}"))
        .bearer(&token)
        .send()
        .await
        .expect(404);
    let after = create(&app, "alice", json!({"name": "app"})).await;
    assert_eq!(after["tagCount"], 0);
    assert_ne!(before["id"], after["id"]);
}

#[tokio::test]
async fn a_readme_is_answered_as_safe_html() {
    let app = TestApp::new().await;
    let path = "/api/v0/repositories/alice/site";
    let form = json!({"longDescription": "# Hello\n\n[x](javascript:alert(1)) <b onclick=alert(1)>y</b>\n\n<script>alert(1)</script>"});
    app.call("PATCH", path)
        .by("alice")
        .json(&form)
        .send()
        .await
        .expect(200);
    let html = app
        .get(&format!("{path}/readme"))
        .send()
        .await
        .expect(200)
        .json()["html"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        html,
        "<h3>Hello</h3>\n<p><a rel=\"nofollow noopener noreferrer\">x</a> <b>y</b></p>\n\n"
    );
}
