//! What the API says of tags: signed, and moved after they were signed.

use serde_json::Value;

use super::{
    GUN, Owner,
    client::{Key, LATER, NOW, file},
};
use crate::util::TestApp;

async fn tags(app: &TestApp) -> Vec<(String, bool, bool)> {
    let list = app
        .get("/api/v0/repositories/alice/app/tags")
        .by("alice")
        .send()
        .await
        .expect(200)
        .json();
    let shown = |tag: &Value| {
        let is = |field: &str| tag[field].as_bool().unwrap();
        (
            tag["name"].as_str().unwrap().to_owned(),
            is("inNotary"),
            is("hashMismatch"),
        )
    };
    let rows: Vec<_> = list.as_array().unwrap().iter().map(shown).collect();
    for row in &rows {
        let path = format!("/api/v0/repositories/alice/app/tags/{}", row.0);
        let one = app.get(&path).by("alice").send().await.expect(200).json();
        assert_eq!(shown(&one[0]), *row);
    }
    rows
}

/// A file that names tags as these manifests.
pub(super) fn naming(owner: &Owner, version: i64, tags: &[(&str, &oci::Digest)]) -> Vec<u8> {
    let mut signed = super::targets(version, &[]);
    for (tag, digest) in tags {
        use base64::Engine as _;
        let hash = base64::engine::general_purpose::STANDARD.encode(digest.as_bytes());
        signed["targets"][tag] = serde_json::json!({"hashes": {"sha256": hash}, "length": 10});
    }
    file(&signed, &[&owner.targets])
}

fn row(name: &str, signed: bool, mismatch: bool) -> (String, bool, bool) {
    (name.to_owned(), signed, mismatch)
}

#[tokio::test]
async fn a_tag_is_signed_until_it_moves_or_is_revoked() {
    let app = TestApp::new().await;
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    let one = app.push_image(&token, "alice/app", "a", b"one").await;
    app.push_image(&token, "alice/app", "b", b"two").await;
    assert_eq!(
        tags(&app).await,
        [row("a", false, false), row("b", false, false)]
    );
    let owner = Owner::published(&app, GUN).await;
    let parts = [("targets", naming(&owner, 2, &[("a", &one), ("gone", &one)]))];
    owner.publish(&app, &parts).await.expect(200);
    assert_eq!(
        tags(&app).await,
        [row("a", true, false), row("b", false, false)]
    );
    app.push_image(&token, "alice/app", "a", b"three").await;
    assert_eq!(
        tags(&app).await,
        [row("a", true, true), row("b", false, false)]
    );
    let parts = [("targets", naming(&owner, 3, &[]))];
    owner.publish(&app, &parts).await.expect(200);
    assert_eq!(
        tags(&app).await,
        [row("a", false, false), row("b", false, false)]
    );
}

#[tokio::test]
async fn what_is_released_counts_before_targets_and_other_roles_do_not_count() {
    let app = TestApp::new().await;
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    let one = app.push_image(&token, "alice/app", "a", b"one").await;
    let two = app.push_image(&token, "alice/app", "b", b"two").await;
    let alice = Key::ecdsa();
    let owner = Owner::delegated(&app, GUN, &alice).await;
    let by_alice = Owner {
        targets: alice.clone(),
        ..Owner::new(&app, GUN).await
    };
    let parts = [
        ("targets/releases", naming(&by_alice, 2, &[("a", &two)])),
        (
            "targets/alice",
            naming(&by_alice, 2, &[("a", &one), ("b", &two)]),
        ),
    ];
    owner.publish(&app, &parts).await.expect(200);
    assert_eq!(
        tags(&app).await,
        [row("a", true, true), row("b", false, false)]
    );
}

#[tokio::test]
async fn what_is_signed_under_another_address_does_not_count() {
    let app = TestApp::new().await;
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    let one = app.push_image(&token, "alice/app", "a", b"one").await;
    let owner = Owner::published(&app, GUN).await;
    let parts = [("targets", naming(&owner, 2, &[("a", &one)]))];
    owner.publish(&app, &parts).await.expect(200);
    assert_eq!(tags(&app).await, [row("a", true, false)]);
    let moved = [("PLIMSOLL_EXTERNAL_URL", "https://registry.example.com")];
    let moved = app.restarted(&moved).await;
    assert_eq!(tags(&moved).await, [row("a", false, false)]);
}

#[tokio::test]
async fn what_has_expired_does_not_count() {
    let app = TestApp::new().await;
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    let one = app.push_image(&token, "alice/app", "a", b"one").await;
    let owner = Owner::published(&app, GUN).await;
    let mut signed: Value = serde_json::from_slice(&naming(&owner, 2, &[("a", &one)])).unwrap();
    let mut signed = signed["signed"].take();
    assert_eq!(signed["expires"], LATER);
    // Good at the time that the request says, and not any more when the list is asked for.
    signed["expires"] = "2026-11-27T12:00:01Z".into();
    let parts = [("targets", file(&signed, &[&owner.targets]))];
    owner.publish_at(&app, &parts, NOW).await.expect(200);
    assert_eq!(tags(&app).await, [row("a", false, false)]);
    // What is not signed any more can be deleted.
    let path = "/api/v0/repositories/alice/app/tags/a";
    app.call("DELETE", path)
        .by("alice")
        .send()
        .await
        .expect(204);
}
