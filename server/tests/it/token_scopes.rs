//! Access tokens that are good for chosen repositories: what they are given, what `/v2/` makes of them, and what becomes of them.
//! What each scope opens in the API is in `permissions/scopes.rs`.

use serde_json::{Value, json};

use crate::util::{Answer, TestApp};

const TOKENS: &str = "/api/v0/api_tokens";

async fn try_making(app: &TestApp, who: &str, scope: Value) -> Answer {
    let call = app.call("POST", TOKENS).by(who);
    call.json(&json!({ "scope": scope })).send().await
}

async fn make(app: &TestApp, who: &str, scope: Value) -> String {
    let made = try_making(app, who, scope).await.expect(200).json();
    made["token"].as_str().unwrap().to_owned()
}

/// What `/auth/token` gives for it.
async fn registry_token(app: &TestApp, who: &str, secret: &str, scopes: &str) -> String {
    let path = format!("/auth/token?service=plimsoll&{scopes}");
    let answer = app.get(&path).basic(who, secret).send().await.expect(200);
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn nobody_gives_a_token_more_than_they_hold() {
    let app = TestApp::company().await;
    for (who, repository, action, status) in [
        ("rob", "acme/app", "pull", 200),
        ("rob", "acme/app", "push", 400),
        ("wanda", "acme/app", "delete", 200),
        ("wanda", "acme/app", "admin", 400),
        ("rae", "acme/app", "admin", 200),
        ("mia", "acme/app", "pull", 400),
        ("mia", "acme/site", "pull", 200),
        ("mia", "acme/site", "push", 400),
        ("bob", "acme/none", "pull", 400),
        ("bob", "nonsense", "pull", 400),
    ] {
        let scope = json!([{"repository": repository, "actions": [action]}]);
        let answer = try_making(&app, who, scope).await;
        assert_eq!(answer.status, status, "{who} {repository} {action}");
    }
    // What is there and may not be seen is refused like what is not there.
    let hidden = json!([{"repository": "acme/app", "actions": ["pull"]}]);
    let hidden = try_making(&app, "bob", hidden).await.message();
    let missing = json!([{"repository": "acme/xxx", "actions": ["pull"]}]);
    let missing = try_making(&app, "bob", missing).await.message();
    assert_eq!(hidden.replace("acme/app", "acme/xxx"), missing);
}

#[tokio::test]
async fn a_scope_is_chosen_with_care() {
    let app = TestApp::new().await;
    let pull = json!({"repository": "alice/app", "actions": ["pull"]});
    for bad in [
        json!([]),
        json!([{"repository": "alice/app", "actions": []}]),
        json!([{"repository": "alice/app", "actions": ["read"]}]),
        json!([{"repository": "alice/app", "actions": ["pull"], "isAdmin": true}]),
        json!([{"repository": "alice/app"}]),
        json!([pull, pull]),
        Value::Array(vec![pull.clone(); 101]),
        json!("everything"),
    ] {
        try_making(&app, "alice", bad).await.expect(400);
    }
    let made = try_making(&app, "alice", json!([pull]))
        .await
        .expect(200)
        .json();
    assert_eq!(made["scope"], json!([pull]));
    let all = app.call("POST", TOKENS).by("alice").json(&json!({}));
    let all = all.send().await.expect(200).json();
    assert!(all.get("scope").is_none(), "{all}");
}

#[tokio::test]
async fn clients_get_registry_tokens_for_the_scope_and_no_more() {
    let app = TestApp::new().await;
    for name in ["second", "third"] {
        let form = json!({ "name": name });
        let call = app.call("POST", "/api/v0/repositories/alice").by("alice");
        call.json(&form).send().await.expect(201);
    }
    let owner = app
        .token("alice", &["repository:alice/second:pull,push"])
        .await;
    let digest = app
        .push_image(&owner, "alice/second", "1", b"secret layer")
        .await;
    let blob = app.push_blob(&owner, "alice/second", b"secret layer").await;
    let scope = json!([
        {"repository": "alice/app", "actions": ["push"]},
        {"repository": "alice/third", "actions": ["pull"]}
    ]);
    let secret = make(&app, "alice", scope).await;
    let asked = "scope=repository:alice/app:pull,push,delete&scope=repository:alice/second:pull\
                 &scope=repository:alice/third:pull,push&scope=registry:catalog:*";
    let token = registry_token(&app, "alice", &secret, asked).await;
    app.push_image(&token, "alice/app", "1", b"layer").await;
    let refused = [
        ("DELETE", "/v2/alice/app/manifests/1".to_owned()),
        ("GET", "/v2/alice/second/manifests/1".to_owned()),
        ("GET", format!("/v2/alice/second/manifests/{digest}")),
        ("POST", "/v2/alice/third/blobs/uploads/".to_owned()),
    ];
    for (method, path) in &refused {
        for call in [
            app.call(method, path).bearer(&token),
            app.call(method, path).basic("alice", &secret),
        ] {
            let status = call.send().await.status.as_u16();
            assert!(
                matches!(status, 401 | 403 | 404),
                "{method} {path}: {status}"
            );
        }
    }
    for path in ["", "&from=alice/second"] {
        let path = format!("/v2/alice/app/blobs/uploads/?mount={blob}{path}");
        let answer = app.call("POST", &path).bearer(&token).send().await;
        assert_ne!(
            answer.status, 201,
            "a blob came from outside of the scope: {path}"
        );
        if answer.status == 202 {
            let place = answer.header("location").to_owned();
            let place = place
                .split_once("/v2/")
                .map(|(_, rest)| format!("/v2/{rest}"))
                .unwrap();
            app.call("DELETE", &place)
                .bearer(&token)
                .send()
                .await
                .expect(204);
        }
    }
    for call in [
        app.get("/v2/_catalog").bearer(&token),
        app.get("/v2/_catalog").basic("alice", &secret),
    ] {
        let names = call.send().await.expect(200).json()["repositories"].to_string();
        assert!(
            names.contains("alice/app") && names.contains("alice/site"),
            "{names}"
        );
        assert!(!names.contains("alice/second"), "{names}");
    }
}

#[tokio::test]
async fn a_limited_token_makes_no_repository_by_a_push() {
    let app = TestApp::new().await;
    let on = json!({"createRepositoryOnPush": true});
    let on = app
        .call("POST", "/api/v0/meta/settings")
        .by("admin")
        .json(&on);
    on.send().await.expect(202);
    let scope = json!([{"repository": "alice/app", "actions": ["admin"]}]);
    let secret = make(&app, "alice", scope).await;
    let token = registry_token(
        &app,
        "alice",
        &secret,
        "scope=repository:alice/new:pull,push",
    )
    .await;
    let push = app
        .call("POST", "/v2/alice/new/blobs/uploads/")
        .bearer(&token)
        .send()
        .await;
    push.expect(404);
}

#[tokio::test]
async fn lists_show_a_limited_token_what_it_names_and_what_is_public() {
    let app = TestApp::company().await;
    let scope = json!([{"repository": "acme/app", "actions": ["pull"]}]);
    for who in ["admin", "olga", "rob"] {
        let secret = make(&app, who, scope.clone()).await;
        let list = app
            .get("/api/v0/repositories?count=true")
            .bearer(&secret)
            .send()
            .await
            .expect(200);
        let repositories = list.json()["repositories"].clone();
        let names: Vec<String> = repositories
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                format!(
                    "{}/{}",
                    row["namespace"].as_str().unwrap(),
                    row["name"].as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(
            names,
            ["acme/app", "acme/site", "alice/site", "other/site"],
            "{who}"
        );
        assert_eq!(list.header("x-resource-count"), "4");
        assert!(
            repositories
                .as_array()
                .unwrap()
                .iter()
                .all(|row| row["permission"] == "read-only")
        );
    }
}

/// A token that is good for a repository is not good for the next one of that name.
#[tokio::test]
async fn a_scope_goes_with_its_repository_and_with_the_right() {
    let app = TestApp::company().await;
    let scope = json!([{"repository": "acme/app", "actions": ["pull"]}]);
    let (rob, olga) = (
        make(&app, "rob", scope.clone()).await,
        make(&app, "olga", scope).await,
    );
    let app_path = "/api/v0/repositories/acme/app";
    for secret in [&rob, &olga] {
        app.get(app_path).bearer(secret).send().await.expect(200);
    }
    let leave = app
        .call("DELETE", "/enzi/v0/accounts/acme/teams/readers/members/rob")
        .by("olga");
    leave.send().await.expect(204);
    app.get(app_path).bearer(&rob).send().await.expect(404);
    app.call("DELETE", app_path)
        .by("olga")
        .send()
        .await
        .expect(204);
    let again = app
        .call("POST", "/api/v0/repositories/acme")
        .by("olga")
        .json(&json!({"name": "app"}));
    again.send().await.expect(201);
    app.get(app_path).bearer(&olga).send().await.expect(404);
    let tokens = app.get(TOKENS).by("olga").send().await.expect(200).json();
    assert_eq!(
        tokens[0]["scope"],
        json!([]),
        "it is good for nothing, not for everything"
    );
}

/// Whoever is refused, or asks what they may do, hears that it is the token, where it is.
#[tokio::test]
async fn what_a_token_takes_away_is_said() {
    let app = TestApp::new().await;
    let scope = |actions: &[&str]| json!([{"repository": "alice/app", "actions": actions}]);
    let pull = make(&app, "alice", scope(&["pull"])).await;
    let admin = make(&app, "alice", scope(&["admin"])).await;
    let explain = async |secret: &str, query: &str| {
        let path = format!("/api/v0/repositories/alice/{query}");
        let answer = app.get(&path).bearer(secret).send().await;
        answer.expect(200).json()
    };
    for (secret, query, level, words) in [
        (
            &pull,
            "app/access/explain",
            "read-only",
            Some("no more than pull"),
        ),
        (
            &pull,
            "app/access/explain?user=alice",
            "read-only",
            Some("no more than pull"),
        ),
        (
            &pull,
            "site/access/explain",
            "read-only",
            Some("no more than pull"),
        ),
        (&admin, "app/access/explain", "admin", None),
        (
            &admin,
            "site/access/explain",
            "read-only",
            Some("no more than pull"),
        ),
    ] {
        let said = explain(secret, query).await;
        assert_eq!(said["accessLevel"], level, "{query}: {said}");
        let reason = said["reason"].as_str().unwrap();
        assert!(
            reason.contains("the namespace alice is alice's own"),
            "{reason}"
        );
        assert_eq!(reason.contains("access token"), words.is_some(), "{reason}");
        assert!(reason.contains(words.unwrap_or_default()), "{reason}");
        assert_eq!(
            said["sources"][0]["accessLevel"], "admin",
            "of the user: {said}"
        );
    }
    let bob = explain(&admin, "app/access/explain?user=bob").await;
    assert!(!bob["reason"].as_str().unwrap().contains("token"), "{bob}");

    let change = app.call("PATCH", "/api/v0/repositories/alice/app");
    let change = change.bearer(&pull).json(&json!({"visibility": "public"}));
    let refused = change.send().await.expect(403).message();
    assert!(
        refused.contains("access token is limited to read-only"),
        "{refused}"
    );
    let asked = "scope=repository:alice/app:pull,push";
    let token = registry_token(&app, "alice", &pull, asked).await;
    let upload = "/v2/alice/app/blobs/uploads/";
    for call in [
        app.call("POST", upload).bearer(&token),
        app.call("POST", upload).basic("alice", &pull),
    ] {
        let refused = call.send().await.expect(403).message();
        assert!(
            refused.contains("access token is limited to read-only"),
            "{refused}"
        );
    }
}
