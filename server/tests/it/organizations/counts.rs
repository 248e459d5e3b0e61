//! How many there are: members and teams of organizations, and rights in the lists of them.

use serde_json::{Value, json};

use crate::util::TestApp;

async fn count(app: &TestApp, path: &str) -> String {
    let answer = app.get(path).by("olga").send().await.expect(200);
    answer.header("x-resource-count").to_owned()
}

#[tokio::test]
async fn lists_of_rights_are_counted_where_that_is_asked_for() {
    let app = TestApp::company().await;
    for (path, all, named) in [
        (
            "/api/v0/repositories/acme/app/teamAccess",
            "3",
            ("ers", "3"),
        ),
        (
            "/api/v0/repositories/acme/app/teamAccess",
            "3",
            ("WRI", "1"),
        ),
        ("/api/v0/repositories/acme/site/teamAccess", "0", ("a", "0")),
        (
            "/api/v0/repositoryNamespaces/acme/teamAccess",
            "1",
            ("namers", "1"),
        ),
        (
            "/api/v0/repositoryNamespaces/acme/teamAccess",
            "1",
            ("%25", "0"),
        ),
        (
            "/api/v0/accounts/acme/teams/readers/repositoryAccess",
            "1",
            ("app", "1"),
        ),
        (
            "/api/v0/accounts/acme/teams/readers/repositoryAccess",
            "1",
            ("site", "0"),
        ),
    ] {
        assert_eq!(count(&app, path).await, "", "{path} was not asked");
        let whole = format!("{path}?count=true&pageSize=1");
        assert_eq!(count(&app, &whole).await, all, "{path}");
        let (text, found) = named;
        let part = format!("{path}?count=true&filter={text}");
        assert_eq!(count(&app, &part).await, found, "{part}");
    }
}

#[tokio::test]
async fn an_organization_says_how_large_it_is() {
    let app = TestApp::company().await;
    let size = |account: &Value| {
        (
            account["membersCount"].clone(),
            account["teamsCount"].clone(),
        )
    };
    let get = async |who: &str, path: &str| {
        let answer = app.get(path).by(who).send().await;
        answer.expect(200).json()
    };
    let acme = (json!(7), json!(4));
    let one = get("mia", "/enzi/v0/accounts/acme").await;
    assert_eq!(size(&one), acme);
    let of_mia = get("mia", "/enzi/v0/accounts/mia/organizations").await;
    assert_eq!(size(&of_mia["memberOrgs"][0]["org"]), acme);
    let all = get("admin", "/enzi/v0/accounts?limit=100").await;
    for account in all["accounts"].as_array().unwrap() {
        let expected = match account["name"].as_str().unwrap() {
            "acme" => acme.clone(),
            "other" => (json!(1), json!(1)),
            _ => (Value::Null, Value::Null),
        };
        assert_eq!(size(account), expected, "{account}");
    }
    let empty = json!({"name": "empty", "isOrg": true});
    let made = app
        .call("POST", "/enzi/v0/accounts")
        .by("admin")
        .json(&empty);
    let made = made.send().await.expect(201).json();
    assert_eq!(size(&made), (json!(0), json!(0)));
    let renamed = app.call("PATCH", "/enzi/v0/accounts/acme").by("olga");
    let renamed = renamed.json(&json!({"fullName": "Acme"})).send().await;
    assert_eq!(size(&renamed.expect(200).json()), acme);
}
