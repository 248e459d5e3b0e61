//! Changes of accounts happen as a whole or not at all, whatever else happens at the same time.

use serde_json::json;
use time::OffsetDateTime;

use super::ACCOUNTS;
use crate::util::TestApp;

#[tokio::test]
async fn a_change_that_is_refused_changes_nothing() {
    let app = TestApp::new().await;
    let admin = format!("{ACCOUNTS}/admin");
    let long = "x".repeat(101);
    for (form, status) in [
        (json!({"name": "boss", "fullName": long}), 400),
        (json!({"name": "boss", "isAdmin": false}), 409),
        (json!({"name": "alice", "fullName": "Boss"}), 409),
    ] {
        let change = app.call("PATCH", &admin).by("admin").json(&form);
        change.send().await.expect(status);
        let still = app.get(&admin).by("admin").send().await.expect(200).json();
        assert_eq!(still["name"], "admin", "{form}");
        assert_eq!(still["fullName"], "", "{form}");
    }
}

/// Two owners are deleted at the same time: one of them has to stay.
#[tokio::test]
async fn the_last_owner_stays_also_where_two_go_at_once() {
    let app = TestApp::company().await;
    let go = |who: &str| {
        let path = format!("{ACCOUNTS}/{who}");
        app.call("DELETE", &path).by("admin").send()
    };
    let (olga, ivan) = tokio::join!(go("olga"), go("ivan"));
    let mut statuses = [olga.status.as_u16(), ivan.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    let left = app.get("/enzi/v0/accounts/acme/members?filter=admins");
    let left = left.by("admin").send().await.expect(200).json();
    assert_eq!(left["members"].as_array().unwrap().len(), 1, "{left}");
    // What was said before is not asked again where it counts.
    let last = left["members"][0]["member"]["id"].as_str().unwrap();
    let last = db::accounts::delete(&app.state.db, last.parse().unwrap()).await;
    assert!(matches!(last, Err(db::Error::LastOwner)), "{last:?}");
}

/// Whoever has no password here cannot sign in while the directory is away.
#[tokio::test]
async fn the_last_administrator_with_a_password_stays() {
    let app = TestApp::new().await;
    let new = db::accounts::New {
        name: "ada".to_owned(),
        is_admin: true,
        ..db::accounts::New::default()
    };
    let now = OffsetDateTime::now_utc();
    let ada = db::directory::create(&app.state.db, new, "ada".to_owned(), now).await;
    assert!(ada.unwrap().is_admin);
    let admin = format!("{ACCOUNTS}/admin");
    for form in [json!({"isAdmin": false}), json!({"isActive": false})] {
        let change = app.call("PATCH", &admin).by("admin").json(&form);
        let refused = change.send().await.expect(409);
        assert_eq!(refused.code(), "LAST_ADMIN");
        assert!(refused.message().contains("password"), "what to do");
    }
    for path in [&admin, "/api/v0/accounts/admin"] {
        let gone = app.call("DELETE", path).by("admin").send().await;
        assert_eq!(gone.expect(409).code(), "LAST_ADMIN");
    }
    let other = app.call("PATCH", &format!("{ACCOUNTS}/ada"));
    let other = other.by("admin").json(&json!({"isAdmin": false}));
    other.send().await.expect(200);
}

#[tokio::test]
async fn an_organization_is_not_made_inactive() {
    let app = TestApp::new().await;
    let form = json!({"name": "acme", "isOrg": true, "isActive": false});
    let refused = super::create(&app, form).await.expect(400);
    assert_eq!(refused.json()["errors"][0]["detail"]["field"], "isActive");
    let path = format!("{ACCOUNTS}/acme");
    app.get(&path).by("admin").send().await.expect(404);
}
