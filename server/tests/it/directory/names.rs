//! Names: which are asked of a directory, what a failure tells of them, and whose they are.

use serde_json::json;

use super::{login, set, slapd};
use crate::util::{PASSWORD, TestApp};

/// Whether there is an account is told neither by the answer nor by what is counted, while nobody answers in the directory.
#[tokio::test]
async fn a_directory_that_is_away_tells_no_names() {
    let app = TestApp::new().await;
    let away = json!({"enabled": true, "url": format!("ldap://127.0.0.1:{}", slapd::free_port()),
        "baseDN": "dc=example,dc=org", "userFilter": "(uid={username})"});
    set(&app, &away).await;
    let mut failures = 0;
    for name in ["bob", "nobody"] {
        // What would be refused anyway, or is another way to write a name, is not asked of it.
        for (name, password, status) in [
            (name.to_owned(), "", 401),
            (format!(" {name}"), "wrong", 401),
            (format!("{name}\u{ad}"), "wrong", 401),
            (name.to_owned(), "wrong", 503),
            (name.to_owned(), "wrong", 503),
            (name.to_owned(), "wrong", 503),
            (name.to_owned(), "wrong", 503),
            (name.to_owned(), "wrong", 429),
        ] {
            assert_eq!(login(&app, &name, password).await, status, "{name:?}");
            failures += u64::from(status != 429);
        }
    }
    let filter = db::events::Filter {
        kind: Some("FAIL".to_owned()),
        ..db::events::Filter::default()
    };
    let recorded = db::events::count(&app.state.db, &filter).await.unwrap();
    assert_eq!(recorded, failures, "each is recorded");
    assert_eq!(login(&app, "alice", PASSWORD).await, 200);
}

#[tokio::test]
async fn a_person_of_the_directory_keeps_its_name() {
    let app = TestApp::new().await;
    let new = db::accounts::New {
        name: "ada".to_owned(),
        ..db::accounts::New::default()
    };
    let now = time::OffsetDateTime::now_utc();
    let made = db::directory::create(&app.state.db, new, "id".to_owned(), now).await;
    made.unwrap();
    let rename = |form| {
        let call = app.call("PATCH", "/enzi/v0/accounts/ada").by("admin");
        call.json(&form).send()
    };
    let refused = rename(json!({"name": "eve"})).await.expect(409);
    assert_eq!(refused.code(), "NAME_IN_DIRECTORY");
    let same = json!({"name": "ada", "fullName": "Ada L."});
    rename(same).await.expect(200);
}

/// Somebody of the directory who is known here by another name has not the account of this one.
pub(super) async fn are_their_own(app: &TestApp) {
    let (name, password) = ("crowd0003", "crowd0003-password");
    assert_eq!(login(app, name, password).await, 200);
    let db = &app.state.db;
    let first = db::accounts::find(db, name).await.unwrap().unwrap();
    let renamed = db::accounts::Update {
        name: Some("kurt".to_owned()),
        ..db::accounts::Update::default()
    };
    db::accounts::update(db, first.id, renamed, time::OffsetDateTime::now_utc())
        .await
        .unwrap();
    assert_eq!(login(app, name, password).await, 200, "it is kurt");
    let other = db::accounts::New {
        name: name.to_owned(),
        ..db::accounts::New::default()
    };
    let now = time::OffsetDateTime::now_utc();
    let id = "another".to_owned();
    db::directory::create(db, other, id, now).await.unwrap();
    assert_eq!(login(app, name, password).await, 401, "whose name is it?");
}
