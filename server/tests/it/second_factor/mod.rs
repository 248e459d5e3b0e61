//! A second factor: set up, used, turned off, taken away; and who may do what about it.

mod sign_in;

use auth::totp::TotpSecret;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::util::{Answer, PASSWORD, TestApp};

const ALICE: &str = "/enzi/v0/accounts/alice/secondFactor";

/// Alice's app.
struct Device(TotpSecret);

impl Device {
    /// Of the key that was shown.
    fn new(enrolment: &Value) -> Self {
        let key = enrolment["secret"].as_str().unwrap();
        let bytes = data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap();
        Self(TotpSecret::from_bytes(&bytes).unwrap())
    }

    fn code(&self, at: OffsetDateTime) -> String {
        self.0.code(at).unwrap()
    }

    fn now(&self) -> String {
        self.code(OffsetDateTime::now_utc())
    }

    /// That of the next half minute, which is good already.
    fn next(&self) -> String {
        self.code(OffsetDateTime::now_utc() + Duration::seconds(30))
    }

    /// One that is good neither now nor around now.
    fn wrong(&self) -> String {
        let now = OffsetDateTime::now_utc();
        let near: Vec<_> = (-2..=2)
            .map(|step| self.code(now + Duration::seconds(30 * step)))
            .collect();
        let mut all = (0..10).map(|n| format!("{n:06}"));
        all.find(|code| !near.contains(code)).unwrap()
    }
}

async fn post(app: &TestApp, path: &str, cookie: &str, form: &Value) -> Answer {
    let call = app.call("POST", path).header("cookie", cookie).json(form);
    call.send().await
}

async fn login(app: &TestApp, code: &str) -> Answer {
    let form = json!({"username": "alice", "password": PASSWORD, "code": code});
    app.call("POST", "/enzi/v0/id/login")
        .json(&form)
        .send()
        .await
}

fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    set.split(';').next().unwrap().to_owned()
}

async fn who(app: &TestApp, cookie: &str) -> u16 {
    let call = app.get("/enzi/v0/id/").header("cookie", cookie);
    call.send().await.status.as_u16()
}

/// Alice, signed in, with a second factor that was just turned on (with [`Device::now`]), and her recovery codes.
async fn enrolled(app: &TestApp) -> (Device, String, Vec<String>) {
    let cookie = cookie(&login(app, "").await.expect(200));
    let begun = post(app, ALICE, &cookie, &json!({"password": PASSWORD})).await;
    let device = Device::new(&begun.expect(200).json());
    let confirm = format!("{ALICE}/confirm");
    let answer = post(app, &confirm, &cookie, &json!({"code": device.now()})).await;
    let codes = answer.expect(200).json()["recoveryCodes"].clone();
    (device, cookie, serde_json::from_value(codes).unwrap())
}

#[tokio::test]
async fn it_counts_once_a_first_code_was_right() {
    let app = TestApp::new().await;
    let here = cookie(&login(&app, "").await.expect(200));
    let elsewhere = cookie(&login(&app, "").await.expect(200));
    let offline = "/auth/token?service=plimsoll&offline_token=true";
    let refresh = app.get(offline).by("alice").send().await.expect(200).json();
    let wrong = post(&app, ALICE, &here, &json!({"password": "wrong"})).await;
    assert_eq!(
        wrong.expect(403).json()["errors"][0]["detail"]["field"],
        "password"
    );
    let begun = post(&app, ALICE, &here, &json!({"password": PASSWORD})).await;
    let begun = begun.expect(200).json();
    let uri = begun["uri"].as_str().unwrap();
    assert!(
        uri.starts_with("otpauth://totp/Plimsoll:alice%40127.0.0.1%3A8080?secret="),
        "{uri}"
    );
    assert!(begun["qrPath"].as_str().unwrap().starts_with('M'));
    let device = Device::new(&begun);
    login(&app, "").await.expect(200);
    let confirm = format!("{ALICE}/confirm");
    let wrong = post(&app, &confirm, &here, &json!({"code": device.wrong()})).await;
    assert_eq!(
        wrong.expect(403).json()["errors"][0]["detail"]["field"],
        "code"
    );
    let shown = app.get(ALICE).header("cookie", &here);
    assert_eq!(
        shown.send().await.json(),
        json!({"isEnabled": false, "recoveryCodesLeft": 0})
    );

    let on = post(&app, &confirm, &here, &json!({"code": device.now()}))
        .await
        .expect(200);
    assert_eq!(on.json()["recoveryCodes"].as_array().unwrap().len(), 10);
    assert_eq!(who(&app, &here).await, 200, "this session goes on");
    assert_eq!(who(&app, &elsewhere).await, 401, "the others end");
    let shown = app.get(ALICE).header("cookie", &here).send().await.json();
    assert_eq!(
        (&shown["isEnabled"], &shown["recoveryCodesLeft"]),
        (&json!(true), &json!(10))
    );
    let body = format!(
        "grant_type=refresh_token&refresh_token={}&service=plimsoll&client_id=x",
        refresh["refresh_token"].as_str().unwrap()
    );
    let refreshed = app
        .call("POST", "/auth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    refreshed.send().await.expect(401);
    for path in [ALICE, confirm.as_str()] {
        let form = json!({(if path == ALICE { "password" } else { "code" }): PASSWORD});
        let again = post(&app, path, &here, &form).await;
        assert_eq!(again.expect(409).code(), "SECOND_FACTOR_EXISTS");
    }
}

#[tokio::test]
async fn access_tokens_go_on_and_change_no_second_factor() {
    let app = TestApp::new().await;
    let made = app
        .call("POST", "/api/v0/api_tokens")
        .by("alice")
        .json(&json!({}));
    let token = made.send().await.expect(200).json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let (device, ..) = enrolled(&app).await;
    app.get("/enzi/v0/id/")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    app.get("/v2/")
        .basic("alice", &token)
        .send()
        .await
        .expect(200);
    let both = json!({"password": PASSWORD, "code": device.next()});
    for (method, path, form) in [
        ("POST", ALICE.to_owned(), json!({"password": PASSWORD})),
        (
            "POST",
            format!("{ALICE}/confirm"),
            json!({"code": device.next()}),
        ),
        ("POST", format!("{ALICE}/recoveryCodes"), both.clone()),
        ("DELETE", ALICE.to_owned(), both),
    ] {
        let call = app.call(method, &path).bearer(&token).json(&form);
        call.send().await.expect(403);
    }
}

#[tokio::test]
async fn both_factors_are_asked_for_before_it_is_weakened() {
    let app = TestApp::new().await;
    let (device, cookie, recovery) = enrolled(&app).await;
    let other = format!("{ALICE}/recoveryCodes");
    for (form, field) in [
        (json!({}), "password"),
        (
            json!({"password": "wrong", "code": recovery[0]}),
            "password",
        ),
        (json!({"password": PASSWORD}), "code"),
        (
            json!({"password": PASSWORD, "code": device.wrong()}),
            "code",
        ),
    ] {
        for (method, path) in [("POST", other.as_str()), ("DELETE", ALICE)] {
            let call = app.call(method, path).header("cookie", &cookie).json(&form);
            let refused = call.send().await.expect(403).json();
            assert_eq!(refused["errors"][0]["detail"]["field"], field, "{form}");
        }
        // Eight wrong ones would slow down what comes.
        app.state.throttle.succeeded("alice");
    }
    let both = json!({"password": PASSWORD, "code": recovery[0]});
    let new = post(&app, &other, &cookie, &both).await.expect(200).json();
    login(&app, &recovery[1]).await.expect(401);
    login(&app, new["recoveryCodes"][0].as_str().unwrap())
        .await
        .expect(200);
    let both = json!({"password": PASSWORD, "code": device.next()});
    let off = app
        .call("DELETE", ALICE)
        .header("cookie", &cookie)
        .json(&both);
    off.send().await.expect(204);
    login(&app, "").await.expect(200);
    app.get("/enzi/v0/id/").by("alice").send().await.expect(200);
    let none = app
        .call("DELETE", ALICE)
        .header("cookie", &cookie)
        .json(&both);
    assert_eq!(
        none.send().await.expect(404).code(),
        "NO_SUCH_SECOND_FACTOR"
    );
}

#[tokio::test]
async fn an_administrator_takes_it_away_and_reads_and_makes_none() {
    let app = TestApp::new().await;
    let (device, whole, recovery) = enrolled(&app).await;
    let shown = app.get(ALICE).by("admin").send().await.expect(200);
    let text = String::from_utf8_lossy(&shown.body).into_owned();
    let fields: Vec<String> = shown.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["enabledAt", "isEnabled", "recoveryCodesLeft"]);
    assert!(!text.contains(&device.0.base32()));
    for (path, form) in [
        (ALICE.to_owned(), json!({"password": PASSWORD})),
        (format!("{ALICE}/confirm"), json!({"code": device.next()})),
        (
            format!("{ALICE}/recoveryCodes"),
            json!({"password": PASSWORD, "code": recovery[0]}),
        ),
    ] {
        let call = app.call("POST", &path).by("admin").json(&form);
        call.send().await.expect(403);
    }
    app.call("DELETE", ALICE)
        .by("bob")
        .json(&json!({}))
        .send()
        .await
        .expect(404);
    assert_eq!(who(&app, &whole).await, 200);
    app.call("DELETE", ALICE)
        .by("admin")
        .json(&json!({}))
        .send()
        .await
        .expect(204);
    assert_eq!(who(&app, &whole).await, 401, "and its owner is signed out");
    login(&app, "").await.expect(200);
}

/// A row of another account, or one that was changed, is worth nothing; and none says what the key is.
#[tokio::test]
async fn the_database_holds_no_key_that_can_be_read() {
    let app = TestApp::new().await;
    let (device, _, recovery) = enrolled(&app).await;
    let alice = db::accounts::find(&app.state.db, "alice")
        .await
        .unwrap()
        .unwrap();
    let row = db::second_factors::find(&app.state.db, alice.id)
        .await
        .unwrap()
        .unwrap();
    let key = device.0.as_bytes();
    assert!(!row.secret.windows(key.len()).any(|part| part == key));
    let bob = db::accounts::find(&app.state.db, "bob")
        .await
        .unwrap()
        .unwrap();
    let now = OffsetDateTime::now_utc();
    db::second_factors::begin(&app.state.db, bob.id, row.secret, now)
        .await
        .unwrap();
    let form = json!({"code": device.next()});
    let call = app.call("POST", "/enzi/v0/accounts/bob/secondFactor/confirm");
    call.by("bob").json(&form).send().await.expect(500);
    assert!(
        !db::second_factors::spend(&app.state.db, alice.id, &recovery[0])
            .await
            .unwrap(),
        "codes are kept as hashes"
    );
}

#[tokio::test]
async fn what_happens_to_it_is_recorded_without_its_secrets() {
    let app = TestApp::new().await;
    let (device, _, recovery) = enrolled(&app).await;
    let wrong = device.wrong();
    login(&app, &wrong).await.expect(401);
    app.get("/v2/").by("alice").send().await.expect(401);
    login(&app, &recovery[0]).await.expect(200);
    let next = device.next();
    login(&app, &next).await.expect(200);
    let sessions = "/enzi/v0/accounts/alice/sessions";
    let end = app.call("DELETE", sessions).by("admin");
    end.send().await.expect(204);
    let off = app.call("DELETE", ALICE).by("admin").json(&json!({}));
    off.send().await.expect(204);
    let events = app.get("/api/v0/events?pageSize=100").by("admin");
    let events = events.send().await.expect(200);
    let text = String::from_utf8_lossy(&events.body).into_owned();
    let key = device.0.base32();
    for secret in [&key, &wrong, &next, &recovery[0]] {
        assert!(!text.contains(secret.as_str()));
    }
    let events = events.json()["events"].clone();
    let told: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .filter(|event| event["object"]["name"] == "alice")
        .map(|event| {
            let field = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            let object = event["object"]["type"].as_str().unwrap();
            format!(
                "{} {object} by {:?}: {}",
                field("type"),
                field("actor"),
                field("reason")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"CREATE session by "alice": the password was right"#,
            r#"UPDATE secondFactor by "alice": begun; it counts when a code is confirmed"#,
            r#"CREATE secondFactor by "alice": the code was right"#,
            r#"FAIL session by "": the code was wrong, or used already"#,
            r#"FAIL session by "": the password alone is not enough"#,
            r#"CREATE session by "alice": the password and a recovery code were right"#,
            r#"CREATE session by "alice": the password and a code were right"#,
            r#"DELETE session by "admin": a site administrator"#,
            r#"DELETE secondFactor by "admin": a site administrator"#,
        ]
    );
}
