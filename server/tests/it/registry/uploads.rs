//! Uploads: chunked and resumed, cancelled, mounted; ids that are worth nothing to anybody else.

use oci::digest::{Algorithm, Digest};

use crate::util::{Answer, TestApp};

const ALICE: &[&str] = &[
    "repository:alice/app:pull,push",
    "repository:alice/site:pull,push",
];

async fn open(app: &TestApp, token: &str, repository: &str) -> String {
    let answer = app
        .call("POST", &format!("/v2/{repository}/blobs/uploads/"))
        .bearer(token)
        .send()
        .await
        .expect(202);
    assert_eq!(answer.header("range"), "0-0");
    answer.header("location").to_owned()
}

async fn patch(
    app: &TestApp,
    token: &str,
    location: &str,
    range: &str,
    bytes: &'static [u8],
) -> Answer {
    app.call("PATCH", location)
        .bearer(token)
        .header("content-range", range)
        .body(bytes)
        .send()
        .await
}

#[tokio::test]
async fn chunks_may_be_far_apart() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let location = open(&app, &token, "alice/app").await;
    let answer = patch(&app, &token, &location, "0-4", b"hello")
        .await
        .expect(202);
    assert_eq!(answer.header("range"), "0-4");
    let out_of_order = patch(&app, &token, &location, "9-10", b"xx")
        .await
        .expect(416);
    assert_eq!(out_of_order.code(), "RANGE_INVALID");
    let status = app.get(&location).bearer(&token).send().await.expect(204);
    assert_eq!(status.header("range"), "0-4");
    patch(&app, &token, &location, "5-10", b" world")
        .await
        .expect(202);
    let digest = Digest::of(Algorithm::Sha256, b"hello world");
    let done = app
        .call("PUT", &format!("{location}?digest={digest}"))
        .bearer(&token)
        .send()
        .await
        .expect(201);
    assert_eq!(
        done.header("location"),
        format!("/v2/alice/app/blobs/{digest}")
    );
    app.call("HEAD", done.header("location"))
        .bearer(&token)
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn a_wrong_digest_leaves_nothing() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let wrong = Digest::of(Algorithm::Sha256, b"something else");
    let location = open(&app, &token, "alice/app").await;
    patch(&app, &token, &location, "0-3", b"data")
        .await
        .expect(202);
    let answer = app
        .call("PUT", &format!("{location}?digest={wrong}"))
        .bearer(&token)
        .send()
        .await
        .expect(400);
    assert_eq!(answer.code(), "DIGEST_INVALID");
    app.call("HEAD", &format!("/v2/alice/app/blobs/{wrong}"))
        .bearer(&token)
        .send()
        .await
        .expect(404);
    let whole = app
        .call(
            "POST",
            &format!("/v2/alice/app/blobs/uploads/?digest={wrong}"),
        )
        .bearer(&token)
        .body("data")
        .send()
        .await
        .expect(400);
    assert_eq!(whole.code(), "DIGEST_INVALID");
}

#[tokio::test]
async fn an_upload_that_ended_is_unknown() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let location = open(&app, &token, "alice/app").await;
    patch(&app, &token, &location, "0-3", b"data")
        .await
        .expect(202);
    app.call("DELETE", &location)
        .bearer(&token)
        .send()
        .await
        .expect(204);
    for method in ["GET", "PATCH", "PUT", "DELETE"] {
        let answer = app.call(method, &location).bearer(&token).send().await;
        assert_eq!(answer.expect(404).code(), "BLOB_UPLOAD_UNKNOWN", "{method}");
    }
    let digest = Digest::of(Algorithm::Sha256, b"data");
    for chunk in [Some("0-3"), None] {
        let location = open(&app, &token, "alice/app").await;
        let rest = match chunk {
            Some(range) => {
                patch(&app, &token, &location, range, b"data")
                    .await
                    .expect(202);
                ""
            }
            None => "data",
        };
        let put = app.call("PUT", &format!("{location}?digest={digest}"));
        put.bearer(&token).body(rest).send().await.expect(201);
        app.get(&location).bearer(&token).send().await.expect(404);
    }
}

#[tokio::test]
async fn a_chunk_may_not_be_shorter_than_it_says() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let location = open(&app, &token, "alice/app").await;
    let answer = patch(&app, &token, &location, "0-9", b"hello")
        .await
        .expect(400);
    assert_eq!(answer.code(), "SIZE_INVALID");
    let status = app.get(&location).bearer(&token).send().await.expect(204);
    assert_eq!(
        status.header("range"),
        "0-4",
        "what arrived is kept, as the answer says"
    );
    let cancel = app.call("DELETE", &location).bearer(&token);
    cancel.send().await.expect(204);
}

/// What is small is a row, what is not a file; both come back as they were, whichever way they came.
#[tokio::test]
async fn blobs_of_every_size_by_every_way() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    for size in [0, 1, (16 << 10) - 1, 16 << 10, 64 << 10, (64 << 10) + 1] {
        for way in ["post", "put", "patch"] {
            let content: Vec<u8> = (0..size)
                .map(|i: usize| u8::try_from(i % 251).unwrap() ^ way.as_bytes()[1])
                .collect();
            let digest = Digest::of(Algorithm::Sha256, &content);
            let location = open(&app, &token, "alice/app").await;
            let (method, target, rest) = match way {
                "post" => (
                    "POST",
                    format!("/v2/alice/app/blobs/uploads/?digest={digest}"),
                    content.clone(),
                ),
                "put" => (
                    "PUT",
                    format!("{location}?digest={digest}"),
                    content.clone(),
                ),
                _ => {
                    let patch = app.call("PATCH", &location).bearer(&token);
                    patch.body(content.clone()).send().await.expect(202);
                    ("PUT", format!("{location}?digest={digest}"), Vec::new())
                }
            };
            let push = app.call(method, &target).bearer(&token).body(rest);
            push.send().await.expect(201);
            for path in ["app", "site"] {
                if path == "site" {
                    let mount =
                        format!("/v2/alice/site/blobs/uploads/?mount={digest}&from=alice/app");
                    let mount = app.call("POST", &mount).bearer(&token);
                    mount.send().await.expect(201);
                }
                let place = format!("/v2/alice/{path}/blobs/{digest}");
                let head = app.call("HEAD", &place).bearer(&token).send().await;
                assert_eq!(head.expect(200).header("content-length"), size.to_string());
                let got = app.get(&place).bearer(&token).send().await.expect(200);
                assert!(got.body == content, "{way} {size}");
            }
        }
    }
}

#[tokio::test]
async fn an_id_is_good_for_its_repository_and_account_only() {
    let app = TestApp::new().await;
    let alice = app.token("alice", ALICE).await;
    let admin = app.token("admin", ALICE).await;
    let location = open(&app, &alice, "alice/app").await;
    let id = location.rsplit('/').next().unwrap();
    let elsewhere = format!("/v2/alice/site/blobs/uploads/{id}");
    for (token, path) in [(&alice, elsewhere.as_str()), (&admin, location.as_str())] {
        for method in ["GET", "PATCH", "DELETE"] {
            let answer = app
                .call(method, path)
                .bearer(token)
                .body("x")
                .send()
                .await
                .expect(404);
            assert_eq!(answer.code(), "BLOB_UPLOAD_UNKNOWN", "{method} {path}");
        }
    }
    let made_up = "/v2/alice/app/blobs/uploads/0c5e7d6a-9a0b-4f5e-8f3a-2f7b8f0c1d2e";
    app.call("PATCH", made_up)
        .bearer(&alice)
        .body("x")
        .send()
        .await
        .expect(404);
}

#[tokio::test]
async fn a_mount_needs_pull_on_its_source() {
    let app = TestApp::new().await;
    let both = app.token("alice", ALICE).await;
    let digest = app.push_blob(&both, "alice/app", b"shared layer").await;
    let mount = format!("/v2/alice/site/blobs/uploads/?mount={digest}&from=alice/app");

    let one = app
        .token("alice", &["repository:alice/site:pull,push"])
        .await;
    let asked = app
        .call("POST", &mount)
        .bearer(&one)
        .send()
        .await
        .expect(401);
    assert!(
        asked
            .header("www-authenticate")
            .contains(r#"scope="repository:alice/site:pull,push repository:alice/app:pull""#)
    );

    let bobs = app
        .call("POST", "/api/v0/repositories/bob")
        .by("bob")
        .json(&serde_json::json!({ "name": "own" }))
        .send()
        .await;
    assert_eq!(bobs.status, 201);
    let bob = app
        .token(
            "bob",
            &["repository:bob/own:pull,push", "repository:alice/app:pull"],
        )
        .await;
    for query in [
        format!("mount={digest}&from=alice/app"),
        format!("mount={digest}"),
    ] {
        app.call("POST", &format!("/v2/bob/own/blobs/uploads/?{query}"))
            .bearer(&bob)
            .send()
            .await
            .expect(202);
    }
    app.call("HEAD", &format!("/v2/bob/own/blobs/{digest}"))
        .bearer(&bob)
        .send()
        .await
        .expect(404);

    app.call("POST", &mount)
        .bearer(&both)
        .send()
        .await
        .expect(201);
    app.call("HEAD", &format!("/v2/alice/site/blobs/{digest}"))
        .bearer(&both)
        .send()
        .await
        .expect(200);
    app.call(
        "POST",
        &format!("/v2/alice/app/blobs/uploads/?mount={digest}"),
    )
    .bearer(&both)
    .send()
    .await
    .expect(201);
}

#[tokio::test]
async fn open_uploads_are_limited_per_account() {
    let app = TestApp::with(&[("PLIMSOLL_LIMITS_UPLOADS_PER_ACCOUNT", "2")]).await;
    let token = app.token("alice", ALICE).await;
    let mut locations = Vec::new();
    for _ in 0..2 {
        let location = open(&app, &token, "alice/app").await;
        patch(&app, &token, &location, "0-0", b"x")
            .await
            .expect(202);
        locations.push(location);
    }
    let one_more = open(&app, &token, "alice/app").await;
    let answer = patch(&app, &token, &one_more, "0-0", b"x")
        .await
        .expect(429);
    assert_eq!(answer.code(), "TOOMANYREQUESTS");
    for location in &locations {
        app.call("DELETE", location)
            .bearer(&token)
            .send()
            .await
            .expect(204);
    }
    patch(&app, &token, &one_more, "0-0", b"x")
        .await
        .expect(202);
    app.call("DELETE", &one_more)
        .bearer(&token)
        .send()
        .await
        .expect(204);
}
