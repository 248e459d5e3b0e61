//! Linking an identity to an account, and unlinking it.

use serde_json::{Value, json};

use super::provider::{Browser, Provider, query};
use crate::util::TestApp;

const ALICE: &str = "/enzi/v0/accounts/alice/identities";

async fn identities(app: &TestApp, name: &str) -> Vec<Value> {
    let answer = app
        .get(&format!("/enzi/v0/accounts/{name}/identities"))
        .by("admin")
        .send()
        .await;
    answer.expect(200).json().as_array().unwrap().clone()
}

async fn scene() -> (TestApp, Provider) {
    let (app, idp) = (TestApp::new().await, Provider::start().await);
    idp.register(&app, "idp", &json!({"label": "Company"}))
        .await;
    (app, idp)
}

/// Begins to link at the own account's page: the address to go to.
async fn begin(browser: &mut Browser<'_>, path: &str) -> String {
    let answer = browser
        .post(path, &json!({"provider": "idp"}))
        .await
        .expect(200);
    answer.json()["location"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_owner_links_and_unlinks() {
    let (app, idp) = scene().await;
    let mut alice = Browser::new(&app);
    alice.sign_in("alice").await;
    let location = begin(&mut alice, ALICE).await;
    let code = idp.code(
        &location,
        "248",
        &json!({"preferred_username": "a.liddell"}),
    );
    assert_eq!(
        alice.come_back("idp", &location, &code).await,
        "/users/alice/identities"
    );
    let found = identities(&app, "alice").await;
    assert_eq!(found[0]["username"], "a.liddell");
    assert_eq!(
        found[0]["provider"],
        json!({"name": "idp", "label": "Company"})
    );

    let mut elsewhere = Browser::new(&app);
    assert_eq!(elsewhere.by(&idp, "idp", "248", &json!({})).await, "/users");
    assert_eq!(elsewhere.who().await.as_deref(), Some("alice"));

    // Somebody else's identity is not taken over, and not linked twice.
    for name in ["bob", "alice"] {
        let mut browser = Browser::new(&app);
        browser.sign_in(name).await;
        let location = begin(
            &mut browser,
            &format!("/enzi/v0/accounts/{name}/identities"),
        )
        .await;
        let code = idp.code(&location, "248", &json!({}));
        let back = browser.come_back("idp", &location, &code).await;
        assert_eq!(back, format!("/users/{name}/identities?error=oidc-linked"));
    }

    let id = found[0]["id"].as_str().unwrap();
    let of_bob = format!("/enzi/v0/accounts/bob/identities/{id}");
    app.call("DELETE", &of_bob)
        .by("bob")
        .send()
        .await
        .expect(404);
    app.call("DELETE", &of_bob)
        .by("admin")
        .send()
        .await
        .expect(404);
    app.call("DELETE", &format!("{ALICE}/{id}"))
        .by("bob")
        .send()
        .await
        .expect(404);
    app.call("DELETE", &format!("{ALICE}/{id}"))
        .by("alice")
        .send()
        .await
        .expect(204);
    app.call("DELETE", &format!("{ALICE}/{id}"))
        .by("alice")
        .send()
        .await
        .expect(404);
    app.call("DELETE", &format!("{ALICE}/x"))
        .by("alice")
        .send()
        .await
        .expect(404);
    assert_eq!(
        elsewhere.by(&idp, "idp", "248", &json!({})).await,
        "/sign-in?error=oidc-unknown&next=%2Fusers"
    );
}

#[tokio::test]
async fn only_who_is_signed_in_links_to_the_own_account() {
    let (app, idp) = scene().await;
    let form = json!({"provider": "idp"});
    // A password or a token is no browser that could come back.
    app.call("POST", ALICE)
        .by("alice")
        .json(&form)
        .send()
        .await
        .expect(403);
    app.call("POST", ALICE)
        .by("admin")
        .json(&form)
        .send()
        .await
        .expect(403);
    app.call("POST", ALICE).json(&form).send().await.expect(401);
    let mut admin = Browser::new(&app);
    admin.sign_in("admin").await;
    admin.post(ALICE, &form).await.expect(403);
    let mut alice = Browser::new(&app);
    alice.sign_in("alice").await;
    alice
        .post(ALICE, &json!({"provider": "none"}))
        .await
        .expect(404);
    // Another site cannot make the browser begin.
    let forged = app.call("POST", ALICE).header("cookie", &alice.cookie);
    let forged = forged.header("sec-fetch-site", "cross-site").json(&form);
    forged.send().await.expect(403);

    // Begun by alice, and bob came back: nothing is linked to either.
    let location = begin(&mut alice, ALICE).await;
    alice.sign_in("bob").await;
    let code = idp.code(&location, "248", &json!({}));
    let back = alice.come_back("idp", &location, &code).await;
    assert!(back.contains("error=oidc-expired"), "{back}");
    // Begun to link, it does not sign in; begun to sign in, it does not link.
    let mut alice = Browser::new(&app);
    alice.sign_in("alice").await;
    let location = alice.leave("idp").await;
    let code = idp.code(&location, "248", &json!({}));
    let back = alice.come_back("idp", &location, &code).await;
    assert_eq!(back, "/sign-in?error=oidc-unknown&next=%2Fusers");
    assert_eq!(query(&location)["client_id"], "plimsoll");
    for name in ["alice", "bob"] {
        assert!(identities(&app, name).await.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let (app, idp) = scene().await;
    let on = json!({"createsUsers": true});
    app.call("PATCH", "/enzi/v0/config/auth/oidc/idp")
        .by("admin")
        .json(&on)
        .send()
        .await
        .expect(200);
    let mut ada = Browser::new(&app);
    ada.by(&idp, "idp", "248", &json!({"preferred_username": "ada"}))
        .await;
    let first = identities(&app, "ada").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/enzi/v0/accounts/ada/identities/{first}");
    for _ in 0..2 {
        let call = app.call("DELETE", &path).header("cookie", &ada.cookie);
        assert_eq!(call.send().await.expect(409).code(), "LAST_WAY_IN");
        app.call("DELETE", &path)
            .by("admin")
            .send()
            .await
            .expect(409);
    }
    let location = begin(&mut ada, "/enzi/v0/accounts/ada/identities").await;
    let code = idp.code(&location, "249", &json!({}));
    ada.come_back("idp", &location, &code).await;
    let call = app.call("DELETE", &path).header("cookie", &ada.cookie);
    call.send().await.expect(204);
    assert_eq!(identities(&app, "ada").await.len(), 1);
}
