//! People of an LDAP directory, against a real slapd: who signs in, as whom, what teams become, and who is switched off.

#[path = "../../../crates/auth/tests/ldap/directory.rs"]
mod slapd;

mod by_hand;
mod names;
mod owners;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::util::{PASSWORD, TestApp};
use slapd::{CROWD, Directory};

const CONFIG: &str = "/enzi/v0/config/auth/ldap";
const ENGINES: &str = "cn=engines,ou=groups,dc=example,dc=org";

/// As an administrator types it.
fn form(directory: &Directory) -> Value {
    let settings = directory.settings();
    json!({
        "enabled": true,
        "url": format!("ldaps://localhost:{}", directory.tls),
        "startTls": false,
        "caPem": settings.ca_pem,
        "readerDN": settings.reader_dn,
        "readerPassword": settings.reader_password.expose_secret(),
        "baseDN": settings.base_dn,
        "userFilter": settings.user_filter,
    })
}

async fn set(app: &TestApp, form: &Value) -> Value {
    let call = app.call("PUT", CONFIG).by("admin").json(form);
    call.send().await.expect(200).json()
}

async fn login(app: &TestApp, name: &str, password: &str) -> u16 {
    let form = json!({"username": name, "password": password});
    let call = app.call("POST", "/enzi/v0/id/login").json(&form);
    call.send().await.status.as_u16()
}

async fn account(app: &TestApp, name: &str) -> Value {
    let call = app.get(&format!("/enzi/v0/accounts/{name}")).by("admin");
    call.send().await.json()
}

#[tokio::test]
async fn people_of_a_directory_sign_in_and_teams_follow_it() {
    let Some(directory) = Directory::start() else {
        return;
    };
    let app = TestApp::company().await;
    assert_eq!(login(&app, "ada", "ada-password").await, 401, "not yet");
    let shown = set(&app, &form(&directory)).await;
    assert!(shown.get("readerPassword").is_none() && shown["enabled"] == true);
    signs_in(&app).await;
    keeps_users_of_its_own(&app).await;
    keeps_the_readers_secret(&app, &directory).await;
    lets_a_team_follow(&app).await;
    by_hand::stays(&app).await;
    owners::follow(&app).await;
    imports(&app).await;
    switches_off(&app, &directory).await;
    names::are_their_own(&app).await;
    says_when_it_is_away(&app, &directory).await;
}

async fn signs_in(app: &TestApp) {
    assert_eq!(login(app, "ada", "ada-passwore").await, 401);
    assert_eq!(
        account(app, "ada").await["errors"][0]["code"],
        "NO_SUCH_ACCOUNT"
    );
    assert_eq!(login(app, "ada", "ada-password").await, 200);
    let ada = account(app, "ada").await;
    assert_eq!(
        (&ada["fullName"], &ada["isImported"]),
        (&json!("Ada Lovelace"), &json!(true))
    );
    let me = app.get("/enzi/v0/id/").basic("ada", "ada-password");
    assert_eq!(me.send().await.expect(200).json()["name"], "ada");
    let docker = app
        .get("/auth/token?service=plimsoll")
        .basic("ada", "ada-password");
    docker.send().await.expect(200);
    assert_eq!(
        login(app, "ADA", "ada-password").await,
        200,
        "the directory knows no case"
    );
    for (name, password) in [
        ("ada", ""),
        ("*", "ada-password"),
        ("ada)(uid=*", "ada-password"),
        ("a*b", "a*b-password"),
    ] {
        assert_eq!(
            login(app, name, password).await,
            401,
            "{name:?} {password:?}"
        );
    }
    let change = json!({"oldPassword": "ada-password", "newPassword": "another password"});
    for (name, password) in [("ada", "ada-password"), ("admin", PASSWORD)] {
        let call = app
            .call("POST", "/enzi/v0/accounts/ada/changePassword")
            .basic(name, password);
        assert_eq!(
            call.json(&change).send().await.expect(409).code(),
            "PASSWORD_IN_DIRECTORY"
        );
    }
}

/// The directory's bob is not ours.
async fn keeps_users_of_its_own(app: &TestApp) {
    assert_eq!(login(app, "bob", "bob-password").await, 401);
    assert_eq!(login(app, "bob", PASSWORD).await, 200);
    assert_eq!(
        login(app, "admin", PASSWORD).await,
        200,
        "a local administrator always works"
    );
    assert_eq!(
        login(app, "ivan", PASSWORD).await,
        401,
        "who is switched off here stays so"
    );
}

/// It goes to the address that it was given for, and nowhere else.
async fn keeps_the_readers_secret(app: &TestApp, directory: &Directory) {
    let mut form = form(directory);
    let kept: Option<Value> = db::settings::get(&app.state.db, "ldap").await.unwrap();
    let kept = kept.unwrap()["readerPassword"].as_str().unwrap().to_owned();
    assert!(kept.starts_with("sealed:"), "{kept}");
    does_not_stand_still_for_a_broken_seal(app).await;
    form.as_object_mut().unwrap().remove("readerPassword");
    let same = app
        .call("POST", "/enzi/v0/config/auth/ldap/test")
        .by("admin")
        .json(&form);
    let steps = same.send().await.expect(200).json()["steps"].clone();
    assert!(
        steps
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["ok"] == true),
        "{steps}"
    );
    for (field, value) in [
        ("url", json!("ldap://127.0.0.1:1")),
        ("startTls", json!(true)),
        ("caPem", json!("")),
        ("readerDN", json!("cn=other")),
    ] {
        let mut moved = form.clone();
        moved[field] = value;
        for (method, path) in [
            ("PUT", CONFIG.to_owned()),
            ("POST", format!("{CONFIG}/test")),
        ] {
            let call = app.call(method, &path).by("admin").json(&moved);
            assert_eq!(
                call.send().await.expect(400).code(),
                "INVALID_PARAMETERS",
                "{field}"
            );
        }
    }
    set(app, &form).await;
    assert_eq!(login(app, "ada", "ada-password").await, 200);
    for path in [CONFIG, "/api/v0/events?pageSize=1000"] {
        let answer = app.get(path).by("admin").send().await.expect(200);
        assert!(
            !String::from_utf8_lossy(&answer.body).contains("reader-password"),
            "{path}"
        );
    }
}

async fn lets_a_team_follow(app: &TestApp) {
    let team = "/enzi/v0/accounts/acme/teams/readers";
    let sync = |query: &str| {
        app.call("POST", &format!("{team}/memberSync{query}"))
            .by("olga")
    };
    sync("").send().await.expect(400);
    let config = json!({
        "enableSync": true, "selectGroupMembers": true, "groupDN": ENGINES, "groupMemberAttr": "member",
    });
    let put = app
        .call("PUT", &format!("{team}/memberSyncConfig"))
        .by("olga")
        .json(&config);
    put.send().await.expect(200);
    let dry = sync("?dryRun=true").send().await.expect(200).json();
    assert_eq!(dry["added"], json!(["ada", "eve"]));
    assert_eq!(dry["removed"], json!([]), "rob was put in by hand");
    assert_eq!(
        account(app, "eve").await["errors"][0]["code"],
        "NO_SUCH_ACCOUNT"
    );
    let done = sync("").send().await.expect(200).json();
    assert_eq!(done["added"], json!(["ada", "eve"]));
    let members = app
        .get(&format!("{team}/members"))
        .by("olga")
        .send()
        .await
        .expect(200)
        .json();
    let names: Vec<&str> = members["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["member"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["ada", "eve", "rob"]);
    let again = sync("").send().await.expect(200).json();
    assert_eq!(
        (&again["added"], &again["removed"], &again["unchanged"]),
        (&json!([]), &json!([]), &json!(2))
    );
    let empty =
        json!({"enableSync": true, "searchFilter": "(ou=nobody)", "searchScopeSubtree": true});
    let put = |who| {
        let put = app.call("PUT", &format!("{team}/memberSyncConfig"));
        put.by(who).json(&empty)
    };
    // an owner would read the directory with filters of their own
    put("olga").send().await.expect(403);
    put("admin").send().await.expect(200);
    let refused = sync("").send().await.expect(200).json();
    assert!(
        refused["error"].as_str().unwrap().contains("everybody"),
        "{refused}"
    );
    for bad in [
        json!({"enableSync": true, "searchFilter": "ou=x"}),
        json!({"enableSync": true, "selectGroupMembers": true, "groupDN": "x", "groupMemberAttr": "member"}),
        json!({"enableSync": true, "searchFilter": "(ou=x)", "isAdmin": true}),
    ] {
        let put = app
            .call("PUT", &format!("{team}/memberSyncConfig"))
            .by("admin")
            .json(&bad);
        put.send().await.expect(400);
    }
    let put = app
        .call("PUT", &format!("{team}/memberSyncConfig"))
        .by("olga")
        .json(&config);
    put.send().await.expect(200);
}

/// What cannot be opened is asked for again; local users and the settings do without it.
async fn does_not_stand_still_for_a_broken_seal(app: &TestApp) {
    let whole: Option<Value> = db::settings::get(&app.state.db, "ldap").await.unwrap();
    let mut broken = whole.clone().unwrap();
    broken["readerPassword"] = json!("sealed:AAAA");
    db::settings::set(&app.state.db, "ldap", &broken)
        .await
        .unwrap();
    assert_eq!(login(app, "admin", PASSWORD).await, 200);
    let settings = app.get(CONFIG).by("admin").send().await.expect(200);
    assert_eq!(settings.json()["enabled"], true);
    db::settings::set(&app.state.db, "ldap", &whole.unwrap())
        .await
        .unwrap();
}

async fn imports(app: &TestApp) {
    let import = |name: &str| {
        let form = json!({"name": name, "searchLDAP": true});
        app.call("POST", "/enzi/v0/accounts")
            .by("admin")
            .json(&form)
    };
    let last = format!("crowd{:04}", CROWD - 1);
    import(&last).send().await.expect(201);
    assert_eq!(login(app, &last, &format!("{last}-password")).await, 200);
    assert_eq!(
        import("bob").send().await.expect(409).code(),
        "ACCOUNT_EXISTS"
    );
    import("nobody").send().await.expect(400);
    let mut odd = json!({"name": "crowd0002", "searchLDAP": true});
    for (field, value) in [
        ("isAdmin", json!(true)),
        ("isOrg", json!(true)),
        ("isActive", json!(false)),
        ("password", json!("x")),
    ] {
        odd[field] = value;
        let call = app.call("POST", "/enzi/v0/accounts").by("admin").json(&odd);
        call.send().await.expect(400);
        odd.as_object_mut().unwrap().remove(field);
    }
}

async fn switches_off(app: &TestApp, directory: &Directory) {
    let sync = |query: &str| {
        app.call("POST", &format!("{CONFIG}/sync{query}"))
            .by("admin")
    };
    let nobody_gone = sync("").send().await.expect(200).json();
    assert_eq!(nobody_gone["switchedOff"], json!([]), "{nobody_gone}");
    assert_eq!(nobody_gone["teams"][0]["team"], "readers");
    let mut form = form(directory);
    form["userFilter"] = json!("(&(objectClass=inetOrgPerson)(!(uid=ada))(uid={username}))");
    set(app, &form).await;
    let dry = sync("?dryRun=true").send().await.expect(200).json();
    assert_eq!(dry["switchedOff"], json!(["ada"]));
    assert_eq!(account(app, "ada").await["isActive"], true);
    let done = sync("").send().await.expect(200).json();
    assert_eq!(done["switchedOff"], json!(["ada"]));
    assert_eq!(done["teams"][0]["removed"], json!(["ada"]));
    assert_eq!(account(app, "ada").await["isActive"], false);
    assert_eq!(login(app, "ada", "ada-password").await, 401);
    let local = account(app, "bob").await;
    assert_eq!(
        local["isActive"], true,
        "who was made here is not the directory's"
    );
    let found = app
        .get("/api/v0/events?objectType=user&eventType=UPDATE")
        .by("admin");
    let event = found.send().await.expect(200).json()["events"][0].clone();
    assert_eq!(
        (&event["actor"], &event["actorType"]),
        (&json!("directory"), &json!("system"))
    );
    assert_eq!(event["reason"], "gone from the directory");
}

async fn says_when_it_is_away(app: &TestApp, directory: &Directory) {
    let mut form = form(directory);
    form["url"] = json!(format!("ldap://127.0.0.1:{}", slapd::free_port()));
    set(app, &form).await;
    assert_eq!(login(app, "eve", "eve-password").await, 503);
    assert_eq!(
        login(app, "bob", PASSWORD).await,
        200,
        "whom the directory does not know, it does not stop"
    );
    let sync = app
        .call("POST", &format!("{CONFIG}/sync"))
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    assert_ne!(sync["error"], "", "{sync}");
    assert_eq!(
        account(app, "eve").await["isActive"],
        true,
        "nobody is gone because nobody answers"
    );
}
