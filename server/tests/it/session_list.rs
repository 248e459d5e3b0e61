//! Sessions as their owner sees them: where, since when, and how they end: by being told to, by age, by not being used.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::util::{PASSWORD, TestApp};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const ALICE: &str = "/enzi/v0/accounts/alice/sessions";

/// Signs in, and answers the cookie and the session token.
async fn login(app: &TestApp, name: &str, agent: &str) -> (String, String) {
    let form = json!({"username": name, "password": PASSWORD});
    let call = app
        .call("POST", "/enzi/v0/id/login")
        .header("user-agent", agent)
        .json(&form);
    let answer = call.send().await.expect(200);
    let cookie = answer.header("set-cookie").split(';').next().unwrap();
    let token = answer.json()["sessionToken"].as_str().unwrap().to_owned();
    (cookie.to_owned(), token)
}

async fn status(app: &TestApp, cookie: &str) -> u16 {
    let call = app.get("/enzi/v0/id/").header("cookie", cookie);
    call.send().await.status.as_u16()
}

async fn list(app: &TestApp, cookie: &str, path: &str) -> Vec<Value> {
    let call = app.get(path).header("cookie", cookie);
    let body = call.send().await.expect(200).json();
    body["sessions"].as_array().unwrap().clone()
}

fn id(session: &Value) -> &str {
    session["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_session_says_where_it_is_and_holds_nothing_to_sign_in_with() {
    let app = TestApp::new().await;
    let (here, token) = login(&app, "alice", FIREFOX).await;
    login(&app, "alice", "curl/8.5.0\u{9}x").await;
    login(&app, "bob", FIREFOX).await;
    let sessions = list(&app, &here, ALICE).await;
    let seen: Vec<_> = sessions
        .iter()
        .map(|s| {
            (
                s["device"].as_str().unwrap(),
                s["isCurrent"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(seen, [("curl/8.5.0x", false), ("Firefox on Linux", true)]);
    assert_eq!(sessions[0]["address"], "127.0.0.1");
    let text = json!(sessions).to_string();
    assert!(!text.contains(&token), "no secret is in it");
    for id in sessions.iter().map(id) {
        let cookie = format!("plimsoll_http={id}");
        assert_eq!(status(&app, &cookie).await, 401, "the id signs nobody in");
    }
    let first = app.get(&format!("{ALICE}?limit=1")).header("cookie", &here);
    let first = first.send().await.expect(200).json();
    let next = format!("{ALICE}?start={}", first["nextPageStart"].as_str().unwrap());
    let rest = list(&app, &here, &next).await;
    assert_eq!(rest, sessions[1..]);
    let wrong = app.get(&format!("{ALICE}?start=x")).header("cookie", &here);
    wrong.send().await.expect(400);
}

#[tokio::test]
async fn a_session_is_dead_as_soon_as_it_is_ended() {
    let app = TestApp::new().await;
    let (here, _) = login(&app, "alice", FIREFOX).await;
    let (there, _) = login(&app, "alice", "curl/8.5.0").await;
    let (bob, _) = login(&app, "bob", FIREFOX).await;
    let sessions = list(&app, &here, ALICE).await;
    let theirs = list(&app, &bob, "/enzi/v0/accounts/bob/sessions").await;
    for (path, cookie) in [
        // A session of another's, below one's own name; one's own, below another's; a stranger's; what is none.
        (format!("{ALICE}/{}", id(&theirs[0])), &here),
        (
            format!("/enzi/v0/accounts/bob/sessions/{}", id(&theirs[0])),
            &here,
        ),
        (format!("{ALICE}/{}", id(&sessions[0])), &bob),
        (format!("{ALICE}/{}", uuid::Uuid::now_v7()), &here),
        (format!("{ALICE}/x"), &here),
    ] {
        let call = app.call("DELETE", &path).header("cookie", cookie);
        call.send().await.expect(404);
    }
    assert_eq!(
        (status(&app, &there).await, status(&app, &bob).await),
        (200, 200)
    );
    let end = app.call("DELETE", &format!("{ALICE}/{}", id(&sessions[0])));
    end.header("cookie", &here).send().await.expect(204);
    assert_eq!(
        (status(&app, &here).await, status(&app, &there).await),
        (200, 401)
    );
    let by_admin = app.call("DELETE", &format!("{ALICE}/{}", id(&sessions[1])));
    by_admin.by("admin").send().await.expect(204);
    assert_eq!(
        (status(&app, &here).await, status(&app, &bob).await),
        (401, 200)
    );
}

#[tokio::test]
async fn all_but_this_one_are_ended_at_once() {
    let app = TestApp::new().await;
    let (here, _) = login(&app, "alice", FIREFOX).await;
    let (there, _) = login(&app, "alice", FIREFOX).await;
    let (bob, _) = login(&app, "bob", FIREFOX).await;
    let offline = "/auth/token?service=plimsoll&offline_token=true";
    let refresh = app.get(offline).by("alice").send().await.expect(200).json();
    let end = app.call("DELETE", ALICE).header("cookie", &here);
    end.send().await.expect(204);
    for (cookie, expected) in [(&here, 200), (&there, 401), (&bob, 200)] {
        assert_eq!(status(&app, cookie).await, expected);
    }
    let form = format!(
        "grant_type=refresh_token&refresh_token={}&service=plimsoll&client_id=x",
        refresh["refresh_token"].as_str().unwrap()
    );
    let refreshed = app
        .call("POST", "/auth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    refreshed.send().await.expect(401);
    app.call("DELETE", ALICE)
        .by("admin")
        .send()
        .await
        .expect(204);
    assert_eq!(
        status(&app, &here).await,
        401,
        "an administrator ends all of another's"
    );
    let org = json!({"name": "acme", "isOrg": true});
    let made = app.call("POST", "/enzi/v0/accounts").by("admin").json(&org);
    made.send().await.expect(201);
    let none = app
        .get("/enzi/v0/accounts/acme/sessions")
        .by("admin")
        .send()
        .await;
    assert_eq!(none.expect(404).code(), "NO_SUCH_USER");
}

#[tokio::test]
async fn a_session_token_is_the_session() {
    let app = TestApp::new().await;
    let (cookie, token) = login(&app, "alice", "tool/1.0").await;
    let header = format!("SessionToken {token}");
    let me = app.get("/enzi/v0/id/").header("authorization", &header);
    assert_eq!(me.send().await.expect(200).json()["name"], "alice");
    assert_eq!(
        list(&app, &cookie, ALICE).await.len(),
        1,
        "it is one session, not two"
    );
    let other = app
        .get("/enzi/v0/id/")
        .header("cookie", "plimsoll_http=x")
        .header("authorization", &header);
    other.send().await.expect(200);
    let out = app
        .call("POST", "/enzi/v0/id/logout")
        .header("authorization", &header);
    out.send().await.expect(204);
    assert_eq!(status(&app, &cookie).await, 401);
    // What was sent and is wrong is refused, also where nobody would have to be signed in.
    for wrong in [&token, "x", "AAAAAAAAAAAAAAAAAAAAAA", "a;b=c"] {
        for path in ["/enzi/v0/id/", "/api/v0/repositories"] {
            let call = app
                .get(path)
                .header("authorization", format!("SessionToken {wrong}"));
            assert_eq!(call.send().await.expect(401).code(), "NOT_AUTHENTICATED");
        }
    }
}

/// A row as if somebody had signed in `since`, and been seen last a while ago.
async fn row(app: &TestApp, since: OffsetDateTime, ends: Duration) -> (String, String) {
    let alice = db::accounts::find(&app.state.db, "alice")
        .await
        .unwrap()
        .unwrap();
    let value = tower_sessions::session::Id::default().to_string();
    let now = OffsetDateTime::now_utc();
    let row = db::entities::session::Model {
        id: auth::secret::hash_hex(&value),
        public_id: uuid::Uuid::now_v7(),
        account_id: Some(alice.id),
        data: json!({"account": alice.id}),
        address: "192.0.2.1".to_owned(),
        device: "old".to_owned(),
        signed_in_at: Some(since),
        last_seen_at: now - Duration::minutes(2),
        expires_at: now + ends,
    };
    let id = row.id.clone();
    assert!(db::sessions::create(&app.state.db, row).await.unwrap());
    (format!("plimsoll_http={value}"), id)
}

#[tokio::test]
async fn use_keeps_a_session_alive_but_not_beyond_its_life() {
    let app = TestApp::with(&[
        ("PLIMSOLL_SESSIONS_IDLE", "3600"),
        ("PLIMSOLL_SESSIONS_LIFETIME", "86400"),
    ])
    .await;
    let now = OffsetDateTime::now_utc();
    let minute = Duration::minutes(1);
    let read = async |id: &str| {
        db::sessions::load(&app.state.db, id, now)
            .await
            .unwrap()
            .unwrap()
    };
    // Young: it now ends an hour from now.
    let (cookie, id) = row(&app, now - minute, minute).await;
    assert_eq!(status(&app, &cookie).await, 200);
    let seen = read(&id).await;
    let left = seen.expires_at - now;
    assert!(left > 59 * minute && left < 61 * minute, "{left}");
    assert_eq!(
        (seen.address.as_str(), seen.device.as_str()),
        ("127.0.0.1", "Unknown")
    );
    assert!(now - seen.last_seen_at < minute, "noted");
    // Seen a moment ago: nothing is written.
    assert_eq!(status(&app, &cookie).await, 200);
    assert_eq!(read(&id).await, seen);
    // Old: it ends when its day is over, however much it is used.
    let (cookie, id) = row(&app, now - Duration::hours(24) + 10 * minute, minute).await;
    assert_eq!(status(&app, &cookie).await, 200);
    let left = read(&id).await.expires_at - now;
    assert!(left > 9 * minute && left < 11 * minute, "{left}");
    // Over.
    let (cookie, _) = row(&app, now - minute, Duration::seconds(-1)).await;
    assert_eq!(status(&app, &cookie).await, 401);
    let (cookie, _) = login(&app, "alice", FIREFOX).await;
    let sessions = list(&app, &cookie, ALICE).await;
    assert_eq!(sessions.len(), 3, "what has ended is not listed");
}
