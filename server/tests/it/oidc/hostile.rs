//! Answers of somebody who wants in.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::provider::{Browser, Document, Provider, query};
use crate::util::TestApp;

/// The registry, and a provider that makes accounts.
async fn scene() -> (TestApp, Provider) {
    let (app, idp) = (TestApp::new().await, Provider::start().await);
    idp.register(&app, "idp", &json!({"createsUsers": true}))
        .await;
    (app, idp)
}

fn refused(reason: &str) -> String {
    format!("/sign-in?error={reason}&next=%2Fusers")
}

#[tokio::test]
async fn tokens_that_are_wrong_sign_nobody_in() {
    let (app, idp) = scene().await;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let mut browser = Browser::new(&app);
    for wrong in [
        json!({"iss": "https://evil.example"}),
        json!({"aud": "other"}),
        json!({"aud": ["plimsoll", "other"]}),
        json!({"nonce": "another"}),
        json!({"nonce": null}),
        json!({"exp": now - 3600}),
        json!({"iat": now + 3600}),
        json!({"sub": null}),
    ] {
        let mut claims = json!({"preferred_username": "eve"});
        for (name, value) in wrong.as_object().unwrap() {
            claims[name] = value.clone();
        }
        assert_eq!(
            browser.by(&idp, "idp", "666", &claims).await,
            refused("oidc-answer"),
            "{wrong}"
        );
        assert_eq!(browser.who().await, None, "{wrong}");
    }
    app.get("/enzi/v0/accounts/eve")
        .by("admin")
        .send()
        .await
        .expect(404);
}

#[tokio::test]
async fn an_answer_serves_once_and_only_where_it_was_asked_for() {
    let (app, idp) = scene().await;
    let eve = json!({"preferred_username": "eve"});
    let mut browser = Browser::new(&app);

    // Another state; and with it, what was begun is over.
    let location = browser.leave("idp").await;
    let code = idp.code(&location, "666", &eve);
    let forged = location.replace("state=", "state=x");
    assert_eq!(
        browser.come_back("idp", &forged, &code).await,
        refused("oidc-expired")
    );
    let again = browser.come_back("idp", &location, &code).await;
    assert_eq!(again, "/sign-in?error=oidc-expired");

    // A browser that did not begin it: a link that signs its victim in to the attacker's account.
    let location = browser.leave("idp").await;
    let code = idp.code(&location, "666", &eve);
    let mut victim = Browser::new(&app);
    assert_eq!(
        victim.come_back("idp", &location, &code).await,
        "/sign-in?error=oidc-expired"
    );
    assert_eq!(victim.who().await, None);

    // Replayed after it served.
    assert_eq!(browser.come_back("idp", &location, &code).await, "/users");
    let signed_in = browser.cookie.clone();
    assert_eq!(
        browser.come_back("idp", &location, &code).await,
        "/sign-in?error=oidc-expired"
    );
    browser.cookie = signed_in;
    assert_eq!(browser.who().await.as_deref(), Some("eve"));

    // Without anything, twice the same, and far too much.
    for path in [
        "",
        "?state=a&state=b",
        "?error=access_denied",
        "?code=x&state=",
    ] {
        let answer = browser
            .get(&format!("/sign-in/oidc/idp/callback{path}"))
            .await
            .expect(303);
        assert_eq!(
            answer.header("location"),
            "/sign-in?error=oidc-expired",
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_a_provider_refuses_is_said() {
    let (app, idp) = scene().await;
    let mut browser = Browser::new(&app);
    for (error, reason) in [
        ("access_denied", "oidc-refused"),
        ("<script>", "oidc-answer"),
    ] {
        let state = query(&browser.leave("idp").await)["state"].clone();
        let path = format!("/sign-in/oidc/idp/callback?error={error}&state={state}")
            .replace(['<', '>'], "%3C");
        let answer = browser.get(&path).await.expect(303);
        assert_eq!(answer.header("location"), refused(reason));
    }
    let location = browser.leave("idp").await;
    assert_eq!(
        browser.come_back("idp", &location, "no-such-code").await,
        refused("oidc-answer")
    );
    drop(idp);
}

#[tokio::test]
async fn one_provider_does_not_answer_for_another() {
    let (app, honest) = scene().await;
    let evil = Provider::start().await;
    evil.register(&app, "evil", &json!({"createsUsers": true}))
        .await;
    let mut browser = Browser::new(&app);
    let ada = json!({"preferred_username": "ada"});
    assert_eq!(browser.by(&honest, "idp", "248", &ada).await, "/users");

    // The same subject from another provider is another person.
    let mut other = Browser::new(&app);
    assert_eq!(
        other.by(&evil, "evil", "248", &ada).await,
        refused("oidc-name-taken")
    );
    assert_eq!(other.who().await, None);

    // Begun here, answered there: at the other's address, by the other's code, in the other's name.
    let location = other.leave("idp").await;
    let code = evil.code(
        &location,
        "248",
        &json!({"preferred_username": "ada", "iss": honest.url}),
    );
    assert_eq!(
        other.come_back("evil", &location, &code).await,
        refused("oidc-expired")
    );
    let location = other.leave("idp").await;
    let state = query(&location)["state"].clone();
    let code = honest.code(&location, "248", &ada);
    let path = format!(
        "/sign-in/oidc/idp/callback?code={code}&state={state}&iss={}",
        evil.url
    );
    let answer = other.get(&path).await.expect(303);
    assert_eq!(answer.header("location"), refused("oidc-answer"));
    let location = other.leave("evil").await;
    let code = evil.code(&location, "248", &json!({"iss": honest.url}));
    assert_eq!(
        other.come_back("evil", &location, &code).await,
        refused("oidc-answer")
    );
    assert_eq!(other.who().await, None);
}

#[tokio::test]
async fn names_and_addresses_link_nothing() {
    let (app, idp) = scene().await;
    let taken: [Value; 4] = [
        json!({"preferred_username": "alice", "email": "alice@example.org", "email_verified": true}),
        json!({"preferred_username": "ALICE"}),
        json!({"preferred_username": "admin@example.org"}),
        json!({"preferred_username": "alice", "name": "alice"}),
    ];
    let mut browser = Browser::new(&app);
    for claims in taken {
        assert_eq!(
            browser.by(&idp, "idp", "666", &claims).await,
            refused("oidc-name-taken"),
            "{claims}"
        );
    }
    for claims in [
        json!({}),
        json!({"preferred_username": "аlice"}),
        json!({"preferred_username": "../admin"}),
        json!({"preferred_username": ""}),
    ] {
        assert_eq!(
            browser.by(&idp, "idp", "666", &claims).await,
            refused("oidc-name"),
            "{claims}"
        );
    }
    let off = json!({"createsUsers": false});
    app.call("PATCH", "/enzi/v0/config/auth/oidc/idp")
        .by("admin")
        .json(&off)
        .send()
        .await
        .expect(200);
    let new = json!({"preferred_username": "new"});
    assert_eq!(
        browser.by(&idp, "idp", "667", &new).await,
        refused("oidc-unknown")
    );
    assert_eq!(browser.who().await, None);
}

#[tokio::test]
async fn who_is_switched_off_stays_out() {
    let (app, idp) = scene().await;
    let ada = json!({"preferred_username": "ada"});
    let mut browser = Browser::new(&app);
    assert_eq!(browser.by(&idp, "idp", "248", &ada).await, "/users");
    let off = json!({"isActive": false});
    app.call("PATCH", "/enzi/v0/accounts/ada")
        .by("admin")
        .json(&off)
        .send()
        .await
        .expect(200);
    assert_eq!(
        browser.by(&idp, "idp", "248", &ada).await,
        refused("inactive")
    );
    let shown = app
        .get("/enzi/v0/accounts/ada")
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(shown["isActive"], false, "signing in does not switch it on");
    assert_eq!(browser.who().await, None);

    app.call("PATCH", "/enzi/v0/config/auth/oidc/idp")
        .by("admin")
        .json(&off)
        .send()
        .await
        .expect(200);
    let answer = browser.get("/sign-in/oidc/idp").await.expect(303);
    assert_eq!(
        answer.header("location"),
        "/sign-in?error=oidc-provider&next=%2Frepositories"
    );
    let shown = app
        .get("/enzi/v0/id/providers")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(shown, json!([]));
}

#[tokio::test]
async fn a_provider_that_misbehaves_is_not_followed() {
    for document in [
        Document::OtherIssuer,
        Document::Redirect,
        Document::Huge,
        Document::Missing,
    ] {
        let (app, idp) = scene().await;
        idp.answers(document);
        let answer = Browser::new(&app)
            .get("/sign-in/oidc/idp")
            .await
            .expect(303);
        let location = answer.header("location");
        assert!(
            location.starts_with("/sign-in?error=oidc-"),
            "{document:?}: {location}"
        );
        let test = app
            .call("POST", "/enzi/v0/config/auth/oidc/idp/test")
            .by("admin")
            .send()
            .await
            .expect(200)
            .json();
        assert_eq!(test["works"], false, "{document:?}: {test}");
        idp.answers(Document::Right);
        let test = app
            .call("POST", "/enzi/v0/config/auth/oidc/idp/test")
            .by("admin")
            .send()
            .await
            .expect(200)
            .json();
        assert_eq!(test["works"], true, "{test}");
    }
}

#[tokio::test]
async fn no_address_leads_elsewhere_afterwards() {
    let (app, idp) = scene().await;
    let ada = json!({"preferred_username": "ada"});
    for evil in [
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "/sign-in",
    ] {
        let mut browser = Browser::new(&app);
        let answer = browser
            .get(&format!("/sign-in/oidc/idp?next={evil}"))
            .await
            .expect(303);
        let location = answer.header("location").to_owned();
        let code = idp.code(&location, "248", &ada);
        assert_eq!(
            browser.come_back("idp", &location, &code).await,
            "/repositories",
            "{evil}"
        );
    }
}
