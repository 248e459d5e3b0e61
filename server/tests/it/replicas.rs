//! Two replicas: two of everything in memory, on one database and one folder of blobs. What one has done is true at the other
//! with its next request. On `PostgreSQL` only: a `SQLite` database has one process.

use std::time::Duration;

use oci::digest::{Algorithm, Digest};
use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    live::Listener,
    util::{MANIFEST, PASSWORD, TestApp},
};

const APP: &[&str] = &["repository:alice/app:pull,push,delete"];

/// Two replicas; none where the tests run on `SQLite`.
async fn two() -> Option<(TestApp, TestApp)> {
    let one = TestApp::new().await;
    if one.state.db.is_local() {
        eprintln!("skipped: replicas share a PostgreSQL, and TEST_DATABASE_URL names none");
        return None;
    }
    let other = one.replica().await;
    Some((one, other))
}

#[tokio::test]
async fn an_upload_goes_on_wherever_its_next_request_arrives() {
    let Some((a, b)) = two().await else { return };
    let token = a.token("alice", APP).await;
    let digest = Digest::of(Algorithm::Sha256, b"from here to there and back");
    for (first, second) in [(&a, &b), (&b, &a)] {
        let open = a
            .call("POST", "/v2/alice/app/blobs/uploads/")
            .bearer(&token);
        let open = open.send().await.expect(202);
        let location = open.header("location");
        for (app, range, chunk) in [
            (first, "0-8", "from here"),
            (second, "9-17", " to there"),
            (first, "18-21", " and"),
        ] {
            let patch = app
                .call("PATCH", location)
                .bearer(&token)
                .header("content-range", range);
            let end = range.split_once('-').unwrap().1;
            let patched = patch.body(chunk).send().await.expect(202);
            assert_eq!(patched.header("range"), format!("0-{end}"));
            for app in [&a, &b] {
                let status = app.get(location).bearer(&token).send().await.expect(204);
                assert_eq!(status.header("range"), format!("0-{end}"));
            }
        }
        let put = second.call("PUT", &format!("{location}?digest={digest}"));
        put.bearer(&token).body(" back").send().await.expect(201);
        for app in [&a, &b] {
            let path = format!("/v2/alice/app/blobs/{digest}");
            let got = app.get(&path).bearer(&token).send().await.expect(200);
            assert_eq!(got.body, "from here to there and back");
        }
        // Who finished it knows; to the other it is an upload at which nothing has arrived.
        let gone = second.get(location).bearer(&token).send().await;
        gone.expect(404);
        let gone = first.get(location).bearer(&token).send().await.expect(204);
        assert_eq!(gone.header("range"), "0-0");
        let delete = a.call("DELETE", &format!("/v2/alice/app/blobs/{digest}"));
        delete.bearer(&token).send().await.expect(202);
        let path = format!("/v2/alice/app/blobs/{digest}");
        b.get(&path).bearer(&token).send().await.expect(404);
    }
}

#[tokio::test]
async fn a_tag_is_what_the_last_push_made_it() {
    let Some((a, b)) = two().await else { return };
    let token = a.token("alice", APP).await;
    let tag = "/v2/alice/app/manifests/1";
    for layer in [&b"one"[..], b"two", b"three"] {
        for app in [&a, &b] {
            // What is asked before is remembered, if anything is.
            app.get(tag).bearer(&token).send().await;
            app.get("/v2/alice/app/tags/list")
                .bearer(&token)
                .send()
                .await;
        }
        let digest = a.push_image(&token, "alice/app", "1", layer).await;
        for app in [&a, &b] {
            let got = app.get(tag).bearer(&token).send().await.expect(200);
            assert_eq!(got.header("docker-content-digest"), digest.to_string());
            let list = app.get("/v2/alice/app/tags/list").bearer(&token);
            assert_eq!(list.send().await.expect(200).json()["tags"], json!(["1"]));
        }
    }
    let delete = b.call("DELETE", "/api/v0/repositories/alice/app/tags/1");
    delete.by("alice").send().await.expect(204);
    a.get(tag).bearer(&token).send().await.expect(404);
}

#[tokio::test]
async fn a_deleted_repository_is_gone_everywhere() {
    let Some((a, b)) = two().await else { return };
    let token = a.token("alice", APP).await;
    let digest = a.push_image(&token, "alice/app", "1", b"layer").await;
    let layer = Digest::of(Algorithm::Sha256, b"layer");
    let paths = [
        "/v2/alice/app/manifests/1".to_owned(),
        format!("/v2/alice/app/manifests/{digest}"),
        format!("/v2/alice/app/blobs/{layer}"),
        "/v2/alice/app/tags/list".to_owned(),
    ];
    for path in &paths {
        b.get(path).bearer(&token).send().await.expect(200);
    }
    let delete = a.call("DELETE", "/api/v0/repositories/alice/app");
    delete.by("alice").send().await.expect(204);
    for path in &paths {
        b.get(path).bearer(&token).send().await.expect(404);
    }
    let api = b.get("/api/v0/repositories/alice/app").by("alice");
    api.send().await.expect(404);
    // One of the same name is another one, for which the token was not issued.
    let again = a.call("POST", "/api/v0/repositories/alice").by("alice");
    again.json(&json!({"name": "app"})).send().await.expect(201);
    for path in &paths {
        let answer = b.get(path).bearer(&token).send().await;
        assert!([401, 404].contains(&answer.status.as_u16()), "{answer:?}");
    }
}

#[tokio::test]
async fn a_token_is_good_everywhere_also_after_the_key_was_rotated() {
    let Some((a, b)) = two().await else { return };
    let list = "/v2/alice/app/tags/list";
    let before = [a.token("alice", APP).await, b.token("alice", APP).await];
    let rotate = a.call("POST", "/api/v0/admin/tokenKeys/rotate");
    rotate.by("admin").send().await.expect(204);
    let after = [a.token("alice", APP).await, b.token("alice", APP).await];
    for token in before.iter().chain(&after) {
        for app in [&a, &b] {
            app.get(list).bearer(token).send().await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_new_key_signs_everywhere_soon() {
    let Some((a, b)) = two().await else { return };
    let rotate = a.call("POST", "/api/v0/admin/tokenKeys/rotate");
    rotate.by("admin").send().await.expect(204);
    // The token's header names its key.
    let key = async |app: &TestApp| {
        let token = app.token("alice", APP).await;
        token.split('.').next().unwrap().to_owned()
    };
    let new = key(&a).await;
    assert_ne!(key(&b).await, new);
    let stop = CancellationToken::new();
    let chores = tokio::spawn(server::housekeeping::run(b.state.clone(), stop.clone()));
    let known = tokio::time::timeout(Duration::from_secs(10), async {
        while key(&b).await != new {}
    });
    known.await.expect("the key was never taken over");
    stop.cancel();
    chores.await.unwrap();
}

#[tokio::test]
async fn who_may_what_is_asked_of_the_database() {
    let Some((a, b)) = two().await else { return };
    let token = a.token("alice", APP).await;
    let manifest = a.image(&token, "alice/app", b"layer").await;
    let put = async |app: &TestApp| {
        app.call("PUT", "/v2/alice/app/manifests/1")
            .bearer(&token)
            .header("content-type", MANIFEST)
            .body(manifest.clone())
            .send()
            .await
    };
    put(&b).await.expect(201);
    let set = async |on: bool| {
        a.call("POST", "/api/v0/meta/settings")
            .by("admin")
            .json(&json!({"readOnlyRegistry": on}))
            .send()
            .await
            .expect(202)
    };
    set(true).await;
    put(&b).await.expect(403);
    set(false).await;
    put(&b).await.expect(201);

    let login = a.call("POST", "/enzi/v0/id/login");
    let form = json!({"username": "alice", "password": PASSWORD});
    let login = login.json(&form).send().await.expect(200);
    let cookie = login.header("set-cookie").split(';').next().unwrap();
    let who = || b.get("/enzi/v0/id/").header("cookie", cookie).send();
    assert_eq!(who().await.expect(200).json()["name"], "alice");
    b.get("/enzi/v0/id/").by("alice").send().await.expect(200);
    let change = a.call("POST", "/enzi/v0/accounts/alice/changePassword");
    let form: Value = json!({"oldPassword": PASSWORD, "newPassword": "another long one"});
    let changed = change.by("alice").json(&form).send().await;
    assert!(changed.status.is_success(), "{changed:?}");
    b.get("/enzi/v0/id/").by("alice").send().await.expect(401);
    who().await.expect(401);
}

#[tokio::test]
async fn a_push_here_is_heard_there() {
    let Some((a, b)) = two().await else { return };
    let mut here = Listener::new(&a, "alice", "alice/app").await;
    let mut there = Listener::new(&b, "alice", "alice/app").await;
    let token = a.token("alice", APP).await;
    let digest = a.push_image(&token, "alice/app", "1", b"layer").await;
    let pushed = json!({"repository": "alice/app", "tag": "1", "digest": digest});
    let delete = b.call("DELETE", "/api/v0/repositories/alice/app/tags/1");
    delete.by("alice").send().await.expect(204);
    let deleted = json!({"repository": "alice/app", "tag": "1"});
    for listener in [&mut here, &mut there] {
        for expected in [&pushed, &deleted] {
            let (event, data) = listener.next().await.unwrap();
            assert_eq!((event.as_str(), &data), ("tag", expected));
        }
    }
}

#[tokio::test]
async fn a_replica_that_ended_gives_back_the_connection_that_it_listened_on() {
    let Some((a, b)) = two().await else { return };
    let schema = a.schema.as_deref().unwrap();
    let other = a.connection().await;
    let listeners = format!(
        "SELECT count(*) AS many FROM pg_stat_activity WHERE query = 'LISTEN \"plimsoll_' || md5('{schema}') || '\"'"
    );
    let many = async || {
        let row = other.query_one_raw(Statement::from_string(
            DatabaseBackend::Postgres,
            &listeners,
        ));
        let many: i64 = row.await.unwrap().unwrap().try_get("", "many").unwrap();
        many
    };
    assert_eq!(many().await, 2);
    drop(b);
    let ended = async {
        while many().await != 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended)
        .await
        .expect("nobody will ever tell it that the replica ended");
}
