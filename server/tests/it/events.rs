//! What happened is recorded with who, what, on what, from where and why; a change and its event are one.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    pusher::{Pusher, config},
    util::TestApp,
};

const EVENTS: &str = "/api/v0/events";

async fn events(app: &TestApp, query: &str) -> Vec<Value> {
    let path = format!("{EVENTS}?pageSize=1000&{query}");
    let answer = app.get(&path).by("admin").send().await.expect(200).json();
    answer["events"].as_array().unwrap().clone()
}

fn is(event: &Value, kind: &str, object: &str, name: &str) -> bool {
    event["type"] == kind && event["object"]["type"] == object && event["object"]["name"] == name
}

/// That every operation which changes something is recorded at all is tried in `permissions`.
#[tokio::test]
async fn a_grant_is_recorded_with_everything_that_is_asked_later() {
    let app = TestApp::company().await;
    let path = "/api/v0/repositories/acme/app/teamAccess/readers";
    let put = app
        .call("PUT", path)
        .by("rae")
        .json(&json!({"accessLevel": "admin"}));
    put.send().await.expect(200);
    let found = events(&app, "objectType=repositoryAccess").await;
    let event = &found[0];
    assert!(
        is(event, "UPDATE", "repositoryAccess", "acme/app"),
        "{event}"
    );
    assert_eq!(event["actor"], "rae");
    assert_eq!(event["actorType"], "user");
    assert_eq!(event["credential"], "password");
    assert_eq!(event["address"], "127.0.0.1");
    assert_eq!(event["target"]["type"], "team");
    assert_eq!(event["target"]["name"], "readers");
    assert_eq!(event["detail"], json!({"accessLevel": "admin"}));
    assert_eq!(
        event["reason"],
        "the team keepers has it in this repository"
    );
    assert!(event["publishedAt"].as_str().unwrap() > "2026", "{event}");
}

#[tokio::test]
async fn what_changes_nothing_is_not_told_as_a_change() {
    let app = TestApp::company().await;
    let before = events(&app, "").await.len();
    for (method, path, status) in [
        (
            "DELETE",
            "/api/v0/repositories/acme/app/teamAccess/namers",
            204,
        ),
        (
            "DELETE",
            "/enzi/v0/accounts/acme/teams/readers/members/mia",
            404,
        ),
        ("DELETE", "/enzi/v0/accounts/acme/members/oscar", 404),
        ("PUT", "/enzi/v0/accounts/acme/members/nobody", 404),
        ("DELETE", "/enzi/v0/accounts/acme/members/olga", 204),
    ] {
        let call = app.call(method, path).by("admin");
        let call = if method == "PUT" {
            call.json(&json!({}))
        } else {
            call
        };
        call.send().await.expect(status);
    }
    let after = events(&app, "").await;
    let new: Vec<&Value> = after.iter().take(after.len() - before).collect();
    assert_eq!(new.len(), 1, "{new:#?}");
    assert!(is(new[0], "DELETE", "membership", "acme"));
    assert_eq!(new[0]["target"]["name"], "olga");
    assert_eq!(new[0]["reason"], "a site administrator");
}

#[tokio::test]
async fn a_change_is_told_once() {
    let app = TestApp::new().await;
    for (form, told) in [
        (json!({"name": "alicia"}), vec![json!({"name": "alicia"})]),
        (json!({}), vec![]),
        (
            json!({"name": "alice", "fullName": "Alice"}),
            vec![json!({"name": "alice", "fullName": "Alice"})],
        ),
    ] {
        let before = events(&app, "objectType=user").await.len();
        let alice = db::accounts::list(
            &app.state.db,
            db::accounts::Kind::Users,
            Some("alic"),
            None,
            1,
        );
        let path = format!("/enzi/v0/accounts/id:{}", alice.await.unwrap()[0].id);
        let change = app.call("PATCH", &path).by("admin").json(&form);
        change.send().await.expect(200);
        let after = events(&app, "objectType=user").await;
        let new = after.iter().take(after.len() - before);
        let details: Vec<Value> = new.map(|event| event["detail"].clone()).collect();
        assert_eq!(details, told, "{form}");
    }
}

#[tokio::test]
async fn sign_ins_and_failures_are_recorded_and_hold_no_password() {
    let app = TestApp::new().await;
    let login = |name: &str, password: &str| {
        app.call("POST", "/enzi/v0/id/login")
            .json(&json!({"username": name, "password": password}))
    };
    login("alice", crate::util::PASSWORD)
        .send()
        .await
        .expect(200);
    login("alice", "a wrong secret").send().await.expect(401);
    login("nobody\u{0}at all", "a wrong secret")
        .send()
        .await
        .expect(401);
    let found = events(&app, "objectType=session").await;
    assert!(
        found
            .iter()
            .any(|event| is(event, "CREATE", "session", "alice")),
        "{found:#?}"
    );
    let failed: Vec<&Value> = found
        .iter()
        .filter(|event| event["type"] == "FAIL")
        .collect();
    assert_eq!(failed.len(), 2);
    assert_eq!(failed[1]["object"]["name"], "alice");
    assert_eq!(failed[1]["reason"], "the password was wrong");
    assert_eq!(failed[1]["actorType"], "anonymous");
    assert_eq!(failed[0]["object"]["name"], "nobodyat all");
    let text = serde_json::to_string(&events(&app, "").await).unwrap();
    assert!(!text.contains("a wrong secret") && !text.contains(crate::util::PASSWORD));
}

#[tokio::test]
async fn the_life_of_a_token_is_recorded_without_its_secret() {
    let app = TestApp::new().await;
    let form =
        json!({"tokenLabel": "ci", "scope": [{"repository": "alice/app", "actions": ["pull"]}]});
    let made = app
        .call("POST", "/api/v0/api_tokens")
        .by("alice")
        .json(&form);
    let made = made.send().await.expect(200).json();
    let secret = made["token"].as_str().unwrap();
    for _ in 0..3 {
        app.get("/api/v0/repositories/alice/app")
            .bearer(secret)
            .send()
            .await
            .expect(200);
    }
    let id = made["hashedToken"].as_str().unwrap();
    let revoke = app
        .call("DELETE", &format!("/api/v0/api_tokens/{id}"))
        .by("admin");
    revoke.send().await.expect(200);
    let found = events(&app, &format!("objectId={id}")).await;
    let kinds: Vec<&str> = found
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["DELETE", "GET", "CREATE"],
        "used thrice within a minute is noted once"
    );
    assert_eq!(found[1]["credential"], format!("access token {id}"));
    assert_eq!(found[2]["detail"]["scope"][0]["repository"], "alice/app");
    assert!(!serde_json::to_string(&found).unwrap().contains(secret));
}

#[tokio::test]
async fn events_are_filtered_from_closed_sets_and_paged_by_key() {
    let app = TestApp::company().await;
    let all = events(&app, "").await;
    assert!(all.len() > 20);
    let mut seen = Vec::new();
    let mut start = String::new();
    loop {
        let page = app
            .get(&format!("{EVENTS}?pageSize=7&pageStart={start}&count=true"))
            .by("admin");
        let page = page.send().await.expect(200);
        seen.extend(
            page.json()["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["id"].clone()),
        );
        start = page.header("x-next-page-start").to_owned();
        if start.is_empty() {
            break;
        }
    }
    let ids: Vec<Value> = all.iter().map(|event| event["id"].clone()).collect();
    assert_eq!(seen, ids);
    let admin = all[0]["actorId"].as_str().unwrap();
    let by = events(
        &app,
        &format!("actorId={admin}&eventType=CREATE&objectType=team"),
    )
    .await;
    assert!(
        !by.is_empty()
            && by
                .iter()
                .all(|event| event["type"] == "CREATE" && event["object"]["type"] == "team")
    );
    let future = events(&app, "publishedAfter=2999-01-01T00:00:00Z").await;
    let past = events(&app, "publishedBefore=2001-01-01T00:00:00Z").await;
    assert!(future.is_empty() && past.is_empty());
    assert_eq!(
        events(&app, "publishedBefore=2999-01-01T00:00:00Z")
            .await
            .len(),
        all.len()
    );
    for bad in [
        "eventType=create",
        "eventType=%25",
        "objectType=nonsense",
        "actorId=alice",
        "objectId=1",
        "publishedBefore=today",
        "pageStart=x",
    ] {
        let answer = app.get(&format!("{EVENTS}?{bad}")).by("admin").send().await;
        assert_eq!(answer.expect(400).code(), "INVALID_PARAMETERS", "{bad}");
    }
}

#[tokio::test]
async fn pulls_are_recorded_once_in_an_hour_for_who_administers_the_repository() {
    let pusher = Pusher::new().await;
    let app = &pusher.app;
    let digest = pusher.image("1.0", &config("amd64")).await;
    let public = json!({"visibility": "public"});
    let path = "/api/v0/repositories/alice/app";
    let changed = app.call("PATCH", path).by("alice").json(&public).send();
    changed.await.expect(200);
    let alice = app.token("alice", &["repository:alice/app:pull"]).await;
    for _ in 0..3 {
        for reference in ["1.0", &digest.to_string()] {
            let path = format!("/v2/alice/app/manifests/{reference}");
            let pulled = app.get(&path).bearer(&alice).send().await;
            pulled.expect(200);
            app.get(&path).by("bob").send().await.expect(200);
        }
    }
    // what is counted is written at the end
    let stop = CancellationToken::new();
    stop.cancel();
    server::housekeeping::run(app.state.clone(), stop).await;

    let activity = "/api/v0/repositories/alice/app/events?eventType=GET";
    let pulls = app
        .get(activity)
        .by("alice")
        .send()
        .await
        .expect(200)
        .json();
    let pulls = pulls["events"].as_array().unwrap();
    let said = |pull: &Value| {
        let words = [
            &pull["actor"],
            &pull["object"]["type"],
            &pull["object"]["name"],
        ];
        words.map(|word| word.as_str().unwrap().to_owned())
    };
    let mut all: Vec<[String; 3]> = pulls.iter().map(said).collect();
    all.sort();
    let digest = digest.to_string();
    let wanted = [
        ["alice", "manifest", &digest],
        ["alice", "tag", "1.0"],
        ["bob", "manifest", &digest],
        ["bob", "tag", "1.0"],
    ];
    assert_eq!(all, wanted.map(|words| words.map(str::to_owned)));
    for who in ["alice", "bob"] {
        let without = match who {
            "alice" => format!("{activity}&excludePull=true"),
            _ => activity.to_owned(),
        };
        let seen = app.get(&without).by(who).send().await.expect(200).json();
        assert_eq!(seen["events"], json!([]), "{who}");
    }
}

#[tokio::test]
async fn one_event_is_shown_by_its_id_to_who_is_told_of_it_in_the_list() {
    let pusher = Pusher::new().await;
    pusher.image("1", &config("amd64")).await;
    let app = &pusher.app;
    let open = json!({"visibility": "public"});
    let path = "/api/v0/repositories/alice/app";
    let change = app.call("PATCH", path).by("alice").json(&open);
    change.send().await.expect(200);
    let pull = app.get("/v2/alice/app/manifests/1").by("bob");
    pull.send().await.expect(200);
    let stop = CancellationToken::new();
    stop.cancel();
    server::housekeeping::run(app.state.clone(), stop).await;
    let made = app.call("POST", "/api/v0/repositories/bob").by("bob");
    made.json(&json!({"name": "own"})).send().await.expect(201);

    let list = |name: &str| format!("/api/v0/repositories/{name}/events");
    let get = async |who: &str, list: &str, id: &str| {
        let path = format!("{list}?eventId={id}");
        let answer = app.get(&path).by(who).send().await.expect(200).json();
        answer["events"].as_array().unwrap().clone()
    };
    let nothing: [Value; 0] = [];
    let all = pusher.json(&list("alice/app")).await;
    let all = all["events"].as_array().unwrap();
    let mut pulls = 0;
    for event in all {
        let id = event["id"].as_str().unwrap();
        let own = get("alice", &list("alice/app"), id).await;
        assert_eq!(own, std::slice::from_ref(event));
        let registry = get("admin", EVENTS, id).await;
        assert_eq!(registry[0]["id"], id);
        // it is no event of that repository, whoever sees both
        assert_eq!(get("admin", &list("bob/own"), id).await, nothing);
        let seen = get("bob", &list("alice/app"), id).await;
        if event["type"] == "GET" {
            pulls += 1;
            assert_eq!(seen, nothing, "who pulled is told to who administers it");
        } else {
            assert_eq!(seen[0]["id"], id);
            assert_eq!(seen[0].get("address"), None, "no more than in the list");
        }
    }
    assert!(pulls > 0, "{all:?}");
    let never = "0190a000-0000-7000-8000-000000000000";
    assert_eq!(get("bob", &list("alice/app"), never).await, nothing);
    let bad = format!("{}?eventId=1", list("alice/app"));
    app.get(&bad).by("bob").send().await.expect(400);
    let one = format!("{}?eventId={never}", list("alice/app"));
    app.get(&one).send().await.expect(401);
    let all = format!("{EVENTS}?eventId={never}");
    app.get(&all).by("bob").send().await.expect(403);
}
