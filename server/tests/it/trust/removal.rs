//! Removing trust data, and what cannot be deleted before.

use serde_json::json;

use super::{GUN, Owner, SITE, client::NOW, get, said, tuf, version};
use crate::util::TestApp;

async fn delete(app: &TestApp, gun: &str) {
    let answer = app
        .call("DELETE", &tuf(gun, ""))
        .by("alice")
        .at(NOW)
        .send()
        .await
        .expect(200);
    assert!(answer.body.is_empty());
}

#[tokio::test]
async fn a_collection_goes_as_a_whole_and_begins_anew() {
    let app = TestApp::new().await;
    delete(&app, GUN).await;
    let owner = Owner::published(&app, GUN).await;
    Owner::published(&app, SITE).await;
    delete(&app, GUN).await;
    delete(&app, GUN).await;
    for name in [
        "root.json",
        "1.root.json",
        "timestamp.json",
        "snapshot.json",
        "targets.json",
    ] {
        assert_eq!(
            said(&get(&app, GUN, name).await),
            "404 METADATA_NOT_FOUND {}",
            "{name}"
        );
    }
    assert_eq!(version(&app, SITE, "root").await, 1);
    let again = Owner::published(&app, GUN).await;
    assert_ne!(again.timestamp.id(), owner.timestamp.id());
    assert_eq!(version(&app, GUN, "timestamp").await, 1);
}

#[tokio::test]
async fn signed_tags_and_repositories_with_trust_data_stay() {
    let app = TestApp::new().await;
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    let digest = app.push_image(&token, "alice/app", "v1", b"one").await;
    app.push_image(&token, "alice/app", "other", b"two").await;
    let owner = Owner::published(&app, GUN).await;
    let tag = "/api/v0/repositories/alice/app/tags/v1";
    let manifest = format!("/api/v0/repositories/alice/app/manifests/{digest}");
    for path in [tag, &manifest] {
        let answer = app
            .call("DELETE", path)
            .by("alice")
            .send()
            .await
            .expect(409);
        assert_eq!(answer.code(), "TAG_IN_NOTARY");
        for told in [
            format!("docker trust revoke {GUN}:v1"),
            format!("notary delete {GUN} --remote"),
            "DELETE /api/v0/repositories/alice/app/trust".to_owned(),
        ] {
            assert!(answer.message().contains(&told), "{}", answer.message());
        }
    }
    for reference in ["v1".to_owned(), digest.to_string()] {
        let path = format!("/v2/alice/app/manifests/{reference}");
        let answer = app
            .call("DELETE", &path)
            .bearer(&token)
            .send()
            .await
            .expect(409);
        assert_eq!(answer.code(), "DENIED");
    }
    for (path, who) in [
        ("/api/v0/repositories/alice/app", "alice"),
        ("/api/v0/accounts/alice/repositories", "alice"),
        ("/api/v0/accounts/alice", "admin"),
    ] {
        let answer = app.call("DELETE", path).by(who).send().await.expect(405);
        assert_eq!(
            answer.code(),
            "REPOSITORY_CONTAINS_TAGS_IN_NOTARY",
            "{path}"
        );
        assert!(
            answer
                .message()
                .contains("DELETE /api/v0/repositories/alice/app/trust"),
            "{}",
            answer.message()
        );
    }
    app.get("/api/v0/repositories/alice/site")
        .by("alice")
        .send()
        .await
        .expect(200);
    // Another tag is not signed.
    app.call("DELETE", "/api/v0/repositories/alice/app/tags/other")
        .by("alice")
        .send()
        .await
        .expect(204);
    // One that is revoked is not signed either.
    let parts = [("targets", owner.targets_file(2, &[]))];
    owner.publish(&app, &parts).await.expect(200);
    app.call("DELETE", tag).by("alice").send().await.expect(204);
    app.call("DELETE", "/api/v0/repositories/alice/app")
        .by("alice")
        .send()
        .await
        .expect(405);
    delete(&app, GUN).await;
    app.call("DELETE", "/api/v0/repositories/alice/app")
        .by("alice")
        .send()
        .await
        .expect(204);
}

#[tokio::test]
async fn who_administers_a_repository_needs_no_key() {
    let app = TestApp::new().await;
    for gun in [GUN, "localhost:8443/alice/app", SITE] {
        Owner::published(&app, gun).await;
    }
    let path = "/api/v0/repositories/alice/app/trust";
    app.call("DELETE", path).send().await.expect(404);
    app.call("DELETE", path).by("bob").send().await.expect(404);
    app.call("DELETE", "/api/v0/repositories/alice/site/trust")
        .by("bob")
        .send()
        .await
        .expect(403);
    get(&app, GUN, "root.json").await.expect(200);
    for _ in 0..2 {
        app.call("DELETE", path)
            .by("alice")
            .send()
            .await
            .expect(204);
    }
    assert_eq!(
        said(&get(&app, GUN, "root.json").await),
        "404 METADATA_NOT_FOUND {}"
    );
    assert_eq!(version(&app, SITE, "root").await, 1);
    app.call("DELETE", "/api/v0/repositories/alice/app")
        .by("alice")
        .send()
        .await
        .expect(204);
    let events = app
        .get("/api/v0/events?objectType=trustData&pageSize=50")
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    let deleted = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["type"] == "DELETE")
        .count();
    assert_eq!(deleted, 2);
}

#[tokio::test]
async fn a_name_under_which_something_is_signed_stays() {
    let app = TestApp::new().await;
    Owner::new(&app, GUN).await;
    let rename = async |from: &str, to: &str| {
        let call = app.call("PATCH", &format!("/enzi/v0/accounts/{from}"));
        call.by("admin").json(&json!({"name": to})).send().await
    };
    rename("alice", "anna").await.expect(200);
    rename("anna", "alice").await.expect(200);
    Owner::published(&app, GUN).await;
    let refused = rename("alice", "anna").await.expect(409);
    assert_eq!(refused.code(), "ACCOUNT_IN_NOTARY");
    assert!(
        refused.message().contains("alice/app"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn a_key_alone_keeps_no_repository() {
    let app = TestApp::new().await;
    Owner::new(&app, GUN).await;
    app.call("DELETE", "/api/v0/repositories/alice/app")
        .by("alice")
        .send()
        .await
        .expect(204);
}
