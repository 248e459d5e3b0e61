//! `GET …/trust`: roles, keys and whose they are, and what is wrong.

use serde_json::{Value, json};
use time::Duration;

use super::{
    GUN, Owner,
    client::{self, Key, NOW, delegation, file, targets},
    signed::naming,
};
use crate::util::TestApp;

async fn trust(app: &TestApp) -> Value {
    let path = "/api/v0/repositories/alice/app/trust";
    let all = app.get(path).by("alice").send().await.expect(200).json();
    all["collections"].clone()
}

fn problems(collection: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let problems = collection["problems"].as_array().unwrap().iter();
    problems
        .map(|problem| (text(&problem["code"]), text(&problem["subject"])))
        .collect()
}

fn is(code: &str, subject: &str) -> (String, String) {
    (code.to_owned(), subject.to_owned())
}

#[tokio::test]
async fn nothing_is_there_before_something_is_published() {
    let app = TestApp::new().await;
    assert_eq!(trust(&app).await, json!([]));
    Owner::new(&app, GUN).await;
    assert_eq!(trust(&app).await, json!([]), "keys alone are no trust data");
}

#[tokio::test]
async fn roles_keys_and_what_is_wrong() {
    let app = TestApp::new().await;
    let alice = Key::ecdsa();
    let owner = Owner::delegated(&app, GUN, &alice).await;
    let found = trust(&app).await;
    let one = &found[0];
    assert_eq!(one["gun"], GUN);
    assert_eq!(one["signedTags"], 2);
    let names: Vec<_> = one["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| &role["name"])
        .collect();
    assert_eq!(
        names,
        [
            "root",
            "targets",
            "snapshot",
            "timestamp",
            "targets/releases",
            "targets/alice"
        ]
    );
    let releases = &one["roles"][4];
    assert_eq!(releases["keyIDs"], json!([alice.id()]));
    assert_eq!(releases["signedBy"], json!([alice.id()]));
    assert_eq!(releases["threshold"], 1);
    assert_eq!(releases["paths"], json!([""]));
    assert_eq!(releases["version"], 1);
    assert!(
        releases["expiresAt"]
            .as_str()
            .unwrap()
            .starts_with("2029-11-27")
    );
    let holder = |id: String| {
        let keys = one["keys"].as_array().unwrap();
        let key = keys.iter().find(|key| key["id"] == id.as_str()).unwrap();
        key["holder"].as_str().unwrap().to_owned()
    };
    assert_eq!(holder(owner.timestamp.id()), "registry");
    assert_eq!(holder(owner.snapshot.id()), "registry");
    assert_eq!(holder(alice.id()), "unknown");
    assert_eq!(
        problems(one),
        [alice.id(), owner.targets.id()]
            .iter()
            .map(|id| is("UNKNOWN_KEY", id))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn the_timestamp_is_that_of_now_and_a_moved_tag_is_named() {
    let app = TestApp::new().await;
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    let image = app.push_image(&token, "alice/app", "a", b"one").await;
    let owner = Owner::published(&app, GUN).await;
    let parts = [("targets", naming(&owner, 2, &[("a", &image)]))];
    owner.publish(&app, &parts).await.expect(200);
    let expires = |found: &Value| found[0]["roles"][3]["expiresAt"].clone();
    let before = expires(&trust(&app).await);
    assert!(!problems(&trust(&app).await[0]).contains(&is("HASH_MISMATCH", "a")));
    server::trust::renew_due(&app.state, NOW + Duration::days(11)).await;
    assert_ne!(expires(&trust(&app).await), before);
    app.push_image(&token, "alice/app", "a", b"two").await;
    assert!(problems(&trust(&app).await[0]).contains(&is("HASH_MISMATCH", "a")));
}

#[tokio::test]
async fn what_has_expired_or_will_and_what_nobody_published_is_named() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    let key = Key::ecdsa();
    let roles = ["targets/gone", "targets/empty", "targets/soon"]
        .map(|name| delegation(name, &[&key], &[""]));
    let signed = client::delegating(2, &[], &[&key], &roles);
    let mut parts = vec![("targets", file(&signed, &[&owner.targets]))];
    let now = time::OffsetDateTime::now_utc();
    for (role, left) in [
        ("targets/gone", -Duration::hours(1)),
        ("targets/soon", Duration::days(3)),
    ] {
        let mut signed = targets(1, &[]);
        let at = (now + left).replace_nanosecond(0).unwrap();
        signed["expires"] = at
            .format(&time::format_description::well_known::Rfc3339)
            .unwrap()
            .into();
        parts.push((role, file(&signed, &[&key])));
    }
    owner
        .publish_at(&app, &parts, now - Duration::hours(2))
        .await
        .expect(200);
    let found = problems(&trust(&app).await[0]);
    for (code, role) in [
        ("EXPIRED", "targets/gone"),
        ("NOTHING_PUBLISHED", "targets/empty"),
        ("EXPIRES_SOON", "targets/soon"),
    ] {
        assert!(found.contains(&is(code, role)), "{code}: {found:?}");
    }
    assert!(!found.iter().any(|(code, _)| code == "UNTRUSTED"));
}
