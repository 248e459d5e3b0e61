//! Who may do what at `/v2/`: method by scope by repository, and what a refusal says.

use crate::util::TestApp;

#[tokio::test]
async fn without_credentials_there_is_only_the_challenge() {
    let app = TestApp::new().await;
    for path in [
        "/v2/",
        "/v2",
        "/v2/_catalog",
        "/v2/alice/app/tags/list",
        "/v2/no/such/manifests/x",
        "/v2/nonsense",
    ] {
        let answer = app.get(path).send().await.expect(401);
        assert!(
            answer
                .header("www-authenticate")
                .starts_with(r#"Bearer realm="http://127.0.0.1:8080/auth/token",service="#),
            "{path}"
        );
        assert_eq!(answer.code(), "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn each_method_needs_its_own_action() {
    let app = TestApp::new().await;
    let all = app
        .token("alice", &["repository:alice/app:pull,push,delete"])
        .await;
    let digest = app.push_image(&all, "alice/app", "v1", b"layer").await;
    let layer = oci::digest::Digest::of(oci::digest::Algorithm::Sha256, b"layer");
    let manifest = format!("/v2/alice/app/manifests/{digest}");
    let blob = format!("/v2/alice/app/blobs/{layer}");
    let calls: &[(&str, &str, &str)] = &[
        ("GET", "/v2/alice/app/manifests/v1", "pull"),
        ("HEAD", &manifest, "pull"),
        ("GET", &blob, "pull"),
        ("GET", "/v2/alice/app/tags/list", "pull"),
        ("POST", "/v2/alice/app/blobs/uploads/", "push"),
        ("PUT", "/v2/alice/app/manifests/v2?tag=v3", "push"),
        ("DELETE", "/v2/alice/app/manifests/v1", "delete"),
        ("DELETE", &manifest, "delete"),
        ("DELETE", &blob, "delete"),
    ];
    for action in ["pull", "push", "delete"] {
        let token = app
            .token("alice", &[&format!("repository:alice/app:{action}")])
            .await;
        for (method, path, needed) in calls.iter().filter(|(.., needed)| *needed != action) {
            let answer = app.call(method, path).bearer(&token).send().await;
            assert_eq!(
                answer.status, 401,
                "{method} {path} needs {needed}, the token has {action}"
            );
            assert!(
                answer
                    .header("www-authenticate")
                    .contains("insufficient_scope")
            );
        }
    }
    app.get("/v2/alice/app/manifests/v1")
        .bearer(&all)
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn the_public_pulls_what_is_public() {
    let app = TestApp::new().await;
    let alice = app
        .token("alice", &["repository:alice/site:pull,push"])
        .await;
    app.push_image(&alice, "alice/site", "v1", b"layer").await;
    let public = app
        .token(
            "",
            &[
                "repository:alice/site:pull,push",
                "repository:alice/app:pull",
            ],
        )
        .await;
    app.get("/v2/alice/site/manifests/v1")
        .bearer(&public)
        .send()
        .await
        .expect(200);
    app.call("POST", "/v2/alice/site/blobs/uploads/")
        .bearer(&public)
        .send()
        .await
        .expect(401);
    app.get("/v2/alice/app/tags/list")
        .bearer(&public)
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn a_private_repository_cannot_be_told_from_none() {
    let app = TestApp::new().await;
    let scopes = [
        "repository:alice/app:pull,push",
        "repository:alice/none:pull,push",
    ];
    let bob = app.token("bob", &scopes).await;
    for (method, path) in [
        ("GET", "tags/list"),
        ("GET", "manifests/v1"),
        ("POST", "blobs/uploads/"),
    ] {
        let hidden = app
            .call(method, &format!("/v2/alice/app/{path}"))
            .bearer(&bob)
            .send()
            .await
            .expect(404);
        let none = app
            .call(method, &format!("/v2/alice/none/{path}"))
            .bearer(&bob)
            .send()
            .await
            .expect(404);
        assert_eq!(hidden.code(), "NAME_UNKNOWN");
        assert_eq!(
            hidden.message().replace("alice/app", "alice/none"),
            none.message()
        );
    }
}

#[tokio::test]
async fn a_refusal_says_what_is_missing_and_who_can_help() {
    let app = TestApp::new().await;
    let bob = app.token("bob", &["repository:alice/site:pull,push"]).await;
    let answer = app
        .call("POST", "/v2/alice/site/blobs/uploads/")
        .bearer(&bob)
        .send()
        .await
        .expect(403);
    assert_eq!(answer.code(), "DENIED");
    assert_eq!(
        answer.message(),
        "push to alice/site needs read-write access and you have read-only; alice or an administrator can give it"
    );
    let alice = app
        .token("alice", &["repository:alice/new:pull,push"])
        .await;
    let answer = app
        .call("POST", "/v2/alice/new/blobs/uploads/")
        .bearer(&alice)
        .send()
        .await
        .expect(404);
    assert!(
        answer.message().contains("POST /api/v0/repositories/alice"),
        "{}",
        answer.message()
    );
}

#[tokio::test]
async fn a_push_makes_the_repository_where_the_setting_says_so() {
    let app = TestApp::new().await;
    app.call("POST", "/api/v0/meta/settings")
        .by("admin")
        .json(&serde_json::json!({ "createRepositoryOnPush": true }))
        .send()
        .await
        .expect(202);
    let alice = app
        .token(
            "alice",
            &[
                "repository:alice/new:pull,push",
                "repository:bob/new:pull,push",
            ],
        )
        .await;
    // Docker goes on with the token that it has, until the whole image is there.
    app.push_blob(&alice, "alice/new", b"content").await;
    app.push_image(&alice, "alice/new", "1", b"layer").await;
    let made = db::repositories::find(&app.state.db, &"alice/new".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert!(!made.is_public);
    app.call("POST", "/v2/bob/new/blobs/uploads/")
        .bearer(&alice)
        .send()
        .await
        .expect(404);
    let admin = app
        .token("admin", &["repository:nobody/new:pull,push"])
        .await;
    app.call("POST", "/v2/nobody/new/blobs/uploads/")
        .bearer(&admin)
        .send()
        .await
        .expect(404);
}

#[tokio::test]
async fn a_token_does_not_outlive_its_repository() {
    let app = TestApp::new().await;
    let token = app
        .token("alice", &["repository:alice/app:pull,push"])
        .await;
    app.get("/v2/alice/app/tags/list")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    app.call("DELETE", "/api/v0/repositories/alice/app")
        .by("alice")
        .send()
        .await
        .expect(204);
    app.get("/v2/alice/app/tags/list")
        .bearer(&token)
        .send()
        .await
        .expect(404);
    app.call("POST", "/api/v0/repositories/alice")
        .by("alice")
        .json(&serde_json::json!({ "name": "app" }))
        .send()
        .await
        .expect(201);
    app.get("/v2/alice/app/tags/list")
        .bearer(&token)
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn passwords_work_at_v2_as_tokens_do() {
    let app = TestApp::new().await;
    app.get("/v2/").by("alice").send().await.expect(200);
    app.get("/v2/alice/app/tags/list")
        .by("alice")
        .send()
        .await
        .expect(200);
    app.get("/v2/alice/app/tags/list")
        .by("bob")
        .send()
        .await
        .expect(404);
    app.get("/v2/")
        .basic("alice", "wrong")
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn the_catalog_shows_what_the_caller_may_see() {
    let app = TestApp::new().await;
    for (name, expected) in [
        ("alice", vec!["alice/app", "alice/site"]),
        ("bob", vec!["alice/site"]),
        ("", vec!["alice/site"]),
        ("admin", vec!["alice/app", "alice/site"]),
    ] {
        let token = app.token(name, &["registry:catalog:*"]).await;
        let answer = app
            .get("/v2/_catalog")
            .bearer(&token)
            .send()
            .await
            .expect(200);
        assert_eq!(
            answer.json()["repositories"],
            serde_json::json!(expected),
            "{name:?}"
        );
    }
    let token = app.token("admin", &["registry:catalog:*"]).await;
    let page = app
        .get("/v2/_catalog?n=1")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(
        page.header("link"),
        "</v2/_catalog?n=1&last=alice%2Fapp>; rel=\"next\""
    );
}
