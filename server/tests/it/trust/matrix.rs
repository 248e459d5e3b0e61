//! The matrix of raw requests (note, section 7.5): what upstream was observed to answer, and where we differ (section 7.2).

use super::{
    GUN, Owner,
    client::{BEFORE, Key, NOW, file, targets},
    form, get, post, said, tuf, version,
};
use crate::util::TestApp;

const THRESHOLD: &str =
    "400 INVALID_UPDATE ErrBadTargets: valid signatures did not meet threshold for targets";

#[tokio::test]
async fn what_is_old_is_a_version_error() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    for role in ["targets", "root"] {
        let same = get(&app, GUN, &format!("{role}.json")).await.body.to_vec();
        assert_eq!(owner.refused(&app, &[(role, same)]).await, "400 VERSION {}");
    }
    let parts = [("root", owner.root_file(1))];
    assert_eq!(owner.refused(&app, &parts).await, "400 VERSION {}");
}

#[tokio::test]
async fn what_is_not_what_was_signed() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    let stored = get(&app, GUN, "targets.json").await.body.to_vec();
    let text = String::from_utf8(stored).unwrap();
    let altered = text.replace("\"version\":1", "\"version\":2");
    assert_eq!(
        owner.refused(&app, &[("targets", altered.into())]).await,
        THRESHOLD
    );
    let empty = "400 INVALID_UPDATE ErrBadTargets: tuf: data has no signatures";
    assert_eq!(
        owner.refused(&app, &[("targets", b"{}".to_vec())]).await,
        empty
    );
    for bad in [
        &text[..text.len() - 5],
        &text.replace("\"version\":1", "\"version\":\"1\""),
    ] {
        let parts = [("targets", bad.as_bytes().to_vec())];
        assert_eq!(owner.refused(&app, &parts).await, "400 MALFORMED_JSON");
    }
    let mut twice = owner.targets_file(2, &[]);
    twice.extend(b"{}");
    assert_eq!(
        owner.refused(&app, &[("targets", twice)]).await,
        "400 INVALID_UPDATE ErrBadTargets: invalid character '{' after top-level value"
    );
}

#[tokio::test]
async fn names_of_parts() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    for name in ["targets/../x", "Foo", "targets/Alice"] {
        let expected = format!("400 INVALID_ROLE \"{name}\"");
        assert_eq!(
            owner.refused(&app, &[(name, b"{}".to_vec())]).await,
            expected
        );
    }
    for name in [None, Some(""), Some(".json")] {
        let answer = post(&app, "alice", GUN, form(&[(name, b"{}")]), NOW).await;
        assert_eq!(said(&answer), "400 NO_FILENAME", "{name:?}");
    }
    let targets = owner.targets_file(2, &[("v1", "one")]);
    let parts = [
        ("targets", targets.clone()),
        ("targets.json", targets.clone()),
    ];
    assert_eq!(
        owner.refused(&app, &parts).await,
        "400 INVALID_UPDATE ErrValidation: role targets was uploaded more than once"
    );
    owner
        .publish(&app, &[("targets.json", targets)])
        .await
        .expect(200);
}

#[tokio::test]
async fn what_is_no_form() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    for (kind, body) in [
        ("application/json", "{}"),
        ("", "{}"),
        ("multipart/form-data", "{}"),
        ("multipart/form-data; boundary=XYZ", "{}"),
        (
            "multipart/form-data; boundary=XYZ",
            "--XYZ\r\nContent-Disposition: form-data; name=\"files\"; filename=\"root\"\r\n\r\n{",
        ),
    ] {
        let call = app
            .call("POST", &tuf(GUN, ""))
            .by("alice")
            .header("content-type", kind);
        let answer = call.body(body).send().await;
        assert_eq!(said(&answer), "400 MALFORMED_UPLOAD", "{kind} {body}");
    }
}

#[tokio::test]
async fn delegations() {
    let app = TestApp::new().await;
    let alice = Key::ecdsa();
    let owner = Owner::delegated(&app, GUN, &alice).await;
    let parts = [("targets/bob", file(&targets(1, &[]), &[&alice]))];
    assert_eq!(
        owner.refused(&app, &parts).await,
        "400 INVALID_UPDATE ErrBadTargets: tuf: invalid role targets/bob. delegation does not exist"
    );
    let mut expired = targets(2, &[]);
    expired["expires"] = BEFORE.into();
    assert_eq!(
        owner
            .refused(&app, &[("targets/alice", file(&expired, &[&alice]))])
            .await,
        "400 INVALID_UPDATE ErrBadTargets: targets/alice expired at Wed Jan 1 00:00:00 UTC 2020"
    );
    let parts = [("targets/alice", file(&targets(11, &[]), &[&alice]))];
    owner.publish(&app, &parts).await.expect(200);
    assert_eq!(version(&app, GUN, "targets/alice").await, 11);
}

#[tokio::test]
async fn collections_that_are_not_there() {
    let app = TestApp::new().await;
    let owner = Owner::new(&app, GUN).await;
    for parts in [vec![("targets", owner.targets_file(1, &[]))], vec![]] {
        assert_eq!(
            said(&owner.publish(&app, &parts).await),
            "400 INVALID_UPDATE ErrValidation: no pre-existing root and no root provided in update."
        );
    }
    let other = include_bytes!("../../../../crates/trust/testdata/notary/root.json").to_vec();
    assert_eq!(
        said(&owner.publish(&app, &[("root", other)]).await),
        "400 INVALID_UPDATE ErrBadRoot: Root modifications must increment the version. Current 1, new 4"
    );
    assert_eq!(
        said(&get(&app, GUN, "root.json").await),
        "404 METADATA_NOT_FOUND {}"
    );
}

#[tokio::test]
async fn what_changes_nothing() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    let timestamp = get(&app, GUN, "timestamp.json").await.body.to_vec();
    for parts in [vec![("timestamp", timestamp.clone())], vec![]] {
        let answer = owner.publish(&app, &parts).await.expect(200);
        assert!(answer.body.is_empty());
        assert_eq!(get(&app, GUN, "timestamp.json").await.body, timestamp);
    }
}
