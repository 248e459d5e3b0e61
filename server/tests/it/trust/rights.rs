//! Who may do what with a collection: by password, by token and its scope, and without anything. What is refused is 401 in the same words,
//! whether there is something or not.

use super::{GUN, Owner, SITE, client::NOW, form, get, said, tuf};
use crate::util::{Answer, TestApp};

/// Every operation, with what it needs.
const OPERATIONS: [(&str, &str, &str); 8] = [
    ("GET", "tuf/root.json", "pull"),
    ("GET", "tuf/1.root.json", "pull"),
    ("GET", "changefeed?records=0", "pull"),
    ("GET", "tuf/timestamp.key", "pull,push"),
    ("GET", "tuf/snapshot.key", "pull,push"),
    ("POST", "tuf/", "pull,push"),
    ("POST", "tuf/timestamp.key", "*"),
    ("DELETE", "tuf/", "*"),
];

async fn ask(app: &TestApp, gun: &str, (method, path): (&str, &str), how: &How<'_>) -> Answer {
    let call = app
        .call(method, &format!("/v2/{gun}/_trust/{path}"))
        .at(NOW);
    let call = match how {
        How::Nobody => call,
        How::Password(name) => call.by(name),
        How::Token(token) => call.bearer(token),
    };
    let call = match method {
        "POST" if path == "tuf/" => call
            .header("content-type", "multipart/form-data; boundary=XYZ")
            .body(form(&[])),
        _ => call,
    };
    call.send().await
}

enum How<'a> {
    Nobody,
    Password(&'a str),
    Token(&'a str),
}

/// Fails unless it is refused in the one way.
#[track_caller]
fn refused(answer: &Answer, gun: &str, scope: &str, error: &str) {
    let actions = scope.split(',').map(|action| {
        format!(
            "{{\"Type\":\"repository\",\"Class\":\"\",\"Name\":\"{gun}\",\"Action\":\"{action}\"}}"
        )
    });
    let actions = actions.collect::<Vec<_>>().join(",");
    assert_eq!(
        answer.status.as_u16(),
        401,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert_eq!(
        answer.body,
        format!(
            "{{\"errors\":[{{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required\",\"detail\":[{actions}]}}]}}\n"
        )
    );
    assert_eq!(
        answer.header("www-authenticate"),
        format!(
            "Bearer realm=\"http://127.0.0.1:8080/auth/token\",service=\"plimsoll\",scope=\"repository:{gun}:{scope}\"{error}"
        )
    );
}

#[tokio::test]
async fn by_password() {
    let app = TestApp::new().await;
    for gun in [GUN, SITE] {
        Owner::published(&app, gun).await;
    }
    for (who, gun, allowed) in [
        ("bob", GUN, &[][..]),
        ("bob", SITE, &["pull"]),
        ("alice", SITE, &["pull", "pull,push", "*"]),
        ("admin", GUN, &["pull", "pull,push", "*"]),
    ] {
        for (method, path, scope) in OPERATIONS {
            let answer = ask(&app, gun, (method, path), &How::Password(who)).await;
            if allowed.contains(&scope) {
                answer.expect(200);
            } else {
                refused(&answer, gun, scope, ",error=\"insufficient_scope\"");
            }
        }
    }
}

#[tokio::test]
async fn what_is_private_is_as_good_as_not_there() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    for gun in [
        GUN,
        "127.0.0.1:8080/alice/none",
        "127.0.0.1:8080/nobody/none",
    ] {
        let scopes: Vec<String> = ["pull", "push,pull", "*"]
            .map(|actions| format!("repository:{gun}:{actions}"))
            .into();
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        for (method, path, scope) in OPERATIONS {
            let what = (method, path);
            refused(&ask(&app, gun, what, &How::Nobody).await, gun, scope, "");
            for name in ["", "bob"] {
                let token = app.token(name, &scopes).await;
                let answer = ask(&app, gun, what, &How::Token(&token)).await;
                refused(&answer, gun, scope, ",error=\"insufficient_scope\"");
            }
            let answer = ask(&app, gun, what, &How::Password("bob")).await;
            refused(&answer, gun, scope, ",error=\"insufficient_scope\"");
        }
    }
    // Not for those either who may do everything: there is nothing to do it to.
    let answer = ask(
        &app,
        "127.0.0.1:8080/alice/none",
        ("GET", "tuf/root.json"),
        &How::Password("admin"),
    )
    .await;
    refused(
        &answer,
        "127.0.0.1:8080/alice/none",
        "pull",
        ",error=\"insufficient_scope\"",
    );
}

#[tokio::test]
async fn by_token() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    for (scopes, allowed) in [
        (
            &["repository:127.0.0.1:8080/alice/app:pull"][..],
            &["pull"][..],
        ),
        (
            &["repository:127.0.0.1:8080/alice/app:push,pull"],
            &["pull", "pull,push"],
        ),
        (&["repository:127.0.0.1:8080/alice/app:push"], &[]),
        (
            &["repository:127.0.0.1:8080/alice/app:*"],
            &["pull", "pull,push", "*"],
        ),
        // It is good for what was asked for, by the name by which it was asked for.
        (&["repository:alice/app:*"], &[]),
        (&["repository:localhost:8080/alice/app:*"], &[]),
        (&["repository:dtr.example.com/alice/app:*"], &[]),
        (&["repository:127.0.0.1:8080/alice/site:*"], &[]),
        (&["registry:catalog:*"], &[]),
        (&[], &[]),
    ] {
        let token = app.token("alice", scopes).await;
        for (method, path, scope) in OPERATIONS {
            let answer = ask(&app, GUN, (method, path), &How::Token(&token)).await;
            if allowed.contains(&scope) {
                answer.expect(200);
            } else {
                refused(&answer, GUN, scope, ",error=\"insufficient_scope\"");
            }
        }
    }
    let answer = ask(&app, GUN, ("GET", "tuf/root.json"), &How::Token("x.y.z")).await;
    refused(&answer, GUN, "pull", ",error=\"invalid_token\"");
    let answer = ask(
        &app,
        GUN,
        ("GET", "tuf/root.json"),
        &How::Password("nobody"),
    )
    .await;
    refused(&answer, GUN, "pull", "");
    // A token for trust data pulls no images.
    let token = app
        .token("alice", &["repository:127.0.0.1:8080/alice/app:*"])
        .await;
    app.get("/v2/alice/app/tags/list")
        .bearer(&token)
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn the_public_reads_what_is_public() {
    let app = TestApp::new().await;
    Owner::published(&app, SITE).await;
    let token = app
        .token("", &["repository:127.0.0.1:8080/alice/site:push,pull"])
        .await;
    for (method, path, scope) in OPERATIONS {
        let answer = ask(&app, SITE, (method, path), &How::Token(&token)).await;
        if scope == "pull" {
            answer.expect(200);
        } else {
            refused(&answer, SITE, scope, ",error=\"insufficient_scope\"");
        }
    }
}

#[tokio::test]
async fn a_token_does_not_outlive_its_repository() {
    let app = TestApp::new().await;
    let token = app
        .token("alice", &["repository:127.0.0.1:8080/alice/app:pull"])
        .await;
    app.call("DELETE", "/api/v0/repositories/alice/app")
        .by("alice")
        .send()
        .await
        .expect(204);
    app.call("POST", "/api/v0/repositories/alice")
        .by("alice")
        .json(&serde_json::json!({"name": "app", "visibility": "private"}))
        .send()
        .await
        .expect(201);
    let answer = ask(
        &app,
        GUN,
        ("GET", "changefeed?records=0"),
        &How::Token(&token),
    )
    .await;
    refused(&answer, GUN, "pull", ",error=\"insufficient_scope\"");
}

#[tokio::test]
async fn a_repository_is_made_where_a_push_would_make_it() {
    let app = TestApp::new().await;
    let gun = "127.0.0.1:8080/alice/fresh";
    let scope = format!("repository:{gun}:push,pull");
    app.call("POST", "/api/v0/meta/settings")
        .by("admin")
        .json(&serde_json::json!({"createRepositoryOnPush": true}))
        .send()
        .await
        .expect(202);
    let bobs = app.token("bob", &[&scope]).await;
    refused(
        &ask(&app, gun, ("GET", "tuf/timestamp.key"), &How::Token(&bobs)).await,
        gun,
        "pull,push",
        ",error=\"insufficient_scope\"",
    );
    // One token is good for all that a client does, though the repository was not there when it was given out.
    let token = app.token("alice", &[&scope]).await;
    refused(
        &ask(&app, gun, ("GET", "tuf/root.json"), &How::Token(&token)).await,
        gun,
        "pull",
        ",error=\"insufficient_scope\"",
    );
    for path in ["tuf/timestamp.key", "tuf/snapshot.key"] {
        ask(&app, gun, ("GET", path), &How::Token(&token))
            .await
            .expect(200);
    }
    app.get("/api/v0/repositories/alice/fresh")
        .by("alice")
        .send()
        .await
        .expect(200);
    assert_eq!(
        said(&get(&app, gun, "root.json").await),
        "404 METADATA_NOT_FOUND {}"
    );
    refused(
        &ask(&app, gun, ("DELETE", "tuf/"), &How::Token(&token)).await,
        gun,
        "*",
        ",error=\"insufficient_scope\"",
    );
}

#[tokio::test]
async fn a_limited_access_token_is_good_for_what_it_names() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    for (actions, allowed) in [
        (&["pull"][..], &["pull"][..]),
        (&["pull", "push"], &["pull", "pull,push"]),
        (&["push"], &["pull", "pull,push"]),
        (&["admin"], &["pull", "pull,push", "*"]),
    ] {
        let body = serde_json::json!({"tokenLabel": "ci", "scope": [{"repository": "alice/app", "actions": actions}]});
        let made = app
            .call("POST", "/api/v0/api_tokens")
            .by("alice")
            .json(&body)
            .send()
            .await
            .expect(200);
        let secret = made.json()["token"].as_str().unwrap().to_owned();
        for (method, path, scope) in OPERATIONS {
            let call = app
                .call(method, &format!("/v2/{GUN}/_trust/{path}"))
                .at(NOW)
                .basic("alice", &secret)
                .header("content-type", "multipart/form-data; boundary=XYZ")
                .body(form(&[]));
            let expected = if allowed.contains(&scope) { 200 } else { 401 };
            let answer = call.send().await;
            assert_eq!(
                answer.status.as_u16(),
                expected,
                "{actions:?} {method} {path}"
            );
            if path.starts_with("tuf/") && method == "DELETE" && expected == 200 {
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_read_only_registry_is_read() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    app.call("POST", "/api/v0/meta/settings")
        .by("admin")
        .json(&serde_json::json!({"readOnlyRegistry": true}))
        .send()
        .await
        .expect(202);
    get(&app, GUN, "root.json").await.expect(200);
    get(&app, GUN, "timestamp.key").await.expect(200);
    let parts = [("targets", owner.targets_file(2, &[]))];
    owner.publish(&app, &parts).await.expect(403);
    for (method, name) in [("DELETE", ""), ("POST", "timestamp.key")] {
        app.call(method, &tuf(GUN, name))
            .by("alice")
            .send()
            .await
            .expect(403);
    }
}
