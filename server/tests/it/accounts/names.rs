//! Names: none that stands in our own addresses, none twice, none that looks like another, and none that is taken for an id.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::ACCOUNTS;
use crate::util::{Answer, TestApp};

/// The table of the interface's pages.
const PAGES: &str = include_str!("../../../../app/src/lib.rs");

/// What people name, by what it is called in addresses; the first `name` on a page is a user's, one behind a namespace a repository's.
fn thing(before: &[String], parameter: &str) -> Option<&'static str> {
    match parameter {
        "name" if before.iter().any(|one| one == ":namespace") => Some("repository"),
        "namespace" | "account" | "nameOrId" | "org" | "name" => Some("account"),
        "reponame" => Some("repository"),
        "team" | "teamname" => Some("team"),
        _ => None,
    }
}

/// Every address, in segments; a parameter is `:name`.
fn addresses() -> Vec<Vec<String>> {
    let document: Value =
        serde_json::from_str(&server::openapi::text(&server::openapi::document())).unwrap();
    let operations = document["paths"].as_object().unwrap().keys().cloned();
    let pages = PAGES
        .split("path!(\"")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()));
    operations
        .chain(pages)
        .map(|path| {
            let segments = path.split('/').map(|segment| {
                let parameter = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'));
                parameter.map_or_else(|| segment.to_owned(), |name| format!(":{name}"))
            });
            segments.collect()
        })
        .collect()
}

/// The names by which an address of one thing would be another address of ours: what each of them names, and the name.
fn collisions() -> BTreeSet<Vec<(&'static str, String)>> {
    let addresses = addresses();
    let mut found = BTreeSet::new();
    for general in &addresses {
        for special in &addresses {
            let pairs = || general.iter().zip(special);
            let is_both = general.len() == special.len()
                && pairs().all(|(one, other)| one == other || one.starts_with(':'));
            let names: Vec<_> = pairs()
                .enumerate()
                .filter(|(_, (one, other))| one.starts_with(':') && !other.starts_with(':'))
                .filter_map(|(at, (one, other))| {
                    let parameter = one.trim_start_matches(':');
                    Some((thing(&general[..at], parameter)?, other.clone()))
                })
                .collect();
            if is_both && !names.is_empty() {
                found.insert(names);
            }
        }
    }
    found
}

async fn make(app: &TestApp, what: &str, name: &str) -> Answer {
    let (path, form) = match what {
        "account" => (ACCOUNTS, json!({"name": name, "isOrg": true})),
        "team" => ("/enzi/v0/accounts/acme/teams", json!({ "name": name })),
        _ => ("/api/v0/repositories/acme", json!({ "name": name })),
    };
    app.call("POST", path).by("admin").json(&form).send().await
}

/// From the paths of the API and of the interface, so that a new one cannot take a name from somebody.
#[tokio::test]
async fn no_new_name_stands_in_our_own_addresses() {
    let app = TestApp::company().await;
    let collisions = collisions();
    let said = format!("{collisions:?}");
    assert!(
        said.contains("\"new\"") && said.contains("\"toggle\""),
        "{said}"
    );
    for names in collisions {
        let mut refused = Vec::new();
        for (what, name) in &names {
            let answer = make(&app, what, name).await;
            if answer.status == 400 {
                refused.push(answer.message());
            }
        }
        let is_said = refused
            .iter()
            .any(|words| words.contains("addresses of this registry"));
        assert!(is_said, "{names:?} can be taken: {refused:?}");
    }
    for name in ["new", "scan"] {
        let user = json!({"name": name, "password": "long enough"});
        super::create(&app, user).await.expect(400);
        let renamed = app.call("PATCH", &format!("{ACCOUNTS}/bob")).by("admin");
        let renamed = renamed.json(&json!({ "name": name })).send().await;
        assert_eq!(
            renamed.expect(400).json()["errors"][0]["detail"]["field"],
            "name"
        );
    }
}

#[tokio::test]
async fn who_has_such_a_name_from_before_keeps_it() {
    let app = TestApp::new().await;
    app.person("new").await;
    let scan = app.person("scan").await;
    let toggle = db::repositories::New::private(scan, "toggle".to_owned());
    let now = OffsetDateTime::now_utc();
    db::repositories::create(&app.state.db, toggle, now)
        .await
        .unwrap();
    let on = json!({ "createRepositoryOnPush": true });
    app.by_admin("POST", "/api/v0/meta/settings", on, 202).await;
    let made = app.call("POST", "/api/v0/repositories/new").by("new");
    made.json(&json!({"name": "app"})).send().await.expect(201);
    let same = json!({"name": "scan", "fullName": "Scanners"});
    app.by_admin("PATCH", &format!("{ACCOUNTS}/scan"), same, 200)
        .await;
    let token = app
        .token("scan", &["repository:scan/toggle:pull,push"])
        .await;
    app.push_image(&token, "scan/toggle", "1", b"layer").await;
    // It is not made again, by hand or by a push.
    let row = "scan/toggle".parse().unwrap();
    let row = db::repositories::find(&app.state.db, &row).await.unwrap();
    db::repositories::delete(&app.state.db, &row.unwrap())
        .await
        .unwrap();
    let again = app.call("POST", "/api/v0/repositories/scan").by("scan");
    let again = again.json(&json!({"name": "toggle"})).send().await;
    assert!(
        again
            .expect(400)
            .message()
            .contains("scan/toggle stands in")
    );
    let token = app
        .token("scan", &["repository:scan/toggle:pull,push"])
        .await;
    let upload = app.call("POST", "/v2/scan/toggle/blobs/uploads/");
    upload.bearer(&token).send().await.expect(404);
}

/// In another case, in another script, and with what is not seen.
const LOOKS_LIKE_ALICE: [&str; 12] = [
    "Alice",
    "ALICE",
    "\u{430}lice",
    "\u{ff41}lice",
    "al\u{131}ce",
    "ali\u{0441}e",
    "alice\u{200b}",
    "\u{202e}alice",
    "alic\u{0065}\u{0301}",
    "alice ",
    " alice",
    "alice.",
];

fn escaped(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
    bytes.collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn nothing_looks_like_another() {
    let app = TestApp::company().await;
    let before = super::names(&everybody(&app).await).len();
    for name in LOOKS_LIKE_ALICE {
        for what in ["account", "team", "repository"] {
            let answer = make(&app, what, name).await.expect(400);
            let field = &answer.json()["errors"][0]["detail"]["field"];
            assert_eq!(field, "name", "{what} {name:?}");
        }
        for path in ["bob", "acme/teams/readers"] {
            let path = format!("{ACCOUNTS}/{path}");
            app.by_admin("PATCH", &path, json!({ "name": name }), 400)
                .await;
        }
        let seen = escaped(name);
        for path in [
            format!("{ACCOUNTS}/{seen}"),
            format!("/api/v0/repositories/{seen}/app"),
            format!("/api/v0/api_tokens?username={seen}"),
        ] {
            app.get(&path).by("admin").send().await.expect(404);
        }
        let member = format!("{ACCOUNTS}/acme/members/{seen}");
        app.by_admin("PUT", &member, json!({}), 404).await;
        app.get("/enzi/v0/id/").by(name).send().await.expect(401);
    }
    assert_eq!(super::names(&everybody(&app).await).len(), before);
    for (what, name) in [
        ("account", "alice"),
        ("team", "readers"),
        ("repository", "app"),
    ] {
        make(&app, what, name).await.expect(409);
    }
}

async fn everybody(app: &TestApp) -> Value {
    let all = app.get("/enzi/v0/accounts?limit=1000").by("admin");
    all.send().await.expect(200).json()
}

/// An id is one only behind `id:`, which no name begins with.
#[tokio::test]
async fn a_name_that_is_an_id_is_a_name() {
    let app = TestApp::company().await;
    let get = async |path: &str| {
        let answer = app.get(path).by("admin").send().await;
        answer.expect(200).json()
    };
    let alice = get("/enzi/v0/accounts/alice").await["id"].clone();
    let alice = alice.as_str().unwrap();
    let mallory = json!({"name": alice, "password": "long enough"});
    super::create(&app, mallory).await.expect(201);
    let named = format!("{ACCOUNTS}/{alice}");
    let by_id = format!("{ACCOUNTS}/id:{alice}");
    assert_eq!(get(&named).await["name"], alice);
    assert_eq!(get(&by_id).await["name"], "alice");
    app.get(&by_id)
        .basic(alice, "long enough")
        .send()
        .await
        .expect(404);
    let tokens = format!("/api/v0/api_tokens?username=id:{alice}");
    app.get(&tokens)
        .basic(alice, "long enough")
        .send()
        .await
        .expect(404);
    let app_of_alice = app.get("/api/v0/repositories/alice/app");
    app_of_alice
        .basic(alice, "long enough")
        .send()
        .await
        .expect(404);

    let teams = "/enzi/v0/accounts/acme/teams";
    let readers = get(&format!("{teams}/readers")).await["id"].clone();
    let readers = readers.as_str().unwrap();
    make(&app, "team", readers).await.expect(201);
    let named_team = format!("{teams}/{readers}");
    assert_eq!(get(&named_team).await["name"], readers);
    assert_eq!(
        get(&format!("{teams}/id:{readers}")).await["name"],
        "readers"
    );
    let grant = format!("/api/v0/repositories/acme/app/teamAccess/{readers}");
    app.by_admin("PUT", &grant, json!({"accessLevel": "admin"}), 200)
        .await;
    let rob = get("/api/v0/repositories/acme/app/access/explain?user=rob").await;
    assert_eq!(
        rob["accessLevel"], "read-only",
        "of readers, not of the other"
    );
    for path in [named, named_team] {
        let gone = app.call("DELETE", &path).by("admin").send().await;
        gone.expect(204);
    }
    assert_eq!(get(&by_id).await["name"], "alice");
    get(&format!("{teams}/readers")).await;
    for what in ["account", "team", "repository"] {
        make(&app, what, &format!("id:{alice}")).await.expect(400);
    }
}

/// One account is made and another renamed at the same time: one of them gets the name, and the other is told.
#[tokio::test]
async fn two_never_get_one_name() {
    let app = TestApp::new().await;
    let bob = app.get(&format!("{ACCOUNTS}/bob")).by("admin").send().await;
    let bob = format!("{ACCOUNTS}/id:{}", bob.json()["id"].as_str().unwrap());
    for round in 0..8 {
        let name = format!("carol{round}");
        let rename = app.call("PATCH", &bob).by("admin");
        let rename = rename.json(&json!({ "name": name })).send();
        let (made, renamed) = if round % 2 == 0 {
            tokio::join!(make(&app, "account", &name), rename)
        } else {
            let (renamed, made) = tokio::join!(rename, make(&app, "account", &name));
            (made, renamed)
        };
        let refused = match (made.status.as_u16(), renamed.status.as_u16()) {
            (201, 409) => renamed.code(),
            (409, 200) => made.code(),
            statuses => panic!("{statuses:?}"),
        };
        assert_eq!(refused, "ACCOUNT_EXISTS");
        let named = everybody(&app).await;
        let named = super::names(&named);
        assert_eq!(named.iter().filter(|one| **one == name).count(), 1);
    }
}
