//! `/auth/token`: by GET and POST, refresh tokens, and tokens that must not be believed.

use auth::jwt::{self, Claims, SigningKey};
use time::OffsetDateTime;

use crate::util::{Answer, PASSWORD, TestApp};

async fn post(app: &TestApp, form: &str) -> Answer {
    app.call("POST", "/auth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned())
        .send()
        .await
}

#[tokio::test]
async fn by_get_with_a_refresh_token_as_docker_does() {
    let app = TestApp::new().await;
    let path = "/auth/token?account=alice&client_id=docker&offline_token=true&service=plimsoll";
    let login = app.get(path).by("alice").send().await.expect(200);
    assert_eq!(login.header("cache-control"), "no-store");
    let refresh = login.json()["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(login.json()["expires_in"], 300);
    let form = format!(
        "grant_type=refresh_token&service=plimsoll&client_id=docker&scope=repository:alice/app:pull,push&refresh_token={refresh}"
    );
    let token = post(&app, &form).await.expect(200).json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    app.get("/v2/alice/app/tags/list")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    post(
        &app,
        &form.replace(&refresh, &refresh.replace(&refresh[14..16], "zz")),
    )
    .await
    .expect(401);
}

#[tokio::test]
async fn by_post_with_a_password() {
    let app = TestApp::new().await;
    let password = PASSWORD.replace(' ', "+");
    let form = format!(
        "grant_type=password&service=plimsoll&client_id=x&access_type=offline&username=alice&password={password}"
    );
    let answer = post(&app, &form).await.expect(200);
    assert!(answer.json()["refresh_token"].is_string());
    post(&app, &form.replace(&password, "wrong"))
        .await
        .expect(401);
    post(&app, "grant_type=client_credentials")
        .await
        .expect(400);
    post(&app, "nonsense").await.expect(400);
}

#[tokio::test]
async fn wrong_passwords_and_unknown_accounts_look_the_same() {
    let app = TestApp::new().await;
    let wrong = app
        .get("/auth/token")
        .basic("alice", "wrong password")
        .send()
        .await
        .expect(401);
    let nobody = app
        .get("/auth/token")
        .basic("nobody", "wrong password")
        .send()
        .await
        .expect(401);
    assert_eq!(wrong.body, nobody.body);
    assert_eq!(
        wrong.header("www-authenticate"),
        nobody.header("www-authenticate")
    );
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let app = TestApp::new().await;
    for name in ["alice", "nobody"] {
        let mut statuses = Vec::new();
        // On a slow machine a wait may be over before the next guess; each is twice as long as the one before.
        while statuses.len() < 30 && statuses.last() != Some(&429) {
            let guess = app.get("/auth/token").basic(name, "a guess");
            statuses.push(guess.send().await.status.as_u16());
        }
        assert_eq!(statuses.first(), Some(&401), "{name}");
        assert_eq!(statuses.last(), Some(&429), "{name}: {statuses:?}");
    }
    let right = app.get("/auth/token").by("alice").send().await.expect(429);
    assert!(right.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn an_account_that_may_not_sign_in_gets_nothing_new() {
    let app = TestApp::new().await;
    let path = "/auth/token?offline_token=true";
    let refresh = app.get(path).by("bob").send().await.json()["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let bob = db::accounts::find(&app.state.db, "bob")
        .await
        .unwrap()
        .unwrap();
    let update = db::accounts::Update {
        is_active: Some(false),
        ..db::accounts::Update::default()
    };
    db::accounts::update(
        &app.state.db,
        bob.id,
        update,
        time::OffsetDateTime::now_utc(),
    )
    .await
    .unwrap();
    app.get(path).by("bob").send().await.expect(401);
    post(
        &app,
        &format!("grant_type=refresh_token&refresh_token={refresh}"),
    )
    .await
    .expect(401);
}

#[tokio::test]
async fn foreign_and_old_tokens_are_refused() {
    let app = TestApp::new().await;
    let now = OffsetDateTime::now_utc();
    let claims = |exp: i64, aud: &str| Claims {
        iss: "plimsoll".to_owned(),
        sub: String::new(),
        aud: aud.to_owned(),
        exp: now.unix_timestamp() + exp,
        nbf: now.unix_timestamp() - 600,
        iat: now.unix_timestamp() - 600,
        jti: "1".to_owned(),
        limited: false,
        name: None,
        job: None,
        access: Vec::new(),
    };
    let foreign = SigningKey::generate(now).unwrap();
    let rows = db::tokens::keys(&app.state.db).await.unwrap();
    let own = SigningKey::from_pkcs8_der(&rows[0].private_key, &rows[0].certificate).unwrap();
    app.get("/v2/")
        .bearer(&jwt::sign(&own, &claims(60, "plimsoll")).unwrap())
        .send()
        .await
        .expect(200);
    for (token, what) in [
        (
            jwt::sign(&foreign, &claims(60, "plimsoll")).unwrap(),
            "another key",
        ),
        (
            jwt::sign(&own, &claims(-120, "plimsoll")).unwrap(),
            "expired",
        ),
        (
            jwt::sign(&own, &claims(60, "elsewhere")).unwrap(),
            "another audience",
        ),
        ("eyJhbGciOiJub25lIn0.e30.".to_owned(), "alg none"),
        ("nonsense".to_owned(), "nonsense"),
    ] {
        let answer = app.get("/v2/").bearer(&token).send().await;
        assert_eq!(answer.status, 401, "{what}");
        assert!(
            answer.header("www-authenticate").contains("invalid_token"),
            "{what}"
        );
    }
}

#[tokio::test]
async fn tokens_of_the_key_before_are_good_until_they_end() {
    let app = TestApp::new().await;
    let before = app.token("alice", &["repository:alice/app:pull"]).await;
    app.call("POST", "/api/v0/admin/tokenKeys/rotate")
        .by("admin")
        .send()
        .await
        .expect(204);
    let after = app.token("alice", &["repository:alice/app:pull"]).await;
    assert_ne!(
        before.split('.').next(),
        after.split('.').next(),
        "the header names the same key"
    );
    for token in [before, after] {
        app.get("/v2/alice/app/tags/list")
            .bearer(&token)
            .send()
            .await
            .expect(200);
    }
}
