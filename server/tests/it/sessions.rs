//! Signing in and out: the forms of the pages and eNZi's endpoints, the cookie, and what ends a session.

use axum::http::header;
use serde_json::json;
use server::{origin::Scheme, router};

use crate::util::{Answer, PASSWORD, TestApp};

fn form(username: &str, password: &str, next: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("username", username)
        .append_pair("password", password)
        .append_pair("next", next)
        .finish()
}

async fn sign_in(app: &TestApp, username: &str, password: &str, next: &str) -> Answer {
    app.call("POST", "/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(username, password, next))
        .send()
        .await
        .expect(303)
}

/// `name=value` of the cookie that was set.
fn cookie(answer: &Answer) -> String {
    answer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

async fn login(app: &TestApp, name: &str) -> String {
    let form = json!({"username": name, "password": PASSWORD});
    let answer = app
        .call("POST", "/enzi/v0/id/login")
        .json(&form)
        .send()
        .await
        .expect(200);
    assert_eq!(answer.json()["account"]["name"], name);
    cookie(&answer)
}

async fn who(app: &TestApp, cookie: &str) -> Answer {
    app.get("/enzi/v0/id/")
        .header("cookie", cookie)
        .send()
        .await
}

#[tokio::test]
async fn the_form_signs_in_and_goes_on() {
    let app = TestApp::new().await;
    let answer = sign_in(
        &app,
        "alice",
        PASSWORD,
        "/repositories/alice/app/tags?filter=1",
    )
    .await;
    assert_eq!(
        answer.header("location"),
        "/repositories/alice/app/tags?filter=1"
    );
    let set = answer.header("set-cookie");
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"),
        "{set}"
    );
    assert!(!set.contains("Secure"), "this came by HTTP: {set}");
    let cookie = cookie(&answer);
    assert_eq!(who(&app, &cookie).await.expect(200).json()["name"], "alice");

    let out = app
        .call("POST", "/sign-out")
        .header("cookie", &cookie)
        .send()
        .await
        .expect(303);
    assert_eq!(out.header("location"), "/sign-in");
    who(&app, &cookie).await.expect(401);
}

#[tokio::test]
async fn the_form_comes_back_when_name_or_password_is_wrong() {
    let app = TestApp::new().await;
    for name in ["alice", "nobody"] {
        let answer = sign_in(&app, name, "wrong", "/users").await;
        assert_eq!(
            answer.header("location"),
            format!("/sign-in?error=wrong&username={name}&next=%2Fusers")
        );
        assert_eq!(answer.header("set-cookie"), "");
    }
    for evil in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/x\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
    ] {
        let answer = sign_in(&app, "alice", PASSWORD, evil).await;
        assert_eq!(answer.header("location"), "/repositories", "{evil:?}");
        let answer = sign_in(&app, "bob", "wrong", evil).await;
        assert_eq!(
            answer.header("location"),
            "/sign-in?error=wrong&username=bob",
            "{evil:?}"
        );
    }
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let app = TestApp::new().await;
    let mut last = String::new();
    for _ in 0..8 {
        last = sign_in(&app, "alice", "wrong", "")
            .await
            .header("location")
            .to_owned();
    }
    assert_eq!(last, "/sign-in?error=slow&username=alice");
    let form = json!({"username": "alice", "password": PASSWORD});
    let answer = app
        .call("POST", "/enzi/v0/id/login")
        .json(&form)
        .send()
        .await
        .expect(429);
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn the_cookie_is_secure_over_https() {
    let mut app = TestApp::new().await;
    app.router = app.router.clone().layer(axum::Extension(Scheme::Https));
    let answer = sign_in(&app, "alice", PASSWORD, "").await;
    assert!(
        answer.header("set-cookie").contains("Secure"),
        "{}",
        answer.header("set-cookie")
    );
    let secure = cookie(&answer);
    who(&app, &secure).await.expect(200);
    // The same cookie over HTTP means nothing.
    app.router = router::build(&app.state);
    who(&app, &secure).await.expect(401);
}

#[tokio::test]
async fn signing_in_takes_a_new_session() {
    let app = TestApp::new().await;
    let planted = login(&app, "bob").await;
    let form = json!({"username": "alice", "password": PASSWORD});
    let call = app
        .call("POST", "/enzi/v0/id/login")
        .header("cookie", &planted)
        .json(&form);
    let own = cookie(&call.send().await.expect(200));
    assert_ne!(own, planted);
    assert_eq!(who(&app, &own).await.expect(200).json()["name"], "alice");
    who(&app, &planted).await.expect(401);
    for forged in [
        "plimsoll_http=AAAAAAAAAAAAAAAAAAAAAA",
        "plimsoll_http=x",
        "plimsoll_http=",
        "plimsoll_http=%00",
    ] {
        who(&app, forged).await.expect(401);
    }
}

#[tokio::test]
async fn the_database_does_not_hold_what_the_cookie_holds() {
    let app = TestApp::new().await;
    let cookie = login(&app, "alice").await;
    let value = cookie.split('=').nth(1).unwrap();
    assert!(
        db::sessions::load(&app.state.db, value, time::OffsetDateTime::now_utc())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let app = TestApp::new().await;
    let cookie = login(&app, "alice").await;
    app.call("POST", "/enzi/v0/id/logout")
        .header("cookie", &cookie)
        .send()
        .await
        .expect(204);
    who(&app, &cookie).await.expect(401);
    app.call("POST", "/enzi/v0/id/logout")
        .send()
        .await
        .expect(204);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let app = TestApp::new().await;
    let (here, elsewhere, bob) = (
        login(&app, "alice").await,
        login(&app, "alice").await,
        login(&app, "bob").await,
    );
    let form = json!({"oldPassword": PASSWORD, "newPassword": "another password"});
    let change = app
        .call("POST", "/enzi/v0/accounts/alice/changePassword")
        .header("cookie", &here)
        .json(&form);
    change.send().await.expect(200);
    who(&app, &here).await.expect(200);
    who(&app, &elsewhere).await.expect(401);
    who(&app, &bob).await.expect(200);
}

#[tokio::test]
async fn who_is_switched_off_or_deleted_is_out_at_once() {
    let app = TestApp::new().await;
    let (alice, bob) = (login(&app, "alice").await, login(&app, "bob").await);
    let off = app
        .call("PATCH", "/enzi/v0/accounts/alice")
        .by("admin")
        .json(&json!({"isActive": false}));
    off.send().await.expect(200);
    who(&app, &alice).await.expect(401);
    let on = app
        .call("PATCH", "/enzi/v0/accounts/alice")
        .by("admin")
        .json(&json!({"isActive": true}));
    on.send().await.expect(200);
    who(&app, &alice).await.expect(401);
    app.call("DELETE", "/enzi/v0/accounts/bob")
        .by("admin")
        .send()
        .await
        .expect(204);
    who(&app, &bob).await.expect(401);
}

#[tokio::test]
async fn another_site_cannot_use_a_session() {
    let app = TestApp::new().await;
    let cookie = login(&app, "alice").await;
    let form = json!({"name": "planted"});
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        for path in [
            "/api/v0/repositories/alice",
            "/sign-out",
            "/enzi/v0/id/logout",
            "/sign-in",
        ] {
            let call = app
                .call("POST", path)
                .header(header::COOKIE.as_str(), &cookie)
                .header(name, value)
                .json(&form);
            call.send().await.expect(403);
        }
    }
    let plain = app
        .call("POST", "/api/v0/repositories/alice")
        .header("cookie", &cookie)
        .header("content-type", "text/plain");
    plain.body(form.to_string()).send().await.expect(415);
    app.get("/api/v0/repositories/alice/planted")
        .by("alice")
        .send()
        .await
        .expect(404);
    let own = app
        .call("POST", "/api/v0/repositories/alice")
        .header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin");
    own.json(&form).send().await.expect(201);
}
