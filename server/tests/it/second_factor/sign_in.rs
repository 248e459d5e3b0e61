//! Signing in with a second factor: what a password is no longer good for, codes that count once, and the form of two steps.

use serde_json::json;

use super::{ALICE, cookie, enrolled, login, who};
use crate::util::{Answer, PASSWORD, TestApp};

async fn form(app: &TestApp, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    app.call("POST", path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie)
        .body(body)
        .send()
        .await
}

/// The form with the name and the password, and the cookie that came back.
async fn first_step(app: &TestApp, next: &str) -> String {
    let fields = [
        ("username", "alice"),
        ("password", PASSWORD),
        ("next", next),
    ];
    let answer = form(app, "/sign-in", "", &fields).await.expect(303);
    assert!(answer.header("location").starts_with("/sign-in/code"));
    cookie(&answer)
}

#[tokio::test]
async fn a_password_alone_is_good_for_nothing() {
    let app = TestApp::new().await;
    let (device, ..) = enrolled(&app).await;
    assert_eq!(
        login(&app, "").await.expect(401).code(),
        "SECOND_FACTOR_REQUIRED"
    );
    assert_eq!(
        login(&app, &device.wrong()).await.expect(401).code(),
        "NOT_AUTHENTICATED"
    );
    // Who does not know the password does not learn that there is a second factor.
    for name in ["alice", "bob", "nobody"] {
        let form = json!({"username": name, "password": "wrong"});
        let answer = app
            .call("POST", "/enzi/v0/id/login")
            .json(&form)
            .send()
            .await;
        assert_eq!(answer.expect(401).code(), "NOT_AUTHENTICATED", "{name}");
    }
    let basic = app.get("/enzi/v0/id/").by("alice").send().await.expect(401);
    assert_eq!(basic.code(), "SECOND_FACTOR_REQUIRED");
    let words = "access token";
    assert!(basic.message().contains(words));
    for path in [
        "/v2/",
        "/auth/token?service=plimsoll&scope=repository:alice/app:pull",
    ] {
        let refused = app.get(path).by("alice").send().await.expect(401);
        assert!(
            refused.message().contains(words),
            "{path}: {}",
            refused.message()
        );
    }
    let oauth = app
        .call("POST", "/auth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!(
            "grant_type=password&username=alice&password={}&service=plimsoll&client_id=x",
            PASSWORD.replace(' ', "+")
        ));
    oauth.send().await.expect(401);
    login(&app, &device.next()).await.expect(200);
}

#[tokio::test]
async fn a_code_counts_once() {
    let app = TestApp::new().await;
    let (device, _, recovery) = enrolled(&app).await;
    login(&app, &device.now()).await.expect(401);
    let next = device.next();
    login(&app, &next).await.expect(200);
    login(&app, &next).await.expect(401);
    let typed = recovery[0].to_lowercase().replace('-', " ");
    login(&app, &typed).await.expect(200);
    login(&app, &recovery[0]).await.expect(401);
    let shown = app.get(ALICE).by("admin").send().await.expect(200).json();
    assert_eq!(shown["recoveryCodesLeft"], 9);
}

#[tokio::test]
async fn of_two_that_send_one_code_at_once_one_wins() {
    let app = TestApp::new().await;
    let (device, _, recovery) = enrolled(&app).await;
    for code in [device.next(), recovery[3].clone()] {
        let (a, b) = tokio::join!(login(&app, &code), login(&app, &code));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }
}

/// The password is right each time, which must not make the failures forgotten.
#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let app = TestApp::new().await;
    let (device, ..) = enrolled(&app).await;
    let wrong = device.wrong();
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(login(&app, &wrong).await.status.as_u16());
    }
    assert_eq!(statuses[..5], [401; 5]);
    assert_eq!(statuses[7], 429, "{statuses:?}");
    login(&app, &device.next()).await.expect(429);

    let app = TestApp::new().await;
    let (device, ..) = enrolled(&app).await;
    let half = first_step(&app, "").await;
    let mut last = String::new();
    for _ in 0..8 {
        let wrong = device.wrong();
        let answer = form(&app, "/sign-in/code", &half, &[("code", &wrong)]).await;
        last = answer.expect(303).header("location").to_owned();
    }
    assert_eq!(last, "/sign-in/code?error=slow");
}

#[tokio::test]
async fn the_forms_ask_for_the_code_and_then_go_on() {
    let app = TestApp::new().await;
    let (device, ..) = enrolled(&app).await;
    let half = first_step(&app, "/users/alice/security").await;
    app.get("/sign-in/code")
        .header("cookie", &half)
        .send()
        .await
        .expect(200);
    let again = [("code", "no"), ("next", "/users/alice/security")];
    let again = form(&app, "/sign-in/code", &half, &again).await.expect(303);
    assert_eq!(
        again.header("location"),
        "/sign-in/code?error=wrong&next=%2Fusers%2Falice%2Fsecurity"
    );
    let code = device.next();
    let fields = [("code", code.as_str()), ("next", "/users/alice/security")];
    let done = form(&app, "/sign-in/code", &half, &fields)
        .await
        .expect(303);
    assert_eq!(done.header("location"), "/users/alice/security");
    let whole = cookie(&done);
    assert_ne!(
        whole, half,
        "a session that could have been planted is not signed in"
    );
    assert_eq!(who(&app, &whole).await, 200);
    assert_eq!(who(&app, &half).await, 401);
    // Without the first step there is no second.
    for cookie in [
        "",
        half.as_str(),
        whole.as_str(),
        "plimsoll_http=AAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let fields = [("code", code.as_str()), ("next", "//evil.example")];
        let late = form(&app, "/sign-in/code", cookie, &fields)
            .await
            .expect(303);
        assert_eq!(late.header("location"), "/sign-in?error=late");
    }
    assert_eq!(who(&app, &whole).await, 200);
}

#[tokio::test]
async fn who_is_half_signed_in_can_do_nothing() {
    let app = TestApp::new().await;
    let (device, whole, _) = enrolled(&app).await;
    let half = first_step(&app, "").await;
    for (method, path) in [
        ("GET", "/enzi/v0/id/"),
        ("GET", "/enzi/v0/accounts/alice"),
        ("GET", "/enzi/v0/accounts/alice/sessions"),
        ("DELETE", "/enzi/v0/accounts/alice/sessions"),
        ("GET", ALICE),
        ("DELETE", ALICE),
        ("POST", "/api/v0/api_tokens"),
        ("POST", "/enzi/v0/accounts/alice/changePassword"),
        ("POST", "/api/v0/repositories/alice"),
    ] {
        let form = match path {
            "/enzi/v0/accounts/alice/changePassword" => {
                json!({"oldPassword": PASSWORD, "newPassword": "another password"})
            }
            "/api/v0/repositories/alice" => json!({"name": "new"}),
            _ => json!({}),
        };
        let call = app.call(method, path).header("cookie", &half);
        let call = if method == "GET" {
            call
        } else {
            call.json(&form)
        };
        call.send().await.expect(401);
        let token = half.split('=').nth(1).unwrap();
        let call = app.call(method, path);
        let call = call.header("authorization", format!("SessionToken {token}"));
        let call = if method == "GET" {
            call
        } else {
            call.json(&form)
        };
        call.send().await.expect(401);
    }
    let sessions = app
        .get("/enzi/v0/accounts/alice/sessions")
        .header("cookie", &whole);
    let sessions = sessions.send().await.expect(200).json();
    assert_eq!(
        sessions["sessions"].as_array().unwrap().len(),
        1,
        "it is no session yet"
    );
    // Signing out everywhere also ends what has only begun.
    let end = app.call("DELETE", "/enzi/v0/accounts/alice/sessions");
    end.header("cookie", &whole).send().await.expect(204);
    let code = device.next();
    let late = form(&app, "/sign-in/code", &half, &[("code", &code)])
        .await
        .expect(303);
    assert_eq!(late.header("location"), "/sign-in?error=late");
    // Whoever was signed in in this browser is signed out by the first step.
    let bob = json!({"username": "bob", "password": PASSWORD});
    let bob = app
        .call("POST", "/enzi/v0/id/login")
        .json(&bob)
        .send()
        .await
        .expect(200);
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let half = form(&app, "/sign-in", &cookie(&bob), &fields)
        .await
        .expect(303);
    assert_eq!(who(&app, &cookie(&bob)).await, 401);
    assert_eq!(who(&app, &cookie(&half)).await, 401);
}
