//! Access tokens: good for everything that a password is good for but making more of them, shown once, and gone at once.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::util::TestApp;

const TOKENS: &str = "/api/v0/api_tokens";

async fn make(app: &TestApp, who: &str, form: &Value) -> Value {
    let call = app.call("POST", TOKENS).by(who).json(form);
    call.send().await.expect(200).json()
}

fn secret(token: &Value) -> String {
    token["token"].as_str().unwrap().to_owned()
}

fn place(token: &Value) -> String {
    format!("{TOKENS}/{}", token["hashedToken"].as_str().unwrap())
}

async fn who(app: &TestApp, secret: &str) -> u16 {
    let me = app.get("/enzi/v0/id/").bearer(secret).send().await;
    me.status.as_u16()
}

#[tokio::test]
async fn a_token_is_the_password_of_clients_and_the_bearer_of_the_api() {
    let app = TestApp::new().await;
    let made = make(&app, "alice", &json!({"tokenLabel": "ci"})).await;
    let secret = secret(&made);
    assert!(secret.starts_with("plim_at_"), "scanners know it");
    assert!(auth::secret::check("at", &secret), "and its check digits");
    let me = app.get("/enzi/v0/id/").bearer(&secret).send().await;
    assert_eq!(me.expect(200).json()["name"], "alice");
    let scope = "/auth/token?service=plimsoll&scope=repository:alice/app:pull,push";
    let registry = app.get(scope).basic("alice", &secret).send().await;
    let registry = registry.expect(200).json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let push = app.call("POST", "/v2/alice/app/blobs/uploads/");
    push.bearer(&registry).send().await.expect(202);
    let form = format!(
        "grant_type=password&username=alice&password={secret}&service=plimsoll&client_id=x"
    );
    let oauth = app
        .call("POST", "/auth/token")
        .header("content-type", "application/x-www-form-urlencoded");
    oauth.body(form).send().await.expect(200);
    let pull = app.get("/v2/alice/app/tags/list").basic("alice", &secret);
    pull.send().await.expect(200);
    let used = app.get(&place(&made)).by("alice").send().await;
    let used = used.expect(200).json();
    assert!(
        used["lastUsed"].is_string() && used["lastUsedFrom"].is_string(),
        "{used}"
    );
    assert_eq!(used["tokenLabel"], "ci");
}

#[tokio::test]
async fn a_token_is_nobody_elses_and_signs_nobody_in() {
    let app = TestApp::new().await;
    let secret = secret(&make(&app, "alice", &json!({})).await);
    app.get("/enzi/v0/id/")
        .basic("bob", &secret)
        .send()
        .await
        .expect(401);
    let login = json!({"username": "alice", "password": secret});
    let login = app.call("POST", "/enzi/v0/id/login").json(&login);
    login.send().await.expect(401);
    let change = json!({"oldPassword": secret, "newPassword": "another password"});
    let change = app
        .call("POST", "/enzi/v0/accounts/alice/changePassword")
        .by("alice")
        .json(&change);
    change.send().await.expect(403);
    for wrong in ["plim_at_", "plim_at_x", "x", &secret[..secret.len() - 1]] {
        assert_eq!(who(&app, wrong).await, 401, "{wrong}");
    }
}

/// A refresh token would outlive the access token that it was got with.
#[tokio::test]
async fn a_token_gets_no_refresh_token() {
    let app = TestApp::new().await;
    let secret = secret(&make(&app, "alice", &json!({})).await);
    let offline = "/auth/token?service=plimsoll&offline_token=true";
    for (password, has_one) in [(crate::util::PASSWORD, true), (&secret, false)] {
        let answer = app.get(offline).basic("alice", password).send().await;
        let answer = answer.expect(200).json();
        assert_eq!(answer["refresh_token"].is_string(), has_one, "{answer}");
        let form = format!(
            "grant_type=password&username=alice&password={}&access_type=offline&service=plimsoll&client_id=x",
            password.replace(' ', "+")
        );
        let oauth = app
            .call("POST", "/auth/token")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = oauth.body(form).send().await.expect(200).json();
        assert_eq!(answer["refresh_token"].is_string(), has_one, "{answer}");
    }
}

/// Otherwise one that ends could live on in one that does not.
#[tokio::test]
async fn a_token_makes_changes_and_rotates_no_token() {
    let app = TestApp::new().await;
    let made = make(&app, "admin", &json!({})).await;
    let (secret, place) = (secret(&made), place(&made));
    for (method, path) in [
        ("POST", TOKENS.to_owned()),
        ("PATCH", place.clone()),
        ("POST", format!("{place}/rotate")),
        ("POST", "/enzi/v0/accounts/bob/changePassword".to_owned()),
    ] {
        for by_name in [false, true] {
            let call = app.call(method, &path).json(&json!({}));
            let call = if by_name {
                call.basic("admin", &secret)
            } else {
                call.bearer(&secret)
            };
            call.send().await.expect(403);
        }
    }
    app.call("DELETE", &place)
        .bearer(&secret)
        .send()
        .await
        .expect(200);
    assert_eq!(who(&app, &secret).await, 401, "it may end itself");
}

#[tokio::test]
async fn a_token_ends_when_it_is_told_to() {
    let app = TestApp::new().await;
    let made = make(&app, "alice", &json!({})).await;
    let (secret, place) = (secret(&made), place(&made));
    for (is_active, status) in [(false, 401), (true, 200)] {
        let patch = json!({ "isActive": is_active });
        let patch = app.call("PATCH", &place).by("alice").json(&patch);
        patch.send().await.expect(200);
        assert_eq!(who(&app, &secret).await, status);
    }
    let off = json!({"isActive": false});
    let off = app
        .call("PATCH", "/enzi/v0/accounts/alice")
        .by("admin")
        .json(&off);
    off.send().await.expect(200);
    assert_eq!(who(&app, &secret).await, 401, "with its account");
    let past = OffsetDateTime::now_utc() - Duration::minutes(1);
    let form = json!({"expiresAt": past.format(&Rfc3339).unwrap()});
    let refused = app.call("POST", TOKENS).by("bob").json(&form).send().await;
    assert_eq!(refused.expect(400).code(), "INVALID_PARAMETERS");
    let now = OffsetDateTime::now_utc();
    let bob = db::accounts::find(&app.state.db, "bob").await.unwrap();
    let ended = auth::secret::Secret::generate("at", &mut rand::rng());
    let new = db::api_tokens::New {
        account: bob.unwrap().id,
        hash: auth::secret::hash_hex(ended.expose()),
        label: String::new(),
        creator: String::new(),
        expires_at: Some(now - Duration::seconds(1)),
        scope: None,
    };
    db::api_tokens::create(&app.state.db, new, now)
        .await
        .unwrap();
    assert_eq!(who(&app, ended.expose()).await, 401, "by its own date");
}

#[tokio::test]
async fn two_secrets_live_while_a_token_is_rotated_and_never_three() {
    let app = TestApp::new().await;
    let made = make(&app, "alice", &json!({})).await;
    let rotate = format!("{}/rotate", place(&made));
    let next = async |hours: Value| {
        let call = app.call("POST", &rotate).by("alice").json(&hours);
        secret(&call.send().await.expect(200).json())
    };
    let first = secret(&made);
    let second = next(json!({})).await;
    assert_eq!(
        (who(&app, &first).await, who(&app, &second).await),
        (200, 200)
    );
    let third = next(json!({"overlapHours": 1})).await;
    assert_eq!(who(&app, &first).await, 401);
    assert_eq!(
        (who(&app, &second).await, who(&app, &third).await),
        (200, 200)
    );
    let fourth = next(json!({"overlapHours": 0})).await;
    assert_eq!(
        (who(&app, &third).await, who(&app, &fourth).await),
        (401, 200)
    );
    let call = app.call("POST", &rotate).by("admin").json(&json!({}));
    call.send().await.expect(403);
    let far = app.call("POST", &rotate).by("alice");
    far.json(&json!({"overlapHours": 721}))
        .send()
        .await
        .expect(400);
}

/// Neither lists nor errors hold a secret, or what it is looked up by.
#[tokio::test]
async fn a_secret_is_shown_once() {
    let app = TestApp::new().await;
    let made = make(&app, "alice", &json!({"tokenLabel": "once"})).await;
    let (secret, place) = (secret(&made), place(&made));
    let hash = auth::secret::hash_hex(&secret);
    for (path, name) in [
        (TOKENS, "alice"),
        (TOKENS, "admin"),
        ("/api/v0/api_tokens?username=alice&count=true", "admin"),
        (place.as_str(), "alice"),
        (place.as_str(), "admin"),
    ] {
        let answer = app.get(path).by(name).send().await.expect(200);
        let text = String::from_utf8_lossy(&answer.body);
        assert!(text.contains("once"), "{path}");
        assert!(!text.contains(&secret) && !text.contains(&hash), "{path}");
    }
    app.get(&place).by("bob").send().await.expect(404);
    let other = app.get("/api/v0/api_tokens?username=alice").by("bob");
    other.send().await.expect(404);
    let mine = app.get(TOKENS).by("bob").send().await.expect(200).json();
    assert_eq!(mine, json!([]));
    let sweep = "/api/v0/api_tokens?usedbefore=2001-01-01T00:00:00Z";
    app.call("DELETE", sweep)
        .by("alice")
        .send()
        .await
        .expect(200);
    assert_eq!(who(&app, &secret).await, 200, "it is younger");
    app.call("DELETE", TOKENS)
        .by("alice")
        .send()
        .await
        .expect(200);
    assert_eq!(who(&app, &secret).await, 401);
}

#[tokio::test]
async fn a_sweep_takes_what_it_was_told_to_and_no_more() {
    let app = TestApp::new().await;
    let secret = secret(&make(&app, "alice", &json!({})).await);
    for (query, status) in [
        ("generatedby=auto", 200),
        ("generatedby=everything", 400),
        ("usedBefore=2001-01-01T00:00:00Z", 400),
        ("username=alice&user=bob", 400),
    ] {
        let sweep = format!("{TOKENS}?{query}");
        let answer = app.call("DELETE", &sweep).by("alice").send().await;
        assert_eq!(answer.status, status, "{query}");
        assert_eq!(who(&app, &secret).await, 200, "{query}");
    }
    let sweep = app.call("DELETE", "/api/v0/api_tokens?generatedby=manual");
    sweep.by("alice").send().await.expect(200);
    assert_eq!(who(&app, &secret).await, 401);
}

#[tokio::test]
async fn what_changes_something_refuses_parameters_that_it_does_not_take() {
    let app = TestApp::new().await;
    for (method, path, words) in [
        (
            "POST",
            "/api/v0/api_tokens?user=alice",
            "there are: username.",
        ),
        ("DELETE", "/enzi/v0/accounts/bob?force=true", "takes none"),
        ("PATCH", "/enzi/v0/accounts/bob?dryRun=true", "takes none"),
    ] {
        let call = app.call(method, path).by("admin").json(&json!({}));
        let refused = call.send().await.expect(400);
        assert_eq!(refused.code(), "INVALID_PARAMETERS", "{path}");
        assert!(refused.message().contains(words), "{}", refused.message());
    }
    // DTR's clients name a Notary server, and readers more than nothing depends on.
    let read = app.get("/enzi/v0/accounts/bob?_=1").by("admin");
    read.send().await.expect(200);
    let domain = "/api/v0/repositories/bob/none?domain=a.example";
    let gone = app.call("DELETE", domain).by("bob");
    gone.send().await.expect(404);
}

/// What lets somebody in for ever is not done with what ends: a program may make users, but no administrators.
#[tokio::test]
async fn a_token_makes_no_administrator_and_trusts_nobody() {
    let app = TestApp::new().await;
    let idp = json!({"name": "idp", "issuer": "https://idp.example", "clientId": "a"});
    let providers = "/enzi/v0/config/auth/oidc";
    app.by_admin("POST", providers, idp.clone(), 201).await;
    let provider = format!("{providers}/idp");
    let secret = secret(&make(&app, "admin", &json!({})).await);
    let user = |name: &str, is_admin: bool| json!({"name": name, "password": "long enough", "isAdmin": is_admin});
    let accounts = "/enzi/v0/accounts";
    let bob = format!("{accounts}/bob");
    for (method, path, form, status) in [
        ("POST", accounts, user("carol", true), 403),
        ("POST", accounts, user("carol", false), 201),
        ("PATCH", &bob, json!({"isAdmin": true}), 403),
        ("PATCH", &bob, json!({"isAdmin": false}), 200),
        ("POST", providers, idp, 403),
        ("PATCH", &provider, json!({"creates_users": true}), 403),
        ("DELETE", &provider, json!({}), 403),
    ] {
        let call = app.call(method, path).bearer(&secret).json(&form);
        let answer = call.send().await;
        assert_eq!(answer.status, status, "{method} {path} {form}");
    }
    app.by_admin("POST", accounts, user("dora", true), 201)
        .await;
    app.by_admin("PATCH", &bob, json!({"isAdmin": true}), 200)
        .await;
}

#[tokio::test]
async fn an_account_has_only_so_many_tokens() {
    let app = TestApp::new().await;
    let alice = db::accounts::find(&app.state.db, "alice").await;
    let account = alice.unwrap().unwrap().id;
    let now = OffsetDateTime::now_utc();
    for number in 0..1_000 {
        let new = db::api_tokens::New {
            account,
            hash: format!("{number}"),
            label: String::new(),
            creator: String::new(),
            expires_at: None,
            scope: None,
        };
        db::api_tokens::create(&app.state.db, new, now)
            .await
            .unwrap();
    }
    let one_more = app.call("POST", TOKENS).by("alice");
    let refused = one_more.json(&json!({"tokenLabel": "one more"}));
    refused.send().await.expect(409);
}
