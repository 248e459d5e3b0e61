//! There and back: who is known, who is new, and the teams of groups.

use serde_json::json;

use super::provider::{Browser, Provider, query};
use crate::util::TestApp;

#[tokio::test]
async fn who_is_new_is_given_an_account_and_is_known_from_then_on() {
    let (app, idp) = (TestApp::new().await, Provider::start().await);
    idp.register(
        &app,
        "idp",
        &json!({"label": "Company", "createsUsers": true}),
    )
    .await;
    let shown = app
        .get("/enzi/v0/id/providers")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(shown, json!([{"name": "idp", "label": "Company"}]));

    let mut browser = Browser::new(&app);
    let location = browser.leave("idp").await;
    let sent = query(&location);
    assert_eq!(
        sent["redirect_uri"],
        "http://127.0.0.1:8080/sign-in/oidc/idp/callback"
    );
    assert_eq!(
        (
            sent["code_challenge_method"].as_str(),
            sent["client_id"].as_str()
        ),
        ("S256", "plimsoll")
    );
    assert_eq!(browser.who().await, None);
    let planted = browser.cookie.clone();

    let code = idp.code(
        &location,
        "248",
        &json!({"preferred_username": "Ada@example.org"}),
    );
    assert_eq!(browser.come_back("idp", &location, &code).await, "/users");
    assert_eq!(browser.who().await.as_deref(), Some("ada"));
    assert_ne!(browser.cookie, planted, "the session has a new id");
    let ada = app
        .get("/enzi/v0/accounts/ada")
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&ada["fullName"], &ada["isAdmin"]),
        (&json!("Ada Lovelace"), &json!(false))
    );

    // The name may change at the provider; the person is the same.
    let mut other = Browser::new(&app);
    let there = other
        .by(&idp, "idp", "248", &json!({"preferred_username": "admin"}))
        .await;
    assert_eq!(there, "/users");
    assert_eq!(other.who().await.as_deref(), Some("ada"));
    assert_eq!(idp.discovered(), 1, "what is known is not asked for again");

    // There is no password to guess.
    let login = json!({"username": "ada", "password": ""});
    app.call("POST", "/enzi/v0/id/login")
        .json(&login)
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn groups_are_teams_by_rule_and_only_by_rule() {
    let (app, idp) = (TestApp::company().await, Provider::start().await);
    let rule =
        |group: &str, team: &str| json!({"group": group, "organization": "acme", "team": team});
    let rules = json!([
        rule("devs", "writers"),
        rule("all", "readers"),
        rule("ops", "keepers")
    ]);
    idp.register(
        &app,
        "idp",
        &json!({"createsUsers": true, "groupRules": rules}),
    )
    .await;
    let mut browser = Browser::new(&app);
    let teams = async || {
        let call = app
            .get("/enzi/v0/accounts/acme/members/ada/teams")
            .by("admin");
        let json = call.send().await.expect(200).json();
        let teams = json["teams"].as_array().unwrap().iter();
        teams
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let ada = |groups: serde_json::Value| json!({"preferred_username": "ada", "groups": groups});
    browser
        .by(&idp, "idp", "248", &ada(json!(["devs", "all", "other"])))
        .await;
    assert_eq!(teams().await, ["readers", "writers"]);

    // A rule does not take away what somebody gave.
    let path = "/enzi/v0/accounts/acme/teams/keepers/members/ada";
    app.call("PUT", path)
        .by("admin")
        .json(&json!({}))
        .send()
        .await
        .expect(200);
    browser.by(&idp, "idp", "248", &ada(json!("all"))).await;
    assert_eq!(teams().await, ["keepers", "readers"]);
    // Nothing said is not the same as none.
    browser.by(&idp, "idp", "248", &ada(json!(null))).await;
    assert_eq!(teams().await, ["keepers", "readers"]);
    browser.by(&idp, "idp", "248", &ada(json!([]))).await;
    assert_eq!(teams().await, ["keepers"]);
    // Nor when a rule would have given it too.
    for groups in [json!(["ops"]), json!([])] {
        browser.by(&idp, "idp", "248", &ada(groups)).await;
        assert_eq!(teams().await, ["keepers"]);
    }

    browser.by(&idp, "idp", "248", &ada(json!(["devs"]))).await;
    assert_eq!(teams().await, ["keepers", "writers"]);
    let path = "/enzi/v0/config/auth/oidc/idp";
    app.call("DELETE", path)
        .by("admin")
        .send()
        .await
        .expect(204);
    assert_eq!(
        teams().await,
        ["keepers"],
        "what the rules gave goes with the provider"
    );
}

#[tokio::test]
async fn what_anybody_begins_does_not_stay() {
    let (app, idp) = (TestApp::new().await, Provider::start().await);
    idp.register(&app, "idp", &json!({})).await;
    let now = time::OffsetDateTime::now_utc();
    let ended = async |minutes| {
        let then = now + time::Duration::minutes(minutes);
        db::sessions::delete_expired(&app.state.db, then)
            .await
            .unwrap()
    };
    Browser::new(&app).leave("idp").await;
    assert_eq!((ended(9).await, ended(11).await), (0, 1));
}

#[tokio::test]
async fn what_happens_is_recorded_and_holds_no_secret() {
    let (app, idp) = (TestApp::company().await, Provider::start().await);
    let rules = json!([{"group": "devs", "organization": "acme", "team": "writers"}]);
    idp.register(&app, "idp", &json!({"groupRules": rules}))
        .await;
    let mut browser = Browser::new(&app);
    let ada = json!({"preferred_username": "ada", "groups": ["devs"]});
    browser.by(&idp, "idp", "248", &ada).await;
    browser.by(&idp, "idp", "248", &json!({"exp": 1})).await;
    let on = json!({"createsUsers": true, "clientSecret": "n3w-s3cret"});
    let call = app
        .call("PATCH", "/enzi/v0/config/auth/oidc/idp")
        .by("admin");
    call.json(&on).send().await.expect(200);
    browser.by(&idp, "idp", "248", &ada).await;
    let call = app.get("/api/v0/events?pageSize=12").by("admin");
    let text = String::from_utf8(call.send().await.expect(200).body.to_vec()).unwrap();
    let events: serde_json::Value = serde_json::from_str(&text).unwrap();
    let told: Vec<String> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            let part = |name: &str| event[name].as_str().unwrap().to_owned();
            let object = event["object"]["type"].as_str().unwrap();
            let name = event["object"]["name"].as_str().unwrap();
            format!(
                "{} {object} {name} by {}: {}",
                part("type"),
                part("actor"),
                part("reason")
            )
        })
        .filter(|told| !told.starts_with("GET"))
        .take(7)
        .collect();
    assert_eq!(
        told,
        [
            "CREATE session ada by ada: the identity provider idp said who it is",
            "CREATE teamMembership acme/writers by : by a rule of the identity provider idp",
            "CREATE user ada by : the first sign-in with the identity provider idp",
            "UPDATE identityProvider idp by admin: a site administrator",
            "FAIL session  by : idp: the ID token has expired",
            "FAIL session ada by : idp: no account is linked (oidc-unknown)",
            "CREATE identityProvider idp by admin: a site administrator",
        ]
    );
    assert!(!text.contains("s3cret"), "{text}");
}
