//! Change feeds: of one collection, for who may pull, and of all, for site administrators.

use serde_json::{Value, json};

use super::{GUN, Owner, SITE, client::NOW, get, said, server_key, tuf};
use crate::util::TestApp;

async fn feed(app: &TestApp, query: &str) -> Value {
    let path = format!("/v2/{GUN}/_trust/changefeed?{query}");
    app.get(&path).by("alice").send().await.expect(200).json()
}

fn versions(feed: &Value) -> Vec<i64> {
    let records = feed["records"].as_array();
    let records = records.into_iter().flatten();
    records
        .map(|record| record["Version"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn what_was_done_is_listed_in_order() {
    let app = TestApp::new().await;
    assert_eq!(
        feed(&app, "records=0").await,
        json!({"count": 0, "records": null})
    );
    let mut owner = Owner::published(&app, GUN).await;
    Owner::published(&app, SITE).await;
    owner.snapshot = server_key(&app, "POST", GUN, "snapshot").await;
    owner
        .publish(&app, &[("root", owner.root_file(2))])
        .await
        .expect(200);
    for number in 2..4 {
        let parts = [("targets", owner.targets_file(number, &[]))];
        owner.publish(&app, &parts).await.expect(200);
    }
    let all = feed(&app, "records=100&change_id=").await;
    assert_eq!(
        (&all["count"], versions(&all)),
        (&json!(4), vec![1, 2, 3, 4])
    );
    let first = &all["records"][0];
    let timestamp = get(&app, GUN, "1.timestamp.json").await.expect(200).body;
    let hash = oci::Digest::of(oci::digest::Algorithm::Sha256, &timestamp).hex();
    assert_eq!(
        *first,
        json!({
            "ID": first["ID"], "CreatedAt": "2026-11-27T12:00:00Z", "GUN": GUN, "Version": 1, "SHA256": hash, "Category": "update",
        })
    );
    let id = |at: usize| all["records"][at]["ID"].as_str().unwrap().to_owned();
    for (query, expected) in [
        (format!("records=2&change_id={}", id(0)), vec![2, 3]),
        (format!("records=0&change_id={}", id(2)), vec![4]),
        (format!("records=-2&change_id={}", id(3)), vec![2, 3]),
        ("records=-2&change_id=".to_owned(), vec![3, 4]),
        ("records=2&change_id=-1".to_owned(), vec![3, 4]),
        ("records=-2&change_id=-1".to_owned(), vec![3, 4]),
        ("records=10&change_id=999999".to_owned(), vec![]),
    ] {
        assert_eq!(versions(&feed(&app, &query).await), expected, "{query}");
    }
    for query in [
        "",
        "records=x",
        "records=",
        "records=1&change_id=x",
        "change_id=0",
    ] {
        let path = format!("/v2/{GUN}/_trust/changefeed?{query}");
        let answer = app.get(&path).by("alice").send().await;
        assert!(
            said(&answer).starts_with("400 INVALID_PARAMETERS"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn deletions_are_listed_once() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    for _ in 0..2 {
        app.call("DELETE", &tuf(GUN, ""))
            .by("alice")
            .at(NOW)
            .send()
            .await
            .expect(200);
    }
    let all = feed(&app, "records=0").await;
    assert_eq!(versions(&all), [1, 0]);
    let last = &all["records"][1];
    assert_eq!(
        (&last["Category"], &last["SHA256"]),
        (&json!("deletion"), &json!(""))
    );
}

#[tokio::test]
async fn everything_is_for_administrators() {
    let app = TestApp::new().await;
    for gun in [GUN, SITE] {
        Owner::published(&app, gun).await;
    }
    let path = "/v2/_trust/changefeed?records=0";
    let all = app.get(path).by("admin").send().await.expect(200).json();
    assert_eq!(
        (&all["count"], &all["records"][1]["GUN"]),
        (&json!(2), &json!(SITE))
    );
    let token = app.token("admin", &["registry:catalog:*"]).await;
    app.get(path).bearer(&token).send().await.expect(200);
    let catalog = app.token("alice", &["registry:catalog:*"]).await;
    let other = app.token("admin", &["repository:alice/app:pull"]).await;
    for call in [
        app.get(path),
        app.get(path).by("alice"),
        app.get(path).bearer(&catalog),
        app.get(path).bearer(&other),
    ] {
        let answer = call.send().await.expect(401);
        assert_eq!(
            said(&answer),
            r#"401 UNAUTHORIZED [{"Action":"*","Class":"","Name":"catalog","Type":"registry"}]"#
        );
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.contains(r#"scope="registry:catalog:*""#),
            "{challenge}"
        );
    }
}

#[tokio::test]
async fn a_new_repository_has_no_past() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    app.call("DELETE", &tuf(GUN, ""))
        .by("alice")
        .send()
        .await
        .expect(200);
    app.call("DELETE", "/api/v0/repositories/alice/app")
        .by("alice")
        .send()
        .await
        .expect(204);
    app.call("POST", "/api/v0/repositories/alice")
        .by("alice")
        .json(&json!({"name": "app"}))
        .send()
        .await
        .expect(201);
    assert_eq!(
        feed(&app, "records=0").await,
        json!({"count": 0, "records": null})
    );
    let all = app
        .get("/v2/_trust/changefeed?records=0")
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(versions(&all), [1, 0]);
}
