//! Live changes of a repository: what is heard, by whom, and when it ends. Nothing here waits for time to pass; the limit only
//! turns a stream that stays silent into a failure.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::util::{PASSWORD, TestApp};

/// Hears what happens in a repository.
pub(crate) struct Listener(BodyDataStream);

impl Listener {
    pub(crate) async fn new(app: &TestApp, who: &str, repository: &str) -> Self {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let request =
            axum::http::Request::get(format!("/api/v0/repositories/{repository}/changes"))
                .header("host", "127.0.0.1:8080")
                .header(
                    "authorization",
                    format!("Basic {}", STANDARD.encode(format!("{who}:{PASSWORD}"))),
                )
                .body(Body::empty())
                .unwrap();
        Self::open(app, request).await
    }

    pub(crate) async fn open(app: &TestApp, request: axum::http::Request<Body>) -> Self {
        let response = app.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(response.into_body().into_data_stream())
    }

    /// The next event's name and data; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.0.next())
                .await
                .expect("an event or the end")?;
            let text = String::from_utf8(chunk.unwrap().to_vec()).unwrap();
            let field = |name: &str| {
                text.lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(str::trim)
            };
            if let (Some(event), Some(data)) = (field("event:"), field("data:")) {
                return Some((event.to_owned(), serde_json::from_str(data).unwrap()));
            }
        }
    }
}

#[tokio::test]
async fn pushed_and_deleted_tags_are_heard() {
    let app = TestApp::new().await;
    let mut listener = Listener::new(&app, "alice", "alice/app").await;
    let token = app
        .token("alice", &["repository:alice/app:pull,push"])
        .await;
    let other = app
        .token("alice", &["repository:alice/site:pull,push"])
        .await;
    app.push_image(&other, "alice/site", "elsewhere", b"layer")
        .await;
    let digest = app.push_image(&token, "alice/app", "1", b"layer").await;
    let expected = json!({"repository": "alice/app", "tag": "1", "digest": digest});
    assert_eq!(listener.next().await, Some(("tag".to_owned(), expected)));
    app.call("DELETE", "/api/v0/repositories/alice/app/tags/1")
        .by("alice")
        .send()
        .await
        .expect(204);
    let expected = json!({"repository": "alice/app", "tag": "1"});
    assert_eq!(listener.next().await, Some(("tag".to_owned(), expected)));
}

#[tokio::test]
async fn who_may_no_longer_see_hears_no_more() {
    let app = TestApp::new().await;
    let mut listener = Listener::new(&app, "bob", "alice/site").await;
    let token = app
        .token("alice", &["repository:alice/site:pull,push"])
        .await;
    app.push_image(&token, "alice/site", "1", b"layer").await;
    assert!(listener.next().await.is_some());
    let hide = app
        .call("PATCH", "/api/v0/repositories/alice/site")
        .by("alice")
        .json(&json!({"visibility": "private"}));
    hide.send().await.expect(200);
    app.push_image(&token, "alice/site", "2", b"secret").await;
    assert_eq!(listener.next().await, None);
}

#[tokio::test]
async fn what_was_taken_back_opens_no_stream_and_holds_none() {
    let app = TestApp::new().await;
    let push = app
        .token("alice", &["repository:alice/app:pull,push"])
        .await;
    let with = |header: &str, value: String| {
        axum::http::Request::get("/api/v0/repositories/alice/app/changes")
            .header("host", "127.0.0.1:8080")
            .header(header, value)
            .body(Body::empty())
            .unwrap()
    };
    let token = app.call("POST", "/api/v0/api_tokens").by("alice");
    let token = token.json(&json!({"tokenLabel": "ci"})).send().await;
    let token = token.expect(200).json();
    let (secret, id) = (&token["token"], &token["hashedToken"]);
    let login = app.call("POST", "/enzi/v0/id/login");
    let login = login.json(&json!({"username": "alice", "password": PASSWORD}));
    let login = login.send().await.expect(200).json();
    let session = login["sessionToken"].as_str().unwrap();
    let bearer = format!("Bearer {}", secret.as_str().unwrap());
    let mut by_token = Listener::open(&app, with("authorization", bearer)).await;
    let header = format!("SessionToken {session}");
    let mut by_session = Listener::open(&app, with("authorization", header)).await;
    app.push_image(&push, "alice/app", "1", b"layer").await;
    assert!(by_token.next().await.is_some() && by_session.next().await.is_some());

    let path = format!("/api/v0/api_tokens/{}", id.as_str().unwrap());
    let revoke = app.call("DELETE", &path).by("alice");
    revoke.send().await;
    let sign_out = app.call("DELETE", "/enzi/v0/accounts/alice/sessions");
    sign_out.by("alice").send().await;
    app.push_image(&push, "alice/app", "2", b"layer").await;
    assert_eq!(by_token.next().await, None, "the access token");
    assert_eq!(by_session.next().await, None, "the session");
}

#[tokio::test]
async fn the_order_to_stop_ends_the_streams() {
    let app = TestApp::new().await;
    let mut listener = Listener::new(&app, "alice", "alice/app").await;
    app.state.stop.cancel();
    assert_eq!(listener.next().await, None);
}

#[tokio::test]
async fn what_was_not_heard_is_said_to_be_missed() {
    let app = TestApp::new().await;
    let mut listener = Listener::new(&app, "alice", "alice/app").await;
    let token = app
        .token("alice", &["repository:alice/app:pull,push"])
        .await;
    let manifest = app.image(&token, "alice/app", b"layer").await;
    // More than are kept for somebody who does not listen.
    let mut silent: std::collections::BTreeSet<String> =
        (0..320).map(|n| format!("t{n}")).collect();
    let tags: Vec<String> = silent.iter().cloned().collect();
    for tags in tags.chunks(32) {
        let query: Vec<String> = tags.iter().map(|tag| format!("tag={tag}")).collect();
        let path = format!("/v2/alice/app/manifests/{}?{}", tags[0], query.join("&"));
        app.call("PUT", &path)
            .bearer(&token)
            .header("content-type", crate::util::MANIFEST)
            .body(manifest.clone())
            .send()
            .await
            .expect(201);
    }
    while !silent.is_empty() {
        let (event, data) = listener.next().await.unwrap();
        if event == "missed" {
            return;
        }
        silent.remove(data["tag"].as_str().unwrap());
    }
}
